"""Format a schema's status and differences for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.spec.quantities import Duration
from kit.operate.schema.apply import Applied
from kit.operate.schema.compare import Difference, Remedy
from kit.operate.schema.status import Status
from kit.terminal import say

_REMEDIES = {
    Remedy.CREATE: "`kit schema apply` creates it",
    Remedy.ALTER: "`kit schema apply` alters it in place:",
    Remedy.BY_HAND: "`kit schema apply` leaves this to you, with these steps:",
    Remedy.REBUILD: "can't be altered in place, alternatives:",
}


def status_lines(status: Status) -> Iterator[str]:
    """Format the status of a live schema."""
    state = "complete" if status.complete else f"lacks {', '.join(status.missing)}"
    yield f"{status.server.title}, keyspace {status.keyspace}: {state}"
    if status.other_version:
        yield f"the spec names {status.expected.title}, whose schema may differ (storage.version)"
    if status.replication:
        yield "replicas: " + ", ".join(
            f"{name} {_copies(count)}" for name, count in status.replication.items()
        )
    yield f"{'table':<26}{'TTL':>10}{'window':>9}{'windows':>9}"
    for table in status.tables:
        if not table.there:
            yield f"{table.name:<26}{'missing':>10}"
            continue
        windows = table.windows if table.windows is not None else ""
        yield f"{table.name:<26}{_span(table.ttl_seconds):>10}{_span(table.window_seconds):>9}{windows:>9}".rstrip()
    if not status.complete:
        yield "next: kit schema apply"


def apply_lines(done: Applied) -> Iterator[str]:
    """Format the changes that `apply` made."""
    if done.created:
        yield f"created in {done.keyspace}: {', '.join(done.created)}"
    yield from (f"{statement};" for statement in done.altered)
    if done.altered:
        say("existing rows keep their old time to live (TTL)")
    if not done.created and not done.altered:
        yield f"{done.keyspace} is complete, nothing was changed"


def diff_lines(differences: Sequence[Difference]) -> Iterator[str]:
    """Format differences, each with the way to resolve it."""
    if not differences:
        yield "the live schema matches the spec"
    told: set[str] = set()
    for one in differences:
        asked = "" if one.remedy is Remedy.CREATE else f"; the spec asks for {one.wanted}"
        yield f"{one.what}: {one.found}{asked}"
        yield f"  {_REMEDIES[one.remedy]}"
        statements = [f"    {statement};" for statement in one.statements]
        steps = [f"    - {step}" for step in one.steps]
        if one.remedy is Remedy.ALTER:
            yield from statements
            # These notes are the same for every table, so print them once.
            told.update(one.steps)
        elif one.remedy is Remedy.BY_HAND:
            yield from (*steps[:-1], *statements, steps[-1])
        elif one.remedy is Remedy.REBUILD:
            yield from (*steps, *statements)
    yield from (f"note: {step}" for step in sorted(told))


def _span(seconds: int | None) -> str:
    if seconds is None:
        return ""
    return str(Duration(seconds * 1000)) if seconds else "forever"


def _copies(count: object) -> str:
    return f"in racks {', '.join(map(str, count))}" if isinstance(count, list) else str(count)
