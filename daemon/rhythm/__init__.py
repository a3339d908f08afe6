"""Tempo, beat, bar and key of what is heard, whether or not anybody knows it."""
