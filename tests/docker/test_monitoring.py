"""Prometheus in a container: it may write its data, reads every component, and a changed alert restarts it alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.docker.site import Site, site
from tests.patience import ANSWER_S, PATIENCE_S

pytestmark = pytest.mark.docker


def _targets(deployment: Site) -> dict[str, str]:
    url = f"http://127.0.0.1:{deployment.port + 5}/api/v1/targets"
    try:
        found: Any = httpx.get(url, timeout=ANSWER_S, trust_env=False).raise_for_status().json()
    except httpx.HTTPError:
        return {}
    return {it["labels"]["job"]: it["health"] for it in found["data"]["activeTargets"]}


def _wait_for(deployment: Site, expected: dict[str, str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while (found := _targets(deployment)) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(1)


def test_prometheus_reads_every_component(docker: Mapping[str, str], tmp_path: Path) -> None:
    spec = "storage: {engine: badger}\nmonitoring: {enabled: true, interval: 1s}"
    with site(tmp_path / "deployment", docker, "watched", spec, port=31_940) as deployment:
        up = deployment.kit("up")
        assert up.returncode == 0, up.stderr
        jobs = {
            "jaeger",
            "dead-letters",
            "collector",
            "coupon-api",
            "coupon-issuer",
            "coupon-notifier",
            "prometheus",
        }
        _wait_for(deployment, dict.fromkeys(jobs, "up"))

        before = {name: it["Id"] for name, it in deployment.inspected().items()}
        text = (deployment.folder / "kit.yaml").read_text()
        (deployment.folder / "kit.yaml").write_text(text.replace("interval: 1s", "interval: 2s"))
        assert deployment.kit("generate").returncode == 0
        assert deployment.kit("up").returncode == 0
        after = {name: it["Id"] for name, it in deployment.inspected().items()}
        assert {name for name in before if before[name] != after.get(name)} == {"prometheus"}
        _wait_for(deployment, dict.fromkeys(jobs, "up"))
    assert deployment.left() == []
