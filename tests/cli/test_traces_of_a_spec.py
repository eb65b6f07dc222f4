"""`kit traces … --spec PATH`: that deployment's Jaeger, objectives and queues are meant, not those of this folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.cli.funnel import run
from kit.cli.traces.backlog import streams_now
from tests.analysis_report.shop import shop, written

SPEC = """spec: 1
name: other
ports: {{jaeger: {port}}}
services: [{{name: shop, run: [shop]}}]
objectives:
  - {{service: shop, p99: {p99}}}
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A spec in another folder than this one, which has one as well."""
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)
    here, other = tmp_path / "here", tmp_path / "other"
    here.mkdir()
    other.mkdir()
    (here / "kit.yaml").write_text(SPEC.format(port=1025, p99="1h"))
    (other / "kit.yaml").write_text(SPEC.format(port=1026, p99="1ms"))
    monkeypatch.chdir(here)
    return "../other/kit.yaml"


@pytest.mark.parametrize("verb", ["search", "endpoints", "queues", "lint", "critical-path", "snapshot"])
def test_its_jaeger_is_asked(verb: str, spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = ["kept"] if verb == "snapshot" else []
    assert run(["traces", verb, *name]) == 3
    assert "127.0.0.1:1025" in capsys.readouterr().err
    assert run(["traces", verb, *name, "--spec", spec]) == 3
    assert "127.0.0.1:1026" in capsys.readouterr().err


def test_its_objectives_are_judged(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(written(Path("traces.jsonl"), shop(120)))
    asked = ["traces", "endpoints", "--from", file, "--output", "json"]
    outcomes = []
    for words in ([], ["--spec", spec]):
        assert run([*asked, *words]) == 0
        answer = json.loads(capsys.readouterr().out)
        outcomes.append([one["outcome"] for one in answer["objectives"]])
    assert [set(one) for one in outcomes] == [{"met"}, {"missed"}]


def test_its_queues_are_shown(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert streams_now("", Path(spec)) is None
    assert "the backlog is unknown: nothing runs here" in capsys.readouterr().err


def test_one_that_is_named_must_be_there(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(Path(spec).with_name("kti.yaml"))
    assert run(["traces", "search", "--spec", missing]) == 1
    assert "there is no kti.yaml in ../other" in capsys.readouterr().err
    file = str(written(Path("traces.jsonl"), shop(2)))
    assert run(["traces", "endpoints", "--from", file, "--spec", missing]) == 1
    assert "kti.yaml" in capsys.readouterr().err
