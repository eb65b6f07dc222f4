"""The shell blocks of a page, and the outputs behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\s*$")
_OPTIONS = re.compile(r"^<!-- run: (?P<options>[^>]*?) -->$")


class PageError(Exception):
    """A page that cannot be read, with the line."""


@dataclass(frozen=True, slots=True)
class Block:
    """A shell block.

    Attributes:
        line: Line of its opening fence, from 1.
        commands: Its text.
        exit_codes: The exit codes that its last command may have.
        is_skipped: Whether it is only shown: it needs what the tests do not have.
        varies: Whether its output differs from run to run by more than ids and figures: only its end is compared.
        output: What the page says that it prints; None without a `text` block.
        output_lines: The lines inside of the `text` block as a range of indices from 0; empty without one.
    """

    line: int
    commands: str
    exit_codes: tuple[int, ...] = (0,)
    is_skipped: bool = False
    varies: bool = False
    output: str | None = None
    output_lines: range = range(0)


def blocks_of(page: str) -> list[Block]:
    """The shell blocks of a page, in order.

    Raises:
        PageError: A fence is not closed, or an option is not known.
    """
    lines = page.splitlines()
    fences = list(_fences(lines))
    found = []
    for place, (language, inside) in enumerate(fences):
        if language != "sh":
            continue
        options = _options(lines, inside.start - 1)
        output, where = None, range(0)
        if place + 1 < len(fences):
            next_language, next_inside = fences[place + 1]
            between = lines[inside.stop + 1 : next_inside.start - 1]
            if next_language == "text" and not any(line.strip() for line in between):
                output, where = _text(lines, next_inside), next_inside
        exit_codes = tuple(int(it) for it in options.pop("exit", "0").split(","))
        block = Block(
            inside.start,
            _text(lines, inside),
            exit_codes,
            options.pop("skip", None) is not None,
            options.pop("varies", None) is not None,
            output,
            where,
        )
        if options:
            raise PageError(f"line {block.line}: unknown option {', '.join(options)}")
        found.append(block)
    return found


def with_outputs(page: str, outputs: Sequence[tuple[Block, str]]) -> str:
    """The page with new outputs in the place of the old ones."""
    lines = page.splitlines()
    for block, output in sorted(outputs, key=lambda pair: -pair[0].line):
        if block.output is not None:
            lines[block.output_lines.start : block.output_lines.stop] = output.splitlines()
    return "\n".join(lines) + "\n"


def _fences(lines: Sequence[str]) -> Iterator[tuple[str, range]]:
    """Language of each fenced block, and the indices of the lines inside."""
    opened: tuple[str, int] | None = None
    for index, line in enumerate(lines):
        match = _FENCE.match(line)
        if match is None:
            continue
        if opened is None:
            opened = (match["language"], index + 1)
        else:
            yield opened[0], range(opened[1], index)
            opened = None
    if opened is not None:
        raise PageError(f"line {opened[1]}: a fence that is not closed")


def _options(lines: Sequence[str], fence: int) -> dict[str, str]:
    """Options from the comment above a fence; a blank line may be between."""
    above = next((line for line in reversed(lines[:fence]) if line.strip()), "")
    match = _OPTIONS.match(above.strip())
    words = match["options"].split() if match else []
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _text(lines: Sequence[str], inside: range) -> str:
    return "".join(lines[index] + "\n" for index in inside)
