"""`kit doctor` of a Compose deployment. A script in Docker's place says what containers there are and answers `exec`:
no container runs here. The real one is asked the same way (`docker compose ps` and `exec`)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from generator.render import workloads_of
from generator.targets import COMPOSE
from generator.workload import OWN_IMAGE
from kit.operate.deployment import load
from tests.cli.test_first_minutes import kit
from tests.doctor.test_machine import HEAD, PORTS, doctor, said

COLLECTOR = """\
target_info{service_name="otelcol",service_version="0.159.0"} 1
otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"} 120
otelcol_exporter_queue_size{exporter="otlp_http/jaeger"} QUEUED
otelcol_exporter_queue_capacity{exporter="otlp_http/jaeger"} 1048576
"""
JAEGER = """\
target_info{service_name="jaeger",service_version="v2.20.0"} 1
otelcol_exporter_sent_spans_total{exporter="jaeger_storage_exporter"} 120
otelcol_exporter_queue_size{exporter="jaeger_storage_exporter"} 0
otelcol_exporter_queue_capacity{exporter="jaeger_storage_exporter"} 20000
"""
LETTERS = """\
kit_dead_letters_accepted_spans_total 120
kit_dead_letters_written_spans_total 120
kit_dead_letters_letters STORED
kit_dead_letters_stored_spans STORED
kit_dead_letters_dropped_spans_total 0
"""
DOCKER = """#!/bin/sh
case "$*" in
"version --format"*) echo 28.1.1;;
"compose version --short") echo 2.40.3;;
"compose -p x ps"*) cat {folder}/containers;;
"ps --all --quiet --no-trunc"*) echo all;;
"inspect --type container"*) cat {folder}/inspected;;
"compose -p x "*" config --hash "*) cat {folder}/hashes;;
"compose -p x "*" config --format json") cat {folder}/config;;
"image inspect --format {{.Id}} "*) echo "sha256:$5";;
"exec "*" kit.operate.inside.fetch "*collector:8888*) cat {folder}/metrics;;
*) exit 1;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # Memory: no database to be asked behind a port that nobody serves.
    (tmp_path / "kit.yaml").write_text(HEAD + PORTS + "storage: {engine: memory}\n")
    assert kit(tmp_path, "generate").returncode == 0
    script = tmp_path / "bin/docker"
    script.parent.mkdir()
    script.write_text(DOCKER.replace("{folder}", str(tmp_path)))
    script.chmod(0o755)
    serve(tmp_path, queued=0)
    write(tmp_path, {})
    return tmp_path


def serve(folder: Path, queued: int, letters: int = 0) -> None:
    """What the components answer, as it is fetched from inside."""
    texts = {
        "collector": COLLECTOR.replace("QUEUED", str(queued)),
        "dead-letters": LETTERS.replace("STORED", str(letters)),
        "jaeger": JAEGER,
        "coupon-api": None,
    }
    (folder / "metrics").write_text(json.dumps(texts))


def write(folder: Path, changes: dict[str, dict[str, Any] | None]) -> None:
    """The containers that `docker compose ps` tells of: all well, but for the changes."""
    lines, inspected, hashes = [], [], []
    for one in workloads_of(load(folder / "kit.yaml", COMPOSE)):
        change = changes.get(one.name, {})
        hashes.append(f"{one.name} hash")
        if change is not None:
            image = "x-kit:local" if one.image == OWN_IMAGE else one.image
            health = "healthy" if one.health and one.health.inside else ""
            well = {
                "ID": one.name,
                "Service": one.name,
                "State": "running",
                "Health": health,
                "ExitCode": 0,
                "Image": image,
            }
            lines.append(json.dumps({"ID": one.name} | well | change))
            labels = {"com.docker.compose.service": one.name, "com.docker.compose.config-hash": "hash"}
            labels |= change.get("Labels", {})
            named = str(change.get("Image", image))
            inspected.append(
                {
                    "Id": one.name,
                    "Image": f"sha256:{named}",
                    "State": {"Running": True},
                    "Config": {"Image": named, "Labels": labels},
                }
            )
    (folder / "containers").write_text("\n".join(lines))
    (folder / "inspected").write_text(json.dumps(inspected))
    (folder / "hashes").write_text("\n".join(hashes) + "\n")
    (folder / "config").write_text(json.dumps({"services": {}}))


def look(folder: Path) -> tuple[int, dict[str, Any]]:
    code, answer = doctor(folder, PATH=f"{folder}/bin:{os.environ['PATH']}")
    assert answer["running"] == "compose"
    return code, answer


def test_containers_versions_and_queues_are_seen(folder: Path) -> None:
    _, answer = look(folder)
    for name in ("redis", "jaeger", "collector", "coupon-api", "version of jaeger", "version of collector"):
        assert said(answer, name)["outcome"] == "pass", name
    assert said(answer, "queue of collector")["found"].startswith("0 spans wait")
    assert said(answer, "spans")["outcome"] == "pass"
    assert said(answer, "started spec")["outcome"] == "pass"
    # Nobody serves Jaeger's published port here.
    assert said(answer, "search")["outcome"] == "fail"


@pytest.mark.parametrize(
    ("change", "found", "fix"),
    [
        ({"State": "exited", "ExitCode": 137}, "exited, healthy", "docker compose logs coupon-api"),
        ({"Health": "unhealthy"}, "running, unhealthy", "docker compose logs coupon-api"),
        (None, "no container", "docker compose up --wait"),
    ],
)
def test_a_container_that_is_not_well(
    folder: Path, change: dict[str, Any] | None, found: str, fix: str
) -> None:
    write(folder, {"coupon-api": change})
    code, answer = look(folder)
    line = said(answer, "coupon-api")
    assert (code, line["outcome"], line["found"], line["next"]) == (1, "fail", found, fix)


def test_dead_letters(folder: Path) -> None:
    assert said(look(folder)[1], "dead letters")["outcome"] == "pass"
    serve(folder, queued=0, letters=3)
    line = said(look(folder)[1], "dead letters")
    assert (line["outcome"], line["next"]) == ("warn", "kit deadletters list")
    assert line["found"] == "3 with 3 spans that the storage refused"


def test_a_queue_that_is_nearly_full(folder: Path) -> None:
    serve(folder, queued=900_000)
    line = said(look(folder)[1], "queue of collector")
    assert (line["outcome"], line["found"]) == ("fail", "900,000 spans wait, 86% of its capacity")


def test_an_image_that_an_override_chose_is_no_change(folder: Path) -> None:
    """Compose's own merge counts, not what the spec names."""
    write(folder, {"jaeger": {"Image": "mirror.local/jaeger:mine"}})
    texts = json.loads((folder / "metrics").read_text())
    (folder / "metrics").write_text(json.dumps({**texts, "jaeger": JAEGER.replace("v2.20.0", "v2.21.0")}))
    answer = look(folder)[1]
    assert said(answer, "started spec")["outcome"] == "pass"
    line = said(answer, "version of jaeger")
    assert (line["outcome"], line["found"]) == ("pass", "2.21.0, from an image that an override sets")


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ({"com.docker.compose.config-hash": "other"}, "its definition in compose.yaml or in an override"),
        ({"tracing-kit.file/jaeger/config.yaml": "sha256:1"}, "jaeger/config.yaml"),
    ],
)
def test_what_a_start_would_change_is_told(folder: Path, labels: dict[str, str], why: str) -> None:
    write(folder, {"jaeger": {"Labels": labels}})
    line = said(look(folder)[1], "started spec")
    assert (line["outcome"], line["found"]) == ("warn", f"kit up would now change jaeger ({why})")


def test_an_image_that_was_pulled_or_built_since_is_told(folder: Path) -> None:
    inspected = json.loads((folder / "inspected").read_text())
    for one in inspected:
        if one["Id"] == "redis":
            one["Image"] = "sha256:an older one"
    (folder / "inspected").write_text(json.dumps(inspected))
    line = said(look(folder)[1], "started spec")
    assert "redis (a newer image under the name redis:" in line["found"]
