"""Encoders, objectives, datasets, training and evaluation. Needs the extra: train."""
