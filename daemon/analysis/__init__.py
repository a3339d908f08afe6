"""What a track is, found offline: beats, phrases, sections, cues, energy."""
