"""Libraries of DJ programs in their real layouts, all with the same two tracks, playlists and history in them."""

import sqlite3
import struct
from datetime import UTC, datetime
from urllib.parse import quote

from segue.daemon.importers.foreign import Anchor, Cue

RATE = 44_100
TEMPO, FIRST_S = 126.5, 0.4321
HOT = Cue("hot", 32.1234, number=0, name="Drop – ä", colour="#ff8800")
LATE = Cue("hot", 61.007, number=2, name="Vocal", colour="#0044cc")
LOOP = Cue("loop", 48.25, 7.5, number=4, name="Roll", colour="#28e214")
MEMORY = Cue("memory", 16.5)
GRID = (Anchor(FIRST_S, TEMPO),)
PLAYED_S = datetime(2024, 3, 9, 22, 15, 7, tzinfo=UTC).timestamp()
NAMES = ("Größe & Co.mp3", "b side.flac")


def _rgb(each):
    return bytes.fromhex(each.colour[1:])


def _x(text):
    return text.replace("&", "&amp;").replace('"', "&quot;")


def mixxx(folder, music):
    """``mixxxdb.sqlite`` as Mixxx 2.3 makes it, of the tables that it fills."""
    path = folder / "mixxxdb.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript("""
            CREATE TABLE settings (name TEXT UNIQUE NOT NULL, value TEXT, locked INTEGER, hidden INTEGER);
            CREATE TABLE track_locations (id INTEGER PRIMARY KEY AUTOINCREMENT, location varchar(512) UNIQUE,
                filename varchar(512), directory varchar(512), filesize INTEGER, fs_deleted INTEGER,
                needs_verification INTEGER);
            CREATE TABLE library (id INTEGER primary key AUTOINCREMENT, artist varchar(64), title varchar(64),
                location integer, duration float, samplerate integer, cuepoint integer, bpm float, channels integer,
                mixxx_deleted integer, key varchar(8) DEFAULT "", beats BLOB, beats_version TEXT,
                beats_sub_version TEXT DEFAULT '');
            CREATE TABLE cues (id integer PRIMARY KEY AUTOINCREMENT, track_id integer NOT NULL, type integer NOT NULL,
                position integer DEFAULT -1 NOT NULL, length integer DEFAULT 0 NOT NULL,
                hotcue integer DEFAULT -1 NOT NULL, label text DEFAULT '' NOT NULL,
                color INTEGER DEFAULT 4294901760 NOT NULL);
            CREATE TABLE Playlists (id INTEGER primary key, name varchar(48), position INTEGER,
                hidden INTEGER DEFAULT 0 NOT NULL, date_created datetime, date_modified datetime, locked integer);
            CREATE TABLE PlaylistTracks (id INTEGER primary key, playlist_id INTEGER, track_id INTEGER,
                position INTEGER, pl_datetime_added);
            CREATE TABLE crates (id integer PRIMARY KEY AUTOINCREMENT, name varchar(48) UNIQUE NOT NULL);
            CREATE TABLE crate_tracks (crate_id integer NOT NULL, track_id integer NOT NULL);
        """)
        bpm = b"\x0a\x09\x09" + struct.pack("<d", TEMPO)
        first = b"\x08" + _varint(round(FIRST_S * RATE))
        beats = bpm + b"\x12" + _varint(len(first)) + first
        for n, name in enumerate(NAMES, start=1):
            place = str(music / name)
            db.execute(
                "INSERT INTO track_locations VALUES (?, ?, ?, ?, ?, 0, 0)", (n, place, name, str(music), 900 + n)
            )
            db.execute(
                "INSERT INTO library VALUES (?, 'Ärtist', ?, ?, 90.5, ?, 0, ?, 2, 0, 'Am', ?, ?, '')",
                (n, f"Title {n}", n, RATE, TEMPO, beats if n == 1 else None, "BeatGrid-2.0" if n == 1 else None),
            )

        def cue(kind, position_s, length_s=0.0, pad=-1, label="", colour=0xFFFF8800):
            row = (1, kind, round(position_s * RATE * 2), round(length_s * RATE * 2), pad, label, colour)
            db.execute(
                "INSERT INTO cues (track_id, type, position, length, hotcue, label, color) VALUES (?,?,?,?,?,?,?)", row
            )

        for each in (HOT, LATE):
            cue(1, each.position_s, 0, each.number, each.name, int(each.colour[1:], 16))
        cue(4, LOOP.position_s, LOOP.length_s, LOOP.number, LOOP.name, int(LOOP.colour[1:], 16))
        cue(2, MEMORY.position_s)
        cue(8, 0.05, 88.0)  # first and last sound, and the intro that Mixxx put on the first
        cue(6, 0.05)
        db.executemany(
            "INSERT INTO Playlists (id, name, hidden) VALUES (?, ?, ?)",
            [(1, "Auto DJ", 1), (2, "Warm up", 0), (3, "2024-03-09", 2)],
        )
        db.executemany(
            "INSERT INTO PlaylistTracks (playlist_id, track_id, position, pl_datetime_added) VALUES (?, ?, ?, ?)",
            [(2, 2, 1, ""), (2, 1, 2, ""), (3, 1, 1, "2024-03-09T22:15:07.000Z"), (3, 2, 2, "2024-03-09 22:20:07")],
        )
        db.execute("INSERT INTO crates VALUES (1, 'Peak')")
        db.execute("INSERT INTO crate_tracks VALUES (1, 1)")
    return path


def _varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def rekordbox(folder, music):
    """An XML export."""

    def mark(each):
        end = f' End="{each.position_s + each.length_s:.3f}"' if each.length_s else ""
        rgb = "".join(f' {n}="{byte}"' for n, byte in zip(("Red", "Green", "Blue"), _rgb(each), strict=False))
        return (
            f'<POSITION_MARK Name="{each.name}" Type="{4 if each.length_s else 0}" Start="{each.position_s:.3f}"{end}'
            f' Num="{each.number}"{rgb}/>'
        )

    def track(n, name, inner=""):
        url = quote(f"{music}/{name}")
        return (
            f'<TRACK TrackID="{n}" Name="Title {n}" Artist="Ärtist" TotalTime="90" Size="{900 + n}"'
            f' AverageBpm="{TEMPO}" Tonality="Am" Location="file://localhost{url}">{inner}</TRACK>'
        )

    tempo = f'<TEMPO Inizio="{FIRST_S:.3f}" Bpm="{TEMPO:.2f}" Metro="4/4" Battito="1"/>'
    marks = tempo + "".join(map(mark, (HOT, LATE, LOOP, MEMORY)))
    path = folder / "rekordbox.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<DJ_PLAYLISTS Version="1.0.0"><PRODUCT Name="rekordbox"'
        f' Version="6.7.7" Company="AlphaTheta"/>'
        f'<COLLECTION Entries="2">{track(1, NAMES[0], marks)}{track(2, NAMES[1])}</COLLECTION>'
        '<PLAYLISTS><NODE Type="0" Name="ROOT" Count="2"><NODE Name="Warm up" Type="1" KeyType="0" Entries="2">'
        '<TRACK Key="2"/><TRACK Key="1"/></NODE><NODE Name="Crates" Type="0" Count="1"><NODE Name="Peak" Type="1"'
        f' KeyType="1" Entries="1"><TRACK Key="file://localhost{quote(f"{music}/{NAMES[0]}")}"/></NODE></NODE></NODE>'
        "</PLAYLISTS></DJ_PLAYLISTS>",
        "utf-8",
    )
    return path


def traktor(folder, music):
    """``collection.nml`` and a history beside it."""
    where = "".join(f"/:{part}" for part in music.parts[1:]) + "/:"

    def mark(each, kind, name=None):
        return (
            f'<CUE_V2 NAME="{name or each.name}" DISPL_ORDER="0" TYPE="{kind}" START="{each.position_s * 1000:.6f}"'
            f' LEN="{each.length_s * 1000:.6f}" REPEATS="-1" HOTCUE="{each.number}" COLOR="{each.colour.upper()}">'
            "</CUE_V2>"
        )

    grid = (
        f'<CUE_V2 NAME="AutoGrid" DISPL_ORDER="0" TYPE="4" START="{FIRST_S * 1000:.6f}" LEN="0.000000" REPEATS="-1"'
        f' HOTCUE="7"><GRID BPM="{TEMPO:.6f}"></GRID></CUE_V2>'
    )
    marks = grid + mark(HOT, 0) + mark(LATE, 3) + mark(LOOP, 5) + mark(MEMORY, 0, "n.n.")

    def entry(n, name, inner=""):
        return (
            f'<ENTRY MODIFIED_DATE="2024/3/9" MODIFIED_TIME="1" TITLE="Title {n}" ARTIST="Ärtist">'
            f'<LOCATION DIR="{_x(where)}" FILE="{_x(name)}" VOLUME="Macintosh HD" VOLUMEID="Macintosh HD"></LOCATION>'
            f'<INFO PLAYTIME="91" PLAYTIME_FLOAT="90.500000" FILESIZE="1"></INFO><TEMPO BPM="{TEMPO:.6f}"></TEMPO>'
            f'<MUSICAL_KEY VALUE="21"></MUSICAL_KEY>{inner}</ENTRY>'
        )

    def key(name, more=""):
        return f'<ENTRY><PRIMARYKEY TYPE="TRACK" KEY="Macintosh HD{_x(where + name)}"></PRIMARYKEY>{more}</ENTRY>'

    def document(lists):
        entries = entry(1, NAMES[0], marks) + entry(2, NAMES[1])
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="no" ?>\n<NML VERSION="19">'
            f'<HEAD COMPANY="www.native-instruments.com" PROGRAM="Traktor"></HEAD>'
            f'<COLLECTION ENTRIES="2">{entries}</COLLECTION><PLAYLISTS><NODE TYPE="FOLDER" NAME="$ROOT">'
            f'<SUBNODES COUNT="2">{lists}</SUBNODES></NODE></PLAYLISTS></NML>'
        )

    def listed(name, kind, entries):
        whole = f'<PLAYLIST ENTRIES="2" TYPE="{kind}" UUID="a">{entries}</PLAYLIST>'
        return f'<NODE TYPE="PLAYLIST" NAME="{name}">{whole}</NODE>'

    warm = listed("Warm up", "LIST", key(NAMES[1]) + key(NAMES[0]))
    peak = listed("Peak", "LIST", key(NAMES[0]))
    peak = f'<NODE TYPE="FOLDER" NAME="Crates"><SUBNODES COUNT="1">{peak}</SUBNODES></NODE>'
    path = folder / "collection.nml"
    path.write_text(document(warm + peak), "utf-8")

    def played(at_s, public):
        at = datetime.fromtimestamp(at_s)
        date, time = at.year << 16 | at.month << 8 | at.day, at.hour * 3600 + at.minute * 60 + at.second
        return (
            f'<EXTENDEDDATA DECK="1" DURATION="200.5" EXTENDEDTYPE="HistoryData" PLAYEDPUBLIC="{public}"'
            f' STARTDATE="{date}" STARTTIME="{time}"></EXTENDEDDATA>'
        )

    plays = (
        key(NAMES[0], played(PLAYED_S, 1))
        + key(NAMES[0], played(PLAYED_S + 9, 0))
        + key(NAMES[1], played(PLAYED_S + 300, 1))
    )
    (folder / "History").mkdir()
    (folder / "History" / "history_2024y03m09d.nml").write_text(document(listed("HISTORY", "PROTOCOL", plays)), "utf-8")
    return path


def virtualdj(folder, music):
    """``database.xml`` with a playlist and a history beside it."""

    def point(each):
        argb = 0xFF000000 | int(each.colour[1:] or "0", 16) if each.colour else 0
        more = f' Type="loop" Size="{each.length_s * TEMPO / 60:.6f}"' if each.length_s else ' Type="cue"'
        return f'<Poi Name="{each.name}" Pos="{each.position_s:.6f}" Num="{each.number + 1}"{more}' + (
            f' Color="{argb}"/>' if argb else "/>"
        )

    beat = f'<Poi Pos="{FIRST_S:.6f}" Type="beatgrid" Bpm="{60 / TEMPO:.8f}"/>'
    beat += '<Poi Pos="1.0" Type="automix" Point="realStart"/>'

    def song(n, name, inner=""):
        return (
            f'<Song FilePath="{_x(str(music / name))}" FileSize="{900 + n}"><Tags Author="Ärtist" Title="Title {n}"/>'
            f'<Infos SongLength="90.5"/><Scan Version="801" Bpm="{60 / TEMPO:.8f}" Key="Am"/>{inner}</Song>'
        )

    path = folder / "database.xml"
    marks = beat + "".join(map(point, (HOT, LATE, LOOP, MEMORY)))
    body = song(1, NAMES[0], marks) + song(2, NAMES[1])
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<VirtualDJ_Database Version="2024">\n{body}\n</VirtualDJ_Database>\n'
    )
    path.write_bytes(text.replace("\n", "\r\n").encode())
    for kind, name, lines in (
        ("Playlists", "Warm up.m3u", [f"{music / NAMES[1]}", f"{music / NAMES[0]}"]),
        ("History", "2024-03-09.m3u", [
            f"#EXTVDJ:<time>22:15</time><lastplaytime>{PLAYED_S:.0f}</lastplaytime><title>Title 1</title>",
            f"{music / NAMES[0]}",
            f"#EXTVDJ:<time>22:20</time><lastplaytime>{PLAYED_S + 300:.0f}</lastplaytime>", f"{music / NAMES[1]}",
        ]),
    ):  # fmt: skip
        (folder / kind).mkdir()
        (folder / kind / name).write_text("\r\n".join(lines) + "\r\n", "utf-8")
    (folder / "MyLists").mkdir()
    songs = f'<song path="{_x(str(music / NAMES[0]))}" songlength="90.5"/>'
    (folder / "MyLists" / "Crates.Peak.vdjfolder").write_text(f"<VirtualFolder>{songs}</VirtualFolder>", "utf-8")
    return path
