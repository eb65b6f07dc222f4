from __future__ import annotations

import re

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.kit_yaml import parse_spec, spec_json_schema, starter_spec
from generator.spec.problem import SpecError

VALIDATOR = jsonschema.Draft202012Validator(spec_json_schema())


def uncommented(text: str) -> str:
    return "\n".join(re.sub(r"^# ( *[a-z_]+:)", r"\1", line) for line in text.splitlines())


def test_the_starter_is_a_spec_and_says_the_defaults() -> None:
    text = starter_spec("coupons")
    assert parse_spec(text) == parse_spec("spec: 1\nname: coupons\n")
    assert parse_spec(uncommented(text)) == parse_spec(text)
    assert uncommented(text).count("\nstorage:") == 1


def test_the_json_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(spec_json_schema())


def test_the_json_schema_takes_what_the_reader_takes() -> None:
    VALIDATOR.validate(yaml.safe_load(uncommented(starter_spec("coupons"))))
    VALIDATOR.validate({"spec": 1, "name": "coupons"})


@pytest.mark.parametrize(
    "line",
    ["storge: {}", "storage: {retention: 7}", "storage: {engine: mysql}", "ports: {jaeger: 80}",
     "collector: {memory: 512MB}", "collector: {queue: {persistent: 1}}", "storage: {version: 2026.1}"],
)  # fmt: skip
def test_the_json_schema_refuses_what_the_reader_refuses(line: str) -> None:
    text = f"spec: 1\nname: coupons\n{line}\n"
    with pytest.raises(SpecError):
        parse_spec(text)
    assert not VALIDATOR.is_valid(yaml.safe_load(text))


@given(st.text(max_size=200))
def test_any_text_is_a_spec_or_a_told_mistake(text: str) -> None:
    try:
        parse_spec(text)
    except SpecError as error:
        assert error.problems
        assert all(problem.found for problem in error.problems)
