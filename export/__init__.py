"""Checkpoint to ONNX artifact, checked against the engine that will run it."""
