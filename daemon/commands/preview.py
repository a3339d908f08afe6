"""``segue preview``: hear and see how one track would go over into another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigError, LibraryError

if TYPE_CHECKING:
    from ..config import Config
    from ..preview.choice import Crate


def preview(
    outgoing: Annotated[str, typer.Argument(metavar="OUT", help="The track that plays: id, path, or part of a title.")],
    incoming: Annotated[str, typer.Argument(metavar="IN", help="The track that comes in.")],
    at: Annotated[
        str, typer.Option(help="Its cue-in: number, kind, or a time like 73.5 or 1:13. Left out: the ranker's.")
    ] = "",
    leave: Annotated[
        str, typer.Option("--from", help="The mix-out, in the same way. Left out: the next one past the middle.")
    ] = "",
    library: Annotated[Path | None, typer.Option(help="The library's folder; the config's if left out.")] = None,
    wav: Annotated[Path, typer.Option(help="Where to write the sound.")] = Path("segue-preview.wav"),
    picture: Annotated[Path, typer.Option(help="Where to write the picture.")] = Path("segue-preview.svg"),
    config: Annotated[Path | None, typer.Option(help="Settings to use.")] = None,
) -> None:
    """Render a transition: beat on beat, pitch kept, one bass at a time; a WAV and a picture."""
    for path, suffix in ((wav, ".wav"), (picture, ".svg")):
        check(path, suffix)
    from ..config import load
    from ..preview.picture import draw
    from ..preview.plan import plan
    from ..preview.render import render, write

    crate = opened(load(config), library)
    theirs, ours = crate.find(outgoing), crate.find(incoming)
    if theirs.id == ours.id:
        raise LibraryError(f"'{outgoing}' and '{incoming}' are both {ours.id} ({ours.title}); give two tracks")
    mix_out = crate.mix_out(theirs, leave)
    enter_s = crate.cue_in(ours, at) if at else crate.best_cue(theirs, mix_out, ours)
    planned = plan(
        crate.side(theirs, theirs.mix_outs),
        mix_out.position_s,
        crate.side(ours, ours.cues),
        enter_s,
        mix_out.length_beats,
    )
    rendered = render(planned)
    write(rendered.mix, wav)
    try:
        picture.write_text(draw(rendered), encoding="utf-8", errors="replace")
    except OSError as exc:
        raise ConfigError(f"--picture {picture} cannot be written: {exc.strerror or exc}") from exc
    how = f"{planned.shared - 1} beats, {100 * (planned.speed - 1):+.1f} %" if planned.shared else planned.note
    typer.echo(
        f"{planned.outgoing.title} at {_clock(planned.leave_s)} to {planned.incoming.title} at"
        f" {_clock(planned.enter_s)}; {'' if planned.shared else 'not aligned: '}{how}"
    )
    typer.echo(f"{wav} ({planned.length_s:.1f} s), {picture}")


def opened(config: Config, library: Path | None) -> Crate:
    """Open a library for previews.

    Raises
    ------
    LibraryError
        As ``Snapshot.load``.
    """
    from ..artifact import default_artifact, fingerprint
    from ..library.snapshot import Snapshot
    from ..preview.choice import Crate

    artifact = Path(config.engine.artifact) if config.engine.artifact else default_artifact()
    folder = library if library is not None else config.library.folder
    return Crate(Snapshot.load(folder, fingerprint(artifact)), config.suggest)


def check(path: Path, suffix: str) -> None:
    """Refuse a name that is of another kind or cannot be written, before anything is rendered."""
    import os

    if path.suffix.lower() != suffix:
        raise ConfigError(f"{path} ends in '{path.suffix}'; wanted a name that ends in {suffix}")
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise ConfigError(f"{path} cannot be written there; give a file in a folder that you may write to")


def _clock(seconds: float) -> str:
    tenths = round(10 * seconds)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
