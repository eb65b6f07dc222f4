"""Prometheus in a container: it writes its data, reads every component, and a new retention restarts it alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.docker.site import Site, site
from tests.monitoring.asking import query
from tests.monitoring.targets import targets
from tests.patience import ANSWER_S, until

pytestmark = pytest.mark.docker


def test_prometheus_reads_every_component(docker: Mapping[str, str], tmp_path: Path) -> None:
    spec = "storage: {engine: memory}\nmonitoring: {enabled: true, interval: 1s}"
    with site(tmp_path / "deployment", docker, "watched", spec, port=31_980) as deployment:
        up = deployment.kit("up")
        assert up.returncode == 0, up.stderr
        jobs = {
            "jaeger",
            "dead-letters",
            "collector",
            "coupon-api",
            "coupon-issuer",
            "coupon-notifier",
            "node-exporter",
            "redis-exporter",
            "postgres-exporter",
            "prometheus",
        }
        address = f"http://127.0.0.1:{deployment.port + 5}"
        expected = dict.fromkeys(jobs, "up")
        until(lambda: targets(address) == expected, lambda: targets(address))

        # Jaeger's image here is made of 2.13.
        httpx.get(f"{deployment.api}/campaigns", timeout=ANSWER_S, trust_env=False).raise_for_status()
        until(lambda: _line(deployment, "monitor tab")["found"].endswith("coupon-api"), deployment.checks)
        until(lambda: _counted(deployment) > 0, lambda: deployment.kit("slo").stdout)

        before = {name: it["Id"] for name, it in deployment.inspected().items()}
        text = (deployment.folder / "kit.yaml").read_text()
        (deployment.folder / "kit.yaml").write_text(
            text.replace("interval: 1s", "interval: 1s, retention: 3d")
        )
        assert deployment.kit("generate").returncode == 0
        assert deployment.kit("up").returncode == 0
        after = {name: it["Id"] for name, it in deployment.inspected().items()}
        assert {name for name in before if before[name] != after.get(name)} == {"prometheus"}
        until(lambda: targets(address) == expected, lambda: targets(address))
        series = {it["metric"]["__name__"]: it["value"][1] for it in query(address, '{job=~".+-exporter"}')}
        for name in ("redis_up", "pg_up", "node_memory_MemAvailable_bytes", "node_load1"):
            assert float(series[name]) > 0, name
        # Those of the machine: the container's own begin with /host, or are files below /etc.
        mounts = {it["metric"]["mountpoint"] for it in query(address, "node_filesystem_size_bytes")}
        assert "/" in mounts
        assert not [mount for mount in mounts if mount.startswith(("/host", "/etc/"))], mounts
    assert deployment.left() == []


def test_cassandra_is_read_by_the_kits_own_exporter(docker: Mapping[str, str], tmp_path: Path) -> None:
    spec = "storage: {engine: cassandra}\nmonitoring: {enabled: true, interval: 2s}"
    with site(tmp_path / "deployment", docker, "watched-db", spec, port=31_940) as deployment:
        up = deployment.kit("up")
        assert up.returncode == 0, up.stderr
        address = f"http://127.0.0.1:{deployment.port + 5}"
        until(lambda: bool(query(address, "cassandra_up == 1")), lambda: targets(address))
        found = query(address, 'cassandra_coordinator_requests_total{table="traces"}')
        assert {it["metric"]["job"] for it in found} == {"cassandra-exporter"}
        deployment.docker("pause", deployment.inspected()["cassandra"]["Id"])
        try:
            until(lambda: bool(query(address, "cassandra_up == 0")), lambda: targets(address))
            assert targets(address)["cassandra-exporter"] == "up"
        finally:
            deployment.docker("unpause", deployment.inspected()["cassandra"]["Id"])
        until(lambda: bool(query(address, "cassandra_up == 1")), lambda: targets(address))
    assert deployment.left() == []


def _line(deployment: Site, check: str) -> dict[str, Any]:
    return next(line for line in deployment.checks() if line["check"] == check)


def _counted(deployment: Site) -> int:
    """Return the requests that `kit slo` counts."""
    answer = json.loads(deployment.kit("slo", "--output", "json").stdout)
    return sum(int(one["requests"] or 0) for one in answer["objectives"])
