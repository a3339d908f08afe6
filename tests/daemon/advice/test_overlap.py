import numpy as np
import pytest

from segue.daemon.advice.overlap import groove, grooves_agree, tones, tones_agree
from segue.daemon.advice.timbre import decibels
from segue.daemon.signal.bands import levels

RATE = 16_000


def beat(bpm, pattern, seconds=20, hertz=110.0, seed=0):
    """A note on some sixteenths of a bar, over faint noise."""
    sound = 1e-3 * np.random.default_rng(seed).standard_normal(seconds * RATE)
    note = np.exp(-np.arange(RATE // 8) / 600) * np.sin(2 * np.pi * hertz * np.arange(RATE // 8) / RATE)
    step_s = 15 / bpm
    for n in range(int((seconds - 0.2) / step_s)):
        if pattern[n % len(pattern)] == "x":
            start = round(n * step_s * RATE)
            sound[start : start + len(note)] += note
    return decibels(levels(sound.astype(np.float32)))


def chord(hertz, seconds=20):
    t = np.arange(seconds * RATE) / RATE
    sound = sum(np.sin(2 * np.pi * h * 2**k * t) / (k + 1) for h in hertz for k in range(3))
    return decibels(levels((0.1 * sound + 1e-3 * np.random.default_rng(1).standard_normal(len(t))).astype(np.float32)))


def test_a_groove_is_known_again_at_another_speed_and_not_taken_for_another():
    heard = groove(beat(124, "x...x..xx...x.x."))
    same, other = groove(beat(118, "x...x..xx...x.x.", hertz=220, seed=1)), groove(beat(118, "x....x....x...."))

    agree = grooves_agree(heard, np.stack([same, other]), np.full(2, 124 / 118))
    unmatched = grooves_agree(heard, same[None], np.ones(1))

    assert agree[0] > agree[1] + 0.2
    assert agree[0] > unmatched[0] + 0.1


def test_tones_agree_with_themselves_an_octave_up_and_clash_a_semitone_off():
    minor, octave = chord([220.0, 261.6, 329.6]), chord([440.0, 523.3, 659.3])
    higher = chord([233.1, 277.2, 349.2])
    filed = np.stack([tones(each) for each in (octave, higher)])

    agree = tones_agree(tones(minor), filed, np.zeros(2, np.int64))

    assert agree[0] > 0.8
    assert agree[1] < 0.2
    # Played a semitone lower, it is the same chord.
    assert tones_agree(tones(minor), filed[1:], np.array([-1]))[0] == pytest.approx(1.0, abs=0.1)


def test_silence_agrees_with_nothing():
    nothing = np.full((400, 84), -110.0, np.float32)

    assert grooves_agree(groove(nothing), groove(nothing)[None], np.ones(1)).tolist() == [0.0]
    assert tones_agree(tones(nothing), tones(nothing)[None], np.zeros(1, np.int64)).tolist() == [0.0]
