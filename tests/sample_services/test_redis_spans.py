"""REDIS_SPANS: the commands of a request are in its trace, without what they say; polls are in none."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
from opentelemetry import trace
from redis.exceptions import ResponseError

from analysis.columns.building import table_of
from analysis.endpoints import NEEDED, endpoint_rows, endpoints
from analysis.model import Span, SpanKind, StatusCode
from sample_services.redis_client import open_redis
from sample_services.settings import SettingsError, read_notifier
from sample_services.telemetry.sharing import shared_by

from .otlp_sink import OtlpSink, ReceivedSpan
from .test_processes import ask, running, wait_for_outcome

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

READ = "GET /campaigns/{campaign_id}"
# What a Redis span says, beside its text; nothing of the conventions before they were stable.
KEYS = {
    "db.system.name",
    "db.operation.name",
    "db.query.text",
    "server.address",
    "server.port",
    "network.transport",
}


def spans_of_a_request(environment: dict[str, str], folder: Path) -> list[ReceivedSpan]:
    """Let a coupon be asked for, delivered and its campaign read; answers all spans there are."""
    with OtlpSink() as sink:
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.endpoint
        with running(environment, folder) as services:
            # Some polls of both consumers, which are to be in no trace.
            time.sleep(0.3)
            request_id, _ = ask(services[0].url)
            assert wait_for_outcome(services[0].url, request_id) == "delivered"
            (campaign,) = httpx.get(f"{services[0].url}/campaigns", trust_env=False).json()
            httpx.get(f"{services[0].url}/campaigns/{campaign['id']}", trust_env=False).raise_for_status()
            assert [service.terminate() for service in services] == [0, 0, 0]
        return sink.spans


def of_redis(spans: list[ReceivedSpan]) -> list[ReceivedSpan]:
    return [span for span in spans if span.attributes.get("db.system.name") == "redis"]


def redis_share(spans: list[ReceivedSpan]) -> dict[tuple[str, str], float]:
    """What `kit traces endpoints` says of the share of time in Redis."""
    table = table_of([model(span) for span in spans], NEEDED)
    rows = endpoint_rows(table, np.ones(len(table), bool))
    return {(it.service, it.endpoint): it.time_in["redis"] for it in endpoints(table, rows, window_ns=10**9)}


def model(span: ReceivedSpan) -> Span:
    return Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_id,
        name=span.name,
        kind=SpanKind(span.kind.lower()),
        service=span.service,
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        attributes=span.attributes,
        status=StatusCode.UNSET,
    )


def test_a_requests_commands_are_in_its_trace_and_polls_are_in_none(
    environment: dict[str, str], tmp_path: Path
) -> None:
    spans = spans_of_a_request(environment | {"REDIS_SPANS": "1"}, tmp_path)
    by_id = {span.span_id: span for span in spans}
    found = of_redis(spans)
    assert {(span.service, by_id[span.parent_id].name, span.name) for span in found} >= {
        ("coupon-api", "POST /campaigns/{campaign_id}/coupons", "GET"),
        ("coupon-api", "POST /campaigns/{campaign_id}/coupons", "EVALSHA"),
        ("coupon-api", READ, "GET"),
        ("coupon-issuer", "process coupon.requests", "EVALSHA"),
    }
    for span in found:
        assert span.kind == "CLIENT"
        assert set(span.attributes) == KEYS
        assert span.attributes["db.operation.name"] == span.name
        assert re.fullmatch(rf"{span.name}( \?)*", span.attributes["db.query.text"])
    share = redis_share(spans)
    assert 0 < share["coupon-api", READ] < 1
    assert 0 < share["coupon-issuer", "process coupon.requests"] < 1


def test_without_it_redis_is_in_no_trace(environment: dict[str, str], tmp_path: Path) -> None:
    spans = spans_of_a_request(environment, tmp_path)
    assert not of_redis(spans)
    assert redis_share(spans)["coupon-api", READ] == 0


async def test_what_several_traces_share_is_in_each_and_a_pipeline_is_one_span(
    redis_url: str, spans: InMemorySpanExporter
) -> None:
    client = open_redis(redis_url, spans=True)
    tracer = trace.get_tracer(__name__)
    messages = [tracer.start_span(f"message {n}") for n in range(3)]
    with shared_by([trace.set_span_in_context(message) for message in messages]):
        await client.set("k", "secret")
        async with client.pipeline() as pipe:
            pipe.set("k", "secret")
            pipe.get("k")
            assert await pipe.execute() == [True, "secret"]
        with pytest.raises(ResponseError):
            await client.incr("k")
    await client.ping()
    await client.aclose()

    found = spans.get_finished_spans()
    assert sorted(span.name for span in found) == ["INCRBY"] * 3 + ["PIPELINE"] * 3 + ["SET"] * 3
    assert {span.parent.span_id for span in found if span.parent} == {
        message.get_span_context().span_id for message in messages
    }
    for span in found:
        assert "secret" not in str(span.attributes)
        failed = span.name == "INCRBY"
        assert span.status.is_ok != failed
        assert ("error.type" in (span.attributes or {})) == failed
        assert (span.attributes or {}).get("db.operation.batch.size") == (
            2 if span.name == "PIPELINE" else None
        )


@pytest.mark.parametrize(("text", "on"), [("", False), ("0", False), ("1", True)])
def test_it_is_off_unless_asked_for(text: str, on: bool) -> None:
    environment = {"REDIS_URL": "redis://r:6379/0", "HEALTH_PORT": "1", "COUPON_API_URL": "http://api:8000"}
    assert read_notifier({**environment, "REDIS_SPANS": text}).redis_spans is on
    with pytest.raises(SettingsError, match="REDIS_SPANS is 'yes': `1` or `0` is needed"):
        read_notifier({**environment, "REDIS_SPANS": "yes"})
