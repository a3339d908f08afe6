"""What a booth does to a record: cheap effects on power-mels, and on waveforms those that need the waveform."""
