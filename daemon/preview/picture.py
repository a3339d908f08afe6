"""A transition drawn: both waveforms with their beats, bars and cues, and how the fade and the bass go over.

Conventions
-----------
An SVG in the colours of the project's other pictures. Time runs from left to right, in seconds of the result. A
waveform is bright as far as it is heard, and dim where the fade keeps it down.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..report.canvas import COLOURS, DIM, GREY, INK, Canvas, cut
from ..report.words import clock
from .render import RATE, Rendered
from .stretch import Samples

_OUT, _IN = COLOURS[0], COLOURS[1]
_COLUMN = 2.0
_WAVE, _CURVE, _MARK = 104.0, 54.0, 22.0
_LETTER = 6.6


def draw(rendered: Rendered) -> str:
    """Draw a transition; gives the text of an SVG."""
    plan, fades = rendered.plan, rendered.fades
    canvas = Canvas(plan.length_s)
    _head(canvas, rendered)
    top = 100.0
    own_s = plan.outgoing.beats_s - plan.leave_s + plan.lead_s
    marks = [(kind, at_s - plan.leave_s + plan.lead_s) for kind, at_s in plan.outgoing.marks]
    canvas.panel(top + _MARK, _WAVE, "outgoing", "as it is")
    _grid(canvas, top + _MARK, own_s, plan.outgoing.downbeats, 0.0, plan.lead_s + plan.fade_s)
    _wave(canvas, top + _MARK, rendered.outgoing, fades.outgoing, _OUT)
    _marks(canvas, top, marks, 0.0, plan.lead_s + plan.fade_s, _OUT)
    top += _MARK + _WAVE + 10
    marks = [(kind, float(plan.beats.when(at_s))) for kind, at_s in plan.incoming.marks]
    canvas.panel(top, _WAVE, "incoming", f"{100 * (plan.speed - 1):+.1f} %")
    _grid(canvas, top, plan.beats.when(plan.incoming.beats_s), plan.incoming.downbeats, plan.lead_s, plan.length_s)
    _wave(canvas, top, rendered.incoming, fades.incoming, _IN)
    _marks(canvas, top + _WAVE, marks, plan.lead_s, plan.length_s, _IN, below=True)
    top += _MARK + _WAVE + 10
    for name, note, pair in (
        ("fade", "above the bass", (fades.outgoing, fades.incoming)),
        ("bass", "below 180 Hz", (fades.outgoing_bass, fades.incoming_bass)),
    ):
        canvas.panel(top, _CURVE, name, note)
        for gains, colour in zip(pair, (_OUT, _IN), strict=True):
            _curve(canvas, top, gains, colour)
        top += _CURVE + 10
    for t in (plan.lead_s, plan.lead_s + plan.fade_s, plan.swap_s):
        canvas.line([(canvas.x(t), 100.0 + _MARK), (canvas.x(t), top - 10)], INK, 0.9, "2 4", 0.6)
    _seconds(canvas, top - 4, plan.length_s)
    return canvas.svg(top + 28)


def _head(canvas: Canvas, rendered: Rendered) -> None:
    plan = rendered.plan
    room = int((canvas.width - 48) / 12.0)
    canvas.text(24, 42, cut(plan.outgoing.title, room), 21, _OUT, font_weight="600")
    canvas.text(24, 68, f"→ {cut(plan.incoming.title, room)}", 21, _IN, font_weight="600")
    told = [
        f"leaves at {clock(plan.leave_s)}",
        f"enters at {clock(plan.enter_s)}",
        f"{plan.shared - 1} beats in {plan.fade_s:.1f} s" if plan.shared else f"{plan.fade_s:.1f} s",
        f"speed {100 * (plan.speed - 1):+.1f} %" if plan.shared else f"not aligned: {plan.note}",
    ]
    canvas.text(24, 90, " · ".join(told), 13, DIM)


def _grid(
    canvas: Canvas, top: float, beats_s: NDArray[np.float64], downbeats: NDArray[np.int64], low_s: float, high_s: float
) -> None:
    bars = set(downbeats.tolist())
    for number, t in enumerate(beats_s.tolist()):
        if low_s - 0.01 <= t <= high_s + 0.01:
            x, bar = canvas.x(t), number in bars
            foot = top + (_WAVE if bar else 7)
            canvas.line([(x, top), (x, foot)], INK if bar else DIM, 1.0 if bar else 0.8, "", 0.34 if bar else 0.7)
            if not bar:
                canvas.line([(x, top + _WAVE - 7), (x, top + _WAVE)], DIM, 0.8, "", 0.7)


def _wave(canvas: Canvas, top: float, stem: Samples, fade: Samples, colour: str) -> None:
    columns = int((canvas.right - canvas.left) / _COLUMN)
    edges = np.linspace(0, len(stem), columns + 1).astype(int)[:-1]
    level = np.abs(stem).max(axis=1)
    height = (_WAVE / 2 - 10) / max(float(level.max()), 1e-6)
    for gains, opacity in ((np.ones_like(fade), 0.22), (fade, 0.85)):
        peaks = np.maximum.reduceat(level * gains, edges)
        heard = np.flatnonzero(peaks > 1e-4)
        if not len(heard):
            continue
        low, high = int(heard[0]), int(heard[-1]) + 1
        middle = top + _WAVE / 2
        x = canvas.left + _COLUMN * np.arange(low, high)
        above = [(a, middle - height * p) for a, p in zip(x, peaks[low:high], strict=True)]
        below = [(a, middle + height * p) for a, p in zip(x, peaks[low:high], strict=True)]
        canvas.shape([*above, *below[::-1]], colour, opacity)


def _marks(
    canvas: Canvas,
    top: float,
    marks: Sequence[tuple[str, float]],
    low_s: float,
    high_s: float,
    colour: str,
    below: bool = False,
) -> None:
    """Write cues above or below a waveform, with a flag to it; a name that would run into the last one is left out."""
    free = canvas.left
    for kind, t in sorted(marks, key=lambda mark: mark[1]):
        if not low_s - 0.01 <= t <= high_s + 0.01:
            continue
        x = canvas.x(t)
        tip, base = (top, top + 7) if below else (top + _MARK, top + _MARK - 7)
        canvas.shape([(x - 4.5, base), (x + 4.5, base), (x, tip)], colour)
        name = kind.replace("_", "-")
        room = _LETTER * len(name) + 8
        if x >= free and x + room <= canvas.right:
            canvas.text(x + 7, top + (14 if below else _MARK - 4), name, 11, colour)
            free = x + room


def _curve(canvas: Canvas, top: float, gains: Samples, colour: str) -> None:
    step = max(1, len(gains) // 400)
    moved = np.flatnonzero(np.abs(np.diff(gains)) > 0)
    at = np.unique(np.concatenate([np.arange(0, len(gains), step), moved[:1], moved[-1:] + 1, [len(gains) - 1]]))
    canvas.line([(canvas.x(n / RATE), top + _CURVE - 5 - (_CURVE - 10) * float(gains[n])) for n in at], colour, 2.0)


def _seconds(canvas: Canvas, y: float, length_s: float) -> None:
    step = 5 if length_s <= 90 else 10
    for t in range(0, int(length_s) + 1, step):
        canvas.line([(canvas.x(t), y), (canvas.x(t), y + 5)], GREY)
        canvas.text(canvas.x(t), y + 19, clock(t), 11, DIM, text_anchor="middle")
