"""Format rows as a table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.terminal_text import BOLD, RED, fitted, painted, printable, width_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_NAME_LEAST, _NAME_SHORTEST = 16, 6
# Names are cut to this width before a number's column is left out.
_NAME_WISHED = 40


def columns_within(
    width: int | None,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    names: Collection[int] = (0,),
    whole: Collection[int] = (),
    spared: Sequence[int] | None = None,
) -> list[int]:
    """Choose the columns that fit into the width while names stay readable.

    Args:
        width: columns of the terminal; None keeps all columns of the table.
        heads: headers of the columns.
        rows: cells as text, one for each header.
        names: columns that hold names; they are never left out.
        whole: columns that are never cut.
        spared: columns that can be left out, in this order; by default the number columns from right to left.

    Returns:
        The columns to show, in order.
    """
    shown = list(range(len(heads)))
    if width is None:
        return shown
    wanted = [max(width_of(printable(cell)) for cell in column) for column in zip(heads, *rows, strict=True)]
    for column in set(names) - set(whole):
        wanted[column] = min(wanted[column], _NAME_WISHED)
    numbers = [column for column in shown if column not in names]
    for column in numbers[:0:-1] if spared is None else spared:
        if sum(wanted[one] for one in shown) + 2 * (len(shown) - 1) <= width:
            break
        shown.remove(column)
    return shown


def text_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    names: Collection[int] = (0,),
    whole: Collection[int] = (),
    width: int | None = None,
    colour: bool = False,
    ascii_only: bool = False,
    marked: Collection[int] = (),
) -> list[str]:
    """Format rows under a header line, with names aligned left and numbers right.

    Args:
        heads: headers of the columns.
        rows: cells as text, one for each header.
        names: columns that hold names; they are cut to fit the width.
        whole: columns that are never cut, such as ids and links.
        width: columns of the terminal; None cuts nothing.
        colour: with ANSI colours.
        ascii_only: with ASCII characters only.
        marked: rows to highlight.
    """
    cells = [[_shown(cell, ascii_only) for cell in row] for row in rows]
    widths = [max(width_of(cell) for cell in column) for column in zip(heads, *cells, strict=True)]
    if width is not None:
        for least in (_NAME_LEAST, _NAME_SHORTEST):
            for column in sorted(set(names) - set(whole), key=lambda one: -widths[one]):
                excess = sum(widths) + 2 * (len(widths) - 1) - width
                widths[column] = max(min(least, widths[column]), widths[column] - max(0, excess))
    ellipsis = ".." if ascii_only else "…"

    def line(row: Sequence[str]) -> str:
        fit = [
            fitted(cell, wide, right=column not in names, ellipsis=ellipsis)
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(fit).rstrip()

    return [
        painted(line(heads), BOLD, colour),
        *(painted(line(row), RED if number in marked else "", colour) for number, row in enumerate(cells)),
    ]


def _shown(cell: str, ascii_only: bool) -> str:
    return printable(cell.replace("µ", "u") if ascii_only else cell, ascii_only=ascii_only)
