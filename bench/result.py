"""The result of a benchmark, as text or JSON, and the options that all benchmarks have.

`--output json` prints one `Result`:

    `{"ratios": {"messages/s, batches of 100 : one by one": {"median": 8.28, "low": 7.66, "high": 9.03, "pairs": 10}},
     "figures": {"messages/s, batches of 100": {"median": 912.4, "least": 850.1, "most": 990.2, "rounds": 10}},
     "ledgers": {"batches of 100": {"accepted": 20000, "found": 20000, "waiting": 0, "lost": 0}},
     "problems": [], "benchmark": "queue", "quick": false, "settings": {"pairs": 10, "messages": 2000}}`
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import Meta, Struct, json, structs

from bench.paired import Ratio

Count = Annotated[int, Meta(ge=0)]


class Figure(Struct, frozen=True, forbid_unknown_fields=True):
    """A value in the unit of its name: median, minimum and maximum over all rounds."""

    median: float
    least: float
    most: float
    rounds: Annotated[int, Meta(ge=1)]

    def __str__(self) -> str:
        if self.rounds == 1:
            return f"{self.median:,.4g}"
        return f"{self.median:,.4g} ({self.least:,.4g} to {self.most:,.4g})"


class Ledger(Struct, frozen=True, forbid_unknown_fields=True):
    """Count of the spans or messages of an arm: accepted = found + waiting + lost.

    Attributes:
        accepted: Spans or messages that were acknowledged to the sender.
        found: Accepted ones that reached the end of the path.
        waiting: Accepted ones in a queue on disk.
        lost: Accepted ones that are missing.
    """

    accepted: Count
    found: Count
    waiting: Count
    lost: int

    def __str__(self) -> str:
        waiting = f"still queued on disk {self.waiting:,}, " if self.waiting else ""
        return f"accepted {self.accepted:,}, found {self.found:,}, {waiting}lost {self.lost:,}"


class Measured(Struct, kw_only=True, forbid_unknown_fields=True):
    """Measurements of one run, each part by name.

    Attributes:
        ratios: Ratios by a name of the form `left : right`.
        figures: Further figures by name; the name includes the unit.
        ledgers: Ledgers by arm, for arms that process spans or messages.
        problems: Reasons why the ratios are invalid; the run fails if there is one.
    """

    ratios: dict[str, Ratio]
    figures: dict[str, Figure] = {}
    ledgers: dict[str, Ledger] = {}
    problems: list[str] = []


class Result(Measured, kw_only=True, forbid_unknown_fields=True):
    """The printed result of a benchmark.

    Attributes:
        benchmark: Module of the benchmark in `bench`.
        quick: Whether it ran with the smallest sizes, which makes its ratios meaningless.
        settings: The options in effect.
    """

    benchmark: str
    quick: bool
    settings: dict[str, int | float | str | bool | list[str] | None]

    def text(self) -> str:
        """Format the result for people."""
        lines = [f"{name} = {found}" for name, found in self.ratios.items()]
        lines += [f"{name}: {found}" for name, found in self.figures.items()]
        lines += [f"ledger, {arm}: {ledger}" for arm, ledger in self.ledgers.items()]
        return "\n".join(lines)


class Arguments(argparse.ArgumentParser):
    """A benchmark's command line."""

    def __init__(self, description: str | None) -> None:
        super().__init__(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        self.add_argument(
            "--quick",
            action="store_true",
            help="use the smallest sizes, to test the benchmark; its ratios are meaningless",
        )
        self.add_argument("--output", choices=("text", "json"), default="text")
        self._sizes: dict[str, tuple[float, float]] = {}

    def size(self, option: str, full: float, quick: float, help_: str) -> None:
        """Add an option with a smaller default for `--quick`; both defaults have the option's type."""
        self.add_argument(option, type=type(full), help=f"{help_} (default: {full}, quick {quick})")
        self._sizes[option.removeprefix("--").replace("-", "_")] = full, quick

    def run(self, benchmark: str, measure: Callable[[argparse.Namespace], Measured]) -> None:
        """Parse, measure and print.

        Raises:
            SystemExit: the result is invalid, or the usage is wrong.
        """
        asked = self.parse_args()
        for name, sizes in self._sizes.items():
            if getattr(asked, name) is None:
                setattr(asked, name, sizes[asked.quick])
        settings = {
            name: _plain(value) for name, value in vars(asked).items() if name not in ("quick", "output")
        }
        measured = structs.asdict(measure(asked))
        result = Result(benchmark=benchmark, quick=asked.quick, settings=settings, **measured)
        print(json.encode(result).decode() if asked.output == "json" else result.text())
        if result.problems:
            raise SystemExit("; ".join(result.problems))


def figure(values: Sequence[float]) -> Figure:
    """Return the figure of some rounds."""
    return Figure(statistics.median(values), min(values), max(values), len(values))


def tell(text: str) -> None:
    """Report progress."""
    print(text, file=sys.stderr, flush=True)


def _plain(value: object) -> int | float | str | bool | list[str] | None:
    if isinstance(value, list):
        return [str(one) for one in value]
    return value if isinstance(value, int | float | None) else str(value)
