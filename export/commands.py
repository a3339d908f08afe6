"""``segue export``: the command line of this package, found through its entry points."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from .quantize import Verdict


def export(
    checkpoint: Annotated[Path, typer.Argument(help="What 'segue train' wrote; '-': an untrained encoder, a control.")],
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    seed: Annotated[int, typer.Option(help="Of the untrained encoder.")] = 0,
    kind: Annotated[str, typer.Option("--encoder", help="Of the untrained encoder: gru, transformer or tcn.")] = "gru",
    int8: Annotated[
        Path | None,
        typer.Option(help="Folder of held-out music: take eight-bit weights if they are faster and find as much."),
    ] = None,
) -> None:
    """Write a checkpoint as an ONNX artifact, and fail unless it agrees with torch; needs the extra: train."""
    from rich.console import Console

    from .graph import load_encoder, untrained, write
    from .parity import check

    console = Console(stderr=True)
    encoder, card = untrained(seed, kind) if str(checkpoint) == "-" else load_encoder(checkpoint)
    draft, small = out.with_suffix(".draft"), out.with_suffix(".int8")
    write(encoder, draft, card)
    try:
        parity = check(encoder, draft)
        if int8:
            verdict = _judge(draft, small, int8)
            console.print(_words(verdict))
            (small if verdict.accepted else draft).replace(out)
        else:
            draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
        small.unlink(missing_ok=True)
    size = out.stat().st_size / 1e6
    console.print(f"{out}: {size:.1f} MB, encoder {encoder.spec.encoder}, step {card.get('step', 0)}")
    console.print(f"largest difference from torch: {parity.minute:.1e} over a minute, {parity.hour:.1e} over an hour")


def _judge(draft: Path, small: Path, music: Path) -> "Verdict":
    from ..models.evaluation.measure import evaluate
    from .quantize import accept, quantise

    def recall(path: Path) -> float:
        return evaluate([music], [path], chosen=["clean"]).rows[0].scores.metrics["recall@1"].value

    quantise(draft, small)
    return accept(draft, small, recall)


def _words(verdict: "Verdict") -> str:
    (before, after), (slow, fast) = verdict.recall, verdict.pace
    return (
        f"int8 {'accepted' if verdict.accepted else 'refused: ' + '; '.join(verdict.objections)} "
        f"(recall@1 {before:.4f} to {after:.4f}, step {slow.median_ms:.2f} to {fast.median_ms:.2f} ms)"
    )
