"""What the DJ says of the beat: the octave is chosen, the place is set, and other music is still followed."""

import numpy as np
import pytest
import synth
from fakes import library, playing, track

from segue.daemon.clock import TICK
from segue.daemon.errors import WishError
from segue.daemon.publish.beats import Beats
from segue.daemon.publish.publisher import Beat
from segue.daemon.rhythm.rhythm import LiveBeat
from segue.daemon.signal.features import Features

TICK_S = TICK / synth.RATE


class Booth:
    """Beats that hear a sound."""

    def __init__(self) -> None:
        self.beats, self._features, self.t = Beats(), Features(), 0.0

    def hear(self, sound: np.ndarray, now=None) -> list[tuple[LiveBeat, tuple[Beat, ...]]]:
        told = []
        for first in range(0, len(sound) - TICK + 1, TICK):
            self.t += TICK_S
            flux = self._features.step(sound[first : first + TICK], -20.0, -20.0).flux
            told.append(self.beats.step(now, self.beats.hear(flux, self.t)))
        return told

    def tap(self, beats_s: list[float]) -> str:
        return [self.beats.tap(1000.0 + beat_s) for beat_s in beats_s][-1]


def eighths(bpm: float, seconds: float) -> np.ndarray:
    """Kicks on the beat and softer ones between: read at either tempo by a fair ear."""
    sound = synth.noise(seconds, level=0.0005, seed=3)
    for k, at_s in enumerate(synth.beat_times(2 * bpm, seconds - 0.4, start_s=0.25)):
        synth.place(synth.kick(), at_s, sound, gain=0.7 if k % 2 == 0 else 0.5)
    return sound


def test_the_tempo_that_is_said_chooses_between_readings_until_it_is_released() -> None:
    booth = Booth()
    heard = booth.hear(eighths(85.0, 12.0))[-1][0].bpm
    other = 170.0 if heard < 120 else 85.0
    answer = booth.beats.say(other)
    said = [live.bpm for live, _ in booth.hear(eighths(85.0, 20.0))]
    booth.beats.say(0.0)
    released = [live.bpm for live, _ in booth.hear(eighths(85.0, 20.0))]

    assert answer == f"{other:.1f} BPM"
    assert said[20] == pytest.approx(other, rel=0.02), "within a second"
    assert said[-1] == pytest.approx(other, rel=0.01), "and it stays"
    assert released[-1] == pytest.approx(heard, rel=0.01)


def test_music_of_another_tempo_is_followed_whatever_was_said() -> None:
    booth = Booth()
    booth.hear(synth.clicks(124.0, 10.0, start_s=0.2))
    booth.beats.say(124.0)
    booth.hear(synth.clicks(124.0, 5.0))

    assert booth.hear(synth.clicks(141.0, 15.0))[-1][0].bpm == pytest.approx(141.0, rel=0.01)


def away(told: list[tuple[LiveBeat, tuple[Beat, ...]]], start_s: float, beat_s: float) -> list[float]:
    """How far each tick's phase is from that of beats half a second apart, one of them at ``beat_s``; 0 to 0.5."""
    ends_s = start_s + TICK_S * np.arange(1, len(told) + 1)
    return [abs((live.phase - (t - beat_s) / 0.5 + 0.5) % 1.0 - 0.5) for t, (live, _) in zip(ends_s, told, strict=True)]


def test_taps_place_the_beat_half_a_beat_away_and_it_stays_there() -> None:
    booth, sound = Booth(), eighths(120.0, 40.0)
    live = booth.hear(sound[: 10 * synth.RATE])[-1][0]
    other_s = booth.t - (live.phase + 0.5) * 0.5
    between = []
    for beat_s in (other_s + 1.0, other_s + 1.5, other_s + 2.0):
        between += booth.hear(sound[round(booth.t * synth.RATE) : TICK * int(beat_s / TICK_S)])
        answer = booth.tap([beat_s])
    start_s = booth.t
    after = booth.hear(sound[round(start_s * synth.RATE) :])

    assert answer == "120.0 BPM"
    assert min(away(between, 10.0, other_s)) > 0.4
    assert max(away(after, start_s, other_s)[20:]) < 0.1
    assert (np.diff([live.beat for live, _ in after]) >= 0.0).all()


def test_taps_before_anything_is_known_are_the_beat_and_slow_taps_are_every_other_one() -> None:
    booth = Booth()
    booth.hear(synth.clicks(126.0, 1.5))

    assert booth.tap([0.0, 60 / 126, 120 / 126]) == "126.0 BPM"
    assert booth.hear(synth.clicks(126.0, 0.1))[-1][0].bpm == pytest.approx(126.0, rel=0.02)
    assert Booth().tap([0.0, 1.2, 2.4, 3.6]) == "100.0 BPM"
    assert Booth().tap([0.0, 0.25, 0.5]) == "120.0 BPM"
    assert Booth().tap([0.0, 0.5]) == "1 more"


def test_what_was_tapped_ends_with_the_music() -> None:
    booth = Booth()
    heard = booth.hear(eighths(85.0, 12.0))[-1][0].bpm
    other = 170.0 if heard < 120 else 85.0
    assert booth.tap([12.0 + k * 60 / other for k in range(4)]) == f"{other:.1f} BPM"
    tapped = booth.hear(eighths(85.0, 8.0))[-1][0].bpm

    assert tapped == pytest.approx(other, rel=0.01)
    assert booth.hear(synth.silence(6.0))[-1][0].bpm == 0.0
    assert booth.hear(eighths(85.0, 12.0))[-1][0].bpm == pytest.approx(heard, rel=0.01)


@pytest.mark.parametrize("bpm", [-1.0, 20.0, 57.9, 201.0, float("nan"), float("inf")])
def test_a_tempo_that_cannot_be_followed_is_refused(bpm: float) -> None:
    with pytest.raises(WishError, match="58 to 200 BPM") as refusal:
        Beats().say(bpm)
    assert refusal.value.code == 400


def test_a_named_track_keeps_its_own_beats() -> None:
    booth, now = Booth(), playing(track(1))
    booth.beats.use(library([track(0), track(1)]))
    booth.hear(synth.clicks(100.0, 5.0), now)

    assert booth.beats.say(150.0) == "150.0 BPM; the named track keeps its own beats"
    assert booth.hear(synth.clicks(100.0, 1.0), now)[-1][0].bpm == pytest.approx(120.0)
