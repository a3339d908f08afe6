"""How the tables of `bench` look."""

from rich.console import Console
from rich.table import Table

CONSOLE = Console(width=110)


def table(title: str, *names: str) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold")
    for number, name in enumerate(names):
        made.add_column(name, justify="right" if number else "left")
    return made
