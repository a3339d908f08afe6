"""The speech teachers, with small random weights."""

import re

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torchaudio.models import wav2vec2_model

from segue.daemon.errors import SegueError
from segue.models.teachers import speech
from segue.models.teachers.speech import Speech

RATE = 16_000


def small_speech(seed=0, even=False):
    """A wav2vec 2.0 with every convolution of the real one and little else."""
    torch.manual_seed(seed)
    convolutions = [(8, 10, 5)] + [(8, 3, 2)] * 4 + [(8, 2, 2)] * 2
    sizes = {"encoder_embed_dim": 128, "encoder_pos_conv_kernel": 8, "encoder_pos_conv_groups": 4}
    sizes |= {"encoder_num_layers": 3, "encoder_num_heads": 2, "encoder_ff_interm_features": 32, "aux_num_out": 5}
    dropouts = ("projection_dropout", "attention_dropout", "ff_interm_dropout", "dropout", "layer_drop")
    sizes |= {f"encoder_{name}": 0.0 for name in dropouts} | {"encoder_layer_norm_first": even}
    mode = "layer_norm" if even else "group_norm"
    return wav2vec2_model(mode, extractor_conv_layer_config=convolutions, extractor_conv_bias=even, **sizes).eval()


@pytest.fixture
def noise():
    return (0.1 * np.random.default_rng(0).standard_normal(3 * RATE + 200)).astype(np.float32)


@pytest.fixture
def plain_speech(monkeypatch):
    monkeypatch.setattr(speech, "bfloat16", lambda: False)


@pytest.mark.parametrize("even", [False, True])
def test_a_speech_teachers_row_is_the_mean_of_a_seconds_frames_over_the_chosen_layers(
    tmp_path, noise, plain_speech, even
):
    model = small_speech(even=even)
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    teacher = Speech("wav2vec2", tmp_path / "weights.pth", (1, 3))

    rows = teacher.rows(noise)

    sound = torch.from_numpy(noise)
    sound = F.layer_norm(sound, sound.shape) if even else sound
    with torch.inference_mode():
        layers, _ = model.extract_features(sound[None, : 3 * RATE + 80])
    want = (layers[0] + layers[2])[0].view(3, 50, 128).mean(1) / 2
    assert teacher.dim == 128
    np.testing.assert_allclose(rows, want.numpy(), atol=1e-5)


def test_sound_longer_than_a_stretch_is_heard_stretch_by_stretch(tmp_path, noise, plain_speech, monkeypatch):
    torch.save(small_speech().state_dict(), tmp_path / "weights.pth")
    teacher = Speech("hubert", tmp_path / "weights.pth", (2,))
    monkeypatch.setattr(speech, "STRETCH_S", 2)

    rows = teacher.rows(noise)

    np.testing.assert_allclose(rows[:2], teacher.rows(noise[: 2 * RATE + 80]), atol=1e-5)
    np.testing.assert_allclose(rows[2:], teacher.rows(noise[2 * RATE :]), atol=1e-5)
    assert teacher.rows(noise[:5000]).shape == (1, 128)


@pytest.mark.parametrize("prefix", ["wav2vec2.", ""])
def test_a_file_with_hugging_faces_names_holds_the_same_teacher(tmp_path, noise, plain_speech, prefix):
    tensors = small_speech().state_dict()
    theirs = {}
    for name, value in tensors.items():
        name = name.replace("encoder.feature_projection.", "feature_projection.").replace(
            "encoder.transformer.", "encoder."
        )
        name = name.replace("parametrizations.weight.original0", "weight_g")
        theirs[prefix + name.replace("parametrizations.weight.original1", "weight_v")] = value
    theirs[prefix + "masked_spec_embed"] = torch.zeros(128)
    torch.save(tensors, tmp_path / "ours.pth")
    torch.save(theirs, tmp_path / "theirs.bin")

    ours, same = (Speech("wav2vec2", tmp_path / file, (2,)) for file in ("ours.pth", "theirs.bin"))

    np.testing.assert_array_equal(ours.rows(noise), same.rows(noise))


def test_a_speech_teacher_that_cannot_be_had_says_what_file_is_wanted(tmp_path):
    bad, other, part = tmp_path / "bad.pth", tmp_path / "other.pth", tmp_path / "part.pth"
    bad.write_bytes(b"<html>not found</html>")
    torch.save({"weight": torch.zeros(3)}, other)
    torch.save({k: v for k, v in small_speech().state_dict().items() if "v_proj" not in k}, part)

    for path in (None, tmp_path / "none.pth"):
        with pytest.raises(SegueError, match=re.escape(speech.PAGES["hubert"])):
            Speech("hubert", path)
    with pytest.raises(SegueError, match="no file of weights"):
        Speech("hubert", bad)
    with pytest.raises(SegueError, match=r"holds no wav2vec 2\.0 or HuBERT"):
        Speech("hubert", other)
    with pytest.raises(SegueError, match=r"lacks encoder\.transformer\.layers\.0\.attention\.v_proj"):
        Speech("hubert", part, (1,))
    torch.save(small_speech().state_dict(), part)
    with pytest.raises(SegueError, match=r"layers \[6, 9\].*has 1 to 3"):
        Speech("hubert", part)


def test_a_speech_teachers_name_tells_weights_and_layers_apart(tmp_path):
    names = set()
    for seed, layers in ((0, (1,)), (0, (1, 2)), (1, (1,))):
        torch.save(small_speech(seed).state_dict(), tmp_path / f"{seed}.pth")
        names.add(Speech("hubert", tmp_path / f"{seed}.pth", layers).name)

    assert len(names) == 3
