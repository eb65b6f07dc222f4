"""A component is one folder and one line: `greeter/`, and its entry in the list of components."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import jsonschema
import psutil
import pytest
import yaml

from generator import rules
from generator.components import MODULES, components
from generator.kit_yaml import parse_spec, spec_json_schema, starter_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.spec.problem import SpecError
from generator.spec.sections.native import NATIVE_PORTS
from generator.targets import COMPOSE, NATIVE
from generator.targets.native import processes
from tests.house.greeter.component import METRICS, PAGE
from tests.house.with_toys import GREETER
from tests.native.stack import free_block

ROOT = Path(__file__).parents[2]
SPEC = (
    "spec: 1\nname: shop\ngreeter: {greeting: good evening}\nports: {greeter: 9876}\n"
    "monitoring: {enabled: false}\n"
)


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr("generator.components.MODULES", [GREETER, *MODULES])
        rules.checks.cache_clear()
        yield
    rules.checks.cache_clear()


def kit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the greeter registered."""
    return subprocess.run(
        [sys.executable, "-m", "tests.house.with_toys", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_its_keys_are_in_the_starter_and_in_the_schema() -> None:
    text = starter_spec("shop")
    assert "\n# greeter:" in text
    assert "good morning" in text
    assert "9999" in text
    validator = jsonschema.Draft202012Validator(spec_json_schema())
    assert validator.is_valid(yaml.safe_load(SPEC))
    assert not validator.is_valid(yaml.safe_load(SPEC.replace("good evening", "GO")))
    assert validator.is_valid(yaml.safe_load(SPEC + "images: {greeter: python:3.14}\n"))


def test_its_mistakes_are_found_as_any_other() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec("spec: 1\nname: shop\ngreeter: {greting: hello}\nports: {greeter: 16686}\n")
    unknown, taken = caught.value.problems
    assert (unknown.line, unknown.column) == (3, 11)
    assert "greeting" in f"{unknown}"
    assert "16686" in taken.found


def test_its_file_lists_the_metrics_of_all_components() -> None:
    page = render_files(resolve(parse_spec(SPEC), COMPOSE))[PAGE].splitlines()
    assert page[1] == "good evening"
    assert page[2:] == [
        "greeter greeter:8000/metrics",
        "scylla scylla:9180/metrics",
        "jaeger jaeger:8888/metrics",
        "dead-letters dead-letters:4318/metrics",
        "collector collector:8888/metrics",
        "coupon-api coupon-api:8080/metrics",
        "coupon-issuer coupon-issuer:8081/metrics",
        "coupon-notifier coupon-notifier:8082/metrics",
    ]


def test_a_service_of_the_users_is_among_them() -> None:
    own = "services: [{name: cart, image: 'cart:1', port: 8000, metrics: /stats}]\n"
    page = render_files(resolve(parse_spec(SPEC + own), COMPOSE))[PAGE]
    assert page.endswith("cart cart:8000/stats\n")


def test_compose_runs_it() -> None:
    compose = yaml.safe_load(render_files(resolve(parse_spec(SPEC), COMPOSE))["compose.yaml"])
    service = compose["services"]["greeter"]
    assert service["image"] == "python:3.13"
    assert [port.rpartition(":") for port in service["ports"]] == [("127.0.0.1:9876", ":", "8000")]
    assert {mount["source"] for mount in service["volumes"]} == {f"./{PAGE}", f"./{METRICS}"}
    other = yaml.safe_load(
        render_files(resolve(parse_spec(SPEC + "images: {greeter: python:3.14}\n"), COMPOSE))["compose.yaml"]
    )
    assert other["services"]["greeter"]["image"] == "python:3.14"


def test_the_native_plan_runs_it() -> None:
    deployment = resolve(parse_spec(SPEC), NATIVE, PurePosixPath("/srv/shop"))
    (greeter,) = [p for p in processes(deployment.network, workloads_of(deployment)) if p.name == "greeter"]
    assert greeter.ports == {"page": 9876}
    assert (greeter.metrics_port, greeter.metrics_path) == (9876, "/metrics")
    assert greeter.arguments[-1] == "/srv/shop/.kit/native/greeter"


def test_its_rule_is_one_of_all(tmp_path: Path) -> None:
    assert "KIT901" in {rule.id for rule in rules.RULES}
    (tmp_path / "kit.yaml").write_text(SPEC.replace("good evening", "go away"))
    found = kit(tmp_path, "validate")
    assert "kit.yaml:3:" in found.stdout
    assert "KIT901" in found.stdout
    assert "a polite greeting" in found.stdout
    explained = kit(tmp_path, "explain", "KIT901")
    assert "nobody reads a page that is rude" in explained.stdout


def test_every_port_of_a_shared_host_is_another_one() -> None:
    offsets = [listener.native for one in components() for listener in one.listeners if listener.native >= 0]
    assert len(offsets) == len(set(offsets))
    assert max(offsets) < NATIVE_PORTS


@pytest.mark.native
def test_it_runs(tmp_path: Path) -> None:
    """Natively, without storage or samples: status, addresses, doctor, its metrics."""
    base = free_block()
    ports = dict(
        zip(("otlp_grpc", "otlp_http", "jaeger", "greeter", "cql"), range(base, base + 5), strict=True)
    )
    spec = {
        "spec": 1,
        "name": "shop",
        "services": [],
        "ports": ports,
        "native": {"port_base": base + 5, "storage": "memory"},
    }
    (tmp_path / "kit.yaml").write_text(yaml.safe_dump(spec))
    try:
        started = kit(tmp_path, "up", "--target", "native")
        assert started.returncode == 0, started.stderr
        assert f"http://127.0.0.1:{ports['greeter']}/page.txt" in started.stdout
        assert "the page that greets" in started.stdout
        status = json.loads(kit(tmp_path, "status", "--output", "json").stdout)
        (row,) = [one for one in status["components"] if one["name"] == "greeter"]
        assert (row["ready"], row["ports"]) == (True, {"page": ports["greeter"]})
        assert status["urls"]["greeter"].endswith("/page.txt")
        doctor = kit(tmp_path, "doctor").stdout
        lines = [line for line in doctor.splitlines() if "greeter" in line]
        assert any("greeter 1.0" in line for line in lines), doctor
        assert any("version of greeter" in line for line in lines), doctor
    finally:
        kit(tmp_path, "down", "--volumes")
    assert not any(str(tmp_path) in " ".join(process.info["cmdline"] or ()) for process in
                   psutil.process_iter(["cmdline"]))  # fmt: skip
