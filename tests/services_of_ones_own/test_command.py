"""`kit env`, and what the other commands say without the samples; nothing runs here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.answers.holding import held_if_json

SHOP = """spec: 1
name: shop
services:
  - {name: here, run: [x], environment: {A: {env: KIT_TEST_NOT_SET}, B_FILE: {file: secrets/b}}}
  - {name: there, image: "there:1"}
ports: {otlp_http: 5318}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kit.yaml").write_text(SHOP)
    return tmp_path


def kit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "kit", *arguments],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("OTEL_")},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    return held_if_json(done)


def test_a_shell_that_evaluates_it_has_the_variables(folder: Path) -> None:
    printed = kit(folder, "env", "stock/check-1.b")
    assert (printed.returncode, printed.stderr) == (0, "")
    seen = subprocess.run(
        ["/bin/sh", "-c", 'eval "$PRINTED"; env'],
        env={"PRINTED": printed.stdout},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert "OTEL_SERVICE_NAME=stock/check-1.b" in seen
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:5318" in seen
    assert "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf" in seen
    assert "OTEL_RESOURCE_ATTRIBUTES=service.namespace=shop,application=shop" in seen


def test_all_forms_say_the_same(folder: Path) -> None:
    inside = json.loads(kit(folder, "env", "a", "--inside", "--output", "json").stdout)
    assert (inside["kind"], inside["version"], inside["service"]) == ("env", 1, "a")
    assert inside["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"
    dotenv = kit(folder, "env", "a", "--inside", "--output", "dotenv").stdout.splitlines()
    assert dict(line.split("=", 1) for line in dotenv) == inside["environment"]


@pytest.mark.parametrize("name", ["a b", "a,b", "", "$(x)", "-", "ü"])
def test_a_name_that_a_shell_would_read_otherwise_is_refused(folder: Path, name: str) -> None:
    result = kit(folder, "env", "--", name)
    assert (result.returncode, result.stdout) == (1, "")
    assert "is not a valid service name" in result.stderr


def test_what_has_only_an_image_is_not_started_natively(folder: Path) -> None:
    result = kit(folder, "up", "--target", "native")
    assert (result.returncode, result.stdout) == (1, "")
    assert "services: there can't be started with --target native" in result.stderr
    assert "`run: [program, argument]`" in result.stderr
    assert "kit env there" in result.stderr
    assert not (folder / ".kit" / "native" / "state.json").exists()


def test_a_start_without_its_secrets_is_refused_with_all_that_is_missing(folder: Path) -> None:
    (folder / "kit.yaml").write_text(SHOP.replace('  - {name: there, image: "there:1"}\n', ""))
    result = kit(folder, "up", "--target", "native")
    assert result.returncode == 1
    assert "the variable KIT_TEST_NOT_SET is not set; needed by here" in result.stderr
    assert "the file secrets/b is not there; needed by here" in result.stderr


def test_generate_tells_what_compose_does_not_run(folder: Path) -> None:
    result = kit(folder, "generate")
    assert result.returncode == 0
    assert "here is not in compose.yaml: it has only `run`, for the native target" in result.stderr
    assert "\n  there:\n" in (folder / "compose.yaml").read_text()
    assert "\n  here:\n" not in (folder / "compose.yaml").read_text()


def test_demo_starts_nothing_without_the_samples(folder: Path) -> None:
    result = kit(folder, "demo")
    assert (result.returncode, result.stdout) == (1, "")
    assert "which `services` in kit.yaml replaces" in result.stderr
    assert not (folder / ".kit").exists()


def test_demo_starts_nothing_where_traces_are_dropped(folder: Path) -> None:
    (folder / "kit.yaml").write_text("spec: 1\nname: x\ncollector: {sampling: {keep: 10%}}\n")
    result = kit(folder, "demo")
    assert result.returncode == 1
    assert "`collector.sampling` drops some" in result.stderr
    assert not (folder / ".kit").exists()


def test_commands_go_where_compose_opens_its_ports(folder: Path) -> None:
    (folder / "kit.yaml").write_text("spec: 1\nname: shop\nports: {address: 127.0.0.7, cql: 31942}\n")
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.7:4318" in kit(folder, "env", "a").stdout
    asked = kit(folder, "schema", "status", "--wait", "0s")
    assert asked.returncode == 3, asked.stderr
    assert "127.0.0.7:31942" in asked.stderr
