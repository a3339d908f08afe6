"""Crowds: many made-up tracks whose idents are like those of a few real ones, for what has to hold in a large library.

A made-up track is two real ones laid over each other, turned a little in its own direction, and moved by an offset and
a slow drift that have the spread of real idents. Hops of one track stay as alike as those of real ones, and tracks made
of the same two are not each other's copies.
"""

import numpy as np

from segue.daemon.library.catalogue import Catalogue, CueRow, File, Record

KNOT = 40
"""Hops from one knot of the drift to the next."""


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def crowd(real, count, hops, seed=0):
    """Yield the ident of each made-up track, (hops, E), from real ones, (n, E) each."""
    rng = np.random.default_rng(seed)
    dim = real[0].shape[1]
    spread = np.linalg.cholesky(np.cov(np.concatenate(real).T) + 1e-4 * np.eye(dim))
    at = np.arange(hops) / KNOT
    knot, part = at.astype(int), (at % 1)[:, None]
    for _ in range(count):
        two = [real[n] for n in rng.integers(len(real), size=2)]
        one, other = (rows[(rng.integers(len(rows)) + np.arange(hops)) % len(rows)] for rows in two)
        share = rng.uniform(0.25, 0.6)
        turn, upper = np.linalg.qr(np.eye(dim) + 0.12 * rng.standard_normal((dim, dim)))
        offset, *knots = rng.standard_normal((hops // KNOT + 3, dim)) @ spread.T
        drift = np.array(knots)[knot] * (1 - part) + np.array(knots)[knot + 1] * part
        laid = ((1 - share) * one + share * other) @ (turn * np.sign(np.diag(upper))).T
        yield unit(laid + 0.3 * (offset + drift))


def disturbed(rows, cosine, seed=0):
    """Turn rows away, at random, until they are no more alike than a cosine, (n,): what a booth does to a play."""
    noise = np.random.default_rng(seed).standard_normal(rows.shape)
    noise = unit(noise - (noise * rows).sum(1, keepdims=True) * rows)
    cosine = np.asarray(cosine)[..., None]
    return unit(cosine * rows + np.sqrt(1 - cosine**2) * noise)


def fill(folder, artifact, idents, keys, seed=0):
    """Put made-up tracks into a library's catalogue, each with cue-ins and mix-outs like the given ones, (n, D)."""
    rng = np.random.default_rng(seed)
    cues = 12
    with Catalogue.create(folder) as catalogue:
        catalogue.set_artifact(artifact)
        for n, ident in enumerate(idents):
            length_s = len(ident) / 4
            tempo = float(rng.uniform(90, 140))
            beats = np.arange(0, length_s, 60 / tempo)
            places = [int(i * len(beats) / (cues + 1)) for i in range(cues)]
            rows = [CueRow("mix_in", float(beats[beat]), beat, float(rng.uniform(0.3, 0.9))) for beat in places]
            out = [CueRow("mix_out", cue.position_s, cue.beat, 0.5) for cue in rows[-4:]]
            own = unit(
                keys[rng.integers(len(keys), size=cues + 4)] + 0.08 * rng.standard_normal((cues + 4, keys.shape[1]))
            )
            track = f"{rng.integers(1 << 62):016x}"
            record = Record(
                track, artifact, 1, length_s, tempo, 0.8, int(rng.integers(12)), int(rng.integers(2)), 0.6, -9.0, 0.0,
                length_s, "", 0.25, beats, np.arange(0, len(beats), 4, dtype=np.int32),
                np.full(int(length_s), rng.uniform(0.2, 0.8), np.float32), tuple(rows), tuple(out), (),
                ident.astype(np.float16), own[:cues], own[cues:],
            )  # fmt: skip
            with catalogue.transaction():
                catalogue.put_track(record)
                catalogue.put_file(
                    File(f"/music/{n}.ogg", 1, 1, "", track, title=f"Piece {n}", artist=f"Band {n % 999}")
                )
