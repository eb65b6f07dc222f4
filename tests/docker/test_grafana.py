"""What the kit renders for Grafana, in a container: it may read its files and write its data, and has a password.

Grafana's own image cannot be had here, so a stand-in reads the files. It proves the container, not Grafana.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from generator.components.prepared_volume import USER
from tests.docker.site import Site, site
from tests.patience import ANSWER_S

pytestmark = pytest.mark.docker

_FILE = "/var/lib/kit-grafana/admin-password"


def _get(deployment: Site, path: str, **more: Any) -> httpx.Response:
    url = f"http://127.0.0.1:{deployment.port + 6}{path}"
    return httpx.get(url, timeout=ANSWER_S, trust_env=False, **more)


def _password(deployment: Site) -> str:
    return deployment.docker("compose", "exec", "-T", "grafana", "cat", _FILE)


def test_grafana_starts_with_a_password_of_its_own_and_finds_its_files(
    docker: Mapping[str, str], tmp_path: Path
) -> None:
    spec = "storage: {engine: memory}\nmonitoring: {enabled: true, interval: 1s}"
    with site(tmp_path / "deployment", docker, "drawn", spec, port=31_990) as deployment:
        # Without the kit, as in a fresh clone.
        deployment.docker("compose", "up", "--wait", "--quiet-pull")
        assert _get(deployment, "/api/health").json()["database"] == "ok"

        assert _get(deployment, "/api/org", auth=("admin", "admin")).status_code == 401
        password = _password(deployment)
        assert _get(deployment, "/api/org", auth=("admin", password)).status_code == 200
        mode = deployment.docker("compose", "exec", "-T", "grafana", "stat", "-c", "%a %u", _FILE)
        assert mode.split() == ["600", str(USER)]

        found = _get(deployment, "/stand-in").json()
        assert found["uid"] == USER
        files = found["files"]
        sources = yaml.safe_load(files["/etc/grafana/provisioning/datasources/kit.yaml"])["datasources"]
        urls = {it["uid"]: it["url"] for it in sources}
        for url in (f"{urls['prometheus']}/-/ready", f"{urls['jaeger']}/api/services"):
            assert _get(deployment, "/stand-in/reach", params={"url": url}).json() == {"status": 200}
        (provider,) = yaml.safe_load(files["/etc/grafana/provisioning/dashboards/kit.yaml"])["providers"]
        folder = provider["options"]["path"]
        dashboards = [json.loads(text) for path, text in files.items() if Path(path).parent == Path(folder)]
        assert {it["uid"] for it in dashboards} == {
            "overview",
            "services",
            "coupons",
            "queues",
            "pipeline",
            "host",
        }

        # The kit adopts what Compose started, and a restart keeps the password.
        up = deployment.kit("up")
        assert up.returncode == 0, up.stderr
        assert f"cat {_FILE}" in up.stdout
        deployment.docker("compose", "restart", "grafana")
        assert _password(deployment) == password
    assert deployment.left() == []
