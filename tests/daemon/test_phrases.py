import numpy as np
import pytest
import synth

from segue.daemon.beatgrid import beat_grid, onset_envelopes
from segue.daemon.phrases import SLOTS, Phrasing, count_path, novelty, phrasing, sharpen, slot_mean
from segue.daemon.spectrum import chroma, spectrum


def phrased(sound: synth.Samples, beats_s: np.ndarray | None = None, first_s: float = 0.0) -> Phrasing:
    spectra = spectrum(sound)
    envelopes = onset_envelopes(spectra)
    if beats_s is None:
        beats_s = beat_grid(spectra, envelopes).beats_s
    return phrasing(spectra, chroma(sound), envelopes, beats_s, first_s)


def test_novelty_is_the_checkerboard_of_foote() -> None:
    values = np.random.default_rng(0).standard_normal((40, 3))
    similarity = values @ values.T
    span, border = 4, 17
    before, after = slice(border - span, border), slice(border, border + span)
    checker = similarity[before, before].sum() + similarity[after, after].sum() - 2 * similarity[before, after].sum()

    assert novelty(values, span)[border] ** 2 * 3 * span**2 == pytest.approx(checker)


def test_novelty_peaks_where_the_music_changes() -> None:
    values = np.repeat([[0.0], [1.0], [0.2]], 32, axis=0)

    found = novelty(values, 16)

    assert int(np.argmax(found)) == 32
    assert np.flatnonzero(sharpen(found, 4) > 0.17).tolist() == [*range(31, 34), 64]


def test_slot_means_weigh_parts_of_frames() -> None:
    values = np.arange(10.0)[:, None]

    assert slot_mean(values, 1.0, np.array([0.5, 2.5, 4.5]))[:, 0].tolist() == [1.5, 3.5]


def test_the_count_survives_a_missing_line_and_follows_a_real_slip() -> None:
    observed = np.zeros((128, 32))
    lines = [0, 32, *range(72, 128, 8)]
    for beat in lines:
        observed[beat, 0 if beat % 32 == 0 else slice(0, 32, 8)] += 10.0
    slipped = np.zeros((128, 32))
    for beat in (*range(0, 64, 8), *range(67, 128, 8)):
        slipped[beat, ::8] += 10.0

    straight, _ = count_path(observed)
    jumped, _ = count_path(slipped)

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
    assert (found.position[at] % 8 == 0).all()
    assert (found.position[at[1:]] % 16 == found.position[at[1]] % 16).all()
    assert len(found.beats_s) == pytest.approx(len(beats_s), abs=2)
    assert len(found.features.level) == (len(found.beats_s) - 1) * SLOTS


def test_off_beats_are_moved_onto_the_beat() -> None:
    sound, beats_s, _ = synth.arrangement(126.0, parts=((32, "build"), (32, "drop"), (32, "breakdown"), (32, "drop")))
    half = 30.0 / 126.0

    found = phrased(sound, beats_s + half)

    assert np.abs(found.beats_s[:100] - beats_s[:100]).max() < 0.01
