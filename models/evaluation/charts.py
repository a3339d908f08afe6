"""Small drawings for the report, as SVG that takes its colours from the page.

Conventions
-----------
Every drawing is 420 wide, so that its words are legible on a phone, and fills the box that it is given. A series has a
class ``s0`` to ``s9``, which the page colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from .intervals import Interval

WIDTH = 420


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one name, one for each place on the axis; None where there is none."""

    name: str
    colour: int
    values: Sequence[Interval | None]
    dashed: bool = False


def forest(places: Sequence[str], series: Sequence[Series], label: str) -> str:
    """Draw intervals as whiskers, a group of rows for each place."""
    step, left, right = 9, 118, WIDTH - 10
    group = step * len(series) + 12
    height = 8 + group * len(places) + 24
    ends = [i.high for s in series for i in s.values if i]
    top = min(1.0, max(0.1, float(np.ceil(10 * max(ends, default=1.0))) / 10))

    def x(value: float) -> float:
        return left + (right - left) * min(max(value, 0.0), top) / top

    parts = [_open(height, label)]
    for tick in np.linspace(0, top, 5 if top in (0.2, 0.4, 0.8, 1.0) else round(top * 10) + 1):
        parts.append(f'<path class="grid" d="M{x(tick):.1f} 4V{height - 22}"/>')
        parts.append(
            f'<text class="small" x="{x(tick):.1f}" y="{height - 8}" text-anchor="middle">{_tick(tick)}</text>'
        )
    for p, place in enumerate(places):
        y0 = 8 + p * group
        parts.append(
            f'<text x="{left - 8}" y="{y0 + step * len(series) / 2 + 4:.1f}" text-anchor="end">{escape(place)}</text>'
        )
        for n, one in enumerate(series):
            interval, y = one.values[p], y0 + step * n + step / 2
            if interval is None:
                continue
            parts.append(
                f'<g class="s{one.colour}"><title>{escape(f"{one.name}, {place}: {spell(interval)}")}</title>'
                f'<path d="M{x(interval.low):.1f} {y}H{x(interval.high):.1f}" stroke-width="2" stroke-opacity=".45"/>'
                f'<circle cx="{x(interval.value):.1f}" cy="{y}" r="3.4" stroke="none"/></g>'
            )
        if p:
            parts.append(f'<path class="rule" d="M4 {y0 - 6}H{right}"/>')
    return "".join([*parts, "</svg>"])


def lead(places: Sequence[str], values: Sequence[Interval | None], label: str) -> str:
    """Draw differences to a reference around a line at 0, coloured by whether the interval leaves it."""
    step, left, right = 24, 122, WIDTH - 20
    height = 10 + step * len(places) + 24
    reach = max([0.05, *(max(abs(i.low), abs(i.high)) for i in values if i)])
    reach = float(np.ceil(10 * reach) / 10) if reach > 0.05 else 0.05

    def x(value: float) -> float:
        return left + (right - left) * (value + reach) / (2 * reach)

    parts = [_open(height, label)]
    for tick in (-reach, -reach / 2, 0.0, reach / 2, reach):
        kind = "rule" if tick == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M{x(tick):.1f} 4V{height - 22}"/>')
        words = f"{tick:+.3f}".rstrip("0").rstrip(".") if tick else "0"
        parts.append(f'<text class="small" x="{x(tick):.1f}" y="{height - 8}" text-anchor="middle">{words}</text>')
    for p, (place, interval) in enumerate(zip(places, values, strict=True)):
        y = 10 + step * p + step / 2
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(place)}</text>')
        if interval:
            kind = "good" if interval.low > 0 else "bad" if interval.high < 0 else "even"
            parts.append(
                f'<g class="{kind}"><title>{escape(f"{place}: {spell(interval, sign=True)}")}</title>'
                f'<path d="M{x(interval.low):.1f} {y}H{x(interval.high):.1f}" stroke-width="5" stroke-opacity=".35" '
                f'stroke-linecap="round"/><circle cx="{x(interval.value):.1f}" cy="{y}" r="5" stroke="none"/></g>'
            )
    return "".join([*parts, "</svg>"])


def curves(places: Sequence[float], series: Sequence[Series], label: str, unit: str) -> str:
    """Draw shares over a quantity, with their intervals as bands."""
    height, left, right, low, high = 240, 34, WIDTH - 10, 206, 12
    span = max(places) - min(places) or 1.0

    def x(value: float) -> float:
        return left + 8 + (right - left - 16) * (value - min(places)) / span

    def y(value: float) -> float:
        return low - (low - high) * value

    parts = [_open(height, label)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<path class="grid" d="M{left} {y(tick):.1f}H{right}"/>')
        parts.append(f'<text class="small" x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{_tick(tick)}</text>')
    for place in places:
        parts.append(
            f'<text class="small" x="{x(place):.1f}" y="{low + 18}" text-anchor="middle">{place:g} {unit}</text>'
        )
    for one in series:
        there = [(p, i) for p, i in zip(places, one.values, strict=True) if i]
        if not there:
            continue
        upper = [f"{x(p):.1f},{y(i.high):.1f}" for p, i in there]
        lower = [f"{x(p):.1f},{y(i.low):.1f}" for p, i in reversed(there)]
        line = "L".join(f"{x(p):.1f} {y(i.value):.1f}" for p, i in there)
        dash = ' stroke-dasharray="4 3"' if one.dashed else ""
        parts.append(f'<g class="s{one.colour}"><title>{escape(one.name)}</title>')
        if not one.dashed:
            parts.append(f'<polygon points="{" ".join(upper + lower)}" fill-opacity=".1" stroke="none"/>')
        parts.append(f'<path d="M{line}" fill="none" stroke-width="2"{dash}/>')
        parts += [f'<circle cx="{x(p):.1f}" cy="{y(i.value):.1f}" r="2.6" stroke="none"/>' for p, i in there]
        parts.append("</g>")
    return "".join([*parts, "</svg>"])


def histograms(groups: Sequence[tuple[str, str, NDArray[np.floating]]], label: str) -> str:
    """Draw how values in [-1, 1] lie, each group (name, class, values) to its own height, over each other."""
    height, left, right, low, high = 240, 12, WIDTH - 12, 206, 46
    start = float(np.floor(10 * min(values.min() for _, _, values in groups)) / 10)
    edges = np.linspace(start, 1, 49)

    def x(value: float) -> float:
        return left + (right - left) * (value - start) / (1 - start)

    parts = [_open(height, label)]
    for tick in np.arange(np.ceil(start * 4) / 4, 1.01, 0.25):
        parts.append(f'<path class="grid" d="M{x(tick):.1f} {high}V{low}"/>')
        parts.append(f'<text class="small" x="{x(tick):.1f}" y="{low + 18}" text-anchor="middle">{tick:g}</text>')
    for n, (name, kind, values) in enumerate(groups):
        count, _ = np.histogram(values, edges)
        tall = low - (low - high) * count / max(count.max(), 1)
        steps = "".join(f"L{x(a):.1f} {t:.1f}H{x(b):.1f}" for a, b, t in zip(edges[:-1], edges[1:], tall, strict=True))
        middle, top = x(float(np.mean(values))), high - 12 - 15 * (len(groups) - 1 - n)
        anchor = "end" if middle > 0.7 * WIDTH else "start" if middle < 0.3 * WIDTH else "middle"
        parts.append(
            f'<g class="{kind}"><path d="M{x(start):.1f} {low}{steps}V{low}Z" fill-opacity=".3" stroke-width="1.2"/>'
            f'<path d="M{middle:.1f} {top + 4}V{low}" stroke-width="1.5" stroke-dasharray="2 3"/>'
            f'<text class="small" x="{middle:.1f}" y="{top}" text-anchor="{anchor}" stroke="none">'
            f"{escape(name)} {np.mean(values):.2f}</text></g>"
        )
    return "".join([*parts, "</svg>"])


def whisker(interval: Interval) -> str:
    """Draw one share with its interval, as wide as a table's cell."""
    low, high, value = (100 * min(max(v, 0.0), 1.0) for v in (interval.low, interval.high, interval.value))
    return (
        f'<svg class="whisker" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="track" d="M0 3H100"/><path class="span" d="M{low:.1f} 3H{max(high, low + 0.5):.1f}"/>'
        f'<path class="mark" d="M{value:.1f} 0V6"/></svg>'
    )


def spell(interval: Interval, *, sign: bool = False) -> str:
    """Write an interval in words."""
    form = "+.3f" if sign else ".3f"
    return f"{interval.value:{form}} ({interval.low:{form}} to {interval.high:{form}})"


def _open(height: float, label: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label, quote=True)}">'


def _tick(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
