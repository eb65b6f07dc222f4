"""The spec's JSON Schema in the programs that editors and CI use: check-jsonschema, and Ajv with its defaults."""

from __future__ import annotations

import ipaddress
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import regress
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.kit_yaml import parse_spec, spec_json_schema, starter_spec
from generator.spec.ip_address import IPAddress
from generator.spec.problem import SpecError
from tests.services_of_ones_own.toolchains import install_package, node
from tests.spec.test_schema_and_starter import uncommented

_AJV = Path(__file__).parent / "ajv"
_SERVICE = "services: [{name: shop, image: 'shop:1', port: 8000, health: %s}]"
_VENDOR = "collector: {exporters: [{name: vendor, endpoint: '%s'}]}"
ADDRESSES = [
    "127.0.0.1",
    "::",
    "::1",
    "fd00::1:2",
    "1:2:3:4:5:6:7:8",
    "::ffff:10.0.0.1",
    "1::8",
    "FE80:0:0::a",
]
NO_ADDRESSES = [
    "127.0.0.256",
    "1.2.3",
    "01.2.3.4",
    ":::",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "localhost",
    "[::1]",
]
TAKEN = [
    "storage: {indexed_tags: [error, http.route, a-b, a/b, 'é.ü', 'k[0]', 'a`b', 'x$y', '#']}",
    _SERVICE % "/healthz",
    _SERVICE % "'/a-b_c/d?x=1&y=%20#é'",
    _VENDOR % "https://otlp.vendor.example:4318/v1/key-a_b?x=1",
    _VENDOR % "http://10.0.0.1",
    "jaeger: {base_path: /}",
    "jaeger: {base_path: /a/.b/c..d/...}",
    "validate: {silence: [{rule: KIT034, reason: 'на время переезда'}]}",
    "storage: {contact_points: ['10.0.0.1', 'db-1.example:9042', '[fd00::1]:9042', '[::1]']}",
    "storage: {retention: 1.5 h, memory: 2 GiB}",
    *(f"ports: {{address: '{address}'}}" for address in ADDRESSES),
]
REFUSED = [
    "storage: {indexed_tags: ['a b']}",
    "storage: {indexed_tags: ['a,b']}",
    "storage: {indexed_tags: ['a\"b']}",
    'storage: {indexed_tags: ["a\'b"]}',
    "storage: {indexed_tags: ['a\\b']}",
    _SERVICE % "healthz",
    _SERVICE % "'/a b'",
    _SERVICE % "/a$b",
    _SERVICE % "/a`b",
    _VENDOR % "vendor.example:4318",
    _VENDOR % "https://vendor.example/a b",
    "jaeger: {base_path: jaeger}",
    "jaeger: {base_path: /a/../b}",
    "jaeger: {base_path: /..}",
    "validate: {silence: [{rule: KIT034, reason: ab}]}",
    "storage: {contact_points: ['a b']}",
    *(f"ports: {{address: '{address}'}}" for address in NO_ADDRESSES),
]


def spec(line: str) -> str:
    return f"spec: 1\nname: shop\n{line}\n"


def reader_takes(line: str) -> bool:
    try:
        parse_spec(spec(line))
    except SpecError:
        return False
    return True


def patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for below in schema.values():
            yield from patterns(below)
    if isinstance(schema, list):
        for item in schema:
            yield from patterns(item)


@pytest.fixture(scope="module")
def schema_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("schema") / "kit.schema.json"
    file.write_text(json.dumps(spec_json_schema()))
    return file


def check_jsonschema(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_every_pattern_is_a_unicode_regular_expression_of_javascript() -> None:
    """`u` is the flag of Ajv and of check-jsonschema: it refuses escapes that mean nothing."""
    found = sorted(set(patterns(spec_json_schema())))
    assert len(found) >= 15
    for pattern in found:
        regress.Regex(pattern, "u")
        re.compile(pattern)


@given(st.ip_addresses() | st.text("0123456789abfF:.", max_size=40))
def test_an_address_is_one_in_the_schema_too(address: object) -> None:
    pattern = IPAddress().schema()["pattern"]
    try:
        ipaddress.ip_address(str(address))
    except ValueError:
        assert not re.fullmatch(pattern, str(address))
    else:
        assert re.fullmatch(pattern, str(address))


@given(st.lists(st.sampled_from(["", "0", "1f", "abcd", "10.0.0.1"]), min_size=2, max_size=10))
def test_an_address_of_groups_is_one_in_the_schema_too(groups: list[str]) -> None:
    test_an_address_is_one_in_the_schema_too.hypothesis.inner_test(":".join(groups))  # type: ignore[attr-defined]


def test_check_jsonschema_finds_it_valid_against_its_metaschema(schema_file: Path) -> None:
    done = check_jsonschema("--check-metaschema", schema_file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("line", TAKEN)
def test_the_reader_takes(line: str) -> None:
    assert reader_takes(line)


@pytest.mark.parametrize("line", REFUSED)
def test_the_reader_refuses(line: str) -> None:
    assert not reader_takes(line)


def test_check_jsonschema_judges_as_the_reader(schema_file: Path, tmp_path: Path) -> None:
    for lines, expected in ((TAKEN, 0), (REFUSED, 1)):
        files = []
        for number, line in enumerate(lines):
            files.append(tmp_path / f"{expected}-{number}.yaml")
            files[-1].write_text(spec(line))
        done = check_jsonschema("--output-format", "json", "--schemafile", schema_file, *files)
        answer = json.loads(done.stdout)
        assert not answer.get("parse_errors")
        wrong = {Path(one["filename"]) for one in answer["errors"]}
        assert wrong == (set(files) if expected else set()), answer


def test_ajv_compiles_it_and_judges_as_the_reader(schema_file: Path, tmp_path: Path) -> None:
    documents = [yaml.safe_load(spec(line)) for line in (*TAKEN, *REFUSED)]
    documents.append(yaml.safe_load(uncommented(starter_spec("coupons"))))
    (tmp_path / "documents.json").write_text(json.dumps(documents))
    told = _ajv(tmp_path, [schema_file, tmp_path / "documents.json"])
    assert json.loads(told) == [*(True for _ in TAKEN), *(False for _ in REFUSED), True]


def _ajv(folder: Path, arguments: Sequence[Path]) -> str:
    """What Ajv with its default options says; skips where there is no Node for this machine."""
    try:
        where = node()
    except (AssertionError, OSError) as error:
        pytest.skip(f"no Node for Ajv: {error}".splitlines()[0])
    shutil.copytree(_AJV, folder / "ajv", ignore=shutil.ignore_patterns("node_modules"))
    install_package(folder / "ajv")
    command = [str(where / "node"), "judge.js", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=folder / "ajv", capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
