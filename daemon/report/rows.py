"""Two rows of a picture of a set: what was played, and what was heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..receivers.heard import MOMENT_S, Moment, runs
from .canvas import GREY, GROUND, INK, RED, Canvas, cut

HEIGHT = 56.0
_SECOND = 5.0
"""Height of the line for the other track of a blend."""
_LETTER = 6.9
"""Width of one in the titles."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A play as it is drawn."""

    start_s: float
    end_s: float
    fade_in_s: float
    fade_out_s: float
    title: str
    note: str
    colour: str


def played(canvas: Canvas, top: float, bars: Sequence[Bar]) -> float:
    """Draw the truth; return where the row ends."""
    canvas.panel(top, HEIGHT, "played", "the truth")
    foot = top + HEIGHT
    for bar in bars:
        left, right = canvas.x(bar.start_s), canvas.x(bar.end_s)
        full_left, full_right = canvas.x(bar.start_s + bar.fade_in_s), canvas.x(bar.end_s - bar.fade_out_s)
        canvas.shape([(left, foot), (full_left, top), (full_right, top), (right, foot)], bar.colour, 0.78, bar.title)
        room = int((full_right - full_left - 12) / _LETTER)
        ink = INK if bar.colour == GREY else GROUND
        canvas.text(full_left + 8, top + 24, cut(bar.title, room), 12, ink, font_weight="600")
        canvas.text(full_left + 8, top + 40, cut(bar.note, room), 10.5, ink)
    return foot


def heard(
    canvas: Canvas,
    top: float,
    moments: Sequence[Moment],
    wrong: Callable[[Moment], bool],
    colours: Mapping[str, str],
    titles: Mapping[str, str],
) -> float:
    """Draw what was named; return where the row ends.

    Parameters
    ----------
    wrong
        Which moments have a red line above them.
    colours
        Of tracks by id; others are grey.
    titles
        Written on the stretches, by id.
    """
    canvas.panel(top, HEIGHT, "heard", "height: how sure", "below: second track")
    foot = top + HEIGHT - _SECOND - 3
    for start, end, name in runs(moments, lambda m: m.id):
        if not name:
            continue
        points = [(canvas.x((n + 1) * MOMENT_S), foot - (foot - top) * moments[n].conf) for n in range(start, end)]
        left, right = canvas.x(start * MOMENT_S), canvas.x(end * MOMENT_S)
        outline, title = [(left, foot), (left, points[0][1]), *points, (right, foot)], titles.get(name, "")
        canvas.shape(outline, colours.get(name, GREY), 0.9, title)
        room = int((right - left - 12) / _LETTER)
        canvas.text(left + 8, foot - 8, cut(title, room), 11, GROUND if name in colours else INK)
    for start, end, name in runs(moments, lambda m: "wrong" if wrong(m) else ""):
        if name:
            canvas.line([(canvas.x(t * MOMENT_S), top + 2) for t in (start, end)], RED, 3)
    for start, end, name in runs(moments, lambda m: m.second):
        if name:
            left = canvas.x(start * MOMENT_S)
            width = canvas.x(end * MOMENT_S) - left
            canvas.box(left, top + HEIGHT - _SECOND, width, _SECOND, colours.get(name, GREY))
    return top + HEIGHT
