"""What can be read off a stretch of sound alone: loudness, spectra, bands, onsets, chroma, keys."""
