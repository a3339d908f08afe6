"""The tables of a catalogue, and how those of an older edition become these."""

FORMAT = 3
"""Raised when the tables change; an older library is then brought up to date by ``segue index``."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE track (
    id TEXT PRIMARY KEY, artifact TEXT NOT NULL, version INTEGER NOT NULL, rev TEXT NOT NULL,
    duration_s REAL NOT NULL, tempo_bpm REAL NOT NULL, tempo_confidence REAL NOT NULL,
    pitch_class INTEGER NOT NULL, mode INTEGER NOT NULL, key_confidence REAL NOT NULL,
    loudness_lufs REAL NOT NULL, energy_mean REAL NOT NULL,
    silence_start_s REAL NOT NULL, silence_end_s REAL NOT NULL, note TEXT NOT NULL,
    hops INTEGER NOT NULL, hop_s REAL NOT NULL, width INTEGER NOT NULL,
    beats BLOB NOT NULL, downbeats BLOB NOT NULL, energy BLOB NOT NULL, keys BLOB NOT NULL, queries BLOB NOT NULL
);
CREATE TABLE ident (track TEXT PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE, hops BLOB NOT NULL);
CREATE TABLE cue (
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE, role TEXT NOT NULL, idx INTEGER NOT NULL,
    kind TEXT NOT NULL, position_s REAL NOT NULL, beat INTEGER NOT NULL, confidence REAL NOT NULL,
    evidence TEXT NOT NULL, PRIMARY KEY (track, role, idx)
) WITHOUT ROWID;
CREATE TABLE section (
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE, idx INTEGER NOT NULL,
    start_s REAL NOT NULL, end_s REAL NOT NULL, label TEXT NOT NULL, energy REAL NOT NULL, PRIMARY KEY (track, idx)
) WITHOUT ROWID;
CREATE TABLE file (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, content TEXT NOT NULL,
    present INTEGER NOT NULL, track TEXT REFERENCES track (id) ON DELETE SET NULL, error TEXT NOT NULL,
    version INTEGER NOT NULL, title TEXT NOT NULL, artist TEXT NOT NULL, album TEXT NOT NULL, genre TEXT NOT NULL
);
CREATE INDEX file_track ON file (track);
"""

_BANDS = "CREATE TABLE bands (track TEXT PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE, ticks BLOB NOT NULL);"

_OWN = """
CREATE TABLE own_cue (
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE, source TEXT NOT NULL, idx INTEGER NOT NULL,
    kind TEXT NOT NULL, number INTEGER NOT NULL, position_s REAL NOT NULL, length_s REAL NOT NULL,
    name TEXT NOT NULL, colour TEXT NOT NULL, artifact TEXT NOT NULL, key BLOB NOT NULL,
    PRIMARY KEY (track, source, idx)
) WITHOUT ROWID;
CREATE TABLE own_grid (
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE, source TEXT NOT NULL, tempo_bpm REAL NOT NULL,
    key TEXT NOT NULL, offset_s REAL NOT NULL, beats BLOB NOT NULL, PRIMARY KEY (track, source)
) WITHOUT ROWID;
CREATE TABLE own_list (
    source TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, idx INTEGER NOT NULL,
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE, at_s REAL, PRIMARY KEY (source, kind, name, idx)
) WITHOUT ROWID;
CREATE INDEX own_list_track ON own_list (track);
"""
"""What the DJ's own programs say; no analysis writes to these."""

UPGRADES = {1: _BANDS, 2: _OWN}
"""By format, what brings its tables to the next one."""

TABLES += _BANDS + _OWN

VISIBLE = """
FROM track t
JOIN (SELECT track, MIN(path) AS path FROM file WHERE present = 1 GROUP BY track) first ON first.track = t.id
JOIN file f ON f.path = first.path
"""
"""Every track that has a file, with the first of them."""
