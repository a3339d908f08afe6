"""The figures of suggestions as tables for a terminal."""

from rich.table import Table

from .advice import Advice


def tables(found: Advice) -> list[Table]:
    """Return what the terminal shows."""
    title = f"{found.trials} first halves heard in a booth, {found.tracks} second halves to choose from"
    hits = _table(title, "", "hit@1", "hit@5")
    for name, values in found.hits.items():
        hits.add_row(name, *(f"{value:.3f}" for value in values))
    off = _table("\nWithout a term, and by what it would be multiplied here", "without", "hit@1", "hit@5", "MRR", "fit")
    for name, row in found.off.items():
        off.add_row(
            name or "nothing", *(f"{value:.3f}" for value in row), f"{found.fitted.get(name, 0):.2f}" if name else ""
        )
    checks = _table("\nWorse must score lower", "true continuation", "holds", "of")
    for name, (share, count) in found.checks.items():
        checks.add_row(name, f"{share:.3f}", str(count))
    clash = _table("\nLaid over what is heard", "", "chroma apart", "level step dB", "bass on bass dB")
    for name, three in found.clash.items():
        clash.add_row(name, *(f"{value:.2f}" for value in three))
    shown = [hits, off, checks, clash]
    if found.order:
        own = _table("\nThe DJ's own order", "", "")
        for name, value in found.order.items():
            own.add_row(name, f"{value:.3f}" if name != "transitions" else f"{value:.0f}")
        shown.append(own)
    score = _table("\nThe score as a probability, one true among ten others", "Brier score", f"{found.brier:.3f}")
    return [*shown, score]


def _table(title: str, first: str, *rest: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in rest:
        table.add_column(name, justify="right", no_wrap=True)
    return table
