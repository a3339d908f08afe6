"""The pulse's trainer: its twin scores as the daemon does, and its drum machine plays the beats that it tells."""

from importlib import resources

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from segue.daemon.signal.features import BANDS  # noqa: E402
from segue.daemon.signal.pulse import BPM, PHASES, RATIOS, TEMPI, PulseModel  # noqa: E402
from segue.models.drums import clip  # noqa: E402
from segue.models.pulse import Pulse, examples, target  # noqa: E402


def shipped():
    with resources.files("segue.daemon").joinpath("data/pulse.npz").open("rb") as file, np.load(file) as stored:
        return {name: torch.from_numpy(stored[name]) for name in stored.files}


def twin():
    model, stored = Pulse(), shipped()
    model.load_state_dict(
        {
            "template": stored["template"],
            "bars": stored["bars"],
            "mix": stored["mix"],
            "inward.weight": stored["inward"],
            "inward.bias": stored["bias"],
            "tempo_inward.weight": stored["tempo_inward"],
            "outward.weight": stored["outward"][None],
            "liking.weight": stored["liking"][None],
            "bumps": model.bumps,
        }
    )
    return model


def test_the_twin_scores_as_the_daemon_does():
    rng = np.random.default_rng(0)
    resonance = (
        (rng.standard_normal((BANDS, TEMPI, RATIOS.size, 2)) * 0.2).astype(np.float32).view(np.complex64)[..., 0]
    )

    with torch.no_grad():
        theirs = twin()(torch.from_numpy(resonance)[None])[0].numpy().reshape(TEMPI, PHASES)

    np.testing.assert_allclose(PulseModel().scores(resonance), theirs, atol=1e-4)


def test_the_truth_is_a_blur_round_its_place():
    wanted = target(torch.tensor([120.0]), torch.tensor([0.25]))[0].reshape(TEMPI, PHASES)

    row, column = divmod(int(wanted.argmax()), PHASES)
    assert float(wanted.sum()) == pytest.approx(1.0, abs=1e-5)
    assert BPM[row] == pytest.approx(120.0, rel=0.006)
    assert column == PHASES // 4


def test_the_shipped_weights_know_the_beat_of_most_drum_clips():
    rng, model, right = np.random.default_rng(3), PulseModel(), []
    for number in range(6):
        resonance, tempo_bpm, phase = examples(*clip(rng, 14.0), number)
        for seen, tempo, at in zip(resonance[-3:], tempo_bpm[-3:], phase[-3:], strict=True):
            row, column = divmod(int(model.scores(seen).argmax()), PHASES)
            right.append(abs(BPM[row] / tempo - 1) < 0.04 and abs((column / PHASES - at + 0.5) % 1 - 0.5) < 0.1)

    assert np.mean(right) > 0.6


def test_a_clip_is_drawn_from_its_generator_alone():
    first, second = (clip(np.random.default_rng(9), 4.0) for _ in range(2))

    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert np.abs(first[0]).max() <= 1.05
