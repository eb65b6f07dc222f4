"""JSON answers held against the schemas of their kinds."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any, NoReturn

import pytest
from jsonschema import Draft202012Validator

from kit.answers.kinds import all_kinds, schema_of


def held(text: str) -> str:
    """The text of an answer; the test fails if it is not as its schema says."""
    answer = json.loads(text, parse_constant=_no_json)
    wrong = complaints(answer)
    if wrong:  # no assert: the command would make a defect's report of it
        pytest.fail(f"{answer['kind']}: {'; '.join(wrong[:5])}")
    return text


def held_if_json(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """What a run of the command printed, held likewise if it was asked for JSON and answers."""
    if "json" in done.args and done.stdout:
        held(done.stdout)
    return done


def complaints(answer: Any, kind: str = "") -> list[str]:
    """All that is not as the schema of a kind says, the answer's own if none is given."""
    errors = _validator(kind or answer["kind"]).iter_errors(answer)
    return [f"{error.json_path}: {error.message}" for error in errors]


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(all_kinds()[kind]))


def _no_json(constant: str) -> NoReturn:
    pytest.fail(f"{constant} is no JSON")
