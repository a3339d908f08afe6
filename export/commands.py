"""``segue export``: the command line of this package, found through its entry points."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    checkpoint: Annotated[Path, typer.Argument(help="What 'segue train' wrote; '-': an untrained encoder, a control.")],
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    seed: Annotated[int, typer.Option(help="Of the untrained encoder.")] = 0,
    kind: Annotated[str, typer.Option("--encoder", help="Of the untrained encoder: gru, transformer or tcn.")] = "gru",
) -> None:
    """Write a checkpoint as an ONNX artifact, and fail unless it agrees with torch; needs the extra: train."""
    from rich.console import Console

    from .graph import load_encoder, untrained, write
    from .parity import check

    encoder, card = untrained(seed, kind) if str(checkpoint) == "-" else load_encoder(checkpoint)
    draft = out.with_suffix(".draft")
    write(encoder, draft, card)
    try:
        parity = check(encoder, draft)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    console = Console(stderr=True)
    console.print(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB, encoder {encoder.spec.encoder}, step {card.get('step', 0)}"
    )
    console.print(f"largest difference from torch: {parity.minute:.1e} over a minute, {parity.hour:.1e} over an hour")
