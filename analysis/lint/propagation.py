"""Traces that fall apart: consumers without their producer, requests that do not join their caller, lost spans."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analysis.lint.calls import Target, target_of, text_of
from analysis.lint.look import Hit, queue_of
from analysis.model import SpanKind
from analysis.queue_wait import queue_wait_ms
from findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.lint.look import Look
    from analysis.model import Span, Trace

SETTLING_NS = 10_000_000_000
"""What ended later than this before the end of a live window may lack spans: an SDK sends every 5 s by default."""

CLOCKS_NS = 1_000_000
"""The clocks of a caller and the called may differ by so much and the call still be recognised."""

ORPHAN_CONSUMER = Rule(
    id="KIT208",
    title="A consumer's producer is there",
    severity=Severity.ERROR,
    reason="Without the producer's span there is no queue wait, and nobody sees whose request the message was.",
    source=(
        "OpenTelemetry's messaging conventions: a process span has the creation context as parent or link; "
        "a sampler that decides for each service alone, lost spans and expired traces leave it pointing nowhere"
    ),
    fix="sample by parent (ParentBased) in all services; kit verify tells where spans are lost",
    bad="process orders links to a span of a trace that is not stored",
    good="send orders ── process orders",
)
BROKEN_PROPAGATION = Rule(
    id="KIT209",
    title="The context of a trace is handed on with every message and call",
    severity=Severity.ERROR,
    reason="The trace ends at the gap; what happens behind it belongs to no request.",
    source=(
        "W3C Trace Context; a consumer with neither parent nor link, or a request with no parent that lies within a "
        "client's call of the same method and path which no server's span answers"
    ),
    fix="inject the context into the message or the headers where it is sent, and extract it where it is received",
    bad="trace 1: POST http://stock/items (client), trace 2, within it: POST /items (server, no parent)",
    good="one trace: POST http://stock/items (client) ── POST /items (server)",
)
MISSING_PARENT = Rule(
    id="KIT210",
    title="No span is missing between two of one process",
    severity=Severity.WARNING,
    reason="Self times and the critical path are wrong where a span is missing.",
    source="an internal, client's or producer's span names a parent that its trace lacks; both are of one process",
    fix="end every span, flush at the end of the process, and look for spans that its exporter dropped: kit verify",
    bad="SELECT items has the parent 5b8e…, which is not in its trace",
    good="GET /items ── SELECT items",
)


def propagation(look: Look) -> Iterator[Hit]:
    """Where the pieces of a trace do not hang together."""
    for trace in look.settled():
        for span in trace.spans:
            if span.kind is SpanKind.CONSUMER:
                yield from _consumer(look, trace, span)
        for orphan in trace.orphans:
            if orphan.kind in (SpanKind.INTERNAL, SpanKind.CLIENT, SpanKind.PRODUCER):
                yield Hit(
                    rule=MISSING_PARENT,
                    entry=look.entry(orphan),
                    subject=orphan.name,
                    found=f"the parent of {orphan.name} is missing",
                    trace_id=trace.trace_id,
                )
    yield from _unjoined(look)


def _consumer(look: Look, trace: Trace, span: Span) -> Iterator[Hit]:
    queue = queue_of(span)
    if not span.parent_span_id and not span.links:
        found = f"the consumer of {queue} has neither a parent nor a link"
        yield Hit(BROKEN_PROPAGATION, look.entry(span), queue, found, trace.trace_id)
    elif not _has_sender(look, trace, span):
        found = f"the consumer of {queue} points to a producer that is not there"
        yield Hit(ORPHAN_CONSUMER, look.entry(span), queue, found, trace.trace_id)


def _has_sender(look: Look, trace: Trace, span: Span) -> bool:
    """Whether what it points to is there, or may lie before the window."""
    if span.parent_span_id:
        return span.parent_span_id in trace.by_id
    if any((link.trace_id, link.span_id) in look.spans for link in span.links):
        return True
    waited = queue_wait_ms(span, look.spans)
    return waited is None or span.start_ns - waited * 1_000_000 < look.start_ns


def _unjoined(look: Look) -> Iterator[Hit]:
    """Requests without a parent that lie within a client's call which no server answers."""
    calls: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for trace in look.settled():
        for span in trace.spans:
            if target_of(span) is Target.HTTP and not trace.children(span):
                path = urlsplit(text_of(span, "url.full", "http.url")).path
                calls[text_of(span, "http.request.method", "http.method"), path].append(span)
    for trace in look.settled():
        for root in trace.roots:
            path = text_of(root, "url.path") or text_of(root, "http.target").partition("?")[0]
            if root.kind is not SpanKind.SERVER or not path:
                continue
            around = [
                call
                for call in calls.get((text_of(root, "http.request.method", "http.method"), path), ())
                if _within(root, call)
            ]
            # Of several calls at once, each may be the one: nothing is said.
            if len(around) == 1:
                call = around[0]
                yield Hit(
                    rule=BROKEN_PROPAGATION,
                    entry=look.entry(root),
                    subject=f"{call.service} {call.name}",
                    found=f"{root.name} of {root.service} does not join the trace of its caller {call.service}",
                    trace_id=root.trace_id,
                    details={"caller_trace_id": call.trace_id},
                )


def _within(root: Span, call: Span) -> bool:
    return (
        call.service != root.service
        and call.start_ns - CLOCKS_NS <= root.start_ns
        and root.end_ns <= call.end_ns + CLOCKS_NS
    )
