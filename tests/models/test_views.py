"""Both sides of a batch lie on one clock: the record's own."""

import torch

from segue.models.datasets.batches import BEYOND, Batches
from segue.models.datasets.clips import Corpus
from segue.models.spec import Spec
from segue.models.views import encode


def test_an_anchor_is_followed_by_the_window_that_starts_there(small_views):
    v = small_views

    assert torch.allclose(v.key_s[v.follows], v.anchor_s)
    assert torch.equal(v.key_track[v.follows], v.anchor_track)
    assert (v.heard_token(v.anchor_track, v.anchor_s) - (v.anchor_token + 1)).abs().max() <= 1 or (
        v.heard_token(v.anchor_track, v.anchor_s) == -1
    ).any()


def test_the_last_windows_start_after_what_is_heard(small_batch):
    b, spec = small_batch, Spec()
    end = b.heard_start_s + b.heard.shape[1] * spec.stride / spec.sample_rate * b.heard_rate

    assert (b.window_s[:, -BEYOND:] >= end[:, None] - 1.01).all()
    assert (b.window_s[:, -BEYOND - 1] - end).abs().max() < 1e-3


def test_a_batch_is_the_same_whenever_it_is_drawn(cache, small_batch):
    folder, clips = cache
    source = Batches(Corpus(folder, clips), Spec(), 3)

    first = source.draw(7)
    source.draw(1)
    again = source.draw(7)

    assert torch.equal(first.heard, again.heard)
    assert not torch.equal(first.heard[0, :400], source.draw(8).heard[0, :400])


def test_a_moment_of_the_record_is_found_in_both_views(small_views):
    v, b = small_views, small_views.batch
    track = torch.arange(3)
    at = b.filed_start_s + 2.0 * b.filed_rate

    assert (v.filed_token(track, at) == round(2.0 / v.token_s)).all()
    assert (v.heard_token(track, b.heard_start_s - 1.0) == -1).all()


def test_a_key_window_is_heard_afresh(small_batch, small_encoder):
    small_encoder.eval()
    with torch.no_grad():
        v = encode(small_encoder, small_batch)
        spec = small_encoder.spec
        first = ((small_batch.window_s[0, 1] - small_batch.filed_start_s[0]) / small_batch.filed_rate[0]).item()
        frame = 2 * round(first / spec.token_s)
        mel = v.filed.mel[:1, frame : frame + spec.key_hops * spec.frames]
        heard, _, _ = small_encoder.listen(mel, small_encoder.encode_state(1))
        _, pool, _, _ = small_encoder.follow(heard, small_encoder.encode_state(1))
        alone = small_encoder.key(pool[:, -1])

    assert (alone[0] * v.key[1]).sum() > 0.97  # all but the stem's first frames


def test_a_recorded_set_is_heard_up_to_a_transition(cache):
    folder, clips = cache
    from dataclasses import replace

    seams = [replace(c, transitions_s=(20.0,)) for c in clips]
    source = Batches(Corpus(folder, seams), Spec(), 1)
    source.shape = source.shape.__class__(tracks=6, heard_s=16.0, filed_s=22.0, windows=4)

    ends = torch.cat([b.heard_start_s + 16.0 * b.heard_rate for b in (source.draw(n) for n in range(4))])

    assert ((ends - 20.0).abs() < 1e-3).float().mean() > 0.25
