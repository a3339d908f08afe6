"""Everything that runs beside the DJ: sound in, suggestions out. Never imports torch."""
