"""Which files Compose reads: its four names of an override, COMPOSE_FILE, profiles; and what is not rendered yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from findings.finding import Finding
from generator.overrides import COMPOSE_OVERRIDES
from kit.operate.compose.files import merged_over_stdin, others
from kit.operate.validation import check
from tests.cli.test_first_minutes import kit

# Redis is bigger than its container: KIT040 to KIT049 say so, whatever the file is named.
SMALL = "services: {redis: {mem_limit: 6m}}\n"
SERVICE = "services:\n  mine:\n    image: mine:1\n    mem_limit: 64m\n    %s\n"
VARIABLES = ("COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES",
             "COMPOSE_DISABLE_ENV_FILE", "COMPOSE_PROJECT_NAME")  # fmt: skip
Write = Callable[[dict[str, str]], list[Finding]]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files beside a spec, and answer what is found."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("kit.yaml").write_text("spec: 1\nname: shop\n")

    def write(files: dict[str, str]) -> list[Finding]:
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)
        return check(Path("kit.yaml"), "compose")

    return write


def ids(found: list[Finding]) -> set[str]:
    return {one.rule.id for one in found}


@pytest.mark.parametrize("name", COMPOSE_OVERRIDES)
def test_an_override_counts_under_each_name(name: str, written: Write) -> None:
    found = written({name: SMALL})
    assert found
    assert {one.place.file for one in found if one.place} == {name}
    assert others(Path.cwd()) == [Path.cwd() / name]


@pytest.mark.parametrize("second", range(1, 4))
@pytest.mark.parametrize("first", range(3))
def test_the_first_name_counts_and_the_others_are_named(first: int, second: int, written: Write) -> None:
    if second <= first:
        pytest.skip("the same pair")
    read, left = COMPOSE_OVERRIDES[first], COMPOSE_OVERRIDES[second]
    found = written({read: "services: {}\n", left: SMALL})
    assert [(one.rule.id, str(one.place)) for one in found] == [("KIT153", f"{left}:1:1")]
    assert others(Path.cwd()) == [Path.cwd() / read]


@pytest.mark.parametrize(
    "setting",
    ["COMPOSE_FILE=compose.yaml:deploy/prod.yaml", "COMPOSE_FILE='compose.yaml:deploy/prod.yaml'",
     "export COMPOSE_FILE=./compose.yaml:./deploy/prod.yaml",
     "COMPOSE_FILE=compose.yaml:deploy/base.yaml:deploy/prod.yaml",
     "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=compose.yaml,deploy/prod.yaml"],
)  # fmt: skip
def test_the_files_of_compose_file_count(setting: str, written: Write) -> None:
    found = written({".env": f"{setting}\n", "deploy/prod.yaml": SMALL, "deploy/base.yaml": "services: {}\n"})
    assert found
    assert "KIT153" not in ids(found)
    assert {one.place.file for one in found if one.place} == {"deploy/prod.yaml"}


def test_of_several_files_the_last_counts(written: Write) -> None:
    files = {"a.yaml": SMALL, "b.yaml": "services: {redis: {mem_limit: 512m}}\n"}
    assert written({**files, ".env": "COMPOSE_FILE=compose.yaml:a.yaml:b.yaml\n"}) == []
    found = written({".env": "COMPOSE_FILE=compose.yaml:b.yaml:a.yaml\n"})
    assert {one.place.file for one in found if one.place} == {"a.yaml"}


@pytest.mark.parametrize("how", ["environment", "over .env", "other env file"])
def test_compose_file_of_the_environment_counts(
    how: str, written: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"prod.yaml": SMALL, ".env": ""}
    if how == "over .env":
        files[".env"] = "COMPOSE_FILE=compose.yaml\n"
    if how == "other env file":
        files["prod.env"] = "COMPOSE_FILE=compose.yaml:prod.yaml\n"
        monkeypatch.setenv("COMPOSE_ENV_FILES", "prod.env")
    else:
        monkeypatch.setenv("COMPOSE_FILE", "compose.yaml:prod.yaml")
    assert {one.place.file for one in written(files) if one.place} == {"prod.yaml"}


def test_an_env_file_that_is_switched_off_does_not_count(
    written: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSE_DISABLE_ENV_FILE", "1")
    assert written({".env": "COMPOSE_FILE=compose.yaml:prod.yaml\n", "prod.yaml": SMALL}) == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("COMPOSE_FILE=prod.yaml", "compose.yaml is not in the list"),
        ("COMPOSE_FILE=docker-compose.yml:prod.yaml", "compose.yaml is not in the list"),
        ("COMPOSE_FILE=prod.yaml:compose.yaml", "compose.yaml is not the first in the list"),
        ("COMPOSE_FILE=compose.yaml:gone.yaml", "gone.yaml does not exist"),
        ("COMPOSE_FILE=compose.yaml:deploy/gone.yaml:prod.yaml", "deploy/gone.yaml does not exist"),
        ("# x\nCOMPOSE_FILE=../compose.yaml", "compose.yaml is not in the list"),
    ],
)
def test_a_list_that_starts_something_else_is_named(setting: str, said: str, written: Write) -> None:
    found = written(
        {".env": f"A=1\n{setting}\n", "prod.yaml": "services: {}\n", "docker-compose.yml": "services: {}\n"}
    )
    line = 2 + setting.count("\n")
    assert said in "\n".join(one.found for one in found if one.rule.id == "KIT153")
    assert {str(one.place) for one in found if one.rule.id == "KIT153"} == {f".env:{line}:1"}


@pytest.mark.parametrize("name", COMPOSE_OVERRIDES)
def test_an_override_that_compose_file_leaves_out_is_named(name: str, written: Write) -> None:
    found = written({".env": "COMPOSE_FILE=compose.yaml\n", name: SMALL})
    assert [(one.rule.id, str(one.place)) for one in found] == [("KIT153", f"{name}:1:1")]


def test_a_broken_file_of_compose_file_is_named(written: Write) -> None:
    found = written({".env": "COMPOSE_FILE=compose.yaml:prod.yaml\n", "prod.yaml": "services: [\n"})
    assert [(one.rule.id, one.place.file) for one in found if one.place] == [("KIT002", "prod.yaml")]


@pytest.mark.parametrize(
    ("profiles", "on"),
    [
        ("", False),
        ("load", True),
        ("other", False),
        ("other,load", True),
        ("*", True),
        (" load ", True),
        ("Load", False),
    ],
)
def test_a_service_counts_when_its_profile_is_on(profiles: str, on: bool, written: Write) -> None:
    mine = SERVICE % 'ports: ["16686:80"]\n    profiles: [load, soak]'
    found = written({".env": f"COMPOSE_PROFILES={profiles}\n", "compose.override.yaml": mine})
    assert bool(found) is on, found


def test_profiles_of_the_environment_count(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = {"compose.override.yaml": SERVICE % 'ports: ["16686:80"]\n    profiles: [load]'}
    assert written(mine) == []
    monkeypatch.setenv("COMPOSE_PROFILES", "load")
    assert written(mine)


@pytest.mark.parametrize("name", ["collector", "jaeger", "scylla", "schema", "coupon-api", "redis"])
def test_a_service_of_the_kit_that_is_off_is_named(name: str, written: Write) -> None:
    off = {"compose.override.yaml": f"services: {{{name}: {{profiles: [extra]}}}}\n"}
    assert "KIT155" in ids(written(off))
    assert "KIT155" not in ids(written({**off, ".env": "COMPOSE_PROFILES=extra\n"}))


def test_what_waits_for_a_service_that_is_off_is_named(written: Write) -> None:
    off = "  load:\n    image: load:1\n    mem_limit: 64m\n    profiles: [load]\n"
    assert "KIT155" in ids(written({"compose.override.yaml": SERVICE % "depends_on: [load]" + off}))
    optional = "depends_on: {load: {condition: service_started, required: false}}"
    assert "KIT155" not in ids(written({"compose.override.yaml": SERVICE % optional + off}))


def test_what_compose_is_asked_with_is_what_was_checked(written: Write) -> None:
    written({"docker-compose.override.yml": "services: {}\n"})
    assert merged_over_stdin(Path.cwd())[-1] == str(Path.cwd() / "docker-compose.override.yml")


def test_a_collector_override_that_is_not_rendered_yet_is_named(written: Write) -> None:
    over = {"overrides/collector.yaml": "service: {telemetry: {metrics: {level: normal}}}\n"}
    assert written(over) == []
    Path("overrides/collector.yaml").unlink()
    assert kit(Path.cwd(), "generate").returncode == 0
    assert written({}) == []
    found = written(over)
    assert [(one.rule.id, str(one.place)) for one in found] == [("KIT154", "overrides/collector.yaml:1:1")]
    assert "compose.yaml does not load this file" in found[0].found
    assert kit(Path.cwd(), "generate").returncode == 0
    assert written({}) == []
    Path("overrides/collector.yaml").unlink()
    found = written({})
    assert [one.rule.id for one in found] == ["KIT154"]
    assert "which no longer exists" in found[0].found


@pytest.mark.parametrize(
    "change",
    [
        {"overrides/jaeger-ui.json": '{"menu": []}'},
        {"kit.yaml": "spec: 1\nname: shop\nstorage: {retention: 3d}\n"},
        {"kit.yaml": "spec: 1\nname: shop\ncollector: {memory: 1GiB}\n"},
        {"jaeger/config.yaml": ""},
        {"scylla/schema.cql": ""},
        {"kit.yaml": "spec: 1\nname: shop\nstorage: {engine: badger}\n"},
    ],
)
def test_whatever_is_not_rendered_yet_is_named(change: dict[str, str], written: Write) -> None:
    assert kit(Path.cwd(), "generate").returncode == 0
    for name, text in change.items():
        if not text:
            Path(name).unlink()
    found = written({name: text for name, text in change.items() if text})
    assert [one.rule.id for one in found] == ["KIT154"]
