"""Rules look at containers, not at Compose's file: what they find does not depend on who runs them."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from findings.finding import Finding
from generator.overrides import Overrides
from generator.rules import checks
from generator.rules.compose_containers import compose_containers
from generator.rules.containers import ContainerView, HealthCommand, Kept
from generator.rules.scene import Scene
from generator.rules.text import ConfigText, Layered
from tests.rules.pods import PodScene
from tests.rules.scenes import HEAD, scene

POD = """
- metadata: {{name: {name}}}
  spec:
    containers:
      - name: it
        image: {name}:1.0
{keys}
{volumes}
"""
COLLECTOR = """        args: [--config, /etc/collector/config.yaml]
        resources: {limits: {memory: 512Mi}}
        env:
          - {name: GOMEMLIMIT, value: 409MiB}
        ports: [{containerPort: 4317, hostPort: 4317}]
        volumeMounts: [{name: config, mountPath: /etc/collector/config.yaml}]"""
SHOP = """        resources: {limits: {memory: 64Mi}}
        env:
          - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://collector:4318"}
          - {name: OTEL_EXPORTER_OTLP_PROTOCOL, value: http/protobuf}
          - {name: OTEL_EXPORTER_OTLP_TIMEOUT, value: "10"}
        ports: [{containerPort: 80, hostPort: 8080}]"""
VOLUMES = "    volumes: [{name: config, hostPath: {path: ./collector/config.yaml}}]"
COMPOSE_SHOP = """services:
  shop:
    image: shop:1.0
    mem_limit: 64m
    stop_grace_period: 30s
    environment:
      OTEL_EXPORTER_OTLP_ENDPOINT: http://collector:4318
      OTEL_EXPORTER_OTLP_PROTOCOL: http/protobuf
      OTEL_EXPORTER_OTLP_TIMEOUT: "10"
    ports: ["18080:80"]
"""

# The rule; a mistake in the pods, and the line that says it; the same mistake in Compose's override.
MISTAKES = [
    ("KIT044", ("        resources: {limits: {memory: 64Mi}}\n", ""), "- name: it", ("    mem_limit: 64m\n", "")),
    ("KIT020", ("hostPort: 8080", "hostPort: 4317"), "hostPort: 4317", ("18080:80", "4317:80")),
    ("KIT016", ("mountPath: /etc/collector/config.yaml", "mountPath: /etc/otelcol.yaml"), "args:", None),
    ("KIT016", ("path: ./collector/config.yaml", "path: ./collector/old.yaml"), "volumeMounts:", None),
    ("KIT040", ("memory: 512Mi", "memory: 400Mi"), "memory: 400Mi", None),
    ("KIT011", ("collector:4318", "collector:4317"), "collector:4317", ("collector:4318", "collector:4317")),
    ("KIT011", ("collector:4318", "localhost:4318"), "localhost:4318", ("collector:4318", "localhost:4318")),
    ("KIT061", ('TIMEOUT, value: "10"', 'TIMEOUT, value: "30"'), "- name: it", ('TIMEOUT: "10"', 'TIMEOUT: "30"')),
    ("KIT080", ("OTLP_TIMEOUT, value", "OTLP_TOKEN, value: not-a-real, was"), "OTLP_TOKEN",
     ('OTLP_TIMEOUT: "10"', "OTLP_TOKEN: not-a-real")),
]  # fmt: skip


def pods(*edit: str) -> str:
    text = POD.format(name="collector", keys=COLLECTOR, volumes=VOLUMES) + POD.format(
        name="shop", keys=SHOP, volumes=""
    )
    if edit:
        old, new = edit
        assert old in text
        # The last one: the collector's pod comes first and has like keys.
        text = new.join(text.rsplit(old, 1))
    return text


def looked_at(rule: str, whole: Scene) -> list[Finding]:
    return [one for check in checks() if check.id == rule for one in check.findings(whole)]


def of_pods(rule: str, text: str) -> list[Finding]:
    whole = scene(HEAD, Overrides())
    return looked_at(rule, PodScene(whole.spec, whole.spec_text, whole.deployment, whole.files, pods=text))


@pytest.mark.parametrize(("rule", "edit", "line", "in_compose"), MISTAKES)
def test_a_mistake_in_pods_is_found_where_it_stands(
    rule: str, edit: tuple[str, str], line: str, in_compose: tuple[str, str] | None
) -> None:
    assert of_pods(rule, pods()) == []
    text = pods(*edit)
    found = of_pods(rule, text)
    assert len(found) == 1
    place = found[0].place
    assert place is not None
    assert place.file == "pods.yaml"
    assert line in text.splitlines()[place.line - 1]
    if in_compose:
        over = COMPOSE_SHOP.replace(*in_compose)
        assert over != COMPOSE_SHOP
        same = looked_at(rule, scene(HEAD, Overrides(compose=over)))
        assert [one.found for one in same] == [one.found for one in found]


def test_who_runs_a_container_says_how_it_is_limited() -> None:
    edit = ("        resources: {limits: {memory: 64Mi}}\n", "")
    assert [one.expected for one in of_pods("KIT044", pods(*edit))] == ["resources.limits.memory"]


def composed(keys: str) -> ContainerView:
    text = ConfigText("compose.yaml", "services: {a: " + keys + "}")
    return compose_containers(Layered(text, ConfigText("", ""), text.data))["a"]


def test_composes_services_are_read_in_each_of_their_forms() -> None:
    plain = composed("{}")
    assert (plain.memory, plain.grace, plain.replicas, plain.image, plain.user) == (0, 10, 1, "", "")
    assert (plain.read_only, plain.health, plain.mounts, plain.ports) == (False, None, (), ())
    assert (plain.own_loopback, plain.closed, plain.more_variables) == (True, True, False)
    full = composed(
        "{user: 10001, read_only: true, scale: 2, network_mode: host, env_file: x, stop_grace_period: 1m,"
        " deploy: {resources: {limits: {memory: 1g}}}, environment: {A: a$$b, B: null},"
        " volumes: [./a:/b:ro, c:/d, /e, {type: tmpfs, target: /f}],"
        ' ports: ["[::1]:80:8080/udp", {published: 81, target: 82, host_ip: 127.0.0.1}, "1000-2000:1"]}'
    )
    assert (full.user, full.read_only, full.replicas, full.grace, full.memory) == (
        "10001",
        True,
        2,
        60,
        1 << 30,
    )
    assert (full.own_loopback, full.closed, full.more_variables) == (False, False, True)
    assert (dict(full.environment), full.inherited) == ({"A": "a$b"}, frozenset("B"))
    assert [(mount.kept, mount.source, mount.target) for mount in full.mounts] == [
        (Kept.HOST, "./a", "/b"), (Kept.VOLUME, "c", "/d"), (Kept.VOLUME, "", "/e"), (Kept.NOBODY, "", "/f"),
    ]  # fmt: skip
    assert [(port.address, port.host, port.inside, port.protocol, port.open) for port in full.ports] == [
        ("::1", 80, 8080, "udp", False), ("127.0.0.1", 81, 82, "tcp", False),
    ]  # fmt: skip
    assert full.at("memory").path == ("services", "a", "deploy", "resources", "limits", "memory")
    assert full.at("replicas").path == ("services", "a", "scale")
    assert full.at("environment", "A").path == ("services", "a", "environment", "A")


@pytest.mark.parametrize(
    ("test", "health"),
    [
        ("[CMD, wget, x]", HealthCommand(("wget", "x"))),
        ("[CMD-SHELL, wget x]", HealthCommand(("wget x",), by_shell=True)),
        ("wget x", HealthCommand(("wget x",), by_shell=True)),
        ("[NONE]", None),
    ],
)
def test_a_health_check_is_read_in_each_of_its_forms(test: str, health: HealthCommand | None) -> None:
    assert composed(f"{{healthcheck: {{test: {test}}}}}").health == health


def test_composes_file_is_read_by_the_rules_about_it_alone() -> None:
    """Whoever needs a container of it goes through the view, which `Scene.containers` makes."""
    reading = set()
    for check in checks():
        module = Path(str(import_module(check.finder.__module__).__file__))
        names = {
            node.attr for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Attribute)
        }
        reading |= {module.name} if "compose" in names else set()
    assert reading == {"compose_services.py"}
