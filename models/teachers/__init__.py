"""Frozen networks that were trained by others: what they say of music is a target for the encoder."""
