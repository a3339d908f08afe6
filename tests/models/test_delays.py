"""The table of contexts against gradients through a real encoder: the oldest and the newest sample that count."""

import pytest
import torch

from segue.models.delays import reaches
from segue.models.encoder import Encoder
from segue.models.spec import Spec

SMALL = {"channels": (4, 6, 8), "token_dim": 24, "trunk_dim": 16, "ident_width": 16}


@pytest.fixture(scope="module", params=["gru", "transformer", "tcn"])
def encoder(request):
    torch.manual_seed(0)
    return Encoder(Spec(encoder=request.param, **SMALL)).eval().double()  # float32 would lose the faintest


def span(rows, audio, row):
    """Return the first and the last sample that the given row of ROWS depends on."""
    weights = torch.randn(rows.shape[2], generator=torch.Generator().manual_seed(1), dtype=rows.dtype)
    (gradient,) = torch.autograd.grad((rows[0, row] * weights).sum(), audio, retain_graph=True)
    counts = gradient[0].nonzero()[:, 0]
    return int(counts[0]), int(counts[-1])


def measured(encoder):
    """Return (delay, context) of each part by its name in the table, and the number of samples fed."""
    spec, table = encoder.spec, {r.layer: r for r in reaches(encoder)}
    hops = 2 + max(r.context_samples or 0 for r in table.values()) // spec.hop
    audio = torch.randn(1, hops * spec.hop, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    audio = (0.1 * audio).requires_grad_()
    state = {k: v.double() for k, v in encoder.init_state().items()}
    mel, _ = encoder.frontend(audio, state["tail"])
    _, flux, tokens, _ = encoder.stem(mel, state)
    branch, _ = encoder.ident(tokens, state)
    ident = encoder.ident.embed(branch.unflatten(1, (-1, spec.tokens)).mean(2))
    trunk, _ = encoder.trunk(tokens, state)
    last = f"ident.convs.{len(spec.ident_dilations) - 1}"
    parts = {"frontend": mel, "stem.flux": flux, "stem.conv3": tokens, last: branch, "ident": ident, "trunk": trunk}
    found = {}
    for name, rows in parts.items():
        (_, before), (first, end) = span(rows, audio, -2), span(rows, audio, -1)
        found[name] = (end - before, end - first + 1, first, end)
    return table, found, audio.shape[1]


def test_the_table_says_what_gradients_find(encoder):
    table, found, length = measured(encoder)

    for name, (delay, context, first, end) in found.items():
        assert delay == table[name].delay_samples, name
        assert end == length - 1, name  # nothing is held back
        if table[name].context_samples is None:
            assert first <= Spec().stride, name
        else:
            assert context == table[name].context_samples, name


def test_only_a_recurrent_trunk_and_the_pools_hear_for_ever(encoder):
    endless = {r.layer for r in reaches(encoder) if r.context_samples is None}

    assert endless == {"query", "key"} | ({"trunk"} if encoder.spec.encoder == "gru" else set())


def test_an_ident_is_complete_when_the_warm_up_is(encoder):
    ident = next(r for r in reaches(encoder) if r.layer == "ident")

    assert ident.context_samples <= encoder.spec.warmup_hops * encoder.spec.hop
