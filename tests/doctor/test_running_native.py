"""`kit doctor` on the real stack: fine when all is well, and each thing broken is found where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doctor.asking import doctor, outcome, soon
from tests.native.accounts import database
from tests.native.faults import hung
from tests.native.stack import Stack, ask_for_coupon, running

pytestmark = pytest.mark.native

# The deployment's own job would mend the graph before the doctor sees it.
SPEC = "dependencies: {every: null}\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("doctor") / "deployment", SPEC) as made:
        yield made


def cql(stack: Stack, statement: str) -> None:
    with database(stack) as session:
        session.execute(statement)


def test_before_the_first_requests_and_after_them(tmp_path: Path) -> None:
    with running(tmp_path / "deployment", SPEC) as new:
        code, answer = doctor(new)
        assert code == 0
        assert outcome(answer, "spans") == "warn"
        assert "none arrived" in answer["spans"]["found"]
        assert "kit demo" in answer["spans"]["next"]

        # An empty graph is filled by the command that it names.
        ask_for_coupon(new)
        answer = soon(new, lambda now: "3 services" in now["search"]["found"])
        assert outcome(answer, "dependency graph") == "warn"
        assert "kit dependencies --since 1h" in answer["dependency graph"]["next"]
        assert new.kit("dependencies", "--since", "1h").returncode == 0
        assert outcome(doctor(new)[1], "dependency graph") == "pass"


def test_all_is_well(stack: Stack) -> None:
    ask_for_coupon(stack)
    soon(stack, lambda now: "3 services" in now["search"]["found"])
    assert stack.kit("dependencies", "--since", "1h").returncode == 0
    code, answer = doctor(stack)
    assert code == 0
    machine = {"clock", "CPU", "memory", "disk"}
    assert {check for check, line in answer.items() if line["outcome"] != "pass"} <= machine
    for check in ("cassandra", "jaeger", "collector", "redis", "coupon-notifier", "tables", "search"):
        assert outcome(answer, check) == "pass"
    assert answer["version of jaeger"]["found"] == "2.13.0"
    assert answer["version of the database"]["found"] == "5.0.9"
    assert answer["queue of collector"]["needed"] == "below 50% of 1,048,576 spans"


def test_a_dropped_table_is_named_and_the_command_that_it_names_mends_it(stack: Stack) -> None:
    cql(stack, "DROP TABLE service_name_index")
    code, answer = doctor(stack)
    assert code == 1
    assert outcome(answer, "tables") == "fail"
    assert answer["tables"]["found"] == "missing: table service_name_index"
    assert answer["tables"]["finding"]["rule"] == "KIT112"
    assert answer["tables"]["next"] == "kit schema apply"
    assert outcome(answer, "search") == "fail"
    assert "service_name_index" in answer["search"]["found"]
    assert outcome(answer, "jaeger") == "pass", "its health does not notice"
    assert stack.kit("schema", "apply").returncode == 0
    soon(stack, lambda now: outcome(now, "tables") == outcome(now, "search") == "pass")


def test_a_service_that_hangs(stack: Stack) -> None:
    with hung(stack, "coupon-issuer"):
        code, answer = doctor(stack)
    assert code == 1
    assert (outcome(answer, "coupon-issuer"), answer["coupon-issuer"]["next"]) == (
        "fail", "kit logs coupon-issuer",
    )  # fmt: skip
    assert "does not answer" in answer["coupon-issuer"]["found"]
    assert [check for check, line in answer.items() if line["outcome"] == "fail"] == ["coupon-issuer"]


def test_a_jaeger_that_hangs(stack: Stack) -> None:
    with hung(stack, "jaeger"):
        code, answer = doctor(stack)
    assert code == 1
    failed = {check for check, line in answer.items() if line["outcome"] == "fail"}
    assert failed == {"jaeger", "search", "dependency graph"}
    soon(stack, lambda now: outcome(now, "search") == "pass")


def test_a_database_that_hangs(stack: Stack) -> None:
    with hung(stack, "cassandra"):
        code, answer = doctor(stack)
    assert code == 1
    assert {"cassandra", "tables"} <= {check for check, line in answer.items() if line["outcome"] == "fail"}
    assert "no database answers" in answer["tables"]["found"]
    assert outcome(answer, "coupon-api") == "pass"
    soon(stack, lambda now: outcome(now, "cassandra") == "pass")


def test_a_dead_letter(stack: Stack) -> None:
    import redis

    (component,) = [one for one in stack.status()["components"] if one["name"] == "redis"]
    with redis.Redis(port=component["ports"]["redis"]) as client:
        client.xadd("coupon.requests.dead", {"dead.reason": "a test"})
        try:
            code, answer = doctor(stack)
        finally:
            client.delete("coupon.requests.dead")
    assert code == 0
    assert answer["streams"]["found"] == "coupon.requests has 1 dead letters"
    assert outcome(answer, "streams") == "warn"


def test_a_spec_that_was_changed_since(stack: Stack) -> None:
    stack.write_spec(SPEC + "jaeger: {base_path: /j}\ntracing: {queue: 5000}\n")
    try:
        _, answer = doctor(stack)
    finally:
        stack.write_spec(SPEC)
    line = answer["started spec"]
    assert (line["outcome"], line["next"]) == (
        "warn",
        "kit up --dry-run shows the differences; kit up applies them",
    )
    for name in ("jaeger/config.yaml", "coupon-api"):
        assert name in line["found"]
    assert outcome(doctor(stack)[1], "started spec") == "pass"
