"""compose.yaml: what a container may do, which images it runs, where ports and secrets go."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.kit_yaml import parse_spec
from generator.overrides import Overrides
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.spec.problem import SpecError
from generator.spec.secret import Secret
from generator.targets import COMPOSE, NATIVE
from generator.targets.compose import compose_file
from generator.tree.lock import digest
from generator.workload import Workload
from tests.generator.specs import HEAD, SPECS, deployment


def services_of(spec: str) -> dict[str, Any]:
    return dict(compose_of(spec)["services"])


def compose_of(spec: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(render_files(resolve(parse_spec(spec), COMPOSE))["compose.yaml"])
    return found


@pytest.mark.parametrize("name", SPECS)
def test_every_container_is_limited(name: str) -> None:
    for service, found in services_of(SPECS[name]).items():
        # It reads the machine's files, which have labels of their own.
        labels = ["label:disable"] if service == "node-exporter" else []
        assert found["security_opt"] == ["no-new-privileges:true", *labels], service
        assert found["pids_limit"] > 0, service
        assert found["mem_limit"], service
        assert found["stop_grace_period"], service
        assert found["logging"] == {
            "driver": "json-file",
            "options": {"max-size": "10m", "max-file": "3"},
        }, service
        assert found["restart"] in ("unless-stopped", "on-failure:3"), service
        # Its image writes its own configuration when it starts.
        assert found.get("read_only", False) == (service not in ("scylla", "cassandra")), service


@pytest.mark.parametrize("name", SPECS)
def test_no_health_check_needs_a_newer_docker(name: str) -> None:
    assert "start_interval" not in render_files(deployment(name))["compose.yaml"]


def test_processors_are_limited_where_the_spec_says() -> None:
    services = services_of(HEAD + "jaeger: {cpus: 3}\n")
    assert services["jaeger"]["cpus"] == 3
    assert "cpus" not in services["collector"]


def test_steps_are_waited_for_to_their_end() -> None:
    """Compose counts a container that ended as a failure, unless another waits for it to end."""
    for name in SPECS:
        services = services_of(SPECS[name])
        waited = {
            step: condition["condition"]
            for service in services.values()
            for step, condition in service.get("depends_on", {}).items()
        }
        once = {name for name, service in services.items() if service["restart"] == "on-failure:3"}
        assert {waited[step] for step in once} == {"service_completed_successfully"}
        assert not once & {name for name, service in services.items() if "healthcheck" in service}


def test_a_volume_is_prepared_for_a_user_whose_image_lacks_the_folder() -> None:
    def prepared(name: str) -> list[str]:
        return [service for service in services_of(SPECS[name]) if service.endswith("-volume")]

    assert prepared("minimal") == ["collector-volume"]
    assert prepared("badger") == ["jaeger-volume", "collector-volume"]
    assert prepared("small") == []
    services = services_of(SPECS["badger"])
    assert services["jaeger"]["depends_on"] == {
        "jaeger-volume": {"condition": "service_completed_successfully"}
    }
    mounts = [services[name]["volumes"][-1] for name in ("jaeger-volume", "jaeger")]
    assert [(mount["source"], mount["target"]) for mount in mounts] == [
        ("jaeger", "/volumes/10001"), ("jaeger", "/var/lib/jaeger"),
    ]  # fmt: skip


def test_natively_there_is_no_such_step() -> None:
    names = {workload.name for workload in workloads_of(deployment("minimal", NATIVE))}
    assert not {"collector-volume", "collector-queue", "collector-ready"} & names


def test_where_the_collectors_image_has_no_shell_a_container_watches_its_queues() -> None:
    services = services_of(SPECS["minimal"])
    watch, collector = services["collector-queue"], services["collector"]
    assert watch["command"] == ["-m", "kit.operate.inside.watch_queues", "/volumes/10001/queue"]
    assert [it["source"] for it in watch["volumes"]] == [it["source"] for it in collector["volumes"][-1:]]
    assert watch["restart"] == "unless-stopped"
    assert "collector-queue" not in services_of(SPECS["small"])


def test_natively_the_look_comes_before_each_start() -> None:
    (collector,) = [it for it in workloads_of(deployment("minimal", NATIVE)) if it.name == "collector"]
    module, folder = collector.before_start
    assert module == "kit.operate.inside.look_and_start"
    assert folder.endswith(".kit/native/data/collector/queue")


def test_images_of_the_users_choice_take_the_place_of_the_kits() -> None:
    digest = "@sha256:" + "a" * 64
    spec = HEAD + f"images: {{redis: 'mirror.local:5000/redis{digest}', kit: 'mirror.local/kit:1.2'}}\n"
    services = services_of(spec)
    assert services["redis"]["image"] == f"mirror.local:5000/redis{digest}"
    assert services["postgres"]["image"] == "postgres:17.12"
    for name in ("schema", "coupon-api", "collector-ready"):
        assert (services[name]["image"], "build" in services[name]) == ("mirror.local/kit:1.2", False)
    assert services_of(HEAD)["schema"]["build"] == {"context": ".", "dockerfile": "Dockerfile"}


@pytest.mark.parametrize(
    "image", ["redis", "redis@sha256:abc", "Redis:7", "mirror.local:5000/redis", "redis:", "a b:1"]
)
def test_an_image_without_tag_or_digest_is_told(image: str) -> None:
    with pytest.raises(SpecError, match=r"images\.redis") as raised:
        parse_spec(HEAD + f"images: {{redis: '{image}'}}\n")
    assert "an image with a tag or a digest" in str(raised.value)


def test_an_image_of_what_does_not_run_is_told() -> None:
    with pytest.raises(SpecError, match=r"images\.cassandra: an image, but storage\.engine is scylla"):
        parse_spec(HEAD + "images: {cassandra: 'cassandra:5.0.9'}\n")


def test_ports_are_open_where_the_spec_says() -> None:
    spec = HEAD + "ports: {address: 0.0.0.0}\n"
    assert services_of(spec)["jaeger"]["ports"] == ["0.0.0.0:16686:16686"]
    plan = resolve(parse_spec(spec), COMPOSE)
    from generator.components.jaeger.listeners import JAEGER_QUERY

    assert plan.network.url(JAEGER_QUERY) == "http://127.0.0.1:16686"
    elsewhere = resolve(parse_spec(HEAD + "ports: {address: 192.168.7.1}\n"), COMPOSE)
    assert elsewhere.network.url(JAEGER_QUERY) == "http://192.168.7.1:16686"
    assert resolve(parse_spec(spec), NATIVE).network.published_on == "127.0.0.1"


@pytest.mark.parametrize(
    ("address", "opened", "url"),
    [
        ("::1", "[::1]", "http://[::1]:16686"),
        ("::", "[::]", "http://[::1]:16686"),
        ("2001:DB8::0:1", "[2001:db8::1]", "http://[2001:db8::1]:16686"),
    ],
)
def test_an_ipv6_address_stands_in_brackets(address: str, opened: str, url: str) -> None:
    from generator.components.jaeger.listeners import JAEGER_QUERY

    spec = HEAD + f"ports: {{address: '{address}'}}\n"
    assert services_of(spec)["jaeger"]["ports"] == [f"{opened}:16686:16686"]
    assert resolve(parse_spec(spec), COMPOSE).network.url(JAEGER_QUERY) == url


def test_an_address_in_brackets_is_given_without() -> None:
    with pytest.raises(SpecError, match=r'write "::1"'):
        parse_spec(HEAD + "ports: {address: '[::1]'}\n")


@pytest.mark.parametrize("name", SPECS)
def test_a_service_has_the_hash_of_each_rendered_file_that_it_reads(name: str) -> None:
    """Compose looks at no file's content: without them a changed config would not be applied."""
    files = render_files(deployment(name))
    for service, found in yaml.safe_load(files["compose.yaml"])["services"].items():
        read = {
            mount["source"].removeprefix("./")
            for mount in found.get("volumes", ())
            if mount["type"] == "bind" and mount["source"].removeprefix("./") in files
        }
        wanted = {f"tracing-kit.file/{path}": digest(files[path].encode()) for path in read}
        assert wanted.items() <= found.get("labels", {}).items(), service


@pytest.mark.parametrize(
    "more",
    ["", "storage: {engine: cassandra}\n", "storage: {engine: badger}\n", "redis: {memory: 256MiB}\n",
     "storage: {contact_points: [db], tls: {ca: /etc/pki/ca.pem, certificate: tls/c, key: tls/k}}\n"],
)  # fmt: skip
def test_selinux_lets_containers_read_the_files_of_the_folder_alone(more: str) -> None:
    """Compose leaves the label out of a mount whose path it may not create."""
    files = render_files(
        resolve(parse_spec(HEAD + more), COMPOSE, overrides=Overrides(collector="exporters: {debug: {}}\n"))
    )
    services = yaml.safe_load(files["compose.yaml"])["services"].values()
    mounts = [
        mount for service in services for mount in service.get("volumes", ()) if mount["type"] == "bind"
    ]
    assert len(mounts) >= 4
    for mount in mounts:
        own = mount["source"].startswith("./")
        assert mount.get("bind") == ({"create_host_path": True, "selinux": "z"} if own else None), mount


def test_the_collectors_override_is_one_of_its_files() -> None:
    def label(text: str) -> str:
        spec = parse_spec(HEAD)
        made = render_files(resolve(spec, COMPOSE, overrides=Overrides(collector=text)))["compose.yaml"]
        services = yaml.safe_load(made)["services"]
        return str(services["collector"]["labels"]["tracing-kit.file/overrides/collector.yaml"])

    assert label("exporters: {debug: null}\n") != label("exporters: {debug: {}}\n")


def test_the_kits_own_image_is_built_at_each_start() -> None:
    services = services_of(HEAD)
    assert {it.get("pull_policy") for it in services.values() if "build" in it} == {"build"}
    pulled = services_of(HEAD + "images: {kit: 'mirror.local/kit:1.2'}\n")
    assert "pull_policy" not in pulled["schema"]


@pytest.mark.parametrize(("answer", "healthy"), [("PONG", True), ("LOADING Redis is loading", False)])
def test_redis_is_not_healthy_while_it_loads(tmp_path: Path, answer: str, healthy: bool) -> None:
    """`redis-cli ping` exits with 0 whatever the server answers."""
    program = tmp_path / "redis-cli"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    how, *command = services_of(HEAD)["redis"]["healthcheck"]["test"]
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, env={"PATH": path}, check=False)
    assert (how, done.returncode == 0) == ("CMD", healthy)


@pytest.mark.parametrize("address", ["localhost", "127.0.0", "1.2.3.256", ":::", "fe80::1%eth0", "::1/128"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(SpecError, match=r"ports\.address"):
        parse_spec(HEAD + f"ports: {{address: '{address}'}}\n")


def with_secrets(secrets: Sequence[Secret]) -> dict[str, Any]:
    plan = deployment("memory")
    first: Workload = workloads_of(plan)[0]
    found: dict[str, Any] = yaml.safe_load(compose_file(plan, [replace(first, secrets=tuple(secrets))]))
    return found


def test_a_secret_of_the_environment_is_handed_on_and_must_be_there() -> None:
    service = with_secrets([Secret(env="SCYLLA_PASSWORD")])["services"]["redis"]
    assert service["environment"]["SCYLLA_PASSWORD"].startswith("${SCYLLA_PASSWORD:?")


def test_a_secret_of_a_file_is_mounted_and_not_copied() -> None:
    inside, outside = Secret(file="secrets/pass$word"), Secret(file="/etc/password")
    document = with_secrets([inside, outside])
    assert document["services"]["redis"]["secrets"] == ["secrets-pass-word", "etc-password"]
    assert document["secrets"] == {
        "etc-password": {"file": "/etc/password"},
        "secrets-pass-word": {"file": "./secrets/pass$$word"},
    }


def test_without_secrets_nothing_must_be_set() -> None:
    document = compose_of(HEAD)
    assert "secrets" not in document
    assert "${" not in yaml.dump(document)
