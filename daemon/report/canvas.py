"""A sheet to draw on, written as SVG.

Conventions
-----------
Places are pixels from the top left corner; ``Canvas.x`` turns seconds of a set into places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from .words import clock

GREY, INK, DIM, GROUND, PANEL = "#4a5160", "#e8eaf0", "#98a0b0", "#0e1117", "#151a23"
RED = "#ff4d4d"
COLOURS = ("#6cb6ff", "#ffb757", "#7ee08a", "#ff7b93", "#c49bff", "#4fd9c8", "#f2e36b", "#ff9e6b", "#8fa8ff", "#e58be0")
"""For tracks, which keep theirs in every row."""
_TICKS_S = (30, 60, 120, 300, 600, 1200, 1800, 3600)


class Canvas:
    """Collects shapes; ``x`` turns seconds into places.

    Parameters
    ----------
    duration_s
        What fits between ``left`` and ``right``.
    width
        Of the sheet.
    left
        Room for the names of the rows.
    """

    def __init__(self, duration_s: float, width: float = 1280, left: float = 150) -> None:
        self.width, self.left, self.right = width, left, width - 36
        self._duration_s = max(duration_s, 1.0)
        self._scale = (self.right - left) / self._duration_s
        self._parts: list[str] = []

    def x(self, t: float) -> float:
        """Place of a moment."""
        return self.left + t * self._scale

    def text(self, x: float, y: float, words: str, size: float = 12, fill: str = INK, **more: str) -> None:
        """Write words; ``y`` is their foot."""
        extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"{extra}>{escape(words)}</text>'
        )

    def box(
        self, x: float, y: float, width: float, height: float, fill: str, opacity: float = 1.0, r: float = 0
    ) -> None:
        """Draw a filled box."""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0.5):.1f}" rx="{r}" '
            f'fill="{fill}" fill-opacity="{opacity:.2f}"/>'
        )

    def shape(self, points: Sequence[tuple[float, float]], fill: str, opacity: float = 1.0, tip: str = "") -> None:
        """Draw a filled polygon; ``tip`` is what a pointer resting on it is told."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        told = f"<title>{escape(tip)}</title>" if tip else ""
        self._parts.append(f'<polygon points="{path}" fill="{fill}" fill-opacity="{opacity:.2f}">{told}</polygon>')

    def line(
        self,
        points: Sequence[tuple[float, float]],
        stroke: str,
        width: float = 1.0,
        dash: str = "",
        opacity: float = 1.0,
    ) -> None:
        """Draw a line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{width}" stroke-linejoin="round" '
            f'stroke-linecap="round" stroke-opacity="{opacity:.2f}"{dashes}/>'
        )

    def panel(self, y: float, height: float, title: str, *notes: str) -> None:
        """Draw a row's ground with its name at the left."""
        self.box(self.left, y, self.right - self.left, height, PANEL)
        self.text(self.left - 20, y + 15, title, 13, INK, text_anchor="end", font_weight="600")
        for number, note in enumerate(notes):
            self.text(self.left - 20, y + 31 + 14 * number, note, 10.5, DIM, text_anchor="end")

    def axis(self, top: float, foot: float, changes_s: Iterable[float]) -> None:
        """Draw the changes of track through all rows, and the time below them."""
        for t in changes_s:
            self.line([(self.x(t), top), (self.x(t), foot)], INK, 0.8, "1 4", 0.45)
        step_s = next((step for step in _TICKS_S if step * self._scale >= 44), _TICKS_S[-1])
        for tick in range(int(self._duration_s // step_s) + 1):
            x = self.x(tick * step_s)
            self.line([(x, foot), (x, foot + 5)], DIM)
            self.text(x, foot + 19, clock(tick * step_s), 11, DIM, text_anchor="middle")

    def svg(self, height: float) -> str:
        """Give the document."""
        width = f"{self.width:.0f}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" width="{width}" '
            f"height=\"{height:.0f}\" font-family=\"Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif\">\n"
            f'<rect width="100%" height="100%" fill="{GROUND}"/>\n' + "\n".join(self._parts) + "\n</svg>\n"
        )


def cut(words: str, room: int) -> str:
    """Shorten words to so many letters; none at all where there is no room."""
    return words if len(words) <= room else words[: max(0, room - 1)].rstrip() + "…" if room > 3 else ""
