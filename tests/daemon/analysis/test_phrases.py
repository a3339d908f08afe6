import numpy as np
import pytest
import synth

from segue.daemon.analysis.beatgrid import beat_grid, onset_envelopes
from segue.daemon.analysis.novelty import SLOTS
from segue.daemon.analysis.phrases import Phrasing, bars_in, count_path, phrasing
from segue.daemon.signal.spectrum import chroma, spectrum

ANEW = np.full(32, 15.0)


def phrased(sound: synth.Samples, beats_s: np.ndarray | None = None, first_s: float = 0.0) -> Phrasing:
    spectra = spectrum(sound)
    envelopes = onset_envelopes(spectra)
    if beats_s is None:
        beats_s = beat_grid(spectra, envelopes).beats_s
    return phrasing(spectra, chroma(sound), envelopes, beats_s, first_s)


def part(beats: int, bar: int, seed: int, swing: tuple[float, ...] = ()) -> np.ndarray:
    """Kick, hat and a note on every beat, at 120 BPM; the notes are drawn at random, and the same for a seed.

    ``swing`` has further, ever louder hats at these parts of a beat.
    """
    rng = np.random.default_rng(seed)
    sound = synth.silence(0.5 * beats + 0.5)
    for beat in range(beats):
        synth.place(synth.kick(), 0.5 * beat, sound, gain=0.6)
        synth.place(synth.hat(), 0.5 * beat + 0.25, sound, gain=0.2)
        synth.place(synth.tone(rng.integers(48, 72), 0.5), 0.5 * beat, sound, gain=0.3)
        for louder, place in enumerate(swing, 1):
            synth.place(synth.hat(), 0.5 * (beat + place), sound, gain=0.3 * louder)
        if beat % bar == 0:
            synth.place(synth.tone(rng.integers(36, 48), 0.5 * bar), 0.5 * beat, sound, gain=0.4)
    return sound[: beats * synth.RATE // 2]


def test_positions_start_phrases_of_so_many_bars() -> None:
    assert bars_in(np.array([0, 4, 8, 16, 24, 3]), 4).tolist() == [8, 1, 2, 4, 2, 0]
    assert bars_in(np.array([0, 3, 6, 12, 4]), 3).tolist() == [8, 1, 2, 4, 0]


def test_the_count_survives_a_missing_line_and_follows_a_real_slip() -> None:
    observed = np.zeros((128, 32))
    lines = [0, 32, *range(72, 128, 8)]
    for beat in lines:
        observed[beat, 0 if beat % 32 == 0 else slice(0, 32, 8)] += 10.0
    slipped = np.zeros((128, 32))
    for beat in (*range(0, 64, 8), *range(67, 128, 8)):
        slipped[beat, ::8] += 10.0

    straight, _ = count_path(observed, ANEW)
    jumped, _ = count_path(slipped, ANEW)

    assert (np.diff(straight) % 32 == 1).all()
    assert straight[0] == 0
    assert int((np.diff(jumped) % 32 != 1).sum()) == 1
    assert jumped[67] % 8 == jumped[8] % 8 == 0


@pytest.mark.parametrize("first_part", [32, 16])
def test_an_arrangement_is_counted_as_it_was_made(first_part: int) -> None:
    parts = ((first_part, "intro"), (32, "build"), (32, "drop"), (32, "breakdown"), (32, "drop"))
    sound, beats_s, starts_s = synth.arrangement(126.0, parts=parts)

    found = phrased(sound)
    at = np.searchsorted(found.beats_s, starts_s - 0.05)

    assert found.beats_s[at] == pytest.approx(starts_s, abs=0.02)
    assert (found.bars[at] >= 2).all()
    assert (found.bars[at[1:]] >= 4).all()
    assert (found.part[at[1:]] > 0.8).all()
    assert found.bar == 4
    assert len(found.beats_s) == pytest.approx(len(beats_s), abs=2)
    assert len(found.features.level) == (len(found.beats_s) - 1) * SLOTS


def test_off_beats_are_moved_onto_the_beat() -> None:
    sound, beats_s, _ = synth.arrangement(126.0, parts=((32, "build"), (32, "drop"), (32, "breakdown"), (32, "drop")))
    half = 30.0 / 126.0

    found = phrased(sound, beats_s + half)

    assert np.abs(found.beats_s[:100] - beats_s[:100]).max() < 0.01


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_beats_move_onto_what_comes_back(quarters: int) -> None:
    parts = [part(16, 4, seed) for seed in (1, 2, 1, 3, 2, 1, 4, 4, 2, 1)]
    beats_s = 0.5 * np.arange(160)

    found = phrased(np.concatenate(parts), beats_s[:-1] + 0.125 * quarters)

    assert (np.abs(found.beats_s[:, None] - beats_s).min(axis=1) < 0.01).all()
    lines_s = found.beats_s[found.bars >= 4]
    assert len(lines_s) >= 9
    assert (np.abs(lines_s / 8.0 - np.round(lines_s / 8.0)) < 0.002).all()


@pytest.mark.parametrize("off", [0.0, 0.3, 0.8])
def test_beats_move_onto_the_beat_of_music_that_swings(off: float) -> None:
    parts = [part(16, 4, seed, swing=(0.3, 0.8)) for seed in (1, 2, 1, 3, 2, 1, 4, 4, 2, 1)]
    beats_s = 0.5 * np.arange(160)

    found = phrased(np.concatenate(parts), beats_s[:-1] + 0.5 * off)

    assert (np.abs(found.beats_s[:, None] - beats_s).min(axis=1) < 0.01).all()


def test_a_bar_of_three_is_counted_in_threes() -> None:
    parts = [part(6, 3, seed) for seed in (1, 2, 1, 3, 2, 1, 4, 4, 2, 1, 3, 3, 1, 2, 4, 1, 2, 3, 1, 1, 4, 2, 3, 1)]

    found = phrased(np.concatenate(parts), 0.5 * np.arange(144))

    assert found.bar == 3
    assert (np.diff(np.flatnonzero(found.bars)) == 3).all()
    assert (found.bars[::6] >= 2).all()


def test_a_section_of_odd_length_starts_the_count_anew() -> None:
    before = [part(16, 4, seed) for seed in (1, 2, 1, 3, 3, 1)]
    after = [part(16, 4, seed) for seed in (2, 1, 3, 3, 1, 2)]

    found = phrased(np.concatenate([*before, part(12, 4, 5), *after]), 0.5 * np.arange(204))

    assert (found.bars[0:97:16] >= 4).all()
    assert (found.bars[108::16] >= 4).all()
