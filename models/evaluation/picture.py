"""A map of a space: every window a dot, every query a ring, and a thin line to where it should go on.

Conventions
-----------
The space is laid flat by t-SNE from its two principal directions, queries and windows together, always by the same
seed; without scikit-learn (the extra: train) by the principal directions alone. What lies close on the map lies close
in the space; long distances mean little. The picture is SVG, and its colours follow a dark page.

Source
------
L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", JMLR 9 (2008).
"""

import warnings
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from .queries import Floats
from .result import Cloud

WIDTH, HEIGHT, _EDGE = 1000, 760, 36
_LABELS = 22
_STEP = 26.0
"""Windows that follow each other are joined where they lie this near on the map, pixels."""
Points = NDArray[np.float64]


def draw(cloud: Cloud, names: Sequence[str], *, alone: bool = True) -> str:
    """Return the map.

    Parameters
    ----------
    names
        Of the tracks, by number.
    alone
        Whether it is a file of its own, which brings its own colours for the page.
    """
    points = _fit(layout(np.concatenate([cloud.keys, cloud.queries])))
    windows, queries = points[: len(cloud.keys)], points[len(cloud.keys) :]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Map of {len(windows)} windows of {len(names)} tracks">'
    ]
    if alone:
        parts.append(_STYLE + f'<rect width="{WIDTH}" height="{HEIGHT}" fill="var(--ground)"/>')
    for track in np.unique(cloud.keys_track):
        mine = windows[cloud.keys_track == track]
        hue = _hue(int(track))
        parts.append(f'<g fill="{hue}" stroke="{hue}"><title>{escape(names[track])}</title>')
        parts.append(f'<path d="{_thread(mine)}" fill="none" stroke-width="1" stroke-opacity=".35"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" stroke="none" fill-opacity=".8"/>' for x, y in mine]
        parts.append("</g>")
    for (x, y), truth, hit in zip(queries, cloud.truth, cloud.hit, strict=True):
        (u, v), kind = windows[truth], "hit" if hit > 0.5 else "miss"
        parts.append(
            f'<g class="{kind}"><path d="M{x:.1f} {y:.1f}L{u:.1f} {v:.1f}"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4"/></g>'
        )
    parts += _labels(windows, cloud.keys_track, names)
    return "".join([*parts, "</svg>"])


def layout(vectors: Floats) -> Points:
    """Return places on a plane, (n, 2)."""
    centred = vectors - vectors.mean(0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    flat = np.asarray(centred @ directions[:2].T, np.float64)
    if len(vectors) < 50:
        return flat
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        return flat
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads, where only one is asked for
        start = flat / flat[:, 0].std() * 1e-4
        placed = TSNE(init=start, perplexity=30, random_state=0, n_jobs=1).fit_transform(centred)
    return np.asarray(placed, np.float64)


def _fit(points: Points) -> Points:
    """Spread points over the sheet; the outermost half percent may be drawn in."""
    low, high = np.percentile(points, (0.25, 99.75), axis=0)
    room = np.array([WIDTH - 2 * _EDGE, HEIGHT - 2 * _EDGE])
    placed = _EDGE + (points - low) / np.maximum(high - low, 1e-9) * room
    return np.asarray(np.clip(placed, _EDGE / 3, np.array([WIDTH, HEIGHT]) - _EDGE / 3), np.float64)


def _thread(points: Points) -> str:
    steps = np.linalg.norm(np.diff(points, axis=0, prepend=points[:1]), axis=1)
    return "".join(
        f"{'L' if n > 0 and step < _STEP else 'M'}{x:.1f} {y:.1f}"
        for n, ((x, y), step) in enumerate(zip(points, steps, strict=True))
    )


def _hue(track: int) -> str:
    """Colours that differ: each a golden angle on, in three lightnesses."""
    return f"hsl({track * 137.508 % 360:.0f} {(70, 55, 80)[track % 3]}% {(52, 62, 45)[track % 3]}%)"


def _labels(windows: Points, tracks: NDArray[np.int64], names: Sequence[str]) -> list[str]:
    """Name the tracks that lie most together, as far as there is room."""
    middle = {int(t): np.median(windows[tracks == t], axis=0) for t in np.unique(tracks)}
    spread = {t: float(np.median(np.linalg.norm(windows[tracks == t] - m, axis=1))) for t, m in middle.items()}
    taken: list[tuple[float, float, float]] = []
    parts = []
    for track in sorted(middle, key=lambda t: spread[t]):
        name = names[track] if len(names[track]) < 30 else "…" + names[track][-28:]
        (x, y), half = middle[track], 3.4 * len(name) + 4
        x = float(np.clip(x, half + 4, WIDTH - half - 4))
        if len(taken) == _LABELS or any(abs(x - a) < half + b and abs(y - c) < 17 for a, b, c in taken):
            continue
        taken.append((x, half, float(y)))
        parts.append(f'<text x="{x:.1f}" y="{y + 4:.1f}">{escape(name)}</text>')
    return parts


STYLE = """.map .hit{stroke:var(--ink);stroke-width:.9;fill:var(--ground)}.map .miss{stroke:var(--bad);stroke-width:.9;\
fill:var(--ground)}.map .hit path,.map .miss path{stroke-opacity:.55}.map text{font:600 12px system-ui,sans-serif;\
text-anchor:middle;fill:var(--ink);stroke:var(--ground);stroke-width:4px;stroke-opacity:.8;paint-order:stroke;\
stroke-linejoin:round;pointer-events:none}"""
_STYLE = (
    "<style>svg{--ground:#fff;--ink:#1c2330;--bad:#d13b3b}@media(prefers-color-scheme:dark)"
    "{svg{--ground:#10141b;--ink:#e6e9f0;--bad:#ff7a70}}" + STYLE + "</style>"
)
