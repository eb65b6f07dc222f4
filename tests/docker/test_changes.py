"""A change of a running deployment takes effect at the next start, and restarts only what it concerns."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.docker.site import FIRST_PORT, Site, site
from tests.patience import ANSWER_S

pytestmark = pytest.mark.docker

PORT = FIRST_PORT + 80
STORAGE = "storage: {engine: memory}\n"


@pytest.fixture(scope="module")
def made(docker: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A deployment that runs; a test puts back what it changed."""
    with site(
        tmp_path_factory.mktemp("changes") / "coupons", docker, "kit-test-changes", STORAGE, PORT
    ) as up:
        started = up.kit("up")
        assert started.returncode == 0, started.stderr
        yield up


def started(made: Site) -> dict[str, str]:
    """When each container that stays was made."""
    return {
        name: it["Created"]
        for name, it in made.inspected().items()
        if it["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    }


OF_OWN_IMAGE = {"dead-letters", "collector-queue", "coupon-api", "coupon-issuer", "coupon-notifier"}


def replaced(before: Mapping[str, str], made: Site) -> set[str]:
    return {name for name, moment in started(made).items() if before.get(name) != moment}


def compose(made: Site, *words: str) -> subprocess.CompletedProcess[str]:
    return made.run(["docker", "compose", *words])


def test_a_changed_config_is_applied_and_only_its_reader_restarts(made: Site) -> None:
    """`url.path` arrives before and not after."""
    spec = made.folder / "kit.yaml"
    text, before = spec.read_text(), started(made)
    assert made.answer("up", "--dry-run")["changes"] == []
    assert any(path.startswith("/") for path in paths_of_the_newest(made))
    try:
        spec.write_text(text + "collector: {redact: [url.path]}\n")
        planned = made.answer("up", "--dry-run")
        assert planned["dry_run"] is True
        assert [(it["component"], it["action"], it["why"]) for it in planned["changes"]] == [
            ("collector", "restart", ["collector/config.yaml"])
        ]
        assert replaced(before, made) == set()
        doctor = {it["check"]: it for it in made.checks()}
        assert doctor["started spec"]["found"] == "kit up would now change collector (collector/config.yaml)"
        answer = made.answer("up")
        assert (answer["already"], answer["changes"]) == (False, planned["changes"])
        assert replaced(before, made) == {"collector"}
        assert not any(path.startswith("/") for path in paths_of_the_newest(made))
        assert made.answer("up")["already"] is True
    finally:
        spec.write_text(text)
        # Plain Compose applies a rendered change as well.
        assert made.kit("generate").returncode == 0
        before = started(made)
        done = compose(made, "up", "--wait")
        assert done.returncode == 0, done.stderr
    assert replaced(before, made) == {"collector"}


def paths_of_the_newest(made: Site) -> set[str]:
    """What the newest trace of the sample API has as `url.path`, as Jaeger has it."""
    made.answer("verify", "--requests", "1")
    query = {"service": "coupon-api", "limit": "10", "lookback": "1h"}
    url = f"http://127.0.0.1:{made.port + 2}/api/traces"
    answer = httpx.get(url, params=query, timeout=ANSWER_S, trust_env=False).raise_for_status().json()
    newest = max(answer["data"], key=lambda trace: max(span["startTime"] for span in trace["spans"]))
    tags = [tag for span in newest["spans"] for tag in span["tags"] if tag["key"] == "url.path"]
    return {str(tag["value"]) for tag in tags}


def test_overrides_are_applied(made: Site) -> None:
    """Those of the collector and of Jaeger's page are mounted; that of Compose changes the container itself."""
    before = started(made)
    override, menu = made.folder / "overrides/collector.yaml", made.folder / "overrides/jaeger-ui.json"
    override.parent.mkdir(exist_ok=True)
    override.write_text("service: {telemetry: {logs: {level: warn}}}\n")
    menu.write_text('{"menu": []}')
    changes = made.answer("up")["changes"]
    assert {it["component"]: it["why"] for it in changes} == {
        "collector": ["overrides/collector.yaml"],
        "jaeger": ["jaeger/ui.json"],
    }
    assert replaced(before, made) == {"collector", "jaeger"}
    before = started(made)
    override.write_text("service: {telemetry: {logs: {level: error}}}\n")
    assert [it["component"] for it in made.answer("up")["changes"]] == ["collector"]
    assert replaced(before, made) == {"collector"}
    for file in (override, menu):
        file.unlink()
    assert {it["component"] for it in made.answer("up")["changes"]} == {"collector", "jaeger"}


def test_a_changed_environment_restarts_the_services_that_have_it(made: Site) -> None:
    spec = made.folder / "kit.yaml"
    text, before = spec.read_text(), started(made)
    spec.write_text(text + "tracing: {propagation: link}\n")
    changes = made.answer("up")["changes"]
    services = {"coupon-api", "coupon-issuer", "coupon-notifier"}
    assert {it["component"] for it in changes} == services == replaced(before, made)
    spec.write_text(text)
    assert made.answer("up")["already"] is False


def test_a_newer_image_under_the_same_name_is_used_and_told(made: Site) -> None:
    before = started(made)
    source = made.folder / "sample_services" / "__init__.py"
    text = source.read_text()
    try:
        source.write_text(text + "# changed\n")
        line = {it["check"]: it for it in made.checks()}["image of the kit"]
        assert line["outcome"] == "warn"
        done = compose(made, "up", "--wait")
        assert done.returncode == 0, done.stderr
        assert replaced(before, made) == OF_OWN_IMAGE
        assert {it["check"]: it for it in made.checks()}["image of the kit"]["outcome"] == "pass"
    finally:
        source.write_text(text)
    answer = made.answer("up")
    assert {it["component"] for it in answer["changes"]} == OF_OWN_IMAGE
    assert {word for it in answer["changes"] for word in it["why"]} == {"the kit's own image was rebuilt"}


def test_what_would_be_lost_sight_of_is_a_reason_to_refuse(made: Site) -> None:
    spec = made.folder / "kit.yaml"
    text, before = spec.read_text(), started(made)
    try:
        spec.write_text(text + "collector: {queue: {persistent: false}}\n")
        refused = made.kit("up")
    finally:
        spec.write_text(text)
    assert refused.returncode == 1
    assert "queued spans: kept in file, but kit.yaml now says: nowhere" in refused.stderr
    assert "kit down && kit up" in refused.stderr
    assert replaced(before, made) == set()
    assert made.kit("generate", "--check").returncode == 0


def test_data_of_another_release_is_told_before_anything_stops(made: Site) -> None:
    before = started(made)
    made.docker("tag", "kit-test/postgres:local", "kit-test/postgres:99.1")
    over = made.folder / "postgres.yaml"
    over.write_text('services: {postgres: {image: "kit-test/postgres:99.1"}}\n')
    files = made.environment["COMPOSE_FILE"]
    try:
        made.environment["COMPOSE_FILE"] = f"{files}:{over}"
        refused = made.kit("up")
    finally:
        made.environment["COMPOSE_FILE"] = files
    assert refused.returncode == 1
    assert f"the volume {made.name}_postgres was written by release 15" in refused.stderr
    assert "pg_dumpall" in refused.stderr
    assert replaced(before, made) == set()


def test_a_hand_edited_file_is_not_overwritten(made: Site) -> None:
    file = made.folder / "collector/config.yaml"
    text = file.read_text()
    try:
        file.write_text(text + "# mine\n")
        refused = made.kit("up")
    finally:
        file.write_text(text)
    assert refused.returncode == 1
    assert "edited by hand, or not written by the kit: collector/config.yaml" in refused.stderr


def test_a_second_folder_of_the_same_name_touches_nothing(
    made: Site, docker: Mapping[str, str], tmp_path: Path
) -> None:
    before, volumes = started(made), made.left()
    second = Site(tmp_path / "second", docker, made.name, STORAGE, PORT + 20, checkout=True)
    verbs = [
        ["up"], ["up", "--dry-run"], ["status"], ["down"], ["down", "--volumes"], ["logs"], ["queues"],
        ["queues", "requeue", "coupon.issued", "--all"], ["verify"],
    ]  # fmt: skip
    for verb in verbs:
        done = second.kit(*verb)
        assert (done.returncode, str(made.folder) in done.stderr) == (3, True), (verb, done.stderr)
        assert "another `name` and other `ports` in kit.yaml" in done.stderr
    line = {it["check"]: it for it in second.checks()}["Compose project"]
    assert (line["outcome"], str(made.folder) in line["found"]) == ("fail", True)
    assert (started(made), made.left()) == (before, volumes)


def test_after_a_down_the_volumes_still_say_whose_they_are(
    made: Site, docker: Mapping[str, str], tmp_path: Path
) -> None:
    assert made.kit("down").returncode == 0
    kept = made.left()
    second = Site(tmp_path / "second", docker, made.name, STORAGE, PORT + 20, checkout=True)
    for verb in (["up"], ["down", "--volumes"]):
        done = second.kit(*verb)
        assert (done.returncode, str(made.folder) in done.stderr) == (3, True), (verb, done.stderr)
    assert made.left() == kept
    assert made.kit("up").returncode == 0
    assert made.kit("down", "--volumes").returncode == 0
    assert made.left() == []


def test_a_checkout_under_umask_077_runs_under_a_name_of_dot_env(
    docker: Mapping[str, str], tmp_path: Path
) -> None:
    """All that `up` starts is what `status` and `down` find."""
    name = "kit-test-dot-env"
    with site(tmp_path / "private", docker, "kit-test-private", STORAGE, PORT + 40) as private:
        for path in private.folder.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        (private.folder / ".env").write_text(f"COMPOSE_PROJECT_NAME={name}\n")
        private.name = name
        lines = {it["check"]: it for it in private.checks()}
        assert lines["mounted files"]["outcome"] != "pass"
        up = private.kit("up")
        assert up.returncode == 0, up.stderr
        assert private.answer("status")["ok"] is True
        assert {
            it["Config"]["Labels"]["com.docker.compose.project"] for it in private.inspected().values()
        } == {name}
        assert {it["check"]: it for it in private.checks()}["mounted files"]["outcome"] == "pass"
        assert private.kit("down", "--volumes").returncode == 0
        assert private.left() == []


def test_a_step_that_was_killed_for_memory_says_so(docker: Mapping[str, str], tmp_path: Path) -> None:
    with site(tmp_path / "small", docker, "kit-test-small", STORAGE, PORT + 60) as small:
        over = small.folder / "small.yaml"
        over.write_text(
            "services: {collector-volume: {mem_limit: 32m, command: ['-c', 'bytearray(400 << 20)']}}\n"
        )
        small.environment["COMPOSE_FILE"] += f":{over}"
        done = small.kit("up")
    assert done.returncode == 3
    assert "collector-volume: killed" in done.stderr
    assert "memory" in done.stderr
    assert "mem_limit" in done.stderr
