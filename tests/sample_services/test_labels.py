"""No label has unbounded values: many users, ids, paths, methods and failures give the series of one."""

from __future__ import annotations

import asyncio
import http.client
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from prometheus_client.parser import text_string_to_metric_families

from reference.metrics_page import prometheus_name, samples
from sample_services.queues import ISSUED, REQUESTS, CouponRequest
from tests.patience import PATIENCE_S

from .test_processes import running, wait_for_outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from redis.asyncio import Redis

    from .service_processes import ServiceProcess

# What the SDK and prometheus_client count about themselves.
OTHERS = (
    "otel_",
    "python_",
    "process_virtual",
    "process_resident",
    "process_start",
    "process_open",
    "process_max",
)
# Nothing here is refused, waits, times out or is announced again.
NOT_HERE = {
    "coupon_api_refused_total",
    "coupon_api_waiting",
    "coupon_issuer_announced_again_total",
    "db_client_connection_timeouts_total",
}
STREAMS = REQUESTS, ISSUED, f"{REQUESTS}.dead", f"{ISSUED}.dead"
Series = set[tuple[str, str, frozenset[tuple[str, str]]]]


def series(services: Sequence[ServiceProcess]) -> Series:
    """All series of /metrics: the name in the reference, the type, and the labels with a value."""
    found = set()
    for service in services:
        text = httpx.get(f"{service.url}/metrics", trust_env=False).text
        for family in text_string_to_metric_families(text):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            if name.startswith(OTHERS) or name in {"target_info", "process_cpu_seconds_total", "target"}:
                continue
            for sample in family.samples:
                labels = {key: value for key, value in sample.labels.items() if value and key != "le"}
                found.add((name, family.type, frozenset(labels.items())))
    return found


def some() -> str:
    return secrets.token_hex(6)


def raw(url: str, method: str, path: str) -> int:
    """A request that no client library would make."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.putrequest(method, path, skip_host=False)
    connection.putheader("User-Agent", some())
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


async def drive(url: str, redis: Redis, method: str) -> None:
    """Everything that one user can do, right or wrong, with names that nobody has used before."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        campaign = client.post("/campaigns", json={"name": some(), "stock": 1}).json()["id"]
        for _ in range(2):
            assert client.get(f"/campaigns/{campaign}").status_code == 200
        user = some()
        coupons = f"/campaigns/{campaign}/coupons"
        asked = [
            client.post(coupons, json={"user_id": it}).json()["request_id"] for it in (user, user, some())
        ]
        outcomes = [wait_for_outcome(url, request_id) for request_id in asked]
        assert sorted(outcomes) == ["delivered", "rejected", "rejected"]
        assert client.get("/campaigns").status_code == 200
        wrong = [
            client.get(f"/campaigns/{some()}"),
            client.post(f"/campaigns/{some()}/coupons", json={"user_id": some()}),
            client.get(f"/coupons/{some()}"),
            client.get(f"/{some()}/{some()}?{some()}={some()}"),
            client.patch(f"/campaigns/{some()}"),
            client.post("/campaigns", json={"name": some(), "stock": some()}),
            client.get(f"/?x={some()}%00"),
            client.post("/campaigns", content=b"x" * 100_000),
        ]
        assert [it.status_code for it in wrong] == [404, 404, 404, 404, 405, 422, 400, 413]
        assert raw(url, method, f"/{some()}") == 404
    await redis.xadd(REQUESTS, CouponRequest(some(), some(), some()).to_fields())  # type: ignore[arg-type]
    await redis.xadd(ISSUED, CouponRequest(some(), some(), some()).to_fields())  # type: ignore[arg-type]
    for stream in (REQUESTS, ISSUED):
        await redis.xadd(stream, {some(): some()})


async def test_many_users_give_the_series_of_one(
    environment: dict[str, str], redis: Redis, tmp_path: Path
) -> None:
    environment |= {"QUEUE_MAX_DELIVERIES": "2", "QUEUE_RECLAIM_IDLE": "50"}

    async def settled(dead: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while (left := [await redis.xlen(it) for it in STREAMS]) != [0, 0, dead, 2 * dead]:
            assert time.monotonic() < deadline, left
            await asyncio.sleep(0.05)

    with running(environment, tmp_path) as services:
        # Two, since what is there once can be loaded or known for the second.
        for n in range(2):
            await drive(services[0].url, redis, ("PROPFIND", "MKCOL")[n])
            await settled(n + 1)
        one = series(services)
        for n, method in enumerate(("LOCK", "UNLOCK", "REPORT", "MOVE", "COPY", "SEARCH", "PURGE", "LINK")):
            await drive(services[0].url, redis, method)
            await settled(n + 3)
        many = series(services)
    assert many - one == set()

    declared = {prometheus_name(metric): metric for metric in samples()}
    for name, kind, labels in many:
        assert name in declared
        assert kind == declared[name].kind
        assert {key for key, _ in labels} <= {it.replace(".", "_") for it in declared[name].attributes}
    assert set(declared) - {name for name, _, _ in many} == NOT_HERE
    values = {(key, value) for _, _, labels in many for key, value in labels}
    assert ("http_request_method", "_OTHER") in values
    assert {value for key, value in values if key == "reason"} == {
        "malformed", "failed", "sold_out", "already_issued", "unknown_campaign",
    }  # fmt: skip
