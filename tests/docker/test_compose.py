"""The Compose target on real containers: Docker, Compose, the rendered files, the kit's own image."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from generator.kit_yaml import parse_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.spec.secret import Secret
from generator.targets import COMPOSE
from generator.targets.compose import compose_file
from tests.docker.site import FIRST_PORT, Site, site
from tests.generator.specs import SPECS, deployment
from tests.native.stack import request_coupon
from tests.patience import ANSWER_S

pytestmark = pytest.mark.docker

SERVICES = ["coupon-api", "coupon-issuer", "coupon-notifier"]
STEPS = ["collector-ready", "collector-volume", "schema"]
STAYING = [
    "cassandra",
    "collector",
    "collector-queue",
    *SERVICES,
    "dead-letters",
    "dependencies",
    "jaeger",
    "postgres",
    "redis",
]


@pytest.fixture(scope="module")
def up(docker: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """All of the default deployment, with Cassandra where ScyllaDB would be."""
    folder = tmp_path_factory.mktemp("site") / "coupons"
    with site(folder, docker, "kit-test", "storage: {engine: cassandra}") as made:
        started = made.kit("up")
        assert started.returncode == 0, started.stderr
        assert made.api in started.stdout
        assert "memory limits:\n  Redis" in started.stderr
        assert "Cassandra 5.0.9" in started.stderr
        yield made


def test_everything_is_up_and_each_step_is_done(up: Site) -> None:
    answer = up.answer("status")
    assert (answer["ok"], answer["target"]) == (True, "compose")
    ready = {it["name"]: (it["state"], it["ready"]) for it in answer["components"]}
    assert ready == dict.fromkeys(STAYING, ("running", True)) | dict.fromkeys(STEPS, ("done", None))
    assert all(0 < it["memory_bytes"] < it["limit_bytes"] for it in answer["components"] if it["ready"])


def test_nothing_starts_before_what_it_needs_is_complete(up: Site) -> None:
    found = up.inspected()

    def ended(name: str) -> str:
        assert found[name]["State"]["ExitCode"] == 0
        return str(found[name]["State"]["FinishedAt"])

    assert ended("schema") < found["jaeger"]["State"]["StartedAt"]
    assert ended("collector-volume") < found["collector"]["State"]["StartedAt"]
    for service in SERVICES:
        assert ended("collector-ready") < found[service]["State"]["StartedAt"]
    assert "created in jaeger_kit_test: table" in up.docker("logs", found["schema"]["Id"])


def test_verify_accounts_for_every_span(up: Site) -> None:
    answer = up.answer("verify", "--requests", "20")
    assert (answer["ok"], answer["problems"]) == (True, [])
    assert sorted(answer["services"]) == SERVICES
    assert {entry["hop"]: entry["unexplained"] for entry in answer["ledger"]}["jaeger: storage"] == 0
    assert [queue["stream"] for queue in answer["backlog"]] == ["coupon.requests", "coupon.issued"]


def test_the_queues_can_be_asked_from_outside(up: Site) -> None:
    streams = {it["name"]: it["groups"][0]["name"] for it in up.answer("queues")["streams"]}
    assert streams == {"coupon.requests": "coupon-issuer", "coupon.issued": "coupon-notifier"}
    assert "coupon.requests → coupon-issuer" in up.kit("queues").stdout
    assert up.answer("queues", "requeue", "coupon.issued", "--all")["requeued"] == []


def test_one_trace_goes_through_both_queues(up: Site) -> None:
    with httpx.Client(base_url=up.api, timeout=ANSWER_S, trust_env=False) as client:
        made = client.post("/campaigns", json={"name": "spring", "stock": 5}).raise_for_status().json()
        _, trace_id = request_coupon(client, str(made["id"]), "ada")
    up.answer("verify", "--requests", "1")  # what was sent before its own spans is in Jaeger when they are
    shown = up.kit("traces", "show", trace_id).stdout
    for line in ("process coupon.requests", "INSERT coupons", "process coupon.issued", "POST /deliveries"):
        assert line in shown


def test_the_collectors_queue_is_on_its_volume_and_outlives_the_container(up: Site) -> None:
    listed = up.docker(
        "run", "--rm", "--volume", f"{up.name}_collector:/volume", "kit-test/base:local",
        "sh", "-c", "stat -c '%u %a' /volume; stat -c '%u %n' /volume/queue/exporter*",
    ).splitlines()  # fmt: skip
    assert listed[0] == "10001 750"
    assert listed[1].startswith("10001 /volume/queue/exporter_otlp_http_jaeger")


def test_what_a_container_may_do_is_limited(up: Site) -> None:
    for name, found in up.inspected().items():
        host = found["HostConfig"]
        assert host["Memory"] > 0, name
        assert host["PidsLimit"] > 0, name
        assert host["SecurityOpt"] == ["no-new-privileges:true"], name
        assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}, name
        assert host["RestartPolicy"]["Name"] == ("on-failure" if name in STEPS else "unless-stopped"), name
        assert host["ReadonlyRootfs"] == (name != "cassandra"), name
        published = [it for ports in host["PortBindings"].values() for it in ports]
        assert {it["HostIp"] for it in published} <= {"127.0.0.1"}, name
        if name in (*SERVICES, *STEPS):
            assert (found["Config"]["User"], host["CapDrop"]) == ("65532:65532", ["ALL"]), name
    assert up.inspected()["jaeger"]["HostConfig"]["NanoCpus"] == 10**9


def test_docker_is_asked_to_label_the_files_of_the_folder(up: Site) -> None:
    """`z` does nothing where SELinux is off, as here; Compose must pass it on."""
    modes = {
        (name, mount["Destination"]): mount["Mode"].split(",")
        for name, found in up.inspected().items()
        for mount in found["Mounts"]
        if mount["Type"] == "bind" and Path(mount["Source"]).is_relative_to(up.folder)
    }
    assert {("jaeger", "/etc/jaeger/config.yaml"), ("collector", "/etc/collector/config.yaml")} <= set(modes)
    assert [where for where, mode in modes.items() if "z" not in mode] == []


def test_the_own_image_holds_nothing_that_builds(up: Site) -> None:
    own = ["run", "--rm", "--entrypoint", "sh", f"{up.name}-kit:local", "-c"]
    assert up.docker(*own, "id -u").strip() == "65532"
    assert up.docker(*own, "ls /opt/kit/bin | grep -c -E '^(pip|hatch)' || true").strip() == "0"
    assert up.docker(*own, "kit --version").startswith("kit ")


def test_logs_are_those_of_the_containers(up: Site) -> None:
    shown = up.kit("logs", "-n", "2", "jaeger")
    assert (shown.returncode, "Everything is ready" in shown.stdout) == (0, True)


def test_a_restart_of_the_databases_is_survived(up: Site) -> None:
    """Of PostgreSQL the services hold connections, of Jaeger the collector."""
    found = up.inspected()
    up.docker("restart", *(found[name]["Id"] for name in ("postgres", "jaeger", "redis")))
    assert up.kit("up").returncode == 0
    answer = up.answer("verify", "--requests", "5")
    assert (answer["ok"], answer["problems"]) == (True, [])


def test_a_second_up_changes_nothing(up: Site) -> None:
    before = {name: it["State"]["StartedAt"] for name, it in up.inspected().items() if name in STAYING}
    assert up.answer("up")["already"] is True
    assert {
        name: it["State"]["StartedAt"] for name, it in up.inspected().items() if name in STAYING
    } == before


def test_a_taken_port_is_told_before_anything_starts(
    up: Site, docker: Mapping[str, str], tmp_path: Path
) -> None:
    with site(tmp_path / "second", docker, "kit-test-second", "storage: {engine: memory}") as second:
        result = second.kit("up")
        assert result.returncode == 3
        assert f"the deployment in {up.folder} is running and uses " in result.stderr
        assert f"{FIRST_PORT} (ports.otlp_grpc)" in result.stderr
        # Free ones, as one block to paste.
        assert f"ports: {{jaeger: {FIRST_PORT + 5}, otlp_grpc: {FIRST_PORT + 6}" in result.stderr
        assert f"kit down --spec {up.folder}/kit.yaml" in result.stderr
        assert second.left() == []


def test_a_changed_retention_is_applied_to_the_tables_and_to_jaeger_at_once(up: Site) -> None:
    spec = up.folder / "kit.yaml"
    before = {name: it["Id"] for name, it in up.inspected().items()}
    spec.write_text(spec.read_text().replace("{engine: cassandra}", "{engine: cassandra, retention: 20h}"))
    changes = up.answer("up")["changes"]
    assert {it["component"]: it["why"] for it in changes} == {
        "schema": ["scylla/schema.cql"],
        "jaeger": ["jaeger/config.yaml", "jaeger/ui.json"],
    }
    after = up.inspected()
    assert {name for name, it in after.items() if before[name] != it["Id"]} == {"schema", "jaeger"}
    assert "default_time_to_live" in up.docker("logs", after["schema"]["Id"])
    assert up.answer("schema", "status")["complete"] is True


def test_a_changed_keyspace_is_a_reason_to_refuse(up: Site) -> None:
    spec = up.folder / "kit.yaml"
    text = spec.read_text()
    try:
        spec.write_text(text.replace("{engine: cassandra", "{keyspace: other, engine: cassandra"))
        refused = up.kit("up")
    finally:
        spec.write_text(text)
    assert refused.returncode == 1
    assert "traces: kept in cassandra, keyspace jaeger_kit_test" in refused.stderr
    assert "keyspace other" in refused.stderr


def test_down_keeps_the_data_and_with_volumes_leaves_nothing(up: Site) -> None:
    first = up.kit("down")
    assert first.returncode == 0
    assert "kit down --volumes removes it" in first.stderr
    kept = [
        f"{up.name}_{name}"
        for name in ("cassandra", "collector", "dead-letters", "kit-folder", "postgres", "redis")
    ]
    assert sorted(up.left()) == kept
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", FIRST_PORT))
    assert up.kit("status").returncode == 3
    assert up.kit("down", "--volumes").returncode == 0
    assert up.left() == []
    assert "nothing runs here" in up.kit("down", "--volumes").stderr


def test_a_volume_of_somebody_elses_is_told(docker: Mapping[str, str], tmp_path: Path) -> None:
    """As a deployment leaves it whose collector ran as root."""
    with site(
        tmp_path / "deployment", docker, "kit-test-owner", "storage: {engine: memory}", FIRST_PORT + 20
    ) as made:
        volume = f"{made.name}_collector"
        labels = [f"com.docker.compose.project={made.name}", "com.docker.compose.volume=collector"]
        made.docker("volume", "create", *(it for label in labels for it in ("--label", label)), volume)
        made.docker("run", "--rm", "--volume", f"{volume}:/v", "kit-test/base:local", "touch", "/v/file")
        unknown = made.kit("up")
        assert unknown.returncode == 1
        assert f"but their folder is unknown: {volume}" in unknown.stderr
        assert made.kit("down", "--volumes").returncode == 1
        result = made.kit("up", "--adopt")
        assert result.returncode == 3
        assert "collector-volume: stopped with exit code 1" in result.stderr
        assert "the volume belongs to user 0, and user 10001 could not write there" in result.stderr
        assert made.kit("down", "--volumes").returncode == 0
        assert made.left() == []


def test_an_image_without_a_checkout_is_that_of_the_checkout(
    up: Site, docker: Mapping[str, str], tmp_path: Path
) -> None:
    with site(
        tmp_path / "elsewhere", docker, "kit-test-elsewhere", "storage: {engine: memory}", FIRST_PORT + 40,
        checkout=False,
    ) as made:  # fmt: skip
        (wheel,) = (made.folder / "image").glob("*.whl")
        assert sum(path.is_file() for path in (made.folder / "image").rglob("*")) == 4
        started = made.kit("up")
        assert started.returncode == 0, started.stderr
        answer = made.answer("verify", "--requests", "5")
        assert (answer["ok"], answer["problems"]) == (True, [])

        def installed(image: str) -> str:
            listing = (
                "cd /opt/kit/lib/python3*/site-packages && ls -d *.dist-info && ls /opt/kit/bin && "
                "find kit generator findings analysis sample_services stream_tracing -type f ! -name '*.pyc' "
                "-exec sha256sum {} + | sort -k 2"
            )
            return made.docker("run", "--rm", "--entrypoint", "sh", image, "-c", listing)

        found = installed(f"{made.name}-kit:local")
        assert "kit/image/files/Dockerfile" in found
        assert found == installed(f"{up.name}-kit:local")
        version = wheel.name.split("-")[1]
        assert made.docker("run", "--rm", "--entrypoint", "kit", f"{made.name}-kit:local", "--version") == (
            f"kit {version}\n"
        )
        assert made.kit("down", "--volumes").returncode == 0
        assert made.left() == []


@pytest.mark.parametrize("name", SPECS)
def test_compose_takes_every_rendered_file(docker: Mapping[str, str], tmp_path: Path, name: str) -> None:
    for path, text in render_files(deployment(name)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    told = dict.fromkeys(("CQL_USER", "CQL_PASSWORD", "VENDOR_TOKEN"), "told")
    checked = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=tmp_path, env={**os.environ, **docker, **told}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, "")


def test_secrets_reach_a_container_and_no_file(docker: Mapping[str, str], tmp_path: Path) -> None:
    """Of the environment as a variable, which must be set; of a file under /run/secrets."""
    own = "spec: 1\nname: kit-test-secrets\nstorage: {engine: memory}\nimages: {kit: 'kit-test/base:local'}\n"
    plan = resolve(parse_spec(own), COMPOSE)
    shows = "import os; print(os.environ['KIT_WORD'], open('/run/secrets/hidden-word').read())"
    step = next(it for it in workloads_of(plan) if it.once)
    told = replace(
        step, command=("-c", shows), volumes=(), after=(),
        secrets=(Secret(env="KIT_WORD"), Secret(file="hidden/word")),
    )  # fmt: skip
    (tmp_path / "compose.yaml").write_text(compose_file(plan, [told]))
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "word").write_text("two")

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", "compose", "run", "--rm", told.name],
            cwd=tmp_path, env={**os.environ, **docker, **more}, check=False, capture_output=True, text=True,
        )  # fmt: skip

    try:
        assert run(KIT_WORD="one").stdout == "one two\n"
        without = run()
        assert without.returncode != 0
        assert "KIT_WORD" in without.stderr
        assert "kit.yaml names it as a secret" in without.stderr
    finally:
        subprocess.run(
            ["docker", "compose", "-p", plan.name, "down"],
            env={**os.environ, **docker},
            check=True,
            capture_output=True,
        )
