"""A damaged queue's file under a collector whose image has no shell: the container beside it puts it aside."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docker.site import FIRST_PORT, site

pytestmark = pytest.mark.docker

DAMAGE = "import pathlib; [path.write_bytes(b'x' * 9000) for path in pathlib.Path('/volumes/10001/queue').iterdir()]"
BACK_SECONDS = 300


def test_it_is_put_aside_and_the_collector_starts(docker: Mapping[str, str], tmp_path: Path) -> None:
    with site(
        tmp_path / "deployment", docker, "kit-test-queue", "storage: {engine: memory}", FIRST_PORT + 60
    ) as made:
        started = made.kit("up")
        assert started.returncode == 0, started.stderr
        found = made.inspected()
        made.docker("exec", found["collector-queue"]["Id"], "python", "-c", DAMAGE)
        made.docker("kill", found["collector"]["Id"])
        made.docker("start", found["collector"]["Id"])
        deadline = time.monotonic() + BACK_SECONDS
        while made.kit("status").returncode:
            assert time.monotonic() < deadline, made.docker("logs", found["collector-queue"]["Id"])
            time.sleep(1)
        told = made.answer("verify", "--requests", "5")
        assert (told["ok"], told["problems"]) == (True, [])
        lines = made.answer("doctor")["checks"]
        (line,) = [line for line in lines if line["check"] == "put aside"]
        assert "exporter_otlp_http_jaeger_traces.damaged-" in line["found"]
        assert "docker compose exec collector-queue python -c" in line["next"]
