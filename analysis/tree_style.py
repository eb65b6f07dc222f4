"""The characters of a drawn trace, and how its columns share the width of the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from analysis import waterfall

ROOMY_WIDTH = 96
"""Columns from which kinds are written out and the tree is drawn with wide branches."""

_NARROW_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Branches:
    """What leads to a span in the tree; all five are equally wide."""

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
    """The characters for a terminal of that width."""
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
    """How many columns each part of a row takes; with a blank between each two, they fill the width."""

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
    """Share a width out: what must fit first, then the tree gets what it needs, as long as a third is left to the bar.

    Args:
        width: of the terminal.
        service: the widest service name.
        tree: the widest span name with its branches.
        duration: the widest duration.
        wait: the widest queue wait; 0 when there is none, which leaves that part out.
    """
    service = min(max(len("service"), service), max(10, width // 6))
    kind = len("producer") if width >= ROOMY_WIDTH else len("prod")
    duration = max(len("took"), duration)
    wait = max(len("queued"), wait) if wait else 0
    rest = width - service - kind - duration - wait - (5 if wait else 4)
    tree = min(max(12, tree), rest - max(8, rest // 3))
    return Columns(service, tree, kind, duration, wait, rest - tree)
