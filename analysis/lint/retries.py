"""Calls that fail and are made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.lint.calls import Target, same_call, statement_of, target_of, text_of
from analysis.lint.look import Hit
from analysis.model import SpanKind
from findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.lint.look import Look
    from analysis.model import Span

RETRY = Rule(
    id="KIT207",
    title="Calls and messages succeed at the first attempt",
    severity=Severity.WARNING,
    reason="Every attempt is waited for, and retries multiply the load on what is failing already.",
    source=(
        "a call, or the processing of a message, whose span is an error and which the same parent starts again once "
        "it has ended; OpenTelemetry's http.request.resend_count says the same"
    ),
    fix="look at the first attempt's error; give retries a budget, a growing pause and a breaker",
    bad="POST /charge (500), POST /charge (500), POST /charge (201)",
    good="POST /charge (201)",
)


def retries(look: Look) -> Iterator[Hit]:
    """Calls and messages that needed another attempt."""
    for trace in look.traces:
        for parent in trace.spans:
            attempts: dict[tuple[str, ...], list[Span]] = {}
            for child in trace.children(parent):
                call = _call(child)
                if call is None:
                    continue
                before = attempts.get(call, [])
                if before and before[-1].is_error and before[-1].end_ns <= child.start_ns:
                    before.append(child)
                    continue
                yield from _told(look, before)
                attempts[call] = [child]
            for made in attempts.values():
                yield from _told(look, made)


def _call(span: Span) -> tuple[str, ...] | None:
    """What is tried: the same call to the same place, or one message; None for work inside the process."""
    if span.kind is SpanKind.CONSUMER:
        message = text_of(span, "messaging.message.id")
        return (span.service, span.name, message) if message else None
    if span.kind is SpanKind.PRODUCER:
        return span.name, text_of(span, "messaging.destination.name")
    target = target_of(span)
    if target is None:
        return (span.name, text_of(span, "server.address")) if span.kind is SpanKind.CLIENT else None
    if target is Target.HTTP:
        return same_call(span), text_of(span, "url.full", "http.url")
    return same_call(span), statement_of(span)


def _told(look: Look, attempts: Sequence[Span]) -> Iterator[Hit]:
    """A hit for several attempts, or for one that says itself that it is not the first."""
    if not attempts:
        return
    last = attempts[-1]
    resent = last.attributes.get("http.request.resend_count")
    count = resent if isinstance(resent, int) and not isinstance(resent, bool) else 0
    count = max(count, len(attempts) - 1)
    if count <= 0:
        return
    error = text_of(attempts[0], "error.type") or attempts[0].status_message
    said = f" after {error}" if len(attempts) > 1 and error else ""
    yield Hit(
        rule=RETRY,
        entry=look.entry(last),
        subject=last.name,
        found=f"{last.name} was tried {count + 1} times{said}",
        trace_id=last.trace_id,
        cost_ms=(last.start_ns - attempts[0].start_ns) / 1_000_000,
        details={"attempts": count + 1},
    )
