"""What a transition would sound like: planned on both beat grids, rendered, drawn, and compared blind."""
