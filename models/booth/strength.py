"""How hard a booth is on a side of a pair, and how fast a record turns in it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Strength:
    """How much of a booth a side gets."""

    speed: float
    """Largest change of tempo, a share."""
    colour: float
    """Chance of each of equaliser, filter, room, limiter, codec, noise."""
    overlay: float
    """Chance that another track plays at the same time."""


LIVE = Strength(speed=0.08, colour=0.5, overlay=0.35)
"""What comes out of a mixer."""
FILE = Strength(speed=0.0, colour=0.12, overlay=0.0)
"""Another mastering or rip of the record."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How a record turns."""

    rate: float
    """Seconds of the record a second."""
    pitch: float
    """Factor on every frequency: ``rate`` on a turntable, 1 with key-lock."""


def draw_speed(strength: Strength, rng: np.random.Generator) -> Speed:
    """Draw a tempo, and whether the pitch goes with it."""
    if not strength.speed or rng.random() < 0.15:
        return Speed(1.0, 1.0)
    rate = 1 + float(rng.uniform(-strength.speed, strength.speed))
    return Speed(rate, rate if rng.random() < 0.55 else 1.0)
