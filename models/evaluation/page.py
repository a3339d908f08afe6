"""The sheet that the report is printed on: one HTML file that needs nothing else, light or dark like the screen."""

from html import escape
from pathlib import Path

from .picture import STYLE as MAP_STYLE

_LIGHT = ("#2f66d8", "#0c8f83", "#8250c4", "#8a93a3", "#d9780f", "#b8960c", "#c2577f", "#4f7d2f", "#0d84b8", "#a0522d")
_DARK = ("#7ba4ff", "#3ccbbb", "#b794f4", "#8b95a7", "#ffab4d", "#dcc04a", "#f08fb3", "#94c973", "#56c2f0", "#d99a6c")


def page(title: str, lead: str, sections: list[tuple[str, str]]) -> str:
    """Return the whole file.

    Parameters
    ----------
    title
        Plain words.
    lead
        HTML that stands above the first section.
    sections
        (heading in plain words, HTML) each.
    """
    body = "".join(f"<section><h2>{escape(heading)}</h2>{content}</section>" for heading, content in sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head><body><main><header>{lead}</header>{body}"
        "</main></body></html>\n"
    )


def grid(*boxes: tuple[str, str, str]) -> str:
    """Put drawings side by side, (heading, note, HTML) each; below each other on a phone."""
    return (
        '<div class="grid2">'
        + "".join(
            f"<figure><figcaption><b>{escape(heading)}</b> {escape(note)}</figcaption>{content}</figure>"
            for heading, note, content in boxes
        )
        + "</div>"
    )


def legend(entries: list[tuple[int, str]]) -> str:
    """Say which colour is which."""
    return (
        '<p class="legend">'
        + "".join(f'<span><i class="s{colour}"></i>{escape(name)}</span>' for colour, name in entries)
        + "</p>"
    )


def table(head: list[str], rows: list[list[str]], kind: str = "") -> str:
    """Return a table of HTML cells that scrolls by itself where it is too wide; the first column are names."""
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr><th>{row[0]}</th>{''.join(row[1:])}</tr>" for row in rows)
    return f'<div class="wide"><table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _style() -> str:
    def palette(colours: tuple[str, ...]) -> str:
        return "".join(f"--s{n}:{colour};" for n, colour in enumerate(colours))

    series = "".join(f".s{n}{{stroke:var(--s{n});fill:var(--s{n});--own:var(--s{n})}}" for n in range(len(_LIGHT)))
    sheet = Path(__file__).with_name("sheet.css").read_text(encoding="utf-8")
    light, dark = f":root{{{palette(_LIGHT)}}}", f"@media(prefers-color-scheme:dark){{:root{{{palette(_DARK)}}}}}"
    return f"{light}{dark}{sheet}{series}{MAP_STYLE}"
