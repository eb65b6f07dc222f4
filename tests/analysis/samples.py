"""Hand-made spans and traces."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

from analysis.model import Link, Span, SpanKind, StatusCode, Trace

if TYPE_CHECKING:
    from analysis.model import Attributes

START = 1_795_260_710_568_000_000  # 2026-11-21 11:31:50.568 UTC
MS = 1_000_000
TRACE_ID = "5b8efff798038103d269b633813fc60c"

_numbers = itertools.count(1)


def span(
    name: str,
    start_ms: float,
    end_ms: float,
    *,
    parent: Span | str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    service: str = "coupon-api",
    trace_id: str = TRACE_ID,
    span_id: str | None = None,
    attributes: Attributes | None = None,
    links: tuple[Link, ...] = (),
    error: bool = False,
) -> Span:
    """A span at milliseconds after START."""
    return Span(
        trace_id=trace_id,
        span_id=span_id or f"{next(_numbers):016x}",
        parent_span_id=parent.span_id if isinstance(parent, Span) else parent or "",
        name=name,
        kind=kind,
        service=service,
        start_ns=START + round(start_ms * MS),
        end_ns=START + round(end_ms * MS),
        attributes=attributes or {},
        resource={"service.version": "1.0"},
        scope="samples",
        links=links,
        status=StatusCode.ERROR if error else StatusCode.UNSET,
    )


def _queue(stream: str, wait_ms: float | None = None) -> Attributes:
    attributes: Attributes = {"messaging.destination.name": stream, "messaging.system": "redis"}
    return attributes if wait_ms is None else {**attributes, "messaging.redis.queue_wait_ms": wait_ms}


def coupon_request(*, mode: str = "parent", trace_ids: tuple[str, str, str] | None = None) -> list[Trace]:
    """One coupon, from the request to its delivery, over two queues: one trace, or three that link."""
    ids = trace_ids or (TRACE_ID, "6" + TRACE_ID[1:], "7" + TRACE_ID[1:])
    if mode == "parent":
        ids = (ids[0],) * 3
    api = partial(span, trace_id=ids[0], service="coupon-api")
    issuer = partial(span, trace_id=ids[1], service="coupon-issuer")
    notifier = partial(span, trace_id=ids[2], service="coupon-notifier")
    called_back = partial(span, trace_id=ids[2], service="coupon-api")
    server, client, producer = SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER

    def consumer(
        of: partial[Span], stream: str, start: float, end: float, *, sender: Span, wait_ms: float
    ) -> Span:
        return of(
            f"process {stream}",
            start,
            end,
            kind=SpanKind.CONSUMER,
            attributes=_queue(stream, wait_ms),
            parent=sender if mode == "parent" else None,
            links=() if mode == "parent" else (Link(sender.trace_id, sender.span_id),),
        )

    requests, issued = _queue("coupon.requests"), _queue("coupon.issued")
    post = api("POST /campaigns/{campaign_id}/coupons", 0, 11.8, kind=server)
    cached = api("GET", 1.2, 1.9, parent=post, kind=client)
    ask = api("send coupon.requests", 9.1, 10.4, parent=post, kind=producer, attributes=requests)
    process = consumer(issuer, "coupon.requests", 62.4, 101.7, sender=ask, wait_ms=52.1)
    reserve = issuer("EVALSHA", 63.0, 64.1, parent=process, kind=client)
    connect = issuer("pool wait", 64.3, 79.0, parent=process)
    insert = issuer("INSERT coupons", 79.1, 96.5, parent=process, kind=client)
    tell = issuer("send coupon.issued", 98.0, 99.4, parent=process, kind=producer, attributes=issued)
    notify = consumer(notifier, "coupon.issued", 241.0, 280.2, sender=tell, wait_ms=141.3)
    call = notifier("POST", 242.5, 279.1, parent=notify, kind=client)
    deliver = called_back("POST /deliveries", 246.0, 277.4, parent=call, kind=server, error=True)
    update = called_back("UPDATE coupons", 247.9, 270.3, parent=deliver, kind=client, error=True)
    spans = [post, cached, ask, process, reserve, connect, insert, tell, notify, call, deliver, update]
    return [Trace(one for one in spans if one.trace_id == trace_id) for trace_id in dict.fromkeys(ids)]
