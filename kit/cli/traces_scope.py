"""What is asked of many traces: the options as one question, and its answer's common parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli.traces_options import DEFAULT_SINCE
from kit.terminal import coloured, data, say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from analysis.objectives import Measure, Objective, Verdict
    from analysis.percentiles import Percentiles
    from analysis.search import Query
    from kit.cli.traces_source import Reading


@dataclass(frozen=True, slots=True)
class Scope:
    """The options that say which spans are meant and where they are read."""

    service: str
    operation: str
    attribute: list[str]
    since: str
    until: str
    jaeger: str
    files: list[Path]

    def query(self) -> Query:
        """As a query; its operation may be an endpoint's name."""
        import time

        from analysis.question import query_of

        return query_of(
            service=self.service,
            operation=self.operation,
            attributes=self.attribute,
            min_duration="",
            max_duration="",
            since=self.since or ("" if self.files else DEFAULT_SINCE),
            until=self.until,
            now_ns=time.time_ns(),
            limit=1,
        )

    def read(self, keys: Iterable[str] | None, *, whole: bool = False) -> Reading:
        """Read the spans; see `traces_source.read`."""
        from kit.cli.traces_source import read

        return read(self.query(), self.files, self.jaeger, keys, whole=whole)


def objectives_of(texts: Sequence[str], measures: tuple[Measure, ...] | None = None) -> list[Objective]:
    """The objectives of the command line, with one of some measures: those of endpoints and queues if not given."""
    from analysis.objectives import OF_ENDPOINTS, parse_objective

    return [parse_objective(text, measures or OF_ENDPOINTS) for text in texts]


def print_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    names: Collection[int],
    whole: Collection[int] = (),
    marked: Collection[int] = (),
) -> None:
    """Print rows to stdout, fitted to the terminal if it is one; see `text_table`."""
    import shutil
    import sys

    from analysis.text_table import text_table
    from kit.cli.traces_source import takes_unicode

    for line in text_table(
        heads,
        rows,
        names=names,
        whole=whole,
        marked=marked,
        width=shutil.get_terminal_size().columns if sys.stdout.isatty() else None,
        colour=coloured(sys.stdout),
        ascii_only=not takes_unicode(sys.stdout),
    ):
        data(line)


def short(nanoseconds: float) -> str:
    """A duration for a cell."""
    from analysis.durations import format_duration

    return format_duration(nanoseconds)


def p99_cell(spread: Percentiles) -> str:
    """p99, marked where there are too few samples for one."""
    return short(spread.p99) if spread.p99_is_sound else f"({short(spread.p99)})"


def plain_percentiles(spread: Percentiles | None) -> dict[str, Any] | None:
    """Percentiles of nanoseconds for a JSON answer."""
    if spread is None:
        return None
    return {
        "count": spread.count,
        "p50_ns": round(spread.p50),
        "p95_ns": round(spread.p95),
        "p99_ns": round(spread.p99),
        "p99_is_sound": spread.p99_is_sound,
        "mean_ns": round(spread.mean),
        "max_ns": round(spread.largest),
    }


def plain_verdict(verdict: Verdict) -> dict[str, Any]:
    """An objective's verdict for a JSON answer; limits and measures in ns, for `success` shares."""
    return {
        "objective": str(verdict.objective),
        "limit": verdict.objective.limit,
        "measured": verdict.measured,
        "samples": verdict.samples,
        "outcome": verdict.outcome.value,
    }


def tell_verdicts(verdicts: Sequence[Verdict], names: Sequence[str]) -> None:
    """Say on stderr which objectives are not met.

    Args:
        verdicts: all of them.
        names: whose each is.
    """
    from analysis.objectives import Outcome

    for verdict, name in zip(verdicts, names, strict=True):
        objective = verdict.objective
        measured = "nothing measured" if verdict.measured is None else objective.written(verdict.measured)
        whose = f" at {name}" if name else ""
        if verdict.outcome is Outcome.MISSED:
            say(f"objective missed{whose}: {objective}, measured {measured} over {verdict.samples:,}")
        elif verdict.outcome is Outcome.NOT_ENOUGH_DATA:
            few = f"too few samples ({verdict.samples:,}, {measured})"
            say(f"objective not judged{whose}: {objective}, {measured if verdict.measured is None else few}")


def leave_if_missed(verdicts: Sequence[Verdict], example: str = "SERVICE:p99<400ms") -> None:
    """Leave with exit code 1 when an objective is missed, else with 5 when one could not be judged."""
    import typer

    from analysis.objectives import Outcome
    from kit.errors import NotEnoughDataError

    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.MISSED in outcomes:
        raise typer.Exit(1)
    if Outcome.NOT_ENOUGH_DATA in outcomes:
        hint = "a longer --since, or more traffic"
        if any(verdict.measured is None for verdict in verdicts):
            hint += "; or is there a slip in its names? They are those of the table above"
        raise NotEnoughDataError("an objective could not be judged: too few samples", hint=hint)
    if not verdicts:
        raise NotEnoughDataError(
            "there is no objective to fail on", hint=f'name one: --objective "{example}"'
        )
