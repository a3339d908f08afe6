"""What is known at a tick, made into messages."""
