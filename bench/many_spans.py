"""Generate traces in the format of the collector's file exporter: gzip JSON lines of OTLP."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

SPANS_PER_TRACE = 10
_TRACES_PER_LINE = 50
_START = 1_795_260_710_568_000_000


def write(path: Path, spans: int, seed: int = 1) -> None:
    """Write one trace per millisecond, each with 10 spans over three services and two queues.

    Spans have about 12 attributes.
    """
    chance = random.Random(seed)  # noqa: S311
    traces = spans // SPANS_PER_TRACE
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as out:
        for first in range(0, traces, _TRACES_PER_LINE):
            by_service: dict[str, list[dict[str, Any]]] = {}
            for number in range(first, min(first + _TRACES_PER_LINE, traces)):
                for service, span in _trace(chance, _START + number * 1_000_000):
                    by_service.setdefault(service, []).append(span)
            document = {"resourceSpans": [_resource(name, found) for name, found in by_service.items()]}
            out.write(json.dumps(document, separators=(",", ":")) + "\n")


def _trace(chance: random.Random, start: int) -> list[tuple[str, dict[str, Any]]]:
    trace_id = f"{chance.getrandbits(128):032x}"
    spans: list[tuple[str, dict[str, Any]]] = []

    def span(
        service: str, name: str, kind: int, begin: float, end: float, parent: str, attributes: dict[str, Any]
    ) -> str:
        span_id = f"{chance.getrandbits(64) or 1:016x}"
        raw = {
            "traceId": trace_id,
            "spanId": span_id,
            "parentSpanId": parent,
            "flags": 257,
            "name": name,
            "kind": kind,
            "startTimeUnixNano": str(start + int(begin * 1e6)),
            "endTimeUnixNano": str(start + int(end * 1e6)),
            "attributes": [{"key": key, "value": _value(value)} for key, value in attributes.items()],
            "status": {"code": 2} if chance.random() < 0.01 else {},
        }
        spans.append((service, raw))
        return span_id

    took = chance.lognormvariate(2, 0.6)
    wait, work = chance.expovariate(0.05), chance.lognormvariate(1.5, 0.5)
    campaign = chance.randrange(1000)
    http = {
        "http.request.method": "POST",
        "http.route": "/campaigns/{campaign_id}/coupons",
        "url.path": f"/campaigns/{campaign}/coupons",
        "url.scheme": "http",
        "user_agent.original": "python-httpx/0.28.1",
        "client.address": "127.0.0.1",
        "http.response.status_code": 202,
        "coupon.campaign": campaign,
        "coupon.user": f"user-{chance.randrange(100_000)}",
        "network.protocol.version": "1.1",
        "server.address": "coupon-api",
        "server.port": 8080,
    }
    redis = {
        "db.system.name": "redis",
        "db.operation.name": "EVALSHA",
        "db.query.text": "EVALSHA ? ? ?",
        "db.namespace": "0",
        "server.address": "redis",
        "server.port": 6379,
        "network.peer.address": "127.0.0.1",
        "network.peer.port": 6379,
    }
    sql = {
        "db.system.name": "postgresql",
        "db.operation.name": "INSERT",
        "db.collection.name": "coupons",
        "db.query.summary": "INSERT coupons",
        "db.query.text": "INSERT INTO coupons (request_id, campaign_id, user_id) VALUES (?, ?, ?)",
        "db.namespace": "coupons",
        "server.address": "postgres",
        "server.port": 5432,
    }
    queue = {
        "messaging.system": "redis",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "coupon.requests",
        "messaging.message.id": f"{start // 1_000_000}-0",
        "messaging.consumer.group.name": "coupon-issuer",
        "messaging.redis.queue_wait_ms": wait,
    }
    issued = queue | {
        "messaging.destination.name": "coupon.issued",
        "messaging.consumer.group.name": "coupon-notifier",
        "messaging.redis.queue_wait_ms": wait / 2,
    }
    send, tell = (dict(list(of.items())[:5]) for of in (queue, issued))
    root = span("coupon-api", "POST /campaigns/{campaign_id}/coupons", 2, 0, took, "", http)
    span("coupon-api", "GET", 3, 0.1 * took, 0.2 * took, root, redis)
    span("coupon-api", "EVALSHA", 3, 0.2 * took, 0.4 * took, root, redis)
    sent = span("coupon-api", "send coupon.requests", 4, 0.5 * took, 0.9 * took, root, send)
    begin = 0.9 * took + wait
    process = span("coupon-issuer", "process coupon.requests", 5, begin, begin + work, sent, queue)
    span("coupon-issuer", "EVALSHA", 3, begin, begin + 0.2 * work, process, redis)
    span("coupon-issuer", "INSERT coupons", 3, begin + 0.3 * work, begin + 0.7 * work, process, sql)
    span("coupon-issuer", "COMMIT", 3, begin + 0.7 * work, begin + 0.8 * work, process, sql)
    told = span("coupon-issuer", "send coupon.issued", 4, begin + 0.8 * work, begin + work, process, tell)
    begin += work + wait / 2
    span("coupon-notifier", "process coupon.issued", 5, begin, begin + work, told, issued)
    return spans


def _resource(service: str, spans: list[dict[str, Any]]) -> dict[str, Any]:
    resource = {
        "service.name": service,
        "service.version": "1.0",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.45.0",
        "service.instance.id": f"{service}-1",
    }
    return {
        "resource": {"attributes": [{"key": key, "value": _value(value)} for key, value in resource.items()]},
        "scopeSpans": [{"scope": {"name": "sample_services.telemetry"}, "spans": spans}],
    }


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
