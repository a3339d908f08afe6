"""How late each layer of an encoder speaks, and how far back it hears, in samples.

Every layer is causal: a row stands for the time up to its end and hears nothing after it, so the only delay is the wait
until a row is complete. Contexts add up from layer to layer, as delays do in acids-ircam/cached_conv; they are read off
the layers themselves, and the tests measure the same on a real encoder.
"""

from dataclasses import dataclass
from typing import cast

from torch import nn

from .encoder import Encoder


@dataclass(frozen=True, slots=True)
class Reach:
    """What one layer's rows have heard."""

    layer: str
    delay_samples: int
    """From a sample's beginning until the first row that hears it is complete, at most: rows are so far apart."""
    context_samples: int | None
    """Samples that a row depends on, the last one that of its end; None: all since the fresh state."""


def reaches(encoder: Encoder) -> tuple[Reach, ...]:
    """Return the layers in the order in which sound passes: front end, stem, ident branch, trunk, pools."""
    spec = encoder.spec
    apart, heard = spec.stride, spec.window - 1  # a periodic Hann window is 0 at its first sample
    table = [Reach("frontend", apart, heard)]
    heard += (encoder.init_state()["stem_mel"].shape[1]) * apart
    table.append(Reach("stem.flux", apart, heard))
    for name in ("conv1", "conv2", "conv3"):
        conv = cast(nn.Conv2d, getattr(encoder.stem, name))
        heard += (conv.kernel_size[0] - 1) * conv.dilation[0] * apart
        apart *= conv.stride[0]
        table.append(Reach(f"stem.{name}", apart, heard))

    row = heard
    for i, module in enumerate(encoder.ident.convs):
        conv1d = cast(nn.Conv1d, module)
        row += (conv1d.kernel_size[0] - 1) * conv1d.dilation[0] * apart
        table.append(Reach(f"ident.convs.{i}", apart, row))
    hop = spec.tokens * apart
    table.append(Reach("ident", hop, row + hop - apart))

    far: int | None = heard
    wait = apart * (1 + getattr(encoder.trunk, "delay_tokens", 0))
    layers: tuple[int, ...] | None = getattr(encoder.trunk, "layer_tokens", None)  # None: it hears for ever
    for i, tokens in enumerate(layers or ()):
        far = cast(int, far) + tokens * apart
        table.append(Reach(f"trunk.{i}", wait, far))
    table.append(Reach("trunk", wait, None if layers is None else far))
    return (*table, Reach("query", hop, None), Reach("key", hop, None))
