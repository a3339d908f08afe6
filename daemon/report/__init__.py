"""How well a recorded set was followed: its tracklist against what was heard, on the terminal and as a page."""
