"""PromQL about counters of spans, and texts that are safe in a query and in YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from generator.pipeline import Count, Loss

# A series that had no sample for longer is new. Prometheus may have been down for less.
_KNOWN = "1d"
_ESCAPED = {"\\": "\\\\", '"': '\\"'}


def quoted(text: str) -> str:
    """Return a text in double quotes, with escapes that PromQL and YAML both know."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character.isprintable():
        return _ESCAPED.get(character, character)
    return f"\\u{ord(character):04x}" if ord(character) < 1 << 16 else f"\\U{ord(character):08x}"


def job(jobs: Sequence[str]) -> str:
    """Return the matcher for the metrics of some components."""
    if len(jobs) == 1:
        return f"job={quoted(jobs[0])}"
    return "job=~" + quoted("|".join(_pattern(name) for name in jobs))


def selector(
    metric: str,
    jobs: Sequence[str],
    present: str = "",
    absent: str = "",
    only: Mapping[str, str] | None = None,
) -> str:
    """Return the series of a counter or gauge of some components.

    Args:
        metric: Name, without `_total`: versions of a component differ in the suffix.
        jobs: Names of the components.
        present: Label that a series must have; empty for none.
        absent: Label that a series must not have; empty for none.
        only: Pattern of a label's value, by label. Series without the label are kept.
    """
    matchers = [f'__name__=~"{metric}(_total)?"', job(jobs)]
    matchers += [f'{present}!=""'] if present else []
    matchers += [f'{absent}=""'] if absent else []
    matchers += [f"{label}=~" + quoted(f"({pattern})?") for label, pattern in (only or {}).items()]
    return "{" + ",".join(matchers) + "}"


def increase(loss: Loss, jobs: Sequence[str], window: str) -> str:
    """Return the number of spans lost within a window.

    `increase` does not count the first value of a series, and many counters begin to exist with their first loss. So
    the first value of a new series is added. Values only grow, so the first is the smallest.
    """
    series = selector(loss.metric, jobs, present=loss.by)
    grown = f"sum(increase({series}[{window}]))"
    new = f"sum(min_over_time({series}[{window}]) unless last_over_time({series}[{_KNOWN}] offset {window}))"
    return f"({grown} or vector(0)) + ({new} or vector(0))"


def total(
    counts: Sequence[Count],
    jobs: Sequence[str],
    by: Sequence[str] = (),
    only: Mapping[str, str] | None = None,
) -> str:
    """Return the sum of gauges, one for each value of the labels `by`."""
    return _added("{series}", counts, jobs, by, only)


def rate(counts: Sequence[Count], jobs: Sequence[str], window: str, only: Mapping[str, str]) -> str:
    """Return the growth of counters, a second."""
    return _added("rate({series}[" + window + "])", counts, jobs, (), only)


def _added(
    form: str, counts: Sequence[Count], jobs: Sequence[str], by: Sequence[str], only: Mapping[str, str] | None
) -> str:
    head = f"sum by ({', '.join(by)})" if by else "sum"
    parts = [
        f"{head}({form.replace('{series}', selector(count.metric, jobs, absent=count.without, only=only))})"
        for count in counts
    ]
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def _pattern(name: str) -> str:
    return re.sub(r"([^A-Za-z0-9_ -])", r"\\\1", name)
