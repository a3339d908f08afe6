"""The one clock: what a sample, a tick and a hop are, and the only file that reads the time of day.

Conventions
-----------
Stream time is samples since the start divided by the rate, in seconds. Everything after the pipeline's first stage
counts mono samples at ``SAMPLE_RATE``.
"""

SAMPLE_RATE = 16_000
"""Mono samples per second after the first stage."""
TICK = 800
"""Samples between two steps of the live features and two rounds of numeric messages (50 ms)."""
HOP = 4_000
"""Samples between two steps of the embedding model (250 ms); the artifact must agree."""
