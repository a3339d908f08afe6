"""A sheet to draw on, written as SVG.

Conventions
-----------
Places are pixels from the top left corner; ``Canvas.x`` turns seconds of a set into places.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

GREY, INK, DIM, FAINT, GROUND, PANEL = "#4a5160", "#e8eaf0", "#98a0b0", "#2a303c", "#0e1117", "#151a23"
WIDTH, LEFT, RIGHT = 1280, 150, 1244


class Canvas:
    """Collects shapes; ``x`` turns seconds into places."""

    def __init__(self, duration_s: float) -> None:
        self._scale = (RIGHT - LEFT) / max(duration_s, 1.0)
        self._parts: list[str] = []

    def x(self, t: float) -> float:
        """Place of a moment."""
        return LEFT + t * self._scale

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

    def shape(
        self, points: Sequence[tuple[float, float]], fill: str, opacity: float = 1.0, stroke: str = "none"
    ) -> None:
        """Draw a filled polygon."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polygon points="{path}" fill="{fill}" fill-opacity="{opacity:.2f}" stroke="{stroke}"/>')

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
        self.box(LEFT, y, RIGHT - LEFT, height, PANEL)
        self.text(LEFT - 20, y + 15, title, 13, INK, text_anchor="end", font_weight="600")
        for number, note in enumerate(notes):
            self.text(LEFT - 20, y + 31 + 14 * number, note, 10.5, DIM, text_anchor="end")

    def svg(self, height: float) -> str:
        """Give the document."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
            f"height=\"{height:.0f}\" font-family=\"Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif\">\n"
            f'<rect width="100%" height="100%" fill="{GROUND}"/>\n' + "\n".join(self._parts) + "\n</svg>\n"
        )
