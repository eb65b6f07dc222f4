"""Prometheus in a container: it may write its data, reads every component, and a changed alert restarts it alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docker.site import site
from tests.monitoring.targets import targets
from tests.patience import until

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
            "prometheus",
        }
        address = f"http://127.0.0.1:{deployment.port + 5}"
        expected = dict.fromkeys(jobs, "up")
        until(lambda: targets(address) == expected, lambda: targets(address))

        before = {name: it["Id"] for name, it in deployment.inspected().items()}
        text = (deployment.folder / "kit.yaml").read_text()
        (deployment.folder / "kit.yaml").write_text(text.replace("interval: 1s", "interval: 2s"))
        assert deployment.kit("generate").returncode == 0
        assert deployment.kit("up").returncode == 0
        after = {name: it["Id"] for name, it in deployment.inspected().items()}
        assert {name for name in before if before[name] != after.get(name)} == {"prometheus"}
        until(lambda: targets(address) == expected, lambda: targets(address))
    assert deployment.left() == []
