"""Library folders of made-up tracks: for the tests of what is built from a catalogue."""

import numpy as np

from segue.daemon.library.catalogue import Catalogue, CueRow, File, Record

ARTIFACT = "a" * 64


def unit(n, dim, seed):
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def record(n, *, artifact=ARTIFACT, hops=50, seed=0):
    return Record(
        id=f"{n:016x}", artifact=artifact, version=1, duration_s=hops / 4, tempo_bpm=120.0 + n, tempo_confidence=0.9,
        pitch_class=n % 12, mode=1, key_confidence=0.5, loudness_lufs=-9.0, silence_start_s=0.1, silence_end_s=0.2,
        note="", hop_s=0.25, beats_s=np.arange(20) * 0.5, downbeats=np.arange(0, 20, 4, dtype=np.int32),
        energy=np.full(12, 0.25, np.float32),
        cues=(CueRow("intro", 0.0, 0, 1.0, {"line": 1.0}), CueRow("drop", 4.0, 8, 0.75)),
        mix_outs=(CueRow("mix_out", 6.0, 12, 0.5), CueRow("outro", 9.0, 18, 0.5)),
        sections=((0.0, 4.0, "A", 0.2), (4.0, 12.5, "B", 0.3)),
        ident=unit(hops, 4, 100 + n + seed).astype(np.float16),
        keys=unit(2, 8, 200 + n + seed), queries=unit(2, 8, 300 + n + seed),
    )  # fmt: skip


def file(n, path=None, **more):
    return File(path or f"/music/{n}.ogg", 1000 + n, 5, f"content{n}", f"{n:016x}", title=f"Title {n}", **more)


def fill(folder, numbers, **more):
    with Catalogue.create(folder) as catalogue:
        catalogue.set_artifact(ARTIFACT)
        for n in numbers:
            with catalogue.transaction():
                catalogue.put_track(record(n, **more))
                catalogue.put_file(file(n))
