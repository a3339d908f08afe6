"""Sizes of an encoder and of a batch that a test can afford."""

from segue.models.datasets.batches import Shape

SMALL = {"channels": (4, 6, 8), "token_dim": 24, "trunk_dim": 16, "ident_width": 16, "head_dim": 16}
SHAPE = Shape(tracks=3, heard_s=16.0, filed_s=22.0, windows=4)
