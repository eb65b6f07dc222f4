"""`kit validate` asks the real programs: what they refuse is named at the user's line."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from findings.rule import Severity
from kit.operate.validation import Validation, validate
from kit.provision import Program
from tests.rules.scenes import HEAD

pytestmark = pytest.mark.native

# What only the program itself knows.
REFUSED = {
    "two certificates": (
        "exporters:\n  otlp_http/jaeger:\n    tls:\n      ca_file: /var/lib/otelcol/a\n      ca_pem: b\n", 3,
    ),
    "an action that there is not": (
        """processors:
  attributes:
    actions:
      - {key: a, action: enrich}
service:
  pipelines:
    traces:
      processors: [memory_limiter, transform/limits, filter/limits, transform/events, attributes]
""", 2,
    ),
    "a path that there is not": (
        "processors:\n  transform/limits:\n    trace_statements:\n      - set(span.nome, \"a\")\n", 2),
    "headers without an endpoint, at which it crashes": (
        """service:
  telemetry:
    traces:
      processors: [{batch: {exporter: {otlp: {headers: [{name: a, value: b}]}}}}]
""", 1),
}  # fmt: skip


def checked(folder: Path, override: str, target: str) -> Validation:
    (folder / "kit.yaml").write_text(HEAD)
    (folder / "overrides").mkdir()
    (folder / "overrides" / "collector.yaml").write_text(override)
    return validate(folder / "kit.yaml", target)


@pytest.mark.parametrize("target", ["native", "compose"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_the_collector_refuses_is_named_at_its_line(
    programs: Mapping[str, Program], tmp_path: Path, name: str, target: str
) -> None:
    del programs
    override, line = REFUSED[name]
    [found] = [one for one in checked(tmp_path, override, target).findings if one.rule.id == "KIT146"]
    assert found.how_bad is Severity.ERROR
    assert found.place
    assert (found.place.file, found.place.line) == (str(tmp_path / "overrides" / "collector.yaml"), line)


def test_what_a_rule_has_named_is_not_named_again(programs: Mapping[str, Program], tmp_path: Path) -> None:
    del programs
    override = "exporters: {otlp_http/jaeger: {compression: gz}}\n"
    assert [one.rule.id for one in checked(tmp_path, override, "native").findings] == ["KIT141"]


def test_what_is_right_is_taken_and_nothing_is_left_out(
    programs: Mapping[str, Program], tmp_path: Path
) -> None:
    del programs
    validation = checked(tmp_path, "exporters: {otlp_http/jaeger: {read_buffer_size: 65536}}\n", "native")
    assert validation == Validation([], [])


def test_a_component_of_the_image_alone_is_no_error(programs: Mapping[str, Program], tmp_path: Path) -> None:
    del programs
    override = (
        "exporters: {kafka: {brokers: ['a:9092']}}\n"
        "service: {pipelines: {traces: {exporters: [otlp_http/jaeger, kafka]}}}\n"
    )
    validation = checked(tmp_path, override, "compose")
    assert not validation.findings
    assert [line for line in validation.not_checked if "kafka" in line]


def test_a_variable_that_is_not_set_here_is_no_error(
    programs: Mapping[str, Program], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del programs
    monkeypatch.delenv("OTHER_HOST", raising=False)
    override = (
        "exporters: {otlp_grpc/other: {endpoint: '${env:OTHER_HOST}'}}\n"
        "service: {pipelines: {traces: {exporters: [otlp_http/jaeger, otlp_grpc/other]}}}\n"
    )
    found = checked(tmp_path, override, "native").findings
    assert all(one.how_bad is Severity.WARNING for one in found if one.rule.id == "KIT146")


DOCKER = """#!{python}
import os, sys
words = sys.argv[1:]
if words[0] == "image":
    sys.exit("jaeger" in words[-1])
folder, inside, _ = words[words.index("--volume") + 1].split(":")
image = next(place for place, word in enumerate(words) if word.startswith("otel/"))
assert [words[place + 1] for place, word in enumerate(words) if word == "--env"] == ["GOMEMLIMIT"]
assert os.environ["GOMEMLIMIT"] == "409MiB"
os.execv("{otelcol}", ["otelcol", *(word.replace(inside, folder) for word in words[image + 1 :])])
"""


def test_an_image_that_is_here_is_asked(
    programs: Mapping[str, Program], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A docker command that runs the native program shows what is asked of the real one."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(python=sys.executable, otelcol=programs["otelcol"].executable))
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KIT_CACHE_DIR", str(tmp_path / "empty"))
    override, line = REFUSED["two certificates"]
    validation = checked(tmp_path, override, "compose")
    assert [one.place.line for one in validation.findings if one.place] == [line]
    assert [text for text in validation.not_checked if "Collector" in text] == []


def test_without_programs_a_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_CACHE_DIR", str(tmp_path / "empty"))
    validation = checked(tmp_path, "exporters: {otlp_http/jaeger: {read_buffer_size: 65536}}\n", "native")
    assert not validation.findings
    assert len(validation.not_checked) == 2
    assert all("not checked by" in line for line in validation.not_checked)
