"""Tables for people whose cells are text and no markup.

What belongs here: tables as such. What does not: what stands in them.
"""

import shutil
from typing import Any

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from entropy_assets.shown import for_terminal


class PlainTable(Table):
    """A table whose cells are text and no markup."""

    def add_row(self, *cells: Any, style: str | Style | None = None, end_section: bool = False) -> None:
        """Add a row of texts."""
        super().add_row(*(Text(for_terminal(cell)) for cell in cells), style=style, end_section=end_section)


def make_table(*columns: str, numbers: tuple[str, ...] = (), unfolded: str = "") -> PlainTable:
    """Return an empty table with these columns, none of which is cut; `numbers` stand on the right.

    A cell of the column `unfolded` stays on one line, as a command to type must.
    """
    table = PlainTable(show_edge=False, pad_edge=False)
    for column in columns:
        justify = "right" if column in numbers else "left"
        whole, title = column == unfolded, Text(for_terminal(column))
        table.add_column(title, overflow="fold", no_wrap=whole, justify=justify)  # type: ignore[arg-type]
    return table


def print_unfolded(table: Table) -> None:
    """Print a table as wide as its longest lines are: what is too long for a terminal, that folds itself."""
    wide = Console(width=1_000_000)
    width = wide.measure(table).maximum
    Console(width=max(width, 1), soft_wrap=True).print(table)


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal, or as a pipe needs it."""
    # In a pipe rich assumes 80 columns and would fold what a script or a log can hold.
    width = shutil.get_terminal_size((140, 24)).columns
    Console(width=max(width, 100)).print(table)
