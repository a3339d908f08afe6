"""``python -m segue.export.neighbours LIBRARY``: which index to take for so many moments, on a library's own idents."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ...daemon.artifact import default_artifact, fingerprint
from ...daemon.errors import SegueError
from ...daemon.library.snapshot import Snapshot
from . import BACKENDS, table


def main(
    library: Annotated[Path, typer.Argument(help="Folder of a library.")],
    queries: Annotated[int, typer.Option(help="Idents that are asked for, drawn by seed.")] = 400,
    noise: Annotated[float, typer.Option(help="Length of the noise added to a query of length 1.")] = 0.5,
) -> None:
    """Print recall, latency, build time and size of every backend that is installed."""
    snapshot = Snapshot.load(library, fingerprint(default_artifact()))
    rows = np.concatenate([snapshot.ident(n) for n in range(len(snapshot.tracks))]).astype(np.float32)
    rng = np.random.default_rng(0)
    asked = rows[rng.choice(len(rows), min(queries, len(rows)), replace=False)]
    moved = rng.standard_normal(asked.shape).astype(np.float32)
    asked = asked + noise * moved / np.linalg.norm(moved, axis=1, keepdims=True)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    names = ("index", "rows", "recall@10", "recall@1", "median ms", "p99 ms", "build s", "MB")
    shown = Table(*names, title=f"{len(rows):,} idents of {library}")
    console = Console()
    for backend in track(BACKENDS, "measuring", console=Console(stderr=True)):
        try:
            for r in table(rows, asked, [backend]):
                told = (r.recall, r.first, r.median_ms, r.p99_ms, r.build_s, r.size_mb)
                shown.add_row(r.name, str(r.rows), *(f"{x:.3f}" for x in told))
        except SegueError as exc:
            shown.add_row(type(backend).__name__, str(exc))
    console.print(shown)


if __name__ == "__main__":
    typer.run(main)
