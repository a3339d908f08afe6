"""Which records play, and where in them: two ears, two decks, and the name."""
