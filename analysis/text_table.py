"""Rows as a table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.terminal_text import BOLD, RED, fitted, painted, printable, width_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_NAME_LEAST = 16


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
    """Lay rows out under their heads: names to the left, numbers to the right.

    Args:
        heads: of the columns.
        rows: cells as text, as many as heads.
        names: the columns that are names; they are cut when the width is short.
        whole: names that are never cut, such as ids and links.
        width: columns of the terminal to fit into; None cuts nothing.
        colour: with ANSI colours.
        ascii_only: with ASCII characters only.
        marked: rows that stand out.
    """
    cells = [[_shown(cell, ascii_only) for cell in row] for row in rows]
    widths = [max(width_of(cell) for cell in column) for column in zip(heads, *cells, strict=True)]
    if width is not None:
        for column in sorted(set(names) - set(whole), key=lambda one: -widths[one]):
            excess = sum(widths) + 2 * (len(widths) - 1) - width
            widths[column] = max(min(_NAME_LEAST, widths[column]), widths[column] - max(0, excess))
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
