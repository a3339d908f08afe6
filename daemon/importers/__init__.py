"""What the DJ's programs know: a reader for each, all giving the same values; nothing of theirs is ever written."""
