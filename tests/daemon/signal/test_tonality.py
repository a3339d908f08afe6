import numpy as np
import pytest
import synth

from segue.daemon.signal.spectrum import chroma
from segue.daemon.signal.tonality import camelot, camelot_name, estimate_key, key_scores, relation

C, D, E, G, A = 0, 2, 4, 7, 9
MINOR, MAJOR = 0, 1


def test_camelot_numbers_are_those_on_the_wheel() -> None:
    names = {
        (9, 0): "8A",
        (0, 1): "8B",
        (7, 1): "9B",
        (4, 0): "9A",
        (5, 1): "7B",
        (11, 1): "1B",
        (8, 0): "1A",
        (6, 1): "2B",
    }

    assert {key: camelot_name(*key) for key in names} == names


def test_all_24_keys_have_a_place_of_their_own() -> None:
    places = {(camelot(tonic, mode), mode) for tonic in range(12) for mode in (MINOR, MAJOR)}

    assert places == {(number, mode) for number in range(1, 13) for mode in (MINOR, MAJOR)}


@pytest.mark.parametrize(("tonic", "mode"), [(-1, -1), (12, 0), (3, -1), (-1, 1)])
def test_an_unknown_key_has_no_number_and_no_name(tonic: int, mode: int) -> None:
    assert camelot(tonic, mode) == 0
    assert camelot_name(tonic, mode) == ""
    assert relation(A, MINOR, tonic, mode) == -1


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ((A, MINOR), 0),
        ((E, MINOR), 1),
        ((D, MINOR), -1),
        ((C, MAJOR), 2),
        ((10, MINOR), 3),
        ((11, MINOR), 3),
        ((A, MAJOR), 9),
        ((G, MINOR), 9),
        ((3, MINOR), 9),
    ],
)
def test_relations_from_a_minor(to: tuple[int, int], expected: int) -> None:
    assert relation(A, MINOR, *to) == expected


@pytest.mark.parametrize("mode", [MINOR, MAJOR])
@pytest.mark.parametrize("tonic", range(12))
def test_a_cadence_names_its_key(tonic: int, mode: int) -> None:
    sound = synth.cadence(tonic, mode, 8.0)

    found = estimate_key(chroma(sound).sum(axis=0))

    assert found[:2] == (tonic, mode)
    assert found[2] > 0.3


@pytest.mark.parametrize("detune", [-0.45, -0.2, 0.2, 0.45])
def test_a_turntable_off_pitch_changes_neither_key_nor_chroma(detune: float) -> None:
    in_tune, off = (chroma(synth.cadence(A, MINOR, 12.0, detune=by)).sum(axis=0) for by in (0.0, detune))

    assert estimate_key(off)[:2] == (A, MINOR)
    assert np.corrcoef(in_tune, off)[0, 1] > 0.97


@pytest.mark.parametrize("strengths", [np.zeros(12), np.ones(12), np.full(12, np.nan)])
def test_no_pitch_no_key(strengths: np.ndarray) -> None:
    assert estimate_key(strengths) == (-1, -1, 0.0)
    assert not key_scores(strengths).any()


def test_noise_has_no_key() -> None:
    assert estimate_key(chroma(synth.noise(30.0)).sum(axis=0)) == (-1, -1, 0.0)


def test_the_scale_of_chroma_does_not_matter() -> None:
    strengths = chroma(synth.cadence(E, MINOR, 8.0)).sum(axis=0).astype(np.float64)

    assert estimate_key(strengths) == estimate_key(strengths * 1e-6)
