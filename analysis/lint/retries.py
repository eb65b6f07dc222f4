"""Detector of retries: failed calls and messages that are tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.building import STATUS_TEXT
from analysis.columns.groups import children_of
from analysis.columns.table import NOWHERE
from analysis.lint.calls import ADDRESS, URL, CallKind
from analysis.lint.lint_rules import RETRY
from analysis.lint.lint_spans import Violation
from analysis.model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.columns.table import Mask, Rows, SpanTable
    from analysis.lint.lint_spans import LintSpans

RESENT = "http.request.resend_count"
MESSAGE = ("messaging.message.id",)
DESTINATION = ("messaging.destination.name",)
ERROR = ("error.type",)

NEEDED = (RESENT, *MESSAGE, *DESTINATION, *ERROR, STATUS_TEXT)
"""The attributes that a table must hold for this detector."""


def retries(spans: LintSpans) -> Iterator[Violation]:
    """Yield calls and messages that needed another attempt."""
    table = spans.table
    called, what = _calls(spans)
    resent = spans.table.number(RESENT)
    retried = called & (table.error | (np.nan_to_num(resent) > 0)) & (table.parent != NOWHERE)
    for children in children_of(table, np.unique(table.parent[retried])):
        attempts: dict[tuple[int, ...], list[int]] = {}
        for child in children[called[children]].tolist():
            call = tuple(int(column[child]) for column in what)
            before = attempts.get(call, [])
            if before and _failed_before(table, before[-1], child):
                before.append(child)
                continue
            yield from _told(spans, before)
            attempts[call] = [child]
        for made in attempts.values():
            yield from _told(spans, made)


def _failed_before(table: SpanTable, attempt: int, then: int) -> bool:
    """Whether an attempt had failed before a span began; one without a known end may still have been running."""
    ended = not table.unfinished[attempt] and table.end_ns[attempt] <= table.start_ns[then]
    return bool(table.error[attempt] and ended)


def _calls(spans: LintSpans) -> tuple[Mask, Sequence[Rows]]:
    """Return the mask of spans that are attempts, and columns that identify the call or message of each.

    Equal columns mean attempts of the same call to the same address, or of one message. Internal work is no attempt.
    """
    table, calls, words = spans.table, spans.calls, spans.words
    message = words.codes(*MESSAGE)
    consumer = table.is_kind(SpanKind.CONSUMER)
    producer = table.is_kind(SpanKind.PRODUCER)
    other = table.is_kind(SpanKind.CLIENT) & ~calls.any
    place = np.where(calls.of[CallKind.HTTP], words.codes(*URL), calls.statement)
    place = np.where(consumer, message, np.where(producer, words.codes(*DESTINATION), place))
    place = np.where(other, words.codes(*ADDRESS), place)
    kind = np.select([consumer, producer, other], [1, 2, 3], 0)
    name = np.where(kind == 0, calls.same, table.name)
    service = np.where(consumer, table.service, 0)
    return (consumer & (message != NOWHERE)) | producer | other | calls.any, (kind, service, name, place)


def _told(spans: LintSpans, attempts: Sequence[int]) -> Iterator[Violation]:
    """Yield a violation for several attempts, or for one whose resend count shows that it is not the first."""
    if not attempts:
        return
    first, last = attempts[0], attempts[-1]
    resent = spans.table.value_of(RESENT, last)
    count = resent if isinstance(resent, int) and not isinstance(resent, bool) else 0
    count = max(count, len(attempts) - 1)
    if count <= 0:
        return
    name = spans.table.name_of(last)
    error = spans.words.of(first, *ERROR) or spans.words.of(first, STATUS_TEXT)
    said = f", the first failed with {error}" if len(attempts) > 1 and error else ""
    yield Violation(
        rule=RETRY,
        entry=spans.entry_of(last),
        subject=name,
        found=f"{name} was tried {count + 1} times{said}",
        traces=spans.trace_of(last),
        cost_ms=int(spans.table.start_ns[last] - spans.table.start_ns[first]) / 1_000_000,
        details={"attempts": count + 1},
    )
