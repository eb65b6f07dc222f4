"""What runs in a folder is found and asked. A script in Docker's place says what containers there are and answers."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.targets import TARGETS
from kit.cli.funnel import run
from kit.cli.traces.backlog import streams_now
from kit.errors import MachineError
from kit.operate.runtimes import running_first, runtime_for, runtime_in, runtimes

KIT = Path(__file__).parents[2] / "kit"
STREAM: dict[str, Any] = {
    "name": "orders", "depth": 7, "oldest_s": 1.5,
    "groups": [{
        "name": "packers", "pending": 2, "unread": 5, "unread_exact": True, "oldest_s": 1.5,
        "consumers": [{"name": "one", "pending": 2, "idle_s": 0.5}],
    }],
    "dead_letters": {
        "stream": "orders.dead", "count": 1, "reasons": {"broken": 1},
        "newest": [{
            "id": "1-1", "reason": "broken", "error_type": "E", "error_message": "m", "entry_id": "0-1",
            "delivery_count": 3, "at": "now",
        }],
    },
}  # fmt: skip
DOCKER = """#!/bin/sh
case "$*" in
"compose -p x ps"*) /bin/cat {folder}/containers;;
"exec coupon-api python -m kit queues --output json --redis redis://redis:6379/0") /bin/cat {folder}/queues;;
"exec coupon-api python -m kit queues requeue orders --id 1-1 "*) /bin/cat {folder}/requeued;;
"exec coupon-api python -m kit queues requeue orders --all "*) /bin/cat {folder}/requeued;;
*) echo "not expected: $*" >&2; exit 1;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rendered deployment, nothing of which runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)
    (tmp_path / "kit.yaml").write_text("spec: 1\nname: x\n")
    (tmp_path / "compose.yaml").write_text("name: x\n")
    script = tmp_path / "bin" / "docker"
    script.parent.mkdir()
    script.write_text(DOCKER.replace("{folder}", str(tmp_path)))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent))
    (tmp_path / "containers").write_text("")
    (tmp_path / "queues").write_text(json.dumps({"streams": [STREAM]}))
    moved = {"stream": "orders", "id": "1-1", "entry_id": "2-1"}
    (tmp_path / "requeued").write_text(json.dumps({"requeued": [moved]}))
    return tmp_path


@pytest.fixture
def containers(folder: Path) -> Path:
    """The same with a container that runs."""
    row = {"ID": "coupon-api", "Service": "coupon-api", "State": "running", "ExitCode": 0}
    (folder / "containers").write_text(json.dumps(row))
    return folder / "kit.yaml"


def test_nothing_runs_and_compose_would_be_started(folder: Path) -> None:
    spec = folder / "kit.yaml"
    assert runtime_in(spec) is None
    assert [runtime.name for runtime in runtimes(spec)] == ["native", "compose"]
    assert [runtime.name for runtime in running_first(spec)] == ["compose", "native"]
    assert runtime_for(spec).name == "compose"
    assert [runtime_for(spec, target.name).name for target in TARGETS] == ["compose", "native"]


def test_containers_are_found_and_a_native_run_before_them(
    containers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kit.operate.native.runtime import NativeRuntime

    found = runtime_in(containers)
    assert found is not None
    assert found.name == "compose"
    monkeypatch.setattr(NativeRuntime, "runs", lambda _: True)
    assert [runtime.name for runtime in running_first(containers)] == ["native", "compose"]
    found = runtime_in(containers)
    assert found is not None
    assert found.name == "native"


def test_the_pipeline_of_a_native_run_is_the_one_that_was_started(folder: Path) -> None:
    from kit.operate.native.home import Home
    from kit.operate.native.state import RunState, StartedProcess

    def started(*hops: str) -> None:
        components = [
            StartedProcess(f"c{i}", "", {}, "", "", 0, 0, False, 1, 0, hop) for i, hop in enumerate(hops)
        ]
        RunState("x", "parent", "", {}, components).save(Home.of(folder))

    Home.of(folder).path.mkdir(parents=True)
    native = runtimes(folder / "kit.yaml")[0]
    started("jaeger", "", "collector", "collector")
    found = [(hop.name, hop.components) for hop in native.pipeline]
    assert found == [("collector", ("c2", "c3")), ("jaeger", ("c0",)), ("storage", ())]
    started("", "")
    with pytest.raises(MachineError, match="an earlier version of the kit"):
        _ = native.pipeline


def test_metrics_are_those_of_the_pipeline(containers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those of ScyllaDB and exporters, which are long or ask other servers."""
    from kit.operate.compose.runtime import ComposeRuntime
    from kit.operate.native import runtime as native_runtime
    from kit.operate.native.home import Home
    from kit.operate.native.state import RunState, StartedProcess

    containers.write_text("spec: 1\nname: x\nmonitoring: {enabled: true}\n")
    monkeypatch.setattr(ComposeRuntime, "_fetched", lambda _, asked: dict.fromkeys(asked))
    native, compose = runtimes(containers)
    of_pipeline = {"jaeger", "dead-letters", "collector", "coupon-api", "coupon-issuer", "coupon-notifier"}
    assert set(compose.metrics()) == of_pipeline
    monkeypatch.setattr(native_runtime, "fetch", lambda *_: None)
    Home.of(containers.parent).path.mkdir(parents=True)
    started = [
        StartedProcess(name, "", {}, "", "", 0, 1234, False, 1, 0, hop)
        for name, hop in (("collector", "collector"), ("redis-exporter", ""))
    ]
    RunState("x", "parent", "", {}, started).save(Home.of(containers.parent))
    assert set(native.metrics()) == {"collector"}


def test_the_queues_of_containers_are_told_as_they_were_asked_inside(
    containers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["queues", "--output", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"kind": "queues", "version": 1, "streams": [STREAM]}
    assert run(["queues"]) == 0
    out = capsys.readouterr().out
    assert "orders → packers" in out
    assert "orders.dead: broken 1" in out


@pytest.mark.parametrize("which", [["--id", "1-1"], ["--all"]])
def test_dead_letters_are_requeued_inside(
    containers: Path, capsys: pytest.CaptureFixture[str], which: list[str]
) -> None:
    assert run(["queues", "requeue", "orders", *which]) == 0
    assert capsys.readouterr().out == "1-1 → 2-1\n"


def test_the_backlog_beside_containers_is_known(containers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (stream,) = streams_now("", Path("kit.yaml")) or ()
    assert capsys.readouterr().err == ""
    assert [(group.unread, group.pending) for group in stream.groups] == [(5, 2)]


def test_where_nothing_runs_the_backlog_is_not_known(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert streams_now("", Path("kit.yaml")) is None
    assert capsys.readouterr().err == (
        "the backlog is unknown: nothing runs here; pass the Redis as --redis URL\n"
    )


def _named(path: Path) -> Iterator[str]:
    """The targets that a module imports by name, or compares something with."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("generator.targets"):
            yield from {alias.name for alias in node.names} & {"COMPOSE", "NATIVE"}
        if isinstance(node, ast.Compare):
            compared = [one.value for one in (node.left, *node.comparators) if isinstance(one, ast.Constant)]
            yield from (target.name for target in TARGETS if target.name in compared)


def test_targets_are_named_in_the_registry_alone() -> None:
    naming = {str(path.relative_to(KIT)) for path in KIT.rglob("*.py") if any(_named(path))}
    assert naming == {"operate/runtimes.py"}
