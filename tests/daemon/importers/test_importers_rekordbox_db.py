"""rekordbox's own database, made by pyrekordbox's models of it, with an analysis file beside it."""

import struct
import sys
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from foreign import FIRST_S, HOT, LATE, LOOP, MEMORY, NAMES, TEMPO

from segue.daemon.importers.foreign import ForeignError, beats
from segue.daemon.importers.places import reader_of

pytest.importorskip("pyrekordbox", reason="the extra 'rekordbox' is not installed")


PLAYED = datetime(2024, 3, 9, 22, 15, 7, 500_000, UTC)


@pytest.fixture
def path(tmp_path, monkeypatch):
    """``master.db`` and ``share/PIONEER/USBANLZ`` as rekordbox 6 and 7 leave them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyrekordbox.masterdb import models
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session
    monkeypatch.setenv("TZ", "America/New_York")
    if hasattr(time, "tzset"):
        time.tzset()
    path = tmp_path / "master.db"
    engine = create_engine(f"sqlite:///{path}")
    models.Base.metadata.create_all(engine)
    at = PLAYED

    def row(table, **values):
        """A row with something in every column that wants it."""
        empty = {
            column.name: "" if "CHAR" in (kind := str(column.type)) or "TEXT" in kind else 0
            for column in table.__table__.columns
            if not column.nullable and column.default is None
        }
        return table(
            **{**empty, "created_at": at, "updated_at": at, "UUID": f"{table.__name__}{values['ID']}", **values}
        )

    def cue(number, each, kind, colour):
        end = round((each.position_s + each.length_s) * 1000) if each.length_s else -1
        return row(
            models.DjmdCue, ID=str(number), ContentID="1", InMsec=round(each.position_s * 1000), OutMsec=end, Kind=kind,
            Comment=each.name, ColorTableIndex=colour,
        )  # fmt: skip

    with Session(engine) as session:
        session.add(row(models.DjmdArtist, ID="9", Name="Ärtist"))
        session.add(row(models.DjmdKey, ID="5", ScaleName="Am"))
        for n, name in enumerate(NAMES, start=1):
            where = "/PIONEER/USBANLZ/abc/ANLZ0000.DAT" if n == 1 else ""
            session.add(
                row(
                    models.DjmdContent, ID=str(n), FolderPath=f"/Music/{name}", FileNameL=name, Title=f"Title {n}",
                    ArtistID="9", KeyID="5", BPM=round(TEMPO * 100), Length=90, FileSize=900 + n,
                    AnalysisDataPath=where,
                )
            )  # fmt: skip
        # Pads go 1, 2, 3, 5, 6 …
        session.add_all([cue(1, HOT, 1, 38), cue(2, LATE, 3, 1), cue(3, LOOP, 6, 22), cue(4, MEMORY, 0, -1)])
        session.add(row(models.DjmdPlaylist, ID="20", Name="Crates", Attribute=1, ParentID="root"))
        session.add(row(models.DjmdPlaylist, ID="21", Name="Peak", Attribute=0, ParentID="20"))
        session.add(row(models.DjmdHistory, ID="30", Name="HISTORY 2024-03-09", Attribute=0))
        for n, content in enumerate(("2", "1"), start=1):
            ids = {"ContentID": content, "TrackNo": n}
            session.add(row(models.DjmdSongPlaylist, ID=f"p{n}", PlaylistID="21", **ids))
            session.add(row(models.DjmdSongHistory, ID=f"h{n}", HistoryID="30", **ids))
        # What was deleted stays as a row.
        gone = {"rb_local_deleted": 1}
        session.add(
            row(models.DjmdCue, ID="9", ContentID="2", InMsec=500, OutMsec=-1, Kind=1, ColorTableIndex=1, **gone)
        )
        session.add(row(models.DjmdHistory, ID="31", Name="Deleted", Attribute=0, **gone))
        session.add(row(models.DjmdSongHistory, ID="h8", HistoryID="31", ContentID="1", TrackNo=1))
        session.add(row(models.DjmdSongHistory, ID="h9", HistoryID="30", ContentID="1", TrackNo=3, **gone))
        session.add(row(models.DjmdSongPlaylist, ID="p9", PlaylistID="21", ContentID="1", TrackNo=3, **gone))
        session.commit()
    engine.dispose()
    folder = tmp_path / "share" / "PIONEER" / "USBANLZ" / "abc"
    folder.mkdir(parents=True)
    (folder / "ANLZ0000.DAT").write_bytes(analysis())
    yield path
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


def lock(path):
    """Encrypt the database as rekordbox does."""
    from pyrekordbox.masterdb.database import BLOB, deobfuscate
    from sqlcipher3 import dbapi2

    locked = path.with_name("locked.db")
    db = dbapi2.connect(str(path))
    db.execute("ATTACH DATABASE ? AS locked KEY ?", (str(locked), deobfuscate(BLOB)))
    db.execute("SELECT sqlcipher_export('locked')")
    db.close()
    locked.replace(path)


def analysis():
    """The file of one track's analysis, with the section of its beats."""
    times = np.arange(FIRST_S, 90.5, 60 / TEMPO)
    rows = b"".join(struct.pack(">HHI", n % 4 + 1, round(TEMPO * 100), round(at * 1000)) for n, at in enumerate(times))
    body = struct.pack(">4sIIIII", b"PQTZ", 24, 24 + len(rows), 0, 0x80000, len(times)) + rows
    return struct.pack(">4sIIIIII", b"PMAI", 28, 28 + len(body), 1, 0x10000, 0x10000, 0) + body


@pytest.mark.filterwarnings("ignore")  # of SQLAlchemy and pyrekordbox, about each other
@pytest.mark.parametrize("locked", [True, False])
def test_tracks_cues_grid_playlists_and_history_come_out(path, locked):
    if locked:
        lock(path)
        assert not path.read_bytes().startswith(b"SQLite")

    library = reader_of(path)(path)

    assert library.source == "rekordbox"
    first, second = library.tracks
    assert (first.path, first.title, first.artist, first.key) == (f"/Music/{NAMES[0]}", "Title 1", "Ärtist", "Am")
    assert (first.tempo_bpm, first.size, second.cues) == (TEMPO, 901, ())
    found = sorted(first.cues, key=lambda cue: cue.position_s)
    assert [(c.kind, c.number, c.name) for c in found] == [
        (c.kind, c.number, c.name) for c in (MEMORY, HOT, LOOP, LATE)
    ]
    for one, other in zip(found, (MEMORY, HOT, LOOP, LATE), strict=True):
        assert abs(one.position_s - other.position_s) < 0.001
        assert abs(one.length_s - other.length_s) < 0.0015
    grid = beats(first.grid, 90.0)
    np.testing.assert_allclose(grid, np.arange(FIRST_S, 90.0, 60 / TEMPO), atol=0.001)
    assert [(each.name, each.tracks) for each in library.playlists] == [("Crates/Peak", (1, 0))]
    (session,) = library.sessions
    assert [n for n, _ in session.plays] == [1, 0]
    assert session.plays[0][1] == PLAYED.timestamp()


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_one_is_refused(path):
    path.write_bytes(path.read_bytes()[:9000])

    with pytest.raises(ForeignError, match="damaged") as told:
        reader_of(path)(path)
    assert "\n" not in str(told.value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells which files are open")
def test_the_copy_is_closed_so_that_windows_can_delete_it(path):
    reader_of(path)(path)

    links = [file for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
    assert not [file for file in links if "master.db" in str(file.readlink())]
