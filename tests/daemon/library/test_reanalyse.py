"""``segue index --reanalyse``: what is known is done again, where it is told to and nowhere else."""

import sqlite3

import numpy as np
import pytest
import soundfile
import synth
from graphs import write_graph

from segue.daemon.library.indexer import index


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    return write_graph(tmp_path_factory.mktemp("graph") / "tiny.onnx")


@pytest.fixture
def indexed(tmp_path, artifact):
    """Three files, one in a sub-folder, indexed."""
    (tmp_path / "music" / "more").mkdir(parents=True)
    for seed, name in enumerate(["a.wav", "b.wav", "more/c.wav"]):
        sound = synth.noise(5.0, level=0.02, seed=seed) + synth.clicks(110 + 5 * seed, 5.0)
        soundfile.write(tmp_path / "music" / name, np.clip(sound, -1, 1), synth.RATE, subtype="PCM_16")
    index(tmp_path / "library", [tmp_path / "music"], artifact, jobs=1)
    return tmp_path


def dump(folder):
    """Everything in a catalogue, row by row."""
    db = sqlite3.connect(folder / "catalogue.sqlite")
    tables = ("track", "ident", "cue", "section", "file")
    rows = {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables}
    db.close()
    return rows


def test_reanalysing_mends_unchanged_tracks_where_it_is_told_to(indexed, artifact):
    truth = dump(indexed / "library")
    db = sqlite3.connect(indexed / "library" / "catalogue.sqlite")
    db.execute("UPDATE track SET tempo_bpm = 1.0, rev = 'old', keys = zeroblob(length(keys))")
    db.commit()
    db.close()

    untold = index(indexed / "library", [indexed / "music"], artifact, jobs=1)
    one = index(indexed / "library", [indexed / "music" / "more"], artifact, jobs=1, reanalyse=True)
    mended = sum(row in truth["track"] for row in dump(indexed / "library")["track"])
    rest = index(indexed / "library", [], artifact, jobs=1, reanalyse=True)

    assert (untold.indexed, one.indexed, mended, rest.indexed) == (0, 1, 1, 3)
    assert dump(indexed / "library") == truth


def test_reanalysing_looks_again_at_what_could_not_be_read(indexed, artifact):
    (indexed / "music" / "text.flac").write_text("no sound\n" * 50)
    index(indexed / "library", [indexed / "music"], artifact, jobs=1)
    db = sqlite3.connect(indexed / "library" / "catalogue.sqlite")
    db.execute("UPDATE file SET error = 'an old reason' WHERE error != ''")
    db.commit()
    db.close()

    report = index(indexed / "library", [indexed / "music"], artifact, jobs=1, reanalyse=True)

    assert [failure["reason"] == "an old reason" for failure in report.failed] == [False]
