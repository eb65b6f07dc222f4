from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from kit.errors import MachineError
from kit.provision import PARTS, PROGRAMS, Program, installed, programs, provision
from kit.provision.part import LOCKS
from tests.provision.tiny import tiny_part, write

if TYPE_CHECKING:
    from pathlib import Path

    from kit.provision.part import Bench


def test_every_part_comes_after_what_it_needs() -> None:
    names = list(PARTS)
    for part in PARTS.values():
        for needed in (*part.runs_on, *part.built_with):
            assert names.index(needed) < names.index(part.name)
    assert set(PROGRAMS) <= set(names)


def test_every_lock_belongs_to_a_part() -> None:
    locks = {lock for part in PARTS.values() for lock in part.locks}
    assert locks == {folder.name for folder in LOCKS.iterdir()}


def test_no_lock_names_a_host_to_download_from() -> None:
    for file in LOCKS.rglob("*.*"):
        assert not re.search(r"https?://|--index-url|--find-links", file.read_text()), file


@pytest.mark.parametrize("name", ["go", "java", "redis"])
def test_wheels_are_pinned_with_hashes(name: str) -> None:
    (requirement,) = (LOCKS / name / "requirements.txt").read_text().replace("\\\n", "").splitlines()
    assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+(\s+--hash=sha256:[0-9a-f]{64})+", requirement)


def test_every_jar_is_pinned_with_its_hash() -> None:
    lock = tomllib.loads((LOCKS / "cassandra" / "jgo.lock.toml").read_text())
    jars = lock["dependencies"]
    assert all(re.fullmatch("[0-9a-f]{64}", jar["sha256"]) for jar in jars)
    files = {(jar["artifactId"], jar["version"], jar.get("classifier")) for jar in jars}
    assert len(files) == len(jars), "jars share one folder"
    assert ("cassandra-all", PARTS["cassandra"].version, None) in files
    assert ("jamm", "0.4.0", None) in files
    assert any(name == "logback-classic" for name, _, _ in files)


@pytest.mark.parametrize("name", ["jaeger", "builder", "otelcol", "prometheus", "node_exporter"])
def test_every_go_module_has_its_hash(name: str) -> None:
    pinned = (LOCKS / name / "go.mod").read_text()
    required = dict(re.findall(r"^(?:\t|require )(\S+) (v\S+)", pinned, re.MULTILINE))
    required |= dict(re.findall(r"^replace (\S+) => \S+ (v\S+)", pinned, re.MULTILINE))
    hashed = {tuple(line.split()[:2]) for line in (LOCKS / name / "go.sum").read_text().splitlines()}
    assert required
    for module, version in required.items():
        assert (module, version) in hashed or (module, f"{version}/go.mod") in hashed


def test_the_collector_is_one_version_throughout() -> None:
    manifest = (LOCKS / "otelcol" / "manifest.yaml").read_text()
    version = PARTS["otelcol"].version
    assert f"version: {version}" in manifest
    assert f"cmd/builder v{version}" in (LOCKS / "builder" / "go.mod").read_text()
    modules = re.findall(r"gomod: (\S+) (v\S+)", manifest)
    pinned = (LOCKS / "otelcol" / "go.mod").read_text()
    for module, one in modules:
        assert f"\t{module} {one}\n" in pinned


def test_what_a_program_runs_on_is_obtained_too(tmp_path: Path) -> None:
    parts = {
        "java": tiny_part(write, name="java"),
        "tool": tiny_part(write, name="tool"),
        "cassandra": tiny_part(write, name="cassandra", runs_on=("java",), built_with=("tool",)),
        "redis": tiny_part(write, name="redis"),
    }
    got = provision(["cassandra"], cache_root=tmp_path, parts=parts)
    assert list(got) == ["java", "cassandra"]
    assert got["cassandra"].arguments == ("java",)
    assert (tmp_path / "parts" / "tool").exists(), "tools are made when something is built with them"
    assert not (tmp_path / "parts" / "redis").exists()


def test_a_tool_is_not_fetched_when_nothing_is_built(tmp_path: Path) -> None:
    made = tiny_part(write, name="made")
    provision(["made"], cache_root=tmp_path, parts={"made": made})

    def refuse(bench: Bench) -> None:
        raise MachineError("fetched")

    tool = tiny_part(refuse, name="tool")
    again = tiny_part(write, name="made", built_with=("tool",))
    provision(["made"], cache_root=tmp_path, parts={"tool": tool, "made": again})


def test_a_recipe_gets_the_programs_it_needs(tmp_path: Path) -> None:
    def build(bench: Bench) -> None:
        assert list(bench.programs) == ["tool"]
        (bench.folder / "program").write_bytes(bench.programs["tool"].executable.read_bytes())

    parts = {
        "tool": tiny_part(write, name="tool"),
        "made": tiny_part(build, name="made", built_with=("tool",)),
    }
    program = provision(["made"], cache_root=tmp_path, parts=parts)["made"]
    assert program.executable.read_text() == "tiny program"


def test_a_program_of_the_machine_takes_the_part_s_place(tmp_path: Path) -> None:
    own = Program("tiny", "2.0", tmp_path / "tiny")

    def refuse(bench: Bench) -> None:
        raise MachineError("fetched")

    parts = {"tiny": tiny_part(refuse, on_machine=lambda: own)}
    assert provision(["tiny"], cache_root=tmp_path / "cache", parts=parts) == {"tiny": own}
    assert installed(["tiny"], cache_root=tmp_path / "cache", parts=parts) == {"tiny": own}
    assert not (tmp_path / "cache").exists()


def test_programs_are_not_obtained_by_asking_for_them(tmp_path: Path) -> None:
    parts = {
        "java": tiny_part(write, name="java"),
        "cassandra": tiny_part(write, name="cassandra", runs_on=("java",)),
    }
    with pytest.raises(MachineError, match=r"missing native parts: Cassandra 1\.0") as caught:
        programs(["cassandra"], cache_root=tmp_path, parts=parts)
    assert "kit up" in caught.value.hint
    got = provision(["cassandra"], cache_root=tmp_path, parts=parts)
    assert programs(["cassandra"], cache_root=tmp_path, parts=parts) == got
    got["java"].executable.unlink()
    assert installed(["cassandra"], cache_root=tmp_path, parts=parts) == {}


def test_a_command_has_the_program_s_own_arguments_first(tmp_path: Path) -> None:
    program = Program("cassandra", "5.0.9", tmp_path / "java", ("-cp", "jars/*"))
    assert program.command("-Xmx512M", tmp_path) == [
        str(tmp_path / "java"), "-cp", "jars/*", "-Xmx512M", str(tmp_path),
    ]  # fmt: skip
