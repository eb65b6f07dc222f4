"""The characters of a drawn trace, and the widths of its columns."""

from __future__ import annotations

from dataclasses import dataclass

from analysis import waterfall

ROOMY_WIDTH = 96
"""Minimum terminal width for full names of kinds and wide branches."""

_NARROW_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Branches:
    """Branches of the tree; all five have the same width."""

    child: str
    last_child: str
    link: str
    rail: str
    no_rail: str

    @property
    def step(self) -> int:
        """Columns per level of the tree."""
        return len(self.no_rail)


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters of a drawing."""

    branches: Branches
    cut: str
    error: str
    early: str
    unfinished: str
    dot: str
    strokes: waterfall.Strokes


def signs_for(width: int, *, ascii_only: bool) -> Signs:
    """Return the characters for a terminal of this width."""
    child, last, link, rail = ("|-", "`-", "~~", "| ") if ascii_only else ("├─", "└─", "~~", "│ ")
    if width >= ROOMY_WIDTH:
        branches = Branches(f"{child} ", f"{last} ", f"{link} ", f"{rail} ", "   ")
    elif width >= _NARROW_WIDTH:
        branches = Branches(f"{child[0]} ", f"{last[0]} ", f"{link[0]} ", rail, "  ")
    else:
        branches = Branches(child[0], last[0], link[0], rail[0], " ")
    if ascii_only:
        return Signs(
            branches, cut="..", error="!", early="<", unfinished="?", dot=" - ", strokes=waterfall.ASCII
        )
    return Signs(
        branches, cut="…", error="✗", early="◂", unfinished="?", dot=" · ", strokes=waterfall.UNICODE
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the parts of a row; with one blank between two parts, they fill the terminal's width."""

    service: int
    tree: int
    kind: int
    duration: int
    wait: int
    bar: int

    @property
    def has_full_kinds(self) -> bool:
        """Whether kinds are written out."""
        return self.kind >= len("producer")


def shared_out(width: int, *, service: int, tree: int, duration: int, wait: int) -> Columns:
    """Divide the width: fixed columns first, then the tree as wide as needed, but at least a third for the bar.

    Args:
        width: width of the terminal.
        service: width of the longest service name.
        tree: width of the longest span name with its branches.
        duration: width of the longest duration.
        wait: width of the longest queue wait; 0 leaves out this column.
    """
    service = min(max(len("service"), service), max(10, width // 6))
    kind = len("producer") if width >= ROOMY_WIDTH else len("prod")
    duration = max(len("took"), duration)
    wait = max(len("queued"), wait) if wait else 0
    rest = width - service - kind - duration - wait - (5 if wait else 4)
    tree = min(max(12, tree), rest - max(8, rest // 3))
    return Columns(service, tree, kind, duration, wait, rest - tree)
