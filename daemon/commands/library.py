"""``segue library``: what is in the library, all that is known of a track, and how to take one out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .imports import import_library

if TYPE_CHECKING:
    from ..library.catalogue import Catalogue, Row
    from ..library.own import OwnGrid

app = typer.Typer(
    help="Look at the library, take in what a DJ program knows, or take tracks out.", no_args_is_help=True
)
app.command("import")(import_library)

_PLAIN = ("index", "kind", "position_s", "beat", "confidence")

Folder = Annotated[Path | None, typer.Option("--library", help="The library's folder; the config's if left out.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Settings = Annotated[Path | None, typer.Option("--config", help="A config file.")]


@app.command("list")
def list_tracks(library: Folder = None, json: Json = False, config: Settings = None) -> None:
    """Show every track."""
    with _open(library, config) as catalogue:
        rows = catalogue.tracks()
        cues = _cues(catalogue, rows)
        tracks = [_brief(row, cues) for row in rows]
    tracks.sort(key=lambda track: track["path"])
    if json:
        _print_json(tracks)
        return
    from rich.table import Table

    table = Table("id", "title", "artist", box=None, pad_edge=False, header_style="bold")
    for name in ("length", "bpm", "key", "cues"):
        table.add_column(name, justify="right")
    for track in tracks:
        table.add_row(*map(_plain, (track["id"], track["title"], track["artist"])), *_figures(track))
    _print(table)
    _print(f"{len(tracks)} tracks, {sum(track['duration_s'] for track in tracks) / 3600:.1f} hours")


@app.command()
def show(
    track_id: Annotated[str, typer.Argument(metavar="ID", help="A track's id, or how it starts.")],
    library: Folder = None,
    json: Json = False,
    config: Settings = None,
) -> None:
    """Show all that is known of a track."""
    with _open(library, config) as catalogue:
        row = _find(catalogue, track_id)
        with catalogue.reading():
            grids = [_grid(grid) for grid in catalogue.own.grids(row["id"])]
        track = {**_full(row, _cues(catalogue, [row]), catalogue.details(row["id"])), "grids": grids}
    if json:
        _print_json(track)
        return
    from rich.table import Table

    _print(f"{track['title']}" + (f" by {track['artist']}" if track["artist"] else ""), style="bold")
    facts = Table(box=None, pad_edge=False, show_header=False)
    length, tempo, key, _ = _figures(track)
    for name, value in (
        ("id", track["id"]),
        *(("file", file["path"] + ("" if file["present"] else " (gone)")) for file in track["files"]),
        ("album", track["album"]),
        ("genre", track["genre"]),
        ("length", length),
        ("tempo", f"{tempo} bpm (confidence {track['tempo_confidence']:.2f}), {len(track['beats_s'])} beats"),
        ("key", f"{key} (confidence {track['key_confidence']:.2f})"),
        ("loudness", f"{track['loudness_lufs']:.1f} LUFS"),
        ("energy", f"{track['energy']:.2f}"),
        ("note", track["note"]),
    ):
        if value:
            facts.add_row(name, _plain(value))
    _print(facts)
    for title, cues in (("cue-ins", track["cues"]), ("mix-outs", track["mix_outs"])):
        table = Table(
            "", "kind", "at", "confidence", "evidence", box=None, pad_edge=False, header_style="bold", title=title
        )
        table.title_justify = "left"
        for cue in cues:
            evidence = ", ".join(f"{name} {value:.2f}" for name, value in cue["evidence"].items())
            evidence = evidence or " ".join(filter(None, (cue.get(name) for name in ("source", "name", "colour"))))
            at = _clock(cue["position_s"], tenths=True)
            table.add_row(str(cue["index"]), cue["kind"], at, f"{cue['confidence']:.2f}", evidence)
        _print(table)
    sections = "  ".join(f"{section['label']} {_clock(section['start_s'])}" for section in track["sections"])
    _print(f"sections  {sections}")


@app.command()
def remove(
    track_ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids of tracks, or how they start.")],
    library: Folder = None,
    json: Json = False,
    config: Settings = None,
) -> None:
    """Take tracks out of the library. The music itself stays, and the next index of its folder brings it back."""
    from ..config import load
    from ..library.shelf import Lock, derive

    folder = library if library is not None else load(config).library.folder
    with _open(library, config) as catalogue, Lock(folder):
        rows = [_find(catalogue, track_id) for track_id in track_ids]
        with catalogue.transaction():
            for row in rows:
                catalogue.drop_track(row["id"])
        derive(folder, catalogue, catalogue.artifact)
    removed = [{"id": row["id"], "path": row["path"], "title": row["title"]} for row in rows]
    if json:
        _print_json({"removed": removed})
    else:
        for track in removed:
            _print(f"removed {track['id']} {track['title']}; 'segue index' on its folder brings it back")


def _open(library: Path | None, config: Path | None) -> Catalogue:
    from ..config import load
    from ..library.catalogue import Catalogue

    return Catalogue.open(library if library is not None else load(config).library.folder)


def _find(catalogue: Catalogue, wanted: str) -> Row:
    """The one track that is meant."""
    import difflib

    from ..errors import LibraryError

    rows = catalogue.tracks()
    exact = [row for row in rows if row["id"] == wanted.lower()]
    starting = exact or [row for row in rows if wanted and row["id"].startswith(wanted.lower())]
    if len(starting) == 1:
        return starting[0]
    near = starting or [
        row for row in rows if wanted.lower() in f"{row['artist']} - {row['title']} {row['path']}".lower()
    ]
    if not near:
        close = difflib.get_close_matches(wanted, [row["id"] for row in rows], n=3, cutoff=0.5)
        near = [row for row in rows if row["id"] in close]
    hint = "; 'segue library list' shows all"
    if near:
        hint = ", did you mean " + " or ".join(f"{row['id']} ({row['title']})" for row in near[:3]) + "?"
    raise LibraryError(f"{'no' if not starting else 'more than one'} track {wanted!r} in the library{hint}")


def _cues(catalogue: Catalogue, rows: list[Row]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    from dataclasses import asdict

    from ..library.cue_ins import cue_ins

    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    with catalogue.reading():
        read = cue_ins(catalogue, rows)
    for row, each in zip(rows, read, strict=True):
        for role, cues in (("in", each.cues), ("out", each.mix_outs)):
            # A cue of the analysis has no name, colour, program or length.
            found[row["id"], role] = [
                {k: v for k, v in asdict(cue).items() if cue.source or k in _PLAIN} for cue in cues
            ]
    return found


def _brief(row: Row, cues: dict[tuple[str, str], list[dict[str, Any]]]) -> dict[str, Any]:
    from ..signal.tonality import camelot_name

    names = ("id", "path", "title", "artist", "album", "genre", "duration_s", "tempo_bpm", "tempo_confidence")
    return {
        **{name: row[name] for name in names},
        "key": camelot_name(row["pitch_class"], row["mode"]),
        "pitch_class": row["pitch_class"],
        "mode": row["mode"],
        "key_confidence": row["key_confidence"],
        "loudness_lufs": row["loudness_lufs"],
        "energy": row["energy_mean"],
        "cues": cues.get((row["id"], "in"), []),
        "mix_outs": cues.get((row["id"], "out"), []),
    }


def _full(row: Row, cues: dict[tuple[str, str], list[dict[str, Any]]], details: dict[str, Any]) -> dict[str, Any]:
    from json import loads

    import numpy as np

    track = _brief(row, cues)
    evidence = {(cue["role"], cue["position_s"]): loads(cue["evidence"]) for cue in details["cues"]}
    for role, name in (("in", "cues"), ("out", "mix_outs")):
        track[name] = [
            {**cue, "evidence": {} if cue["kind"] == "user" else evidence[role, cue["position_s"]]}
            for cue in track[name]
        ]
    beats_s = np.frombuffer(row["beats"], "<f8")
    return {
        **track,
        "beats_s": beats_s.tolist(),
        "downbeats_s": beats_s[np.frombuffer(row["downbeats"], "<i4")].tolist(),
        "sections": [{name: s[name] for name in ("start_s", "end_s", "label", "energy")} for s in details["sections"]],
        "energy_curve": [round(float(value), 4) for value in np.frombuffer(row["energy"], "<f4")],
        "silence_start_s": row["silence_start_s"],
        "silence_end_s": row["silence_end_s"],
        "hops": row["hops"],
        "note": row["note"],
        "artifact_sha256": row["artifact"],
        "analysis": row["version"],
        "files": [
            {"path": f.path, "present": f.present, "size": f.size, "content": f.content} for f in details["files"]
        ],
    }


def _grid(grid: OwnGrid) -> dict[str, Any]:
    names = ("source", "tempo_bpm", "key", "offset_s")
    return {**{name: getattr(grid, name) for name in names}, "beats_s": grid.beats_s.tolist()}


def _figures(track: dict[str, Any]) -> tuple[str, str, str, str]:
    tempo = f"{track['tempo_bpm']:.1f}" if track["tempo_bpm"] else "-"
    return _clock(track["duration_s"]), tempo, track["key"] or "-", str(len(track["cues"]))


def _clock(seconds: float, *, tenths: bool = False) -> str:
    tenth = round(seconds * 10)
    return f"{tenth // 600}:{tenth % 600 / 10:04.1f}" if tenths else f"{tenth // 600}:{tenth % 600 // 10:02d}"


def _plain(text: object) -> Any:
    """Text that rich shows as it is: a title may hold square brackets."""
    from rich.text import Text

    return Text(str(text))


def _print(what: Any, style: str | None = None) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=isinstance(what, str))
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console = Console(highlight=False, soft_wrap=isinstance(what, str), width=160)
    console.print(what, style=style, markup=False)


def _print_json(document: object) -> None:
    from json import dumps

    typer.echo(dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
