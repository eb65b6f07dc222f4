"""What a user's own services, further backends, sampling and redaction become in the rendered files."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.components.services.plan import ServicesPlan
from generator.deployment.model import Deployment
from generator.kit_yaml import parse_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.spec.patterns import expression, matches
from generator.spec.quantities import Percent
from generator.target import Target
from generator.targets import COMPOSE, NATIVE
from generator.targets.native import processes

SHOP = """spec: 1
name: shop
services:
  - name: shop-api
    image: shop:1.4
    run: [node, server.js]
    port: 8080
    published: 9080
    health: /healthz
    environment:
      DB_PASSWORD: {env: DB_PASSWORD}
      TOKEN: {env: SHOP_TOKEN}
      KEY_FILE: {file: secrets/key}
      PRICE: a$b
      OTEL_TRACES_SAMPLER: always_off
    after: [pricing]
  - {name: pricing, build: ./pricing, run: [./pricing/pricing], port: 8081}
  - {name: here-only, run: [python, job.py]}
  - {name: there-only, image: "job:1"}
"""


# So that the collector reads a secret as text, whatever it looks like.
AS_TEXT = "${env:KIT_NOTHING:-}"
TOLD = "kit.yaml names it as a secret. Set it in the environment, or in a file .env"


def deployed(text: str, target: Target = COMPOSE) -> Deployment:
    return resolve(parse_spec(text), target, PurePosixPath("/srv/shop"))


def compose(text: str) -> dict[str, Any]:
    services = yaml.safe_load(render_files(deployed(text))["compose.yaml"])["services"]
    assert isinstance(services, dict)
    return services


def collector(text: str) -> dict[str, Any]:
    config = yaml.safe_load(render_files(deployed(text))["collector/config.yaml"])
    assert isinstance(config, dict)
    return config


MONITORING = ("prometheus", "node-exporter", "grafana", "grafana-secrets")


def test_own_services_take_the_samples_place_with_their_databases() -> None:
    assert set(compose(SHOP)) == {
        "scylla",
        "schema",
        "jaeger",
        "dead-letters",
        "collector-volume",
        "collector-queue",
        "collector",
        "collector-ready",
        "shop-api",
        "pricing",
        "there-only",
        "dependencies",
        *MONITORING,
    }
    assert {"redis", "redis-exporter"} | set(compose(SHOP)) == set(compose(SHOP + "redis: {enabled: true}\n"))


def test_none_at_all_is_the_pipeline() -> None:
    """Nobody waits for the collector: there is no step to wait for."""
    assert set(compose("spec: 1\nname: x\nservices: []\n")) == {
        "scylla", "schema", "jaeger", "dead-letters", "collector-volume", "collector-queue", "collector",
        "dependencies", *MONITORING,
    }  # fmt: skip


def test_a_service_in_compose() -> None:
    services = compose(SHOP + "redis: {enabled: true}\n")
    api, pricing = services["shop-api"], services["pricing"]
    assert api["image"] == "shop:1.4"
    assert "command" not in api
    assert api["ports"] == ["127.0.0.1:9080:8080"]
    assert set(api["depends_on"]) == {"redis", "collector-ready", "pricing"}
    assert "http://127.0.0.1:8080/healthz" in api["healthcheck"]["test"][-1]
    environment = api["environment"]
    assert environment["PORT"] == "8080"
    assert environment["HOST"] == "0.0.0.0"
    assert environment["PRICING_URL"] == "http://pricing:8081"
    assert environment["REDIS_URL"] == "redis://redis:6379/0"
    assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"
    assert environment["OTEL_SERVICE_NAME"] == "shop-api"
    assert environment["OTEL_TRACES_SAMPLER"] == "always_off", "the user's own word is the last"
    assert environment["PRICE"] == "a$$b"
    assert environment["TOKEN"] == f"${{SHOP_TOKEN:?{TOLD}}}"
    assert environment["DB_PASSWORD"] == f"${{DB_PASSWORD:?{TOLD}}}"
    assert environment["KEY_FILE"] == "/run/secrets/secrets-key"
    assert pricing["build"] == {"context": "./pricing"}
    assert "image" not in pricing
    assert "PRICING_URL" not in pricing["environment"]


def test_a_service_on_this_machine() -> None:
    plan = deployed(SHOP, NATIVE)
    assert plan[ServicesPlan].left_out == ("there-only",)
    by_name = {process.name: process for process in processes(plan.network, workloads_of(plan))}
    assert {"shop-api", "pricing", "here-only"} <= set(by_name)
    assert "there-only" not in by_name
    api = by_name["shop-api"]
    # A variable that it knows by another name is set by a shell: its value stands nowhere.
    assert api.arguments == (
        "sh", "-c", 'export TOKEN="$SHOP_TOKEN"; exec "$@"', "sh", "node", "server.js",
    )  # fmt: skip
    assert by_name["pricing"].arguments == ("./pricing/pricing",)
    assert api.environment["PORT"] == "9080"
    assert api.environment["HOST"] == "127.0.0.1"
    assert api.environment["KEY_FILE"] == "/srv/shop/secrets/key"
    assert api.environment["PRICING_URL"] == "http://127.0.0.1:8081"
    assert api.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    assert not {"TOKEN", "DB_PASSWORD"} & set(api.environment)
    assert (api.health_port, api.ports) == (9080, {"http": 9080})


def test_no_timeout_is_told_that_languages_read_differently() -> None:
    """Milliseconds by the specification, seconds in Python."""
    assert not [key for key in compose(SHOP)["pricing"]["environment"] if "TIMEOUT" in key]


def test_objectives_follow_from_the_spec() -> None:
    (default,) = deployed("spec: 1\nname: x\n")[ServicesPlan].objectives
    assert (default.service, str(default.success), str(default.p99)) == ("coupon-api", "99%", "400ms")
    assert deployed("spec: 1\nname: x\nservices: []\n")[ServicesPlan].objectives == ()
    assert deployed("spec: 1\nname: x\nobjectives: []\n")[ServicesPlan].objectives == ()
    text = SHOP + "objectives: [{service: pricing, endpoint: GET /price, success: 99.95%}]\n"
    (own,) = deployed(text)[ServicesPlan].objectives
    assert (own.endpoint, own.success, own.p99) == ("GET /price", Percent(999_500), None)


BACKEND = """spec: 1
name: x
collector:
  exporters:
    - {name: vendor, endpoint: "https://otlp.example.com/api/", queue: 64MiB,
       headers: {Authorization: {env: VENDOR_TOKEN}, x-key: {file: secrets/key}, x-team: "a$b"},
       tls: {ca: certs/ca.pem}}
    - {name: other, endpoint: "http://other", protocol: grpc, compression: none}
    - {name: third, endpoint: "https://third", protocol: grpc}
"""


def test_a_further_backend_has_a_queue_of_its_own_behind_a_hop_that_answers_first() -> None:
    config = collector(BACKEND)
    vendor = config["exporters"]["otlp_http/vendor"]
    assert vendor["endpoint"] == "https://otlp.example.com/api"
    assert vendor["headers"] == {
        "Authorization": f"${{env:VENDOR_TOKEN}}{AS_TEXT}", "x-key": f"${{file:/run/secrets/secrets-key}}{AS_TEXT}",
        "x-team": "a$$b",
    }  # fmt: skip
    assert vendor["tls"] == {"insecure": False, "ca_file": "/run/secrets/certs-ca-pem"}
    assert vendor["sending_queue"]["storage"] == "file_storage/vendor"
    assert vendor["sending_queue"]["block_on_overflow"] is False
    assert vendor["sending_queue"]["queue_size"] == 65_536
    assert vendor["retry_on_failure"]["max_elapsed_time"] != "0s"
    assert config["extensions"]["file_storage/vendor"]["max_size"] == 64 << 20
    directories = [c["directory"] for n, c in config["extensions"].items() if n.startswith("file_storage")]
    assert len(set(directories)) == len(directories) == 4
    assert set(config["service"]["extensions"]) == set(config["extensions"])
    other, third = (config["exporters"][f"otlp_grpc/{name}"] for name in ("other", "third"))
    assert (other["endpoint"], other["tls"]["insecure"], other["compression"]) == ("other:4317", True, "none")
    assert (third["endpoint"], third["tls"]["insecure"], third["compression"]) == ("third:443", False, "gzip")
    pipelines = config["service"]["pipelines"]
    assert pipelines["traces"]["exporters"] == ["otlp_http/jaeger", "forward/further"]
    assert pipelines["traces/further"]["processors"] == ["batch/apart"]
    assert len(pipelines["traces/further"]["exporters"]) == 3


def test_the_collector_is_told_its_secrets() -> None:
    (told,) = [w.secrets for w in workloads_of(deployed(BACKEND)) if w.name == "collector"]
    assert {str(secret) for secret in told} == {
        "{env: VENDOR_TOKEN}", "{file: secrets/key}", "{file: certs/ca.pem}",
    }  # fmt: skip


def test_queues_in_memory_stay_within_it() -> None:
    text = BACKEND.replace("  exporters:", "  queue: {persistent: false}\n  exporters:")
    config = collector(text)
    assert not [name for name in config["extensions"] if name.startswith("file_storage")]
    queues = {name: one["sending_queue"] for name, one in config["exporters"].items() if "jaeger" not in name}
    metrics = queues.pop("otlp_http/prometheus")
    # A quarter of 512 MiB for all three, at 4 KiB a span.
    assert len(queues) == 3
    assert sum(queue["queue_size"] for queue in queues.values()) * 4096 <= 128 << 20
    assert metrics["sizer"] == "bytes"
    assert metrics["queue_size"] <= 512 << 20 >> 4


def test_the_queue_of_metrics_is_small_in_a_small_collector() -> None:
    config = collector("spec: 1\nname: x\ncollector: {memory: 128MiB}\n")
    queue = config["exporters"]["otlp_http/prometheus"]["sending_queue"]
    assert queue["batch"]["max_size"] < queue["queue_size"] <= 128 << 20 >> 4


def test_sampling_holds_what_its_share_of_the_memory_holds() -> None:
    config = collector(
        "spec: 1\nname: x\ncollector: {memory: 1GiB, sampling: {keep: 0.5%, slower_than: 2s, wait: 1m}}\n"
    )
    sampling = config["processors"]["tail_sampling"]
    assert sampling["num_traces"] * 12 * 4096 <= (1 << 30) * 40 // 100
    assert sampling["block_on_overflow"] is True
    assert sampling["decision_wait"] == "1m"
    kinds = {policy["type"]: policy for policy in sampling["policies"]}
    assert kinds["probabilistic"]["probabilistic"] == {"sampling_percentage": 0.5}
    assert kinds["latency"]["latency"] == {"threshold_ms": 2000}
    assert config["service"]["pipelines"]["traces"]["processors"][-1] == "tail_sampling"
    assert (
        "tail_sampling"
        not in collector("spec: 1\nname: x\ncollector: {sampling: {keep: all}}\n")["processors"]
    )


def test_redaction_comes_before_all_that_keeps() -> None:
    config = collector("spec: 1\nname: x\ncollector: {redact: [user.email, 'card.*']}\n")
    assert config["service"]["pipelines"]["traces"]["processors"][:2] == [
        "memory_limiter",
        "transform/redact",
    ]
    groups = config["processors"]["transform/redact"]["trace_statements"]
    # One group for each: in a group with events nothing runs for a span that has none.
    assert [group["context"] for group in groups] == ["resource", "scope", "span", "spanevent"]
    statements = [statement for group in groups for statement in group["statements"]]
    assert [statement.partition("(")[2].partition(".")[0] for statement in statements] == [
        group["context"] for group in groups
    ]
    assert all('"(?i)^(?:user[.]email|card[.].*)$$"' in statement for statement in statements)
    assert config["processors"]["transform/redact"]["error_mode"] == "propagate"


@given(
    st.text(alphabet="aB3._:/@*-", min_size=1, max_size=12), st.text(alphabet="aAbB3._:/@*-x", max_size=14)
)
def test_a_pattern_means_what_it_looks_like(pattern: str, name: str) -> None:
    plain = ".*".join(re.escape(part) for part in pattern.split("*"))
    assert matches(pattern, name) == bool(re.fullmatch(plain, name, re.IGNORECASE))
    assert "\\" not in expression(pattern)


@pytest.mark.parametrize(
    ("text", "millionths", "shown"),
    [
        ("99%", 990_000, "99%"),
        ("99.9%", 999_000, "99.9%"),
        ("0.01 %", 100, "0.01%"),
        ("100.0%", 1_000_000, "100%"),
    ],
)
def test_percent(text: str, millionths: int, shown: str) -> None:
    assert Percent.parse(text) == Percent(millionths)
    assert str(Percent(millionths)) == shown


@pytest.mark.parametrize("text", ["99", "%", "-1%", "1.23456%", "1e1%", "1000%", "x%"])
def test_what_is_no_percent(text: str) -> None:
    with pytest.raises(ValueError):
        Percent.parse(text)
