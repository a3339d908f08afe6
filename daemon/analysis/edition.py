"""Which edition of the analysis stored tracks are held to, apart from it so that a look at a library stays cheap."""

ANALYSIS = 3
"""Raised when a change in the analysis makes stored tracks worth looking at again; `segue index` then does."""
