"""The timeline of a report: what was played, what was heard below it, where tracks change."""

from __future__ import annotations

from ..receivers.heard import Moment
from .canvas import COLOURS, GREY, Canvas
from .report import Report
from .rows import Bar, heard, played
from .score import wrong_at
from .tracklist import printable
from .words import clock

_LEFT = 130.0
_PLAY_WIDTH = 74.0
"""Room for a play, so that its title can be read."""
_WIDTHS = (1040.0, 12_000.0)


def timeline(report: Report) -> str:
    """Draw a set; gives an SVG."""

    def wrong(moment: Moment) -> bool:
        return wrong_at(report.plays, moment, report.truth.tolerance_s)

    titles = {
        name: printable(report.tracks[name].title) for name in {m.id for m in report.moments} & report.tracks.keys()
    }
    low, high = _WIDTHS
    width = min(high, max(low, _LEFT + _PLAY_WIDTH * len(report.plays)))
    canvas = Canvas(report.length_s, width, _LEFT)
    colours: dict[str, str] = {}
    bars, changes_s = [], []
    for number, play in enumerate(report.plays):
        colour = COLOURS[number % len(COLOURS)] if play.ids else GREY
        for name in play.ids:
            colour = colours.setdefault(name, colour)
        if report.truth.tracklist.timed:
            after = report.plays[number + 1].fade_in_s if number + 1 < len(report.plays) else 0.0
            note = clock(play.start_s) if play.ids else "not in the library"
            bars.append(Bar(play.start_s, play.end_s, play.fade_in_s, after, play.title, note, colour))
            changes_s += [play.start_s + play.fade_in_s / 2] if number else []
    top = 12.0
    foot = top
    if bars:
        foot = played(canvas, foot, bars) + 14
    foot = heard(canvas, foot, report.moments, wrong, colours, titles) + 6
    canvas.axis(top, foot, changes_s)
    return canvas.svg(foot + 32)
