"""What stands in the way of containers, and how a person is told.

Docker itself runs in tests/docker; here a script takes its place that says what Docker says on a bad day.
"""

from __future__ import annotations

import platform
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generator.deployment.model import Deployment
from generator.render import workloads_of
from generator.spec.secret import Secret
from generator.tree.write import make_readable
from generator.workload import Mount, Workload
from kit.errors import MachineError, UserError
from kit.operate.compose.checks import (
    AIO_PER_SHARD,
    refuse_taken_ports,
    refuse_too_few_aio,
    refuse_unreadable_files,
)
from kit.operate.compose.deployed import Deployed
from kit.operate.compose.docker import Docker
from kit.operate.compose.failing import trouble
from kit.operate.compose.memory import limits
from kit.operate.compose.ownership import Traces, refuse_others, refuse_unknown
from kit.operate.compose.project import Container, Project
from kit.operate.compose.readable import read_before
from kit.operate.kept import moved
from tests.generator.specs import HEAD, deployment


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH; a test puts a `docker` into it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    return programs


def docker_that(said: Path, script: str) -> Docker:
    program = said / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Docker(said)


def versions(engine: str, compose: str) -> str:
    return f'[ "$1" = version ] && echo {engine} && exit; [ "$1" = compose ] && echo {compose}'


def test_no_docker_names_the_other_way(said: Path) -> None:
    with pytest.raises(MachineError, match="there is no docker command") as raised:
        Docker(said).versions()
    assert "kit up --target native" in raised.value.hint


@pytest.mark.parametrize(
    ("script", "message", "hint"),
    [
        ("echo 'Cannot connect to the Docker daemon at unix:///x. Is it running?' >&2; exit 1",
         "Docker does not answer: Cannot connect", "start it"),
        ("echo 'permission denied while trying to connect' >&2; exit 1", "permission denied", "the group `docker`"),
        ('[ "$1" = version ] && echo 28.2.2 && exit; echo "docker: unknown command: docker compose" >&2; exit 1',
         "not its Compose plugin", "docker-compose-plugin"),
        (versions("19.03.5", "2.40.3"), "Docker 19.03.5 is too old: 20.10", "update it"),
        (versions("28.2.2", "2.17.0"), "Docker Compose 2.17.0 is too old: 2.20", "update it"),
    ],
)  # fmt: skip
def test_a_docker_that_can_not_be_used_is_told(said: Path, script: str, message: str, hint: str) -> None:
    with pytest.raises(MachineError) as raised:
        docker_that(said, script).versions()
    assert message in raised.value.message
    assert hint in raised.value.hint


def test_versions_as_distributions_write_them(said: Path) -> None:
    found = docker_that(said, versions("20.10.24+dfsg1", "v2.20.0-desktop.1")).versions()
    assert (found.docker, found.compose) == ("20.10.24+dfsg1", "2.20.0-desktop.1")


@pytest.mark.parametrize(
    ("printed", "memory", "here"),
    [
        (f"8589934592 {platform.release()}", 8 << 30, True),
        ("8589934592 5.0-linuxkit", 8 << 30, False),
        ("", 0, False),
    ],
)
def test_the_machine_of_the_containers_may_be_another(
    said: Path, printed: str, memory: int, here: bool
) -> None:
    machine = docker_that(said, f"echo '{printed}'").machine()
    assert (machine.memory, machine.is_this_one) == (memory, here)


@contextmanager
def a_port_in_use() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


def test_a_taken_port_names_its_key_its_holder_and_the_next_free_one(said: Path) -> None:
    docker = docker_that(said, "exit 1")
    with a_port_in_use() as port:
        plan = with_spec(f"ports: {{jaeger: {port}}}")
        with pytest.raises(MachineError) as raised:
            refuse_taken_ports(docker, plan.network, workloads_of(plan), set())
        line = next(it for it in raised.value.message.splitlines() if str(port) in it)
        assert line.startswith(f"port {port} (ports.jaeger) is taken by ")
        assert " is free" in line
        others = {4317, 4318, 8080, 9042}
        refuse_taken_ports(docker, plan.network, workloads_of(plan), others | {port})


@pytest.mark.parametrize(
    ("is_deployment", "line"), [(True, "the deployment in {folder} is running and uses {port} (ports.jaeger)"),
                               (False, "port {port} (ports.jaeger) is taken by the container shop-jaeger-1")],
)  # fmt: skip
def test_a_port_of_another_deployment_in_containers_names_its_folder(
    said: Path, tmp_path: Path, is_deployment: bool, line: str
) -> None:
    folder = tmp_path / "the other shop"
    folder.mkdir()
    if is_deployment:
        (folder / "kit.yaml").write_text("spec: 1\nname: shop\n")
    docker = docker_that(said, f"printf 'shop-jaeger-1\\t{folder}\\n'")
    with a_port_in_use() as port:
        plan = with_spec(f"ports: {{jaeger: {port}}}")
        with pytest.raises(MachineError) as raised:
            refuse_taken_ports(docker, plan.network, workloads_of(plan), set())
    assert line.format(folder=folder, port=port) in raised.value.message
    assert (f"kit down --spec '{folder}/kit.yaml'" in raised.value.hint) is is_deployment


def with_spec(more: str) -> Deployment:
    from generator.kit_yaml import parse_spec
    from generator.resolve import resolve
    from generator.targets import COMPOSE

    return resolve(parse_spec(HEAD + more + "\n"), COMPOSE)


def kernel(folder: Path, most: int, used: int) -> Path:
    (folder / "aio-max-nr").write_text(f"{most}\n")
    (folder / "aio-nr").write_text(f"{used}\n")
    return folder


def test_too_few_asynchronous_requests_are_told_with_the_command(tmp_path: Path) -> None:
    workloads = workloads_of(deployment("minimal"))
    refuse_too_few_aio(workloads, kernel(tmp_path, 65_536, 65_536 - AIO_PER_SHARD))
    with pytest.raises(MachineError) as raised:
        refuse_too_few_aio(workloads, kernel(tmp_path, 65_536, 65_537 - AIO_PER_SHARD))
    assert "fs.aio-max-nr is 65536" in raised.value.message
    assert "sudo sysctl -w fs.aio-max-nr=1048576" in raised.value.hint
    with pytest.raises(MachineError, match="2 shards"):
        refuse_too_few_aio(two_shards(workloads), kernel(tmp_path, 65_536, 0))


def two_shards(workloads: Sequence[Workload]) -> list[Workload]:
    scylla = next(it for it in workloads if it.name == "scylla")
    return [replace(scylla, command=tuple("2" if it == "1" else it for it in scylla.command))]


def test_without_scylladb_or_linux_it_does_not_matter(tmp_path: Path) -> None:
    refuse_too_few_aio(workloads_of(deployment("cassandra")), kernel(tmp_path, 1, 1))
    refuse_too_few_aio(workloads_of(deployment("minimal")), tmp_path / "none")


def test_a_secret_that_the_container_could_not_read_is_told(tmp_path: Path) -> None:
    jaeger = next(it for it in workloads_of(deployment("memory")) if it.name == "jaeger")
    told = [replace(jaeger, mounts=(), secrets=(Secret(file="password"), Secret(env="USER")))]
    with pytest.raises(UserError, match="password, a secret of jaeger: there is no such file"):
        refuse_unreadable_files(told, tmp_path)
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    with pytest.raises(UserError, match="does not run as its owner") as raised:
        refuse_unreadable_files(told, tmp_path)
    assert "chmod o+r" in raised.value.hint
    (tmp_path / "password").chmod(0o644)
    refuse_unreadable_files(told, tmp_path)


def test_a_mounted_file_that_the_container_could_not_read_is_told(tmp_path: Path) -> None:
    jaeger = next(it for it in workloads_of(deployment("memory")) if it.name == "jaeger")
    files = [tmp_path / mount.file for mount in jaeger.mounts]
    with pytest.raises(UserError, match=r"jaeger/config\.yaml, a file of jaeger: there is no such file"):
        refuse_unreadable_files([jaeger], tmp_path)
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
        file.chmod(0o600)
    with pytest.raises(UserError, match=r"jaeger/ui\.json, a file of jaeger: only its owner may read it"):
        refuse_unreadable_files([jaeger], tmp_path)
    make_readable(tmp_path, [mount.file for mount in jaeger.mounts])
    refuse_unreadable_files([jaeger], tmp_path)


def test_a_users_file_that_was_changed_since_the_start_is_to_be_read_again(tmp_path: Path) -> None:
    jaeger = next(it for it in workloads_of(deployment("memory")) if it.name == "jaeger")
    told = [replace(jaeger, mounts=(Mount("ca.pem", "/etc/ca.pem"), Mount("jaeger/ui.json", "/etc/ui.json")))]
    for name in ("ca.pem", "jaeger/ui.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    before, after = "2020-01-01T00:00:00.123456789Z", "2100-01-01T00:00:00.5Z"
    compared = ["jaeger/ui.json"]
    assert read_before(told, tmp_path, {"jaeger": before}, compared) == {"jaeger": ["ca.pem"]}
    assert read_before(told, tmp_path, {"jaeger": after}, compared) == {}
    assert read_before(told, tmp_path, {"jaeger": "0001-01-01T00:00:00Z"}, compared) == {}
    assert read_before(told, tmp_path, {}, compared) == {}


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("postgres:17.6", "17"), ("postgres:9-alpine", "9"), ("mirror.local:5000/db/postgres:16", "16"),
        ("postgres:17.6@sha256:" + "a" * 64, "17"), ("mirror.local:5000/postgres", ""),
        ("postgres@sha256:" + "a" * 64, ""), ("postgres:latest", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_release_that_an_image_reads_is_in_its_tag(image: str, release: str) -> None:
    postgres = next(it for it in workloads_of(deployment("minimal")) if it.name == "postgres")
    assert postgres.data_format is not None
    assert postgres.data_format.release(image) == release


def test_what_is_kept_elsewhere_is_told() -> None:
    before = {"traces": "scylla, keyspace jaeger_a", "queued-spans": "file"}
    assert list(moved(before, before)) == []
    assert list(moved({}, before)) == []
    assert list(moved(before, {"traces": "badger", "queued-spans": "file"})) == [
        "traces: kept in scylla, keyspace jaeger_a, but kit.yaml now says: badger"
    ]
    assert list(moved(before, {"traces": before["traces"]})) == [
        "queued spans: kept in file, but kit.yaml now says: nowhere"
    ]


def container(**changes: Any) -> Container:
    return replace(Container("abc", "schema", "exited", "", 0, {}), **changes)


@pytest.mark.parametrize(
    ("code", "killed", "words"),
    [
        (137, True, "killed, because it needed more memory than its limit of 16 MiB"),
        (137, False, "killed (exit code 137), most often because memory ran out"),
        (3, False, "stopped with exit code 3"),
        (0, False, ""),
    ],
)
def test_what_was_killed_for_memory_is_told_so(code: int, killed: bool, words: str) -> None:
    seen = Deployed("abc", "schema", False, "", "", {}, memory=16 << 20, out_of_memory=killed)
    assert trouble(container(exit_code=code), seen) == words


def test_folders_are_compared_by_where_they_lead(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    here = tmp_path / "a"
    for found in (
        Traces(frozenset({str(tmp_path / "b")}), [], ""),
        Traces(frozenset(), ["x_redis"], str(here)),
        Traces(frozenset(), [], ""),
    ):
        refuse_others(found, "x", here)
    with pytest.raises(MachineError, match=f"containers of the Compose project `x` .*{here}") as raised:
        refuse_others(Traces(frozenset({str(here)}), [], str(tmp_path)), "x", tmp_path)
    assert "--adopt" not in raised.value.hint
    with pytest.raises(MachineError, match="no such folder on this machine") as raised:
        refuse_others(Traces(frozenset(), ["x_redis"], "/gone"), "x", tmp_path)
    assert "kit up --adopt" in raised.value.hint
    with pytest.raises(UserError, match="but their folder is unknown: x_redis"):
        refuse_unknown(Traces(frozenset(), ["x_redis"], ""), "x", "up")


def test_the_name_of_the_project_is_the_one_that_compose_takes(
    said: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)
    (tmp_path / "compose.yaml").write_text("name: coupons\n")
    (tmp_path / ".env").write_text("# mine\nexport COMPOSE_PROJECT_NAME='other'\n")
    docker_that(said, "exit 1")  # a variable is missing, or Compose is broken
    project = Project.of(tmp_path)
    assert project is not None
    assert project.name == "other"
    docker_that(said, """[ "$1 $2" = "compose --project-directory" ] && echo '{"name": "merged"}'""")
    project = Project.of(tmp_path)
    assert project is not None
    assert project.name == "merged"


def test_the_table_of_memory_adds_up_and_warns() -> None:
    workloads = workloads_of(deployment("minimal"))
    lines = list(limits(workloads, 2 << 30))
    numbers = [int(line.split("MiB")[0].split()[-1]) for line in lines[1:]]
    assert sum(numbers[:-1]) == numbers[-1] == 4592
    assert "too little" in lines[-1]
    assert "schema" not in "".join(lines)
    assert "too little" not in list(limits(workloads, 8 << 30))[-1]
    assert list(limits(workloads, 0))[-1].endswith("4592 MiB")


ROW = '{"ID":"abc","Service":"jaeger","State":"running","Health":"healthy","ExitCode":0,"Publishers":%s}'
PORTS = '[{"URL":"127.0.0.1","TargetPort":16686,"PublishedPort":26686},{"TargetPort":4318,"PublishedPort":0}]'


@pytest.mark.parametrize("form", ["%s", "[%s]"])
def test_containers_are_read_in_both_forms_that_compose_prints(said: Path, tmp_path: Path, form: str) -> None:
    (tmp_path / "compose.yaml").write_text("# rendered\nname: coupons\nservices: {}\n")
    docker_that(said, f"cat <<'END'\n{form % (ROW % PORTS)}\nEND".replace("cat", "/bin/cat"))
    project = Project.of(tmp_path)
    assert project is not None
    assert project.name == "coupons"
    (container,) = project.containers()
    assert (container.service, container.health, dict(container.ports)) == (
        "jaeger",
        "healthy",
        {16686: 26686},
    )


def test_memory_is_read_in_any_unit(said: Path, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("name: coupons\n")
    row = ROW % "[]"
    docker_that(said, f"[ \"$1\" = stats ] && echo 'abc 1.5GiB / 2GiB' && exit; echo '{row}'")
    project = Project.of(tmp_path)
    assert project is not None
    assert project.memory() == {"jaeger": 1536 << 20}


def test_where_nothing_was_rendered_there_is_no_project(said: Path, tmp_path: Path) -> None:
    docker_that(said, "exit 0")
    assert Project.of(tmp_path) is None


def test_where_docker_is_missing_there_is_no_project(said: Path, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("name: coupons\n")
    assert Project.of(tmp_path) is None
