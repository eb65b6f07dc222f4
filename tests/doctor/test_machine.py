"""`kit doctor` where nothing runs: each thing of the machine broken, and found."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from findings.rule import Severity
from generator.target import Target
from generator.targets import COMPOSE, NATIVE
from kit.errors import MachineError
from kit.operate.compose import machine, selinux
from kit.operate.doctor import RULES, clock, doctor_rules
from kit.operate.doctor.check import Check
from kit.operate.doctor.line import Examination, Line, Outcome
from kit.operate.doctor.run import checks, examine
from kit.operate.native.runtime import NativeRuntime
from kit.operate.runtimes import runtimes
from tests.cli.test_first_minutes import kit

HEAD = "spec: 1\nname: x\n"
# Ports that no other test has: what else runs on this machine must not decide.
PORTS = (
    "ports: {otlp_grpc: 32100, otlp_http: 32101, jaeger: 32102, coupon_api: 32103, cql: 32104}\n"
    "native: {port_base: 32110}\n"
)


def doctor(folder: Path, *arguments: str, **environment: str) -> tuple[int, dict[str, Any]]:
    result = kit(folder, "doctor", "--output", "json", *arguments, **environment)
    assert "Traceback" not in result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    assert (answer["kind"], answer["version"]) == ("doctor", 1)
    assert answer["ok"] == (result.returncode == 0)
    return result.returncode, answer


def said(answer: dict[str, Any], check: str) -> dict[str, Any]:
    (line,) = [line for line in answer["checks"] if line["check"] == check]
    return dict(line)


def one(look: str, spec: Path, target: Target | None = None) -> list[Line]:
    """The lines of one check."""
    found = examine(
        spec, target.name if target else None, lambda known: [check for check in known if check.name == look]
    )
    return found.lines[1:]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "kit.yaml"
    path.write_text(HEAD + PORTS)
    return path


def test_every_line_says_what_to_do_where_it_is_not_well(spec: Path) -> None:
    _, answer = doctor(spec.parent)
    assert answer["running"] == ""
    for line in answer["checks"]:
        assert (line["outcome"] == "pass") == (line["finding"] is None)
        if line["finding"]:
            assert line["next"]
            assert line["finding"]["rule"].startswith("KIT1")


def test_rules_are_told_apart_and_complete() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert {check.rule for check in checks(runtimes(Path("kit.yaml")))} < set(RULES)
    for rule in RULES:
        assert rule.id.startswith("KIT1")
        assert rule.reason
        assert rule.source
        assert rule.fix


def test_without_a_spec_the_machine_is_judged_for_the_defaults(tmp_path: Path) -> None:
    _, answer = doctor(tmp_path)
    line = said(answer, "spec")
    assert (line["outcome"], line["next"]) == ("warn", "kit init")
    assert "there is no kit.yaml" in line["found"]


def test_a_spec_with_mistakes_fails_and_the_machine_is_still_judged(spec: Path) -> None:
    spec.write_text(HEAD + "jeager: {}\n")
    code, answer = doctor(spec.parent)
    assert code == 1
    assert said(answer, "spec")["outcome"] == "fail"
    assert "kit.yaml:3:1: jeager" in said(answer, "spec")["found"]
    assert said(answer, "CPU")["found"]


def test_a_taken_port_names_its_holder_and_a_free_one(spec: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 32102))
        other.listen()
        code, answer = doctor(spec.parent)
    assert code == 1
    line = said(answer, "port 32102")
    assert line["outcome"] == "fail"
    assert f"(pid {os.getpid()})" in line["found"]
    assert line["needed"] == "free, for jaeger (query_http)"
    assert "is free" in line["next"]
    code, answer = doctor(spec.parent)
    assert said(answer, "ports")["found"] == "all are free"


def test_a_port_taken_where_compose_opens_it_is_taken(spec: Path) -> None:
    """`ports.address` is another address than the native target's; Linux has all of 127.0.0.0/8."""
    spec.write_text(HEAD + PORTS.replace("ports: {", "ports: {address: 127.0.0.7, "))
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.7", 32102))
        other.listen()
        taken = [line for line in one("ports", spec, COMPOSE) if line.outcome == "fail"]
        native = one("ports", spec, NATIVE)
    assert [line.check for line in taken] == ["port 32102"]
    assert [line.found for line in native] == ["all are free"]


def test_text_has_a_word_a_line_and_the_next_step(spec: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 32102))
        other.listen()
        result = kit(spec.parent, "doctor", "--target", "native")
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    (place,) = [number for number, line in enumerate(lines) if line.startswith("fail  port 32102")]
    assert [line.strip().partition(":")[0] for line in lines[place + 1 : place + 4]] == [
        "needed", "next", "KIT105",
    ]  # fmt: skip
    assert "1 failed" in result.stderr


def test_one_core_is_too_few(spec: Path) -> None:
    """Really one: the check is made in a process that may use no other."""
    code = (
        "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "sys.argv = ['kit', 'doctor', '--output', 'json']; from kit.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=spec.parent, capture_output=True, text=True, check=False
    )
    line = said(json.loads(done.stdout), "CPU")
    assert (line["outcome"], line["found"], line["needed"]) == ("warn", "1 core", "2 cores")


def test_a_deployment_that_can_never_fit(spec: Path) -> None:
    spec.write_text(HEAD + PORTS + "storage: {memory: 1TiB}\n")
    code, answer = doctor(spec.parent, "--target", "compose")
    line = said(answer, "memory, compose")
    assert (code, line["outcome"]) == (1, "fail")
    _, answer = doctor(spec.parent)
    assert said(answer, "memory, compose")["outcome"] == "warn", "natively it fits"
    assert said(answer, "memory, native")["outcome"] == "pass"


def test_a_queue_that_the_disk_can_not_hold(spec: Path) -> None:
    spec.write_text(HEAD + PORTS + "collector: {queue: {size: 1TiB}}\n")
    line = said(doctor(spec.parent)[1], "disk")
    assert line["outcome"] == "warn"
    assert "1,048,576 MiB queue" in line["needed"]


def test_a_full_disk(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk can't be had here: what the system says of it is replaced."""
    usage = type("Usage", (), {"free": 100 << 20})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (line,) = one("disk", spec)
    assert (line.outcome, line.found.split(" are")[0]) == (Outcome.FAIL, "100 MiB")


@pytest.mark.parametrize(
    ("most", "used", "target", "outcome"),
    [
        (65_536, 0, None, "pass"),
        (65_536, 30_000, None, "warn"),
        (65_536, 30_000, COMPOSE, "fail"),
    ],
)
def test_slots_for_asynchronous_io(
    spec: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    used: int,
    target: Target | None,
    outcome: str,
) -> None:
    """They are the host's: files of the same names stand in for the kernel's."""
    (tmp_path / "aio-max-nr").write_text(f"{most}\n")
    (tmp_path / "aio-nr").write_text(f"{used}\n")
    monkeypatch.setattr(machine, "_AIO", tmp_path)
    (line,) = one("aio-max-nr", spec, target)
    assert (line.outcome, line.needed) == (outcome, "51,026 free slots for 1 ScyllaDB shards")
    assert one("aio-max-nr", spec, NATIVE) == [], "natively no ScyllaDB runs"


CLUSTER = (
    "storage:\n  contact_points: [db]\n"
    "  credentials: {username: {file: secrets/user}, password: {file: secrets/password}}\n"
    "  tls: {ca: CA, certificate: tls/mine.pem, key: tls/key.pem}\n"
)


@pytest.mark.parametrize(
    ("enforce", "types", "found"),
    [
        ("1", {}, "labelled, or labelled by Docker at the start"),
        ("1", {"ca.pem": "cert_t", "secrets/user": "container_file_t"}, "ca.pem, a file of jaeger"),
        ("1", {"secrets/password": "user_home_t"}, ": its SELinux type is user_home_t"),
        # Docker labels it at the start.
        ("1", {"tls/mine.pem": "user_home_t"}, "labelled, or labelled by Docker at the start"),
        ("0", {"ca.pem": "cert_t"}, None),
        (None, {"ca.pem": "cert_t"}, None),
    ],
)  # fmt: skip
def test_files_that_selinux_keeps_from_containers(
    spec: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    enforce: str | None,
    types: dict[str, str],
    found: str | None,
) -> None:
    """A folder stands for the machine, and its files have no labels: these are made up."""
    root, elsewhere = tmp_path / "machine", tmp_path.with_name(f"{tmp_path.name}-elsewhere")
    (root / "sys/fs/selinux").mkdir(parents=True)
    if enforce is not None:
        (root / "sys/fs/selinux/enforce").write_text(enforce)
    labels = {
        (elsewhere if file == "ca.pem" else spec.parent) / file: f"system_u:object_r:{type_}:s0\0"
        for file, type_ in types.items()
    }

    def label(path: Path, name: str) -> bytes:
        if path not in labels:
            raise OSError(errno.ENODATA, name)
        return labels[path].encode()

    monkeypatch.setattr(selinux, "_ROOT", root)
    monkeypatch.setattr(os, "getxattr", label)
    spec.write_text(HEAD + CLUSTER.replace("CA", str(elsewhere / "ca.pem")))
    lines = one("SELinux", spec, COMPOSE)
    if found is None:
        assert lines == []
    else:
        assert found in lines[0].found
        assert lines[0].outcome == ("pass" if found.startswith("labelled") else "warn")
    assert one("SELinux", spec, NATIVE) == []


def test_missing_packages(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NativeRuntime, "packages", ("psutil", "not_installed_at_all"))
    assert [line.outcome for line in one("Python", spec)] == ["warn"]
    (line,) = one("Python", spec, NATIVE)
    assert line.outcome == "fail"
    assert "without not_installed_at_all" in line.found
    assert "pip install 'tracing-kit[native]'" in line.next_step


@pytest.mark.parametrize(
    ("server", "compose", "outcomes"),
    [
        ("28.1.1", "2.40.3", ("pass", "pass")),
        ("20.10.24", "v2.20.0-desktop.1", ("pass", "pass")),
        ("20.9.1", "2.19.9", ("warn", "warn")),
        ("", "", ("warn", "warn")),
    ],
)
def test_docker_and_compose(spec: Path, server: str, compose: str, outcomes: tuple[str, str]) -> None:
    """A script in Docker's place answers with versions that can't all be installed here."""
    programs = spec.parent / "bin"
    programs.mkdir()
    script = programs / "docker"
    script.write_text(
        f'#!/bin/sh\ncase "$1 $2" in\n"version --format") echo "{server}";;\n'
        f'"compose version") echo "{compose}";;\nesac\n'
    )
    script.chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    _, answer = doctor(spec.parent, PATH=path)
    assert (said(answer, "Docker")["outcome"], said(answer, "Docker Compose")["outcome"]) == outcomes
    _, answer = doctor(spec.parent, "--target", "compose", PATH=path)
    wanted = tuple(outcome.replace("warn", "fail") for outcome in outcomes)
    assert (said(answer, "Docker")["outcome"], said(answer, "Docker Compose")["outcome"]) == wanted
    _, answer = doctor(spec.parent, "--target", "native", PATH=path)
    assert not any(line["check"].startswith("Docker") for line in answer["checks"])


def test_without_docker_the_native_target_is_named(spec: Path) -> None:
    nothing = spec.parent / "nothing"
    nothing.mkdir()
    line = said(doctor(spec.parent, PATH=str(nothing))[1], "Docker")
    assert (line["outcome"], line["found"]) == ("warn", "not installed")
    assert "kit up --target native" in line["next"]


@pytest.mark.parametrize(("status", "outcome"), [(0x40, "warn"), (0x01, "pass")])
def test_a_clock_that_nobody_keeps(
    spec: Path, monkeypatch: pytest.MonkeyPatch, status: int, outcome: str
) -> None:
    """The kernel's word is replaced: it can't be told here to be wrong."""
    kernel = clock._Timex()
    kernel.status, kernel.maxerror = status, 1500
    monkeypatch.setattr(clock, "_kernel", lambda: kernel)
    assert [line.outcome for line in one("clock", spec)] == [outcome]


@contextmanager
def server_that_is_late(date: str) -> Iterator[str]:
    class Late(BaseHTTPRequestHandler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return date

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Late)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_whose_clock_is_behind() -> None:
    with server_that_is_late("Sat, 01 Jan 2022 00:00:00 GMT") as url:
        apart = clock._apart(url)
    assert apart is not None
    assert apart < -86_400


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(spec: Path) -> None:
    cpu_line = Line("early", Outcome.PASS, "said before it broke")

    def breaks(_: object) -> Iterator[Line]:
        yield cpu_line
        raise ZeroDivisionError("by zero")

    def refused(_: object) -> Iterator[Line]:
        raise MachineError("no database answers", hint="kit status")

    def chosen(known: Sequence[Check]) -> list[Check]:
        cpu = next(check for check in known if check.name == "CPU")
        return [Check("first", doctor_rules.CPU, breaks), Check("second", doctor_rules.SCHEMA, refused), cpu]

    _, early, broken, told, last = examine(spec, None, chosen).lines
    assert (broken.outcome, broken.found) == (
        Outcome.FAIL, "the check itself crashed: ZeroDivisionError: by zero",
    )  # fmt: skip
    assert broken.finding is not None
    assert broken.finding.rule.id == "KIT199"
    assert (told.outcome, told.found, told.next_step) == (
        Outcome.FAIL, "no database answers", "kit status",
    )  # fmt: skip
    assert (early, last.check) == (cpu_line, "CPU")


def test_warnings_alone_are_no_failure() -> None:
    found = Examination("", one_of_each(Outcome.PASS, Outcome.WARN))
    assert (found.failed, found.warned) == (0, 1)


def one_of_each(*outcomes: Outcome) -> list[Line]:
    return [Line("x", outcome, "y") for outcome in outcomes]


def test_a_finding_is_as_bad_as_its_line(spec: Path) -> None:
    spec.write_text(HEAD + PORTS + "storage: {memory: 1TiB}\n")
    (line,) = one("memory", spec, COMPOSE)
    assert line.finding is not None
    assert (line.outcome, line.finding.how_bad) == (Outcome.FAIL, Severity.ERROR)
