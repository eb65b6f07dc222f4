"""Common parts of the verbs about many traces: the query of the options, tables, objectives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.cli.traces.options import DEFAULT_SINCE
from kit.terminal import coloured, say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from analysis.objectives import Measure, Objective, Verdict
    from analysis.percentiles import Percentiles
    from analysis.search import Query
    from kit.cli.traces.options import Filters, Source
    from kit.cli.traces.source import Reading

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """The options that select spans and their source."""

    filters: Filters
    source: Source

    def query(self) -> Query:
        """Return the options as a query. Its operation may be an endpoint's name."""
        asked = self.filters
        return query_of_window(
            asked.attribute,
            asked.since,
            asked.until,
            is_file=bool(self.source.files),
            service=asked.service,
            operation=asked.operation,
        )

    def read(self, keys: Iterable[str] | None, *, whole: bool = False) -> Reading:
        """Read the spans. See `source.read`."""
        from kit.cli.traces.source import read

        return read(self.query(), self.source, keys, whole=whole)


def query_of_window(
    attributes: Sequence[str] | None,
    since: str,
    until: str,
    *,
    is_file: bool,
    service: str = "",
    operation: str = "",
    min_duration: str = "",
    max_duration: str = "",
    limit: int = 1,
) -> Query:
    """Return the options as a query; for Jaeger, of the last hour if no time is given."""
    import time

    from analysis.question import query_of

    return query_of(
        service=service,
        operation=operation,
        attributes=list(attributes or ()),
        min_duration=min_duration,
        max_duration=max_duration,
        since=since or ("" if is_file else DEFAULT_SINCE),
        until=until,
        now_ns=time.time_ns(),
        limit=limit,
    )


def objectives_of(
    texts: Sequence[str] | None, measures: tuple[Measure, ...] | None = None
) -> list[Objective]:
    """Parse objectives of the command line that have one of the measures (default: of endpoints and queues)."""
    from analysis.objectives import OF_ENDPOINTS, parse_objective

    return [parse_objective(text, measures or OF_ENDPOINTS) for text in texts or ()]


def table_lines(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    names: Collection[int],
    whole: Collection[int] = (),
    marked: Collection[int] = (),
    spared: Sequence[int] | None = None,
) -> list[str]:
    """Return rows as lines that fit the terminal. See `columns_within` and `text_table`.

    Columns that do not fit beside readable names are left out and listed on stderr.
    """
    import sys

    from analysis.text_table import columns_within, text_table
    from kit.cli.traces.source import takes_unicode
    from kit.cli.traces.width import answer_width

    width = answer_width()
    shown = columns_within(width, heads, rows, names=names, whole=whole, spared=spared)
    if len(shown) < len(heads):
        left_out = ", ".join(head for place, head in enumerate(heads) if place not in shown)
        say(f"columns left out at a width of {width}: {left_out} (--output json has all)")

    def moved(columns: Collection[int]) -> list[int]:
        return [place for place, column in enumerate(shown) if column in columns]

    return list(
        text_table(
            [heads[column] for column in shown],
            [[row[column] for column in shown] for row in rows],
            names=moved(names),
            whole=moved(whole),
            marked=marked,
            width=width,
            colour=coloured(sys.stdout),
            ascii_only=not takes_unicode(sys.stdout),
        )
    )


def short(nanoseconds: float) -> str:
    """Format a duration for a cell."""
    from analysis.durations import format_duration

    return format_duration(nanoseconds)


def p99_cell(spread: Percentiles) -> str:
    """Format a p99, in parentheses if there are too few samples."""
    return short(spread.p99_ns) if spread.p99_is_sound else f"({short(spread.p99_ns)})"


def tell_verdicts(verdicts: Iterable[tuple[str, Verdict]]) -> None:
    """Print missed and unjudged objectives to stderr; each verdict comes with its endpoint or queue.

    All objectives that could not be judged share one line.
    """
    from analysis.objectives import Outcome

    few: list[tuple[str, Verdict]] = []
    for name, verdict in verdicts:
        if verdict.outcome is Outcome.MISSED:
            whose = f" at {name}" if name else ""
            say(
                f"objective missed{whose}: {verdict.objective}, measured {verdict.measured_text} "
                f"over {verdict.samples:,} sample{'s' if verdict.samples != 1 else ''}"
            )
        elif verdict.outcome is Outcome.NOT_ENOUGH_DATA:
            few.append((name, verdict))
    if len(few) == 1:
        name, verdict = few[0]
        whose = f" at {name}" if name else ""
        samples = f"too few samples ({verdict.samples:,}, {verdict.measured_text})"
        say(
            f"objective not judged{whose}: {verdict.objective}, "
            f"{verdict.measured_text if verdict.measured is None else samples}"
        )
    elif few:
        names = list(dict.fromkeys(name or str(verdict.objective) for name, verdict in few))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        say(
            f"{len(few)} objectives not judged, too few samples: {', '.join(names[:_NAMED])}{more}; "
            "--output json has each"
        )


def leave_if_missed(verdicts: Sequence[Verdict], example: str = "SERVICE:p99<400ms") -> None:
    """Exit with 1 if an objective is missed, else with 5 if one could not be judged."""
    import typer

    from analysis.objectives import Outcome
    from kit.errors import NotEnoughDataError

    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.MISSED in outcomes:
        raise typer.Exit(1)
    if Outcome.NOT_ENOUGH_DATA in outcomes:
        hint = "use a longer --since, or more traffic"
        if any(verdict.measured is None for verdict in verdicts):
            hint += ", or correct its names: they must match the table above"
        raise NotEnoughDataError("an objective could not be judged: too few samples", hint=hint)
    if not verdicts:
        raise NotEnoughDataError("there is no objective to fail on", hint=f'add one: --objective "{example}"')
