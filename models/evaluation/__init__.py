"""Does the continuation lie nearest, and is a moment found again in a booth? Asked of artifacts, without torch."""
