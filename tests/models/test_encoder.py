"""One computation, fed whole or in pieces; the past decides, the future does not."""

import pytest
import torch

from segue.models.encoder import Encoder
from segue.models.frontend import log_mel
from segue.models.spec import Spec


@pytest.fixture(scope="module", params=["gru", "transformer", "tcn"])
def encoder(request):
    torch.manual_seed(3)
    return Encoder(Spec(encoder=request.param)).eval()


def sound(hops, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, hops * Spec().hop, generator=generator) * 0.1


@torch.no_grad()
def heard(encoder, audio, pieces):
    state, rows, at = encoder.init_state(len(audio)), [], 0
    for hops in pieces:
        end = at + hops * encoder.spec.hop
        *out, state = encoder(audio[:, at:end], state)
        rows.append(out)
        at = end
    return [torch.cat(parts, 1) for parts in zip(*rows, strict=True)]


@pytest.mark.parametrize("pieces", [[1] * 12, [5, 7], [1, 10, 1]])
def test_pieces_equal_the_whole(encoder, pieces):
    audio = sound(12)

    whole = heard(encoder, audio, [12])

    for a, b in zip(whole, heard(encoder, audio, pieces), strict=True):
        assert (a - b).abs().max() < 1e-5


def test_later_sound_never_changes_earlier_output(encoder):
    audio = sound(10)
    changed = audio.clone()
    changed[:, 6 * encoder.spec.hop :] = sound(4, seed=9)

    for a, b in zip(heard(encoder, audio, [10]), heard(encoder, changed, [10]), strict=True):
        assert torch.equal(a[:, :6], b[:, :6])
        assert (a[:, 6:] - b[:, 6:]).abs().max() > 1e-3


def test_an_ident_forgets_what_is_older_than_its_branch(encoder):
    audio = sound(40)
    other = audio.clone()
    other[:, : 20 * encoder.spec.hop] = sound(20, seed=4)

    (_, _, a), (_, _, b) = heard(encoder, audio, [40]), heard(encoder, other, [40])

    assert (a[:, 20] - b[:, 20]).abs().max() > 1e-3
    assert (a[:, 20 + encoder.spec.warmup_hops :] - b[:, 20 + encoder.spec.warmup_hops :]).abs().max() < 1e-5


def test_the_front_end_gives_the_spectrum_that_an_fft_gives(encoder):
    audio, front = sound(3), encoder.frontend
    tail = torch.zeros(2, front.tail_samples)

    mel, _ = front(audio, tail)

    spec = encoder.spec
    frames = torch.cat([tail, audio], 1).unfold(1, spec.window, spec.stride) * front.hann
    wanted = log_mel(torch.fft.rfft(frames).abs() ** 2 @ front.mel)
    assert (mel - wanted).abs().max() < 1e-4


def test_a_louder_record_is_the_same_record(encoder):
    audio = sound(20)

    (_, _, a), (_, _, b) = heard(encoder, audio, [20]), heard(encoder, audio * 0.3, [20])

    assert (a * b).sum(-1)[:, 16:].min() > 0.99


def test_a_key_remembers_how_its_window_began_and_a_query_how_it_ends(encoder):
    audio = sound(32)
    other_start, other_end = audio.clone(), audio.clone()
    other_start[:, : Spec().hop] = sound(1, seed=5)
    other_end[:, -Spec().hop :] = sound(1, seed=5)

    query, key, _ = (x[:, -1] for x in heard(encoder, audio, [32]))
    started, ended = ([x[:, -1] for x in heard(encoder, other, [32])] for other in (other_start, other_end))

    assert (key - started[1]).norm(dim=1).min() > 2 * (query - started[0]).norm(dim=1).max()
    assert (query - ended[0]).norm(dim=1).min() > 2 * (key - ended[1]).norm(dim=1).max()


def test_an_encoder_has_about_three_million_weights(encoder):
    assert 2e6 < sum(p.numel() for p in encoder.parameters()) < 3.5e6
