"""One picture of a set: what was played, what was heard, what was suggested, and how the music changed.

Conventions
-----------
An SVG of our own making, so that the demo needs no plotting library. Time runs from left to right; a track keeps its
colour in every row, and tracks that the set does not play are grey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..receivers.heard import MOMENT_S, Moment, runs
from ..report.canvas import COLOURS, DIM, GREY, GROUND, INK, Canvas, cut
from ..report.rows import Bar, heard, played
from ..report.score import Score, wrong_at
from ..report.words import clock, seconds, shares
from .render import Play

PLACES = 4
"""Places of the list of suggestions that are shown."""


def draw(
    plays: Sequence[Play],
    moments: Sequence[Moment],
    judged: Score,
    novelty: NDArray[np.float64],
    titles: Mapping[str, str],
) -> str:
    """Draw a set.

    Parameters
    ----------
    plays
        The truth.
    moments
        What was heard, one each ``MOMENT_S``.
    judged
        The truth against what was heard.
    novelty
        (n,), how much the music changes at each moment, any scale.
    titles
        Of tracks, by id.

    Returns
    -------
    The text of an SVG.
    """
    duration_s = max(plays[-1].end_s, len(moments) * MOMENT_S)
    canvas = Canvas(duration_s)
    colours = {play.id: COLOURS[number % len(COLOURS)] for number, play in enumerate(plays)}
    _head(canvas, len(plays), duration_s, judged)
    top = 92.0
    for row in (_played, _heard, _position):
        top = row(canvas, top, plays, moments, colours) + 16
    top = _suggested(canvas, top, plays, moments, colours, titles) + 16
    top = _novelty(canvas, top, plays, novelty) + 16
    top = _beat(canvas, top, moments) + 6
    canvas.axis(92.0, top, [play.start_s + play.fade_in_s / 2 for play in plays[1:]])
    return canvas.svg(top + 42)


def _head(canvas: Canvas, count: int, duration_s: float, judged: Score) -> None:
    canvas.text(
        24,
        42,
        f"A set of {count} tracks, {clock(duration_s)} long, and what Segue heard",
        21,
        INK,
        font_weight="600",
    )
    words = shares(judged)
    if judged.position_median_s is not None:
        words += f"; position off by {seconds(judged.position_median_s, 2)} in the median"
    placed = sum(f.suggested_place is not None for f in judged.plays[1:])
    words += f"; {placed} of {count - 1} next tracks were among the suggestions before they came"
    canvas.text(24, 66, words, 13, DIM)


def _played(
    canvas: Canvas, top: float, plays: Sequence[Play], moments: Sequence[Moment], colours: dict[str, str]
) -> float:
    bars = []
    for number, play in enumerate(plays):
        out_s = plays[number + 1].fade_in_s if number + 1 < len(plays) else 0.0
        note = f"{(play.rate - 1) * 100:+.1f} % {'key-lock' if play.keylock else 'vinyl'}"
        bars.append(Bar(play.start_s, play.end_s, play.fade_in_s, out_s, play.title, note, colours[play.id]))
    return played(canvas, top, bars)


def _heard(
    canvas: Canvas, top: float, plays: Sequence[Play], moments: Sequence[Moment], colours: dict[str, str]
) -> float:
    return heard(canvas, top, moments, lambda moment: wrong_at(plays, moment), colours, {})


def _position(
    canvas: Canvas, top: float, plays: Sequence[Play], moments: Sequence[Moment], colours: dict[str, str]
) -> float:
    height = 88.0
    canvas.panel(top, height, "position", "in the track", "dashed: the truth")
    longest = max([play.position_s(play.end_s) for play in plays] + [m.pos_s for m in moments])

    def y(position_s: float) -> float:
        return top + height - 4 - (height - 8) * position_s / longest

    for play in plays:
        ends = [(canvas.x(t), y(play.position_s(t))) for t in (play.start_s, play.end_s)]
        canvas.line(ends, INK, 1.2, "2 5", 0.8)
    for start, end, name in runs(moments, lambda m: m.id):
        line: list[tuple[float, float]] = []
        for moment in moments[start:end] if name else []:
            point = (canvas.x(moment.t), y(max(0.0, moment.pos_s)))
            if line and abs(point[1] - line[-1][1]) > 8:  # a jump to another place of the track is no line
                canvas.line(line, colours.get(name, GREY), 2.6)
                line = []
            line.append(point)
        canvas.line(line, colours.get(name, GREY), 2.6)
    return top + height


def _suggested(
    canvas: Canvas,
    top: float,
    plays: Sequence[Play],
    moments: Sequence[Moment],
    colours: dict[str, str],
    titles: Mapping[str, str],
) -> float:
    step = 20.0
    canvas.panel(top, step * PLACES, "suggested", "bright: what came", "next in the set")
    for place in range(PLACES):
        canvas.text(canvas.left - 6, top + place * step + 14, str(place + 1), 10, GREY, text_anchor="end")
        for start, end, name in runs(moments, lambda m, place=place: _at(m, place)):  # type: ignore[misc]
            if not name:
                continue
            middle = moments[(start + end) // 2].t
            coming = next((play.id for play in plays if play.start_s > middle), "")
            left = canvas.x(start * MOMENT_S)
            width = canvas.x(end * MOMENT_S) - left - 1
            opacity = 1.0 if name == coming else 0.32
            canvas.box(left, top + place * step + 2, width, step - 4, colours.get(name, GREY), opacity, 2)
            ink = GROUND if name == coming else DIM
            canvas.text(left + 5, top + place * step + 14, cut(titles.get(name, ""), int(width / 6.2)), 10, ink)
    return top + step * PLACES


def _novelty(canvas: Canvas, top: float, plays: Sequence[Play], novelty: NDArray[np.float64]) -> float:
    height = 58.0
    canvas.panel(top, height, "novelty", "how much the", "sound changes")
    if len(novelty):
        scaled = np.clip(novelty / (np.percentile(novelty, 99.5) + 1e-9), 0.0, 1.0)
        points = [(canvas.x((n + 1) * MOMENT_S), top + height - (height - 6) * v) for n, v in enumerate(scaled)]
        canvas.shape([(canvas.left, top + height), *points, (points[-1][0], top + height)], "#7f8cff", 0.25)
        canvas.line(points, "#a5aeff", 1.4)
    return top + height


def _beat(canvas: Canvas, top: float, moments: Sequence[Moment]) -> float:
    height = 70.0
    canvas.panel(top, height, "beat", "line: tempo", "area: how sure")
    area = [(canvas.x(m.t), top + height - (height - 4) * m.bpm_conf) for m in moments]
    tempi = np.array([m.bpm for m in moments if m.bpm > 0])
    if not len(tempi):
        return top + height
    canvas.shape([(canvas.left, top + height), *area, (area[-1][0], top + height)], "#3f8f7a", 0.35)
    low, high = float(np.floor(tempi.min() / 10) * 10), float(np.ceil(tempi.max() / 10) * 10 + 1e-6)
    for bpm in (low, high):
        canvas.text(canvas.right + 4, top + (height - 4 if bpm == low else 12), f"{bpm:.0f}", 10, DIM)
    for start, end, _ in runs(moments, lambda m: str(m.bpm > 0)):
        piece = [m for m in moments[start:end] if m.bpm > 0]
        points = [(canvas.x(m.t), top + height - 5 - (height - 10) * (m.bpm - low) / (high - low)) for m in piece]
        if points:
            canvas.line(points, "#7ef0cf", 1.6)
    return top + height


def _at(moment: Moment, place: int) -> str:
    return moment.suggested[place][0] if place < len(moment.suggested) else ""
