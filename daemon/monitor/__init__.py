"""The terminal monitor: what a receiver knows, drawn."""
