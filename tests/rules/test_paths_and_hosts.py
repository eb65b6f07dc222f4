"""Paths that nothing mounts, loopback addresses in containers, and tags that are no keys: each in many forms."""

from __future__ import annotations

import json

import pytest

from generator.rules.loopback import is_loopback
from generator.targets import COMPOSE, NATIVE
from tests.rules.scenes import findings

OVERRIDE, COLLECTOR = "compose.override.yaml", "overrides/collector.yaml"
_PIPELINE = {"traces": {"exporters": ["otlp_http/jaeger", "x"]}}


def rules(pieces: dict[str, str], target: object = COMPOSE) -> set[str]:
    return {one.rule.id for one in findings(pieces, target)}  # type: ignore[arg-type]


def exporter(type_: str, **settings: object) -> str:
    name = f"{type_}/x"
    pipeline = {"traces": {"exporters": ["otlp_http/jaeger", name]}}
    return json.dumps({"exporters": {name: settings}, "service": {"pipelines": pipeline}})


def volumes(*mounts: object, service: str = "collector", **more: object) -> str:
    named: dict[str, object] = {
        str(m).partition(":")[0]: {} for m in mounts if isinstance(m, str) and m[0] not in "./~"
    }
    return json.dumps({"services": {service: {"volumes": list(mounts), **more}}, "volumes": named})


def vendor(**tls: object) -> str:
    return exporter("otlp", endpoint="vendor.example:4317", tls=tls)


NOT_MOUNTED = {
    "what is written": exporter("file", path="/data/traces.json"),
    "in the queue's folder by a detour": exporter("file", path="/var/lib/otelcol/../../data/traces.json"),
    "a relative path": exporter("file", path="traces.json"),
    "beside a mounted file": exporter("file", path="/etc/collector/traces.json"),
    "a name that begins alike": exporter("file", path="/var/lib/otelcol-2/traces.json"),
    "an authority": vendor(ca_file="/etc/certs/ca.pem"),
    "a certificate": vendor(cert_file="/etc/certs/client.pem", key_file="/etc/certs/client.key"),
    "the authority of clients": json.dumps(
        {"receivers": {"otlp": {"protocols": {"grpc": {"tls": {"client_ca_file": "/certs/ca.pem"}}}}}}
    ),
    "a token": json.dumps({"extensions": {"bearertokenauth/x": {"filename": "/var/run/token"}}}),
    "a file in a value": exporter(
        "otlp", endpoint="vendor.example:4317", headers={"x-key": "Bearer ${file:/etc/keys/vendor}"}
    ),
    "a file as a section": json.dumps({"receivers": {"otlp": {"protocols": "${file:/etc/extra.yaml}"}}}),
    "a folder for compaction": json.dumps(
        {"extensions": {"file_storage/queue": {"compaction": {"directory": "/compact"}}}}
    ),
    "a log": json.dumps(
        {"service": {"telemetry": {"logs": {"output_paths": ["stdout", "/var/log/otelcol.log"]}}}}
    ),
    "a profile": json.dumps({"extensions": {"pprof": {"save_to_file": "/profiles/cpu"}}}),
    "logs to be read": json.dumps({"receivers": {"filelog/x": {"include": ["/var/log/pods/*.log"]}}}),
    "a socket": json.dumps({"receivers": {"docker_stats/x": {"endpoint": "unix:///var/run/docker.sock"}}}),
}


@pytest.mark.parametrize("collector", NOT_MOUNTED.values(), ids=NOT_MOUNTED)
def test_a_path_that_nothing_mounts_is_found(collector: str) -> None:
    assert "KIT150" in rules({COLLECTOR: collector})
    assert "KIT150" not in rules({COLLECTOR: collector}, NATIVE)


MOUNTED = {
    "a volume": (exporter("file", path="/data/traces.json"), volumes("data:/data")),
    "a folder of the host": (exporter("file", path="/data/a/traces.json"), volumes("./data:/data")),
    "the queue's volume": (exporter("file", path="/var/lib/otelcol/traces.json"), ""),
    "a temporary folder": (
        exporter("file", path="/scratch/traces.json"),
        json.dumps({"services": {"collector": {"tmpfs": ["/scratch:size=64m"]}}}),
    ),
    "standard output": (exporter("file", path="/dev/stdout"), ""),
    "a name from the environment": (exporter("file", path="${env:TRACES_FILE}"), ""),
    "the image's authorities": (vendor(ca_file="/etc/ssl/certs/ca-certificates.crt"), ""),
    "a file": (vendor(ca_file="/etc/certs/ca.pem"), volumes("./ca.pem:/etc/certs/ca.pem:ro")),
    "the long form": (
        vendor(ca_file="/etc/certs/ca.pem"),
        volumes({"type": "bind", "source": "./certs", "target": "/etc/certs/", "read_only": True}),
    ),
    "a secret": (
        vendor(ca_file="/run/secrets/ca"),
        'services: {collector: {secrets: [ca]}}\nsecrets: {ca: {file: ./ca.pem}}\n',
    ),
    "a config": (
        vendor(ca_file="/etc/certs/ca.pem"),
        "services: {collector: {configs: [{source: ca, target: /etc/certs/ca.pem}]}}\nconfigs: {ca: {file: ./ca}}\n",
    ),
    "another image": (
        vendor(ca_file="/etc/certs/ca.pem"),
        'services: {collector: {image: "registry.example/otelcol:1.4"}}\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("collector", "compose"), MOUNTED.values(), ids=MOUNTED)
def test_a_path_that_is_mounted_is_none(collector: str, compose: str) -> None:
    assert "KIT150" not in rules({COLLECTOR: collector, OVERRIDE: compose})


READ_ONLY = [
    volumes("./data:/data:ro"),
    volumes("data:/data:ro"),
    volumes("./data:/data:z,ro"),
    volumes({"type": "volume", "source": "data", "target": "/data", "read_only": True}),
    volumes("data:/data", "./part:/data/out:ro"),
]


@pytest.mark.parametrize("compose", READ_ONLY)
def test_what_is_written_needs_a_mount_that_can_be_written(compose: str) -> None:
    pieces = {COLLECTOR: exporter("file", path="/data/out/traces.json"), OVERRIDE: compose}
    found = [one.found for one in findings(pieces) if one.rule.id == "KIT150"]
    assert len(found) == 1
    assert "read-only" in found[0]


def test_a_file_in_an_empty_temporary_folder_is_not_there() -> None:
    compose = json.dumps({"services": {"collector": {"tmpfs": "/certs"}}})
    assert "KIT150" in rules({COLLECTOR: vendor(ca_file="/certs/ca.pem"), OVERRIDE: compose})


def test_a_mount_that_the_override_takes_away_is_missed() -> None:
    compose = "services: {collector: {volumes: !override ['./collector:/etc/collector:ro']}}\n"
    assert "KIT150" in rules({COLLECTOR: exporter("file", path="/var/lib/otelcol/t.json"), OVERRIDE: compose})


@pytest.mark.parametrize(
    "variable",
    ["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "SSL_CERT_FILE",
     "OTEL_EXPORTER_OTLP_CLIENT_KEY", "REQUESTS_CA_BUNDLE"],
)  # fmt: skip
def test_a_file_in_a_variable_of_the_kits_image_is_mounted(variable: str) -> None:
    environment = {"environment": {variable: "/certs/ca.pem"}}
    compose = json.dumps({"services": {"coupon-api": environment}})
    assert "KIT150" in rules({OVERRIDE: compose})
    compose = volumes("./ca.pem:/certs/ca.pem:ro", service="coupon-api", **environment)
    assert "KIT150" not in rules({OVERRIDE: compose})


LOOPBACKS = [
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1",
        "127.0.0.53",
        "127.1",
        "::1",
        "[::1]",
        "0:0:0:0:0:0:0:1",
    ),
    *(
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "db.localhost",
        "ip6-localhost",
        "localhost.localdomain",
        "::1%lo",
    ),
]
OTHERS = ["10.0.0.1", "scylla", "localhost.example", "mylocalhost", "128.0.0.1", "fd00::1", "host.docker.internal",
          "127.example", "", "169.254.1.1"]  # fmt: skip


def test_loopbacks_are_known_in_every_form() -> None:
    assert [host for host in LOOPBACKS if not is_loopback(host)] == []
    assert [host for host in OTHERS if is_loopback(host)] == []


@pytest.mark.parametrize(
    "points",
    ["[localhost]", '["localhost:9042"]', '["127.0.0.1:9042"]', '["127.0.0.2"]', '["[::1]:9042"]', '["0.0.0.0"]',
     '["10.0.0.7", "localhost"]', '["[::ffff:7f00:1]"]', '["db.localhost:19042"]', "[LocalHost]"],
)  # fmt: skip
def test_contact_points_are_not_the_containers_own(points: str) -> None:
    pieces = {"kit.yaml": f"storage: {{contact_points: {points}, replication: {{dc1: 1}}}}\n"}
    found = [one for one in findings(pieces) if one.rule.id == "KIT151"]
    assert len(found) == 1
    assert found[0].path.startswith("storage.contact_points")
    assert found[0].place is not None
    assert found[0].place.line == 3
    assert "KIT151" not in rules(pieces, NATIVE)


@pytest.mark.parametrize("points", ['["10.0.0.7"]', '["db-1:9042", "db-2:9042"]', '["[fd00::1]:9042"]', "[]"])
def test_contact_points_elsewhere_are_right(points: str) -> None:
    replication = ", replication: {dc1: 1}" if points != "[]" else ""
    pieces = {"kit.yaml": f"storage: {{contact_points: {points}{replication}}}\n"}
    assert "KIT151" not in rules(pieces)


def test_contact_points_are_this_machines_on_its_own_network() -> None:
    on_host = {"network_mode": "host"}
    services = dict.fromkeys(("jaeger", "schema", "dependencies"), on_host)
    pieces = {
        "kit.yaml": "storage: {contact_points: [localhost], replication: {dc1: 1}}\n",
        OVERRIDE: json.dumps({"services": services}),
    }
    assert "KIT151" not in rules(pieces)


CONNECTING = [
    exporter("otlp", endpoint="localhost:4317"),
    exporter("otlp_http", endpoint="http://127.0.0.1:4318"),
    exporter("otlp_http", traces_endpoint="http://[::1]:9411/v1/traces"),
    exporter("zipkin", endpoint="http://localhost:9411/api/v2/spans"),
    exporter("kafka", brokers=["kafka:9092", "localhost:9092"]),
    json.dumps({"receivers": {"redis/x": {"endpoint": "localhost:6379"}}}),
    json.dumps({"receivers": {"httpcheck/x": {"targets": [{"endpoint": "http://localhost:8000/healthz"}]}}}),
]


@pytest.mark.parametrize("collector", CONNECTING)
def test_the_collector_does_not_connect_to_itself(collector: str) -> None:
    assert "KIT151" in rules({COLLECTOR: collector})
    assert "KIT151" not in rules({COLLECTOR: collector}, NATIVE)
    shared = json.dumps(
        {"services": {"side": {"image": "side:1", "network_mode": "service:collector", "mem_limit": "64m"}}}
    )
    assert "KIT151" not in rules({COLLECTOR: collector, OVERRIDE: shared})


@pytest.mark.parametrize(
    "collector",
    [
        exporter("prometheus", endpoint="0.0.0.0:9464"),
        exporter("otlp", endpoint="vendor.example:4317"),
        exporter("otlp", endpoint="${env:VENDOR}"),
        json.dumps({"extensions": {"zpages": {"endpoint": "localhost:55679"}}}),
        json.dumps({"extensions": {"pprof": {"endpoint": "localhost:1777"}}}),
        json.dumps({"receivers": {"zipkin/x": {"endpoint": "127.0.0.1:9411"}}}),
    ],
)
def test_what_listens_does_not_connect(collector: str) -> None:
    assert "KIT151" not in rules({COLLECTOR: collector})


@pytest.mark.parametrize(
    "tags", ['["*"]', '["http.*"]', '[error, "**"]', '["http.?"]', '["^http"]', '["http.route$"]', '["%"]', "[all]",
             '["http.(route|target)"]', '["[a-z]+"]', '["db.+"]'],
)  # fmt: skip
def test_indexed_tags_are_exact_keys(tags: str) -> None:
    pieces = {"kit.yaml": f"storage: {{indexed_tags: {tags}}}\n"}
    found = [one for one in findings(pieces) if one.rule.id == "KIT152"]
    assert len(found) == 1
    assert found[0].path == "storage.indexed_tags"


@pytest.mark.parametrize(
    "tags", ["[error]", "[error, http.route, a_b-c/d, 'k:v', 'x$y']", "[error, é, overall]"]
)
def test_exact_keys_are_right(tags: str) -> None:
    assert "KIT152" not in rules({"kit.yaml": f"storage: {{indexed_tags: {tags}}}\n"})
