"""Libraries of Engine DJ and Serato in their real layouts; see `foreign`."""

import base64
import sqlite3
import struct
import zlib

from foreign import FIRST_S, HOT, LATE, LOOP, MEMORY, NAMES, PLAYED_S, RATE, TEMPO, mixxx, rekordbox, traktor, virtualdj


def engine(folder, music):
    """``Engine Library/Database2`` of schema 2.20, beside the music."""
    root = folder / "Engine Library" / "Database2"
    root.mkdir(parents=True)

    def packed(data):
        return struct.pack(">I", len(data)) + zlib.compress(data)

    rgb = {each.number: bytes.fromhex("ff" + each.colour[1:]) for each in (HOT, LATE, LOOP)}
    pads = {each.number: each for each in (HOT, LATE)}
    quick = struct.pack(">q", 8)
    for n in range(8):
        label, at = (pads[n].name.encode(), pads[n].position_s * RATE) if n in pads else (b"", -1.0)
        quick += bytes([len(label)]) + label + struct.pack(">d", at) + rgb.get(n, b"\0\0\0\0")
    quick += struct.pack(">dBd", MEMORY.position_s * RATE, 1, 0.0)
    loops = struct.pack("<q", 8)
    for n in range(8):
        label, start, end, there = b"", -1.0, -1.0, 0
        if n == LOOP.number:
            label, there = LOOP.name.encode(), 1
            start, end = LOOP.position_s * RATE, (LOOP.position_s + LOOP.length_s) * RATE
        loops += (
            bytes([len(label)])
            + label
            + struct.pack("<dd", start, end)
            + bytes([there, there])
            + rgb.get(n, b"\0\0\0\0")
        )
    beat = 60 / TEMPO * RATE

    def grid(shift):
        markers = ((-4, 404), (400, 0))
        return struct.pack(">q", 2) + b"".join(
            struct.pack("<dqii", (FIRST_S + shift) * RATE + n * beat, n, count, 0) for n, count in markers
        )

    beats = struct.pack(">ddB", RATE, 90.5 * RATE, 1) + grid(0.2) + grid(0.0)  # the DJ has moved it
    path = root / "m.db"
    with sqlite3.connect(path) as db:
        db.executescript("""
            CREATE TABLE Information (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT, schemaVersionMajor INTEGER,
                schemaVersionMinor INTEGER, schemaVersionPatch INTEGER);
            CREATE TABLE Track (id INTEGER PRIMARY KEY AUTOINCREMENT, length INTEGER, bpm INTEGER, path TEXT,
                filename TEXT, bpmAnalyzed REAL, fileBytes INTEGER, title TEXT, artist TEXT, key INTEGER,
                isAnalyzed BOOLEAN, trackData BLOB, overviewWaveFormData BLOB,
                beatData BLOB, quickCues BLOB, loops BLOB, thirdPartySourceId INTEGER,
                originDatabaseUuid TEXT, originTrackId INTEGER);
            CREATE VIEW PerformanceData AS SELECT id AS trackId, isAnalyzed, trackData, overviewWaveFormData, beatData,
                quickCues, loops, thirdPartySourceId FROM Track;
            CREATE TABLE Playlist (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT, parentListId INTEGER,
                isPersisted BOOLEAN, nextListId INTEGER, lastEditTime DATETIME, isExplicitlyExported BOOLEAN);
            CREATE TABLE PlaylistEntity (id INTEGER PRIMARY KEY AUTOINCREMENT, listId INTEGER, trackId INTEGER,
                databaseUuid TEXT, nextEntityId INTEGER, membershipReference INTEGER);
        """)
        for n, name in enumerate(NAMES, start=1):
            blobs = (packed(beats), packed(quick), loops) if n == 1 else (None, None, None)
            db.execute(
                "INSERT INTO Track (id, length, bpm, path, filename, bpmAnalyzed, fileBytes, title, artist, key,"
                " beatData, quickCues, loops, originDatabaseUuid, originTrackId)"
                " VALUES (?, 90, 126, ?, ?, ?, ?, ?, 'Ärtist', 1, ?, ?, ?, 'u', ?)",
                (n, f"../{music.name}/{name}", name, TEMPO, 900 + n, f"Title {n}", *blobs, n),
            )
        db.executemany(
            "INSERT INTO Playlist VALUES (?, ?, ?, 1, 0, '', 1)", [(1, "Warm up", 0), (2, "Crates", 0), (3, "Peak", 2)]
        )
        db.executemany(
            "INSERT INTO PlaylistEntity VALUES (?, ?, ?, 'u', ?, 0)", [(1, 1, 1, 0), (2, 1, 2, 1), (3, 3, 1, 0)]
        )
    with sqlite3.connect(root / "hm.db") as db:
        db.executescript("""
            CREATE TABLE Historylist (id INTEGER PRIMARY KEY AUTOINCREMENT, sessionId INTEGER, title TEXT,
                startTime DATETIME);
            CREATE TABLE HistorylistEntity (id INTEGER PRIMARY KEY AUTOINCREMENT, listId INTEGER, trackId INTEGER,
                startTime DATETIME);
            CREATE TABLE Track (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT, filename TEXT,
                originDatabaseUuid TEXT, originTrackId INTEGER);
        """)
        # Tracks are numbered as they were first played, not as in m.db.
        db.executemany(
            "INSERT INTO Track VALUES (?, ?, ?, 'u', ?)",
            [
                (n, f"../{music.name}/{name}", name, origin)
                for n, name, origin in ((1, "gone.mp3", 99), (2, NAMES[0], 1), (3, NAMES[1], 2))
            ],
        )
        db.execute("INSERT INTO Historylist VALUES (7, 1, NULL, ?)", (PLAYED_S,))
        db.executemany("INSERT INTO HistorylistEntity VALUES (?, 7, ?, ?)", [(1, 2, PLAYED_S), (2, 3, PLAYED_S + 300)])
    return path


def serato_objects():
    """The tags that Serato writes into a file, by description."""

    def entry(name, data):
        return name + b"\0" + struct.pack(">I", len(data)) + data

    inner = b"\x01\x01" + entry(b"COLOR", b"\0\xff\xff\xff")
    for each in (HOT, LATE):
        rgb = bytes.fromhex(each.colour[1:])
        at = struct.pack(">BBIB", 0, each.number, round(each.position_s * 1000), 0)
        inner += entry(b"CUE", at + rgb + b"\0\0" + each.name.encode() + b"\0")
    start, end = round(LOOP.position_s * 1000), round((LOOP.position_s + LOOP.length_s) * 1000)
    colour = b"\0" + bytes.fromhex(LOOP.colour[1:])
    inner += entry(
        b"LOOP",
        struct.pack(">BBII", 0, LOOP.number, start, end) + b"\xff" * 4 + colour + b"\0\0" + LOOP.name.encode() + b"\0",
    )
    inner += entry(b"BPMLOCK", b"\0") + b"\0"
    text = base64.b64encode(inner).rstrip(b"=")
    lines = b"\n".join(text[n : n + 72] for n in range(0, len(text), 72))
    grid = struct.pack(">HI", 0x0100, 2) + struct.pack(">fI", FIRST_S, 8)
    grid += struct.pack(">ff", FIRST_S + 8 * 60 / TEMPO, TEMPO) + b"\x37"
    return {"Serato Markers2": b"\x01\x01" + lines.ljust(470, b"\0"), "Serato BeatGrid": grid}


def id3(objects, edition=4):
    """An ID3 tag with encapsulated objects."""

    def safe(n):
        return bytes(n >> shift & 127 for shift in (21, 14, 7, 0))

    frames = b""
    for description, content in {"unrelated": b"x", **objects}.items():
        data = b"\0application/octet-stream\0\0" + description.encode() + b"\0" + content
        size = safe(len(data)) if edition == 4 else struct.pack(">I", len(data))
        frames += b"GEOB" + size + b"\0\0" + data
    frames += b"\0" * 100
    return b"ID3" + bytes([edition, 0, 0]) + safe(len(frames)) + frames


def _field(description, objects):
    text = base64.b64encode(b"application/octet-stream\0\0" + description.encode() + b"\0" + objects[description])
    text = text.rstrip(b"=")
    return b"\n".join(text[n : n + 72] for n in range(0, len(text), 72))


def flac(objects):
    """The head of a FLAC file, with the objects as comments."""
    said = [b"SERATO_MARKERS_V2=" + _field("Serato Markers2", objects), b"TITLE=x"]
    said.append(b"SERATO_BEATGRID=" + _field("Serato BeatGrid", objects))
    comments = struct.pack("<I", 1) + b"x" + struct.pack("<I", len(said))
    comments += b"".join(struct.pack("<I", len(each)) + each for each in said)
    sound = (RATE << 44 | 1 << 41 | 15 << 36 | RATE * 10).to_bytes(8, "big")
    info = struct.pack(">HH", 4096, 4096) + b"\0" * 6 + sound + b"\0" * 16
    return b"fLaC\0" + len(info).to_bytes(3, "big") + info + b"\x84" + len(comments).to_bytes(3, "big") + comments


def mp4(objects):
    """The head of an MP4 file, with the objects as free atoms."""

    def atom(name, *parts):
        body = b"".join(parts)
        return struct.pack(">I", len(body) + 8) + name + body

    def free(name, description):
        mean, data = b"\0" * 4 + b"com.serato.dj", struct.pack(">II", 1, 0) + _field(description, objects)
        return atom(b"----", atom(b"mean", mean), atom(b"name", b"\0" * 4 + name), atom(b"data", data))

    atoms = atom(b"ilst", free(b"markersv2", "Serato Markers2"), free(b"beatgrid", "Serato BeatGrid"))
    tags = atom(b"moov", atom(b"udta", atom(b"meta", b"\0" * 4, atoms)))
    return atom(b"ftyp", b"M4A \0\0\0\0M4A ") + tags


def serato(folder, music):
    """``_Serato_`` in the home's Music folder; cues and grid are in the first file, which is made."""
    root = folder / "Music" / "_Serato_"
    (root / "Subcrates").mkdir(parents=True)
    (root / "History" / "Sessions").mkdir(parents=True)
    music.mkdir(exist_ok=True)
    (music / NAMES[0]).write_bytes(id3(serato_objects()))

    def field(name, data):
        data = data.encode("utf-16-be") if isinstance(data, str) else data
        return (name if isinstance(name, bytes) else struct.pack(">I", name)) + struct.pack(">I", len(data)) + data

    version = field(b"vrsn", "2.0/Serato Scratch LIVE Database")
    files = [str(music / name).lstrip("/") for name in NAMES]
    tracks = b"".join(
        field(b"otrk", field(b"ttyp", "mp3") + field(b"pfil", file) + field(b"tsng", f"Title {n}")
              + field(b"tart", "Ärtist") + field(b"tlen", "01:30.50") + field(b"tbpm", f"{TEMPO:.2f}")
              + field(b"tkey", "Am") + field(b"bcrt", b"\0"))
        for n, file in enumerate(files, start=1)
    )  # fmt: skip
    (root / "database V2").write_bytes(version + tracks)
    for name, numbers in (("Warm up", (1, 0)), ("Crates%%Peak", (0,))):
        rows = b"".join(field(b"otrk", field(b"ptrk", files[n])) for n in numbers)
        (root / "Subcrates" / f"{name}.crate").write_bytes(field(b"vrsn", "1.0/Serato ScratchLive Crate") + rows)
    plays = b"".join(
        field(b"oent", field(b"adat", field(1, struct.pack(">I", n)) + field(2, f"/{files[n]}\0")
              + field(28, struct.pack(">I", round(PLAYED_S + 300 * n))) + field(50, b"\1")))
        for n in (0, 1)
    )  # fmt: skip
    (root / "History" / "Sessions" / "12.session").write_bytes(field(b"vrsn", "1.0/Serato Scratch LIVE Review") + plays)
    return root / "database V2"


ALL = {
    "mixxx": mixxx,
    "rekordbox": rekordbox,
    "traktor": traktor,
    "virtualdj": virtualdj,
    "engine": engine,
    "serato": serato,
}
