"""A cluster that asks for a role, a password and a client's certificate: schema step and Jaeger get through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kit.operate.schema import Encryption
from kit.provision import Program
from tests.native.spans import spans_of, wait_for
from tests.native.stack import Stack, ask_for_coupon
from tests.schema.node import Node, node
from tests.schema.secured import Keys, make_keys

pytestmark = pytest.mark.native

# YAML, the config's own `${…}` and a shell would each read something of it as theirs.
PASSWORD = "p$a: s'w\"0rd #1"


@pytest.fixture(scope="module")
def keys(programs: Mapping[str, Program], tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(programs, tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def secured(
    programs: Mapping[str, Program], keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("secured")
    more = "authenticator: PasswordAuthenticator\n" + keys.options
    encryption = Encryption(str(keys.ca), str(keys.certificate), str(keys.key))
    # Two blocks up: the stacks of these tests take the ports below.
    with node(programs, folder, Stack(folder / "ports").base + 60, more, encryption) as running:
        with running.cluster.session() as session:
            session.execute("CREATE ROLE tracing WITH LOGIN = true AND PASSWORD = %s", (PASSWORD,))
        yield running


def spec(secured: Node, credentials: str, tls: str) -> str:
    return (
        f"storage:\n  engine: cassandra\n  contact_points: ['{secured.contact_point}']\n"
        f"  credentials: {credentials}\n  tls: {tls}\n"
    )


FROM_ENVIRONMENT = "{username: {env: CQL_USER}, password: {env: CQL_PASSWORD}}"
FROM_FILES = "{username: {file: user}, password: {file: password}}"


def mutual(keys: Keys) -> str:
    return f"{{ca: {keys.ca}, certificate: {keys.certificate}, key: {keys.key}}}"


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    monkeypatch.setenv("CQL_USER", "tracing")
    monkeypatch.setenv("CQL_PASSWORD", PASSWORD)
    made = Stack(tmp_path)
    (tmp_path / "user").write_text("tracing")
    (tmp_path / "password").write_text(PASSWORD)
    yield made
    made.kit("down", "--volumes")
    for process in made.processes():
        process.kill()


@pytest.mark.parametrize("credentials", [FROM_ENVIRONMENT, FROM_FILES])
def test_traces_are_written_and_found(stack: Stack, secured: Node, keys: Keys, credentials: str) -> None:
    stack.write_spec(spec(secured, credentials, mutual(keys)))
    stack.up()
    names = {component["name"] for component in stack.status()["components"]}
    assert "jaeger" in names
    assert "cassandra" not in names
    _, trace_id = ask_for_coupon(stack)
    services = {"coupon-api", "coupon-issuer", "coupon-notifier"}
    wait_for(
        lambda: spans_of(stack.jaeger, trace_id),
        lambda spans: {span["service"] for span in spans} >= services,
    )
    assert trace_id in stack.kit("traces", "search", "--service", "coupon-issuer").stdout
    assert stack.kit("schema", "diff", timeout=300).returncode == 0
    for file in (stack.folder / ".kit").rglob("*"):
        if file.is_file():
            assert PASSWORD.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"CQL_PASSWORD": "wrong"}, "refuses these credentials"),
        ({"CQL_PASSWORD": ""}, "the variable CQL_PASSWORD is not set"),
        ({"CQL_PASSWORD": "wrong$$"}, "the variable CQL_PASSWORD holds `$$`"),
        ({"CQL_PASSWORD": "wrong${x}"}, "the variable CQL_PASSWORD holds `${`"),
    ],
)
def test_wrong_secrets(
    stack: Stack,
    secured: Node,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    said: str,
) -> None:
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    stack.write_spec(spec(secured, FROM_ENVIRONMENT, mutual(keys)))
    result = stack.kit("schema", "status", "--wait", "1s", timeout=300)
    assert result.returncode == 1
    assert said in result.stderr
    assert "wrong" not in result.stderr


def test_a_missing_secret_stops_the_start(
    stack: Stack, secured: Node, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CQL_PASSWORD")
    stack.write_spec(spec(secured, FROM_ENVIRONMENT, mutual(keys)))
    result = stack.kit("up", "--target", "native", timeout=300)
    assert result.returncode == 1
    assert "CQL_PASSWORD is not set" in result.stderr
    assert stack.processes() == []


def test_a_line_break_behind_a_secret_is_told(stack: Stack, secured: Node, keys: Keys) -> None:
    (stack.folder / "password").write_text(PASSWORD + "\n")
    stack.write_spec(spec(secured, FROM_FILES, mutual(keys)))
    result = stack.kit("schema", "status", timeout=300)
    assert result.returncode == 1
    assert "line break" in result.stderr
    assert PASSWORD not in result.stderr


def test_what_does_not_fit_is_told(stack: Stack, secured: Node, keys: Keys) -> None:
    for tls, code, said in (
        ("null", 3, "if it requires TLS"),
        ("{}", 1, "storage.tls.ca must be the authority"),
        (f"{{ca: {keys.stranger}}}", 1, "storage.tls.ca must be the authority"),
        (f"{{ca: {keys.ca}}}", 3, "no database answers"),
        ("{ca: nowhere.pem}", 1, "nowhere.pem: No such file"),
    ):
        stack.write_spec(spec(secured, FROM_ENVIRONMENT, tls))
        result = stack.kit("schema", "status", "--wait", "1s", timeout=300)
        assert (result.returncode, said in result.stderr) == (code, True), (tls, result.stderr)
    stack.write_spec(spec(secured, "null", mutual(keys)))
    result = stack.kit("schema", "status", "--wait", "1s", timeout=300)
    assert result.returncode == 1
    assert "requires a role and its password" in result.stderr


def test_the_schema_step_s_own_options(secured: Node, keys: Keys, stack: Stack) -> None:
    """As a container runs it: no spec there, secrets by name."""
    (stack.folder / "kit.yaml").unlink()
    tls = ("--ca", str(keys.ca), "--certificate", str(keys.certificate), "--key", str(keys.key))
    at = ("--contact-point", secured.contact_point, "--datacenter", "datacenter1")
    told = ("--username-env", "CQL_USER", "--password-file", str(stack.folder / "password"))
    script = stack.folder / "schema.cql"
    script.write_text(
        "CREATE KEYSPACE IF NOT EXISTS k WITH replication = {'class': 'SimpleStrategy', 'a': 1}"
    )
    result = stack.kit("schema", "diff", "--file", str(script), *at, *told, *tls, timeout=300)
    assert result.returncode == 1, result.stderr
    assert "keyspace k: missing" in result.stdout
