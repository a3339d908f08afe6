"""``segue listen-test``: blind pairs of transitions as a page, and what the votes on them say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..preview.votes import Contest


def listen_test(
    folder: Annotated[Path, typer.Argument(help="Where to make the test, or where it is.")],
    votes: Annotated[
        list[Path] | None, typer.Argument(help="Vote files to read back; without any a test is made.")
    ] = None,
    library: Annotated[Path | None, typer.Option(help="The library's folder; the config's if left out.")] = None,
    pairs: Annotated[int, typer.Option(min=1, max=99, help="How many pairs to make.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another test.")] = 1,
    config: Annotated[Path | None, typer.Option(help="Settings to use.")] = None,
) -> None:
    """Make a page of blind pairs (Segue's choice, a rule's, chance), or read the votes on it back."""
    if votes:
        _read(folder, votes)
    else:
        _make(folder, library, pairs, seed, config)


def _make(folder: Path, library: Path | None, pairs: int, seed: int, config: Path | None) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from ..config import load
    from ..preview.listening import make
    from .preview import opened

    crate = opened(load(config), library)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rendering", total=pairs)
        made = make(folder, crate, pairs, seed, lambda done: bar.update(task, completed=done))
    typer.echo(f"{made.pairs} pairs in {folder}: open {folder / 'index.html'} and keep key.json to yourself")
    if made.pairs < pairs:
        typer.echo(
            f"the library has no more outgoing tracks that two systems would follow differently than {made.pairs}"
        )
    for names, times in sorted(made.agreed.items()):
        typer.echo(f"{names} chose the same track {times} times, where there is nothing to compare")
    for reason in made.skipped[:5]:
        typer.echo(f"passed over: {reason}")


def _read(folder: Path, paths: list[Path]) -> None:
    from rich.console import Console
    from rich.table import Table

    from ..preview.votes import read

    found = read(folder, paths)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in ("won", "lost", "no difference", "share won", "95 %", "p"):
        table.add_column(name, justify="right")
    for contest in found.contests:
        table.add_row(f"{contest.one} against {contest.other}", *_figures(contest))
    console = Console(highlight=False)
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console = Console(highlight=False, width=100)
    console.print(table)
    console.print(
        f"{found.listeners} listener{'s' * (found.listeners != 1)}; p is the exact sign test's, two-sided, of the votes"
        " that made a difference",
        soft_wrap=True,
    )


def _figures(contest: Contest) -> tuple[str, ...]:
    counts = (str(contest.one_won), str(contest.other_won), str(contest.same))
    if not contest.decided:
        return (*counts, "–", "–", "–")
    share, low, high, p = contest.test()
    return (*counts, f"{share:.2f}", f"{low:.2f} to {high:.2f}", f"{p:.3f}" if p >= 0.001 else "< .001")
