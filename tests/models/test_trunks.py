"""The trunks without an encoder around them: any cut gives one answer, and each hears exactly as far as it says."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.models.tcn import TcnTrunk
from segue.models.transformer import TransformerTrunk

DIM, OUT = 16, 12


def transformer(**sizes):
    return TransformerTrunk(DIM, OUT, **{"window": 12, "depth": 2} | sizes)


def tcn(**sizes):
    return TcnTrunk(DIM, OUT, **{"dilations": (1, 2, 4, 2)} | sizes)


def seeded(make):
    torch.manual_seed(2)
    trunk = make().eval()
    with torch.no_grad():  # louder than they start, so that every path shows
        for parameter in trunk.parameters():
            parameter.mul_(2)
    return trunk


TRUNKS = {make.__name__: seeded(make) for make in (transformer, tcn)}


@pytest.fixture(params=TRUNKS)
def trunk(request):
    return TRUNKS[request.param]


def tokens(count, seed=0, batch=1, dim=DIM):
    return torch.randn(batch, count, dim, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def heard(trunk, x, pieces):
    state, rows, at = trunk.init_state(len(x)), [], 0
    for piece in pieces:
        y, state = trunk(x[:, at : at + piece], state)
        rows.append(y)
        at += piece
    return torch.cat(rows, 1)


@pytest.mark.parametrize("name", TRUNKS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(pieces=st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_however_cut_the_answer_is_one(name, pieces):
    x = tokens(sum(pieces), batch=2)

    whole = heard(TRUNKS[name], x, [sum(pieces)])

    assert whole.shape == (2, sum(pieces), OUT)
    assert (whole - heard(TRUNKS[name], x, pieces)).abs().max() < 1e-5


@pytest.mark.parametrize("make", [TransformerTrunk, TcnTrunk])
def test_full_size_pieces_equal_the_whole_in_float32(make):
    torch.manual_seed(0)
    trunk, x = make(192, 256).eval(), tokens(500, dim=192)

    whole = heard(trunk, x, [500])

    assert (whole - heard(trunk, x, [5] * 33 + [1, 161, 160, 13])).abs().max() < 1e-5


def test_the_window_masks_what_a_plain_attention_over_everything_would_mask():
    trunk = TRUNKS["transformer"]
    x, block = tokens(50), trunk.blocks[0]
    distance = torch.arange(50)[:, None] - torch.arange(50)[None]
    slopes = torch.tensor([2.0**-2, 2.0**-4, 2.0**-6, 2.0**-8])
    bias = torch.where((distance < 0) | (distance > trunk.window), -torch.inf, -slopes[:, None, None] * distance)

    with torch.no_grad():
        q, k, v = (p.unflatten(2, (4, 4)).transpose(1, 2) for p in block.qkv(block.heard(x)).chunk(3, 2))
        k, v = torch.cat([block.sink_k[None], k], 2), torch.cat([block.sink_v[None], v], 2)
        scores = q @ k.transpose(2, 3) / 2 + torch.nn.functional.pad(bias, (trunk.sinks, 0))
        wanted = x + block.mix((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))
        wanted = wanted + block.down(torch.nn.functional.gelu(block.up(block.thought(wanted))))
        state = trunk.init_state(1)
        got, _, _ = block(x, state["trunk_k_0"], state["trunk_v_0"], trunk._bias(state["trunk_valid"], 50))

    assert (got - wanted).abs().max() < 1e-5


def test_a_gated_layer_is_the_dilated_convolution_that_it_says():
    layer = TRUNKS["tcn"].layers[2]
    x, width = tokens(30, dim=DIM // 2), DIM // 2
    kernel = layer.taps.weight.unflatten(1, (3, width)).transpose(1, 2)
    past = torch.zeros(1, layer.context, width)

    with torch.no_grad():
        held = torch.cat([past, layer.norm(x)], 1).transpose(1, 2)
        both = torch.nn.functional.conv1d(held, kernel, layer.taps.bias, dilation=layer.dilation)
        what, gate = both.transpose(1, 2).chunk(2, 2)
        z = layer.split(torch.tanh(what) * torch.sigmoid(gate))
        stream, skip, _ = layer(x, past)

    assert (stream - x - z[..., layer.skip :]).abs().max() < 1e-5
    assert (skip - z[..., : layer.skip]).abs().max() < 1e-5


def test_the_future_never_changes_the_past(trunk):
    x, other = tokens(60), tokens(60, seed=1)
    changed = torch.cat([x[:, :25], other[:, 25:]], 1)

    a, b = heard(trunk, x, [60]), heard(trunk, changed, [60])

    assert torch.equal(a[:, :25], b[:, :25])
    assert (a[:, 25:] - b[:, 25:]).abs().amax(2).min() > 1e-3


def test_what_is_older_than_the_context_has_no_influence_at_all(trunk):
    count = trunk.context_tokens + 20
    x = tokens(count)
    changed = x.clone()
    changed[:, 7] += 1

    a, b = heard(trunk, x, [1] * count), heard(trunk, changed, [1] * count)

    apart = (a - b).abs().amax(2)[0]
    assert apart[7 + trunk.context_tokens] > 0
    assert torch.equal(a[:, 8 + trunk.context_tokens :], b[:, 8 + trunk.context_tokens :])
    assert trunk.context_tokens == sum(trunk.layer_tokens)


def test_zeros_mean_that_nothing_was_heard_and_not_that_silence_was():
    trunk = TRUNKS["transformer"]
    x = tokens(6)
    silent = trunk.init_state(1) | {"trunk_valid": torch.ones(1, trunk.window)}

    (fresh, _), (after_silence, _) = trunk(x, trunk.init_state(1)), trunk(x, silent)

    assert (fresh - after_silence).abs().max() > 1e-3


def test_an_unlimited_stream_is_a_fresh_one_of_the_context_s_length(trunk):
    count, last = 10_000, trunk.context_tokens + 1
    x = tokens(count)

    streamed = heard(trunk, x, [5] * 1000 + [20] * 250)

    assert torch.isfinite(streamed).all()
    assert (streamed[:, -1] - heard(trunk, x[:, -last:], [last])[:, -1]).abs().max() < 1e-5
    assert (streamed[:, -1] - heard(trunk, x[:, -last // 2 :], [last // 2 + 1])[:, -1]).abs().max() > 1e-4


def test_each_row_of_a_batch_is_heard_alone(trunk):
    x = tokens(40, batch=3)

    together = heard(trunk, x, [13, 27])

    for i in range(3):
        assert (together[i] - heard(trunk, x[i : i + 1], [40])[0]).abs().max() < 1e-5


def test_one_row_may_begin_while_another_goes_on(trunk):
    x = tokens(30, batch=2)
    _, state = trunk(x, trunk.init_state(2))
    for array in state.values():
        array[0] = 0

    y, _ = trunk(x, state)

    assert (y[0] - heard(trunk, x[:1], [30])[0]).abs().max() < 1e-5
    assert (y[1] - heard(trunk, torch.cat([x, x], 1)[1:], [60])[0, 30:]).abs().max() < 1e-5


@pytest.mark.parametrize("make", [transformer, tcn])
def test_the_gradient_reaches_every_weight_and_every_token(make):
    trunk = seeded(make).train()
    x = tokens(30, batch=2).requires_grad_()

    y, _ = trunk(x, trunk.init_state(2))
    (y * torch.randn(y.shape, generator=torch.Generator().manual_seed(0))).sum().backward()

    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in trunk.parameters())
    assert x.grad.abs().amax(2).min() > 0


def test_bfloat16_autocast_runs_and_stays_near(trunk):
    x = tokens(50, batch=3)

    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, state = trunk(x, trunk.init_state(3))
        again, _ = trunk(x[:, :1], state)

    exact = heard(trunk, x, [50])
    assert again.shape == (3, 1, OUT)
    assert (y.float() - exact).abs().mean() < 0.03 * exact.abs().mean()


@pytest.mark.parametrize("make", [TransformerTrunk, TcnTrunk])
def test_a_trunk_leaves_room_for_the_rest_of_three_million_weights(make):
    trunk = make(192, 256)

    assert sum(p.numel() for p in trunk.parameters()) < 1_400_000
    assert trunk.delay_tokens == 0
    assert all(name.startswith("trunk") and not array.any() for name, array in trunk.init_state(2).items())
