"""A schema's status and differences, for people and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from generator.spec.quantities import Duration
from kit.operate.schema.compare import Difference, Remedy
from kit.operate.schema.status import Status

_REMEDIES = {
    Remedy.CREATE: "`kit schema apply` creates it",
    Remedy.ALTER: "can be altered in place, `kit schema apply` does it:",
    Remedy.BY_HAND: "is not done by `kit schema apply`; the steps:",
    Remedy.REBUILD: "can't be altered in place; the ways out:",
}


def status_lines(status: Status) -> Iterator[str]:
    """A live schema for people."""
    state = "complete" if status.complete else f"lacks {', '.join(status.missing)}"
    yield f"{status.server.title}, keyspace {status.keyspace}: {state}"
    if status.other_version:
        yield f"the spec says {status.expected.title}: its schema may differ (storage.version)"
    if status.replication:
        yield "copies: " + ", ".join(f"{name} {_copies(count)}" for name, count in status.replication.items())
    yield f"{'table':<26}{'rows live':>10}{'window':>9}{'windows':>9}"
    for table in status.tables:
        if not table.there:
            yield f"{table.name:<26}{'missing':>10}"
            continue
        windows = table.windows if table.windows is not None else ""
        yield f"{table.name:<26}{_span(table.ttl):>10}{_span(table.window):>9}{windows:>9}".rstrip()
    if not status.complete:
        yield "next: kit schema apply"


def plain_status(status: Status) -> dict[str, Any]:
    """A live schema as JSON holds it; times in seconds."""
    return {
        "engine": status.server.engine,
        "engine_version": status.server.version,
        "spec_engine": status.expected.engine,
        "spec_version": status.expected.version,
        "keyspace": status.keyspace,
        "complete": status.complete,
        "missing": status.missing,
        "replication": status.replication,
        "tables": [
            {
                "name": table.name,
                "there": table.there,
                "ttl_seconds": table.ttl,
                "window_seconds": table.window,
                "windows": table.windows,
            }
            for table in status.tables
        ],
    }


def diff_lines(differences: Sequence[Difference]) -> Iterator[str]:
    """Differences for people, each with what mends it."""
    if not differences:
        yield "the live schema is what the spec asks for"
    told: set[str] = set()
    for one in differences:
        asked = "" if one.remedy is Remedy.CREATE else f"; the spec asks for {one.wanted}"
        yield f"{one.what}: {one.found}{asked}"
        yield f"  {_REMEDIES[one.remedy]}"
        statements = [f"    {statement};" for statement in one.statements]
        steps = [f"    - {step}" for step in one.steps]
        if one.remedy is Remedy.ALTER:
            yield from statements
            # What holds for every table is said once.
            told.update(one.steps)
        elif one.remedy is Remedy.BY_HAND:
            yield from (*steps[:-1], *statements, steps[-1])
        elif one.remedy is Remedy.REBUILD:
            yield from (*steps, *statements)
    yield from (f"note: {step}" for step in sorted(told))


def plain_difference(one: Difference) -> dict[str, Any]:
    """A difference as JSON holds it."""
    return {
        "what": one.what,
        "found": one.found,
        "wanted": one.wanted,
        "remedy": one.remedy.value,
        "in_place": one.remedy in (Remedy.CREATE, Remedy.ALTER),
        "statements": list(one.statements),
        "steps": list(one.steps),
    }


def _span(seconds: int | None) -> str:
    if seconds is None:
        return ""
    return str(Duration(seconds * 1000)) if seconds else "for ever"


def _copies(count: object) -> str:
    return f"in racks {', '.join(map(str, count))}" if isinstance(count, list) else str(count)
