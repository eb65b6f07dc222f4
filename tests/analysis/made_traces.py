"""Any traces at all, for tests of what must hold for every trace."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from analysis.model import Link, Span, SpanKind, StatusCode, parent_by_links

START = 1_795_260_710_568_000_000
_SERVICES = ("coupon-api", "coupon-issuer")
_ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"db.system.name": "postgresql"},
    {"db.system.name": "redis"},
    {"http.request.method": "POST", "http.route": "/coupons"},
    {"messaging.destination.name": "q", "messaging.redis.queue_wait_ms": 1.5},
    {"coupon.campaign": 7, "list": ["a", 1], "none": None, "bytes": b"\x00"},
]


@st.composite
def forests(draw: st.DrawFn, *, most: int = 12, traces: int = 2, skew: bool = True) -> list[Span]:
    """Spans of some traces, with parents that are missing, later, in circles; several roots; links; equal times.

    Args:
        draw: of hypothesis.
        most: spans of all traces together.
        traces: how many traces.
        skew: also spans outside of their parents, and circles.
    """
    count = draw(st.integers(1, most))
    seed = draw(st.integers(0, 2**32))
    chance = random.Random(seed)  # noqa: S311
    spans: list[Span] = []
    ids = [(f"{chance.randrange(traces) + 1:032x}", f"{number + 1:016x}") for number in range(count)]
    for number, (trace_id, span_id) in enumerate(ids):
        above = [one for one in ids[:number] if one[0] == trace_id]
        parent = chance.choice([""] + [one[1] for one in above] * 3)
        begin, end = sorted((chance.randrange(0, 30), chance.randrange(0, 30)))
        if skew and chance.random() < 0.1:
            parent = chance.choice([f"{99:016x}", chance.choice(ids)[1]])
        elif parent and not skew:
            outer = next(one for one in spans if one.span_id == parent and one.trace_id == trace_id)
            low, high = (outer.start_ns - START) // 1000, (outer.end_ns - START) // 1000
            begin, end = sorted((chance.randint(low, high), chance.randint(low, high)))
        target = chance.choice(ids)
        links = (Link(*target),) if chance.random() < 0.2 else ()
        if not skew and not parent and target[0] == trace_id:
            links = ()  # it would be a parent
        spans.append(
            Span(
                trace_id=trace_id,
                span_id=span_id,
                parent_span_id=parent or parent_by_links(trace_id, span_id, links),
                name=chance.choice(("a", "b", "POST /coupons")),
                kind=chance.choice(list(SpanKind)),
                service=chance.choice(_SERVICES),
                start_ns=START + begin * 1000,
                end_ns=START + end * 1000,
                attributes=dict(chance.choice(_ATTRIBUTES)),
                resource={"service.version": chance.choice(("1", "2"))},
                links=links,
                status=chance.choice(list(StatusCode)),
            )
        )
    return spans
