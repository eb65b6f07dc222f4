"""Calls that leave a process: what they do, whether two do the same, and which follow each other.

Both spellings of the database attributes are understood: those of the stable conventions and those before them.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analysis.model import Span

CLOSE_GAP_NS = 5_000_000
"""Calls in a loop follow each other at most so far apart, or as far as the longest of them takes: what lies further
apart waits for something else, as a poll does. 5 ms as Sentry's detector of API calls in a loop has it."""


class Target(StrEnum):
    """What is called."""

    SQL = "sql"
    REDIS = "redis"
    HTTP = "http"


_REDIS = {"redis", "valkey"}
_NO_SQL = {"mongodb", "elasticsearch", "opensearch", "memcached", "dynamodb", "aws.dynamodb", "couchdb"}
_LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b|[$:@]\w+|%\(\w+\)s|%s|\?")
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*\)(?:\s*,\s*\(\s*\?(?:\s*,\s*\?)*\s*\))*")


def target_of(span: Span) -> Target | None:
    """What a client's span calls; None for other spans and other targets."""
    system = text_of(span, "db.system.name", "db.system")
    if system:
        if span.kind in (SpanKind.SERVER, SpanKind.CONSUMER, SpanKind.PRODUCER):
            return None
        if system in _REDIS:
            return Target.REDIS
        return None if system in _NO_SQL else Target.SQL
    if span.kind is SpanKind.CLIENT and text_of(
        span, "http.request.method", "http.method", "rpc.system", "rpc.system.name"
    ):
        return Target.HTTP
    return None


def same_call(span: Span) -> str:
    """A text that calls of the same work share, whatever values they are given."""
    target = target_of(span)
    if target is Target.REDIS:
        return command_of(span)
    if target is Target.SQL:
        statement = statement_of(span)
        return without_values(statement) if statement else text_of(span, "db.query.summary") or span.name
    method = text_of(span, "http.request.method", "http.method")
    return " ".join(part for part in (span.name, method, text_of(span, "server.address")) if part)


def statement_of(span: Span) -> str:
    """The text of a statement or command; empty where the span doesn't say."""
    return text_of(span, "db.query.text", "db.statement")


def command_of(span: Span) -> str:
    """A Redis command's name in capitals."""
    said = text_of(span, "db.operation.name", "db.operation") or statement_of(span) or span.name
    return said.split(maxsplit=1)[0].upper() if said.strip() else span.name


def without_values(statement: str) -> str:
    """A statement with its values, and lists of them, replaced by a question mark."""
    return " ".join(_LISTS.sub("(?)", _LITERALS.sub("?", statement)).split())


def text_of(span: Span, *keys: str) -> str:
    """The first of these attributes that is a text; empty if none is."""
    for key in keys:
        value = span.attributes.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def in_a_row(calls: Sequence[Span], same: Callable[[Span], object]) -> Iterator[list[Span]]:
    """Runs of calls that follow each other closely, one after the other, and agree in `same`.

    Args:
        calls: of one parent, by start time. Those that differ in `same` are looked at apart from each other: other
            calls may lie between those of a run.
        same: what the calls of a run share.
    """
    by_same: dict[object, list[Span]] = {}
    for call in calls:
        by_same.setdefault(same(call), []).append(call)
    for members in by_same.values():
        run: list[Span] = []
        for call in members:
            if run and not _follows(call, run):
                yield run
                run = []
            run.append(call)
        yield run


def total_ms(calls: Sequence[Span]) -> float:
    """The time of all of them, in milliseconds."""
    return sum(call.duration_ns for call in calls) / 1_000_000


def longest_ms(calls: Sequence[Span]) -> float:
    """The time of the longest, in milliseconds."""
    return max(call.duration_ns for call in calls) / 1_000_000


def _follows(call: Span, run: Sequence[Span]) -> bool:
    gap = call.start_ns - run[-1].end_ns
    return 0 <= gap <= max(CLOSE_GAP_NS, *(one.duration_ns for one in run), call.duration_ns)
