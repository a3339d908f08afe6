"""Bundled music, a rendered set, and the same pipeline on it."""
