"""`kit doctor` asked about a native deployment, and its answer by what was looked at."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.native.stack import Stack
from tests.patience import PATIENCE_S

Answer = dict[str, dict[str, Any]]


def doctor(stack: Stack) -> tuple[int, Answer]:
    """The exit code, and the lines by what was looked at."""
    result = stack.kit("doctor", "--output", "json")
    assert "Traceback" not in result.stderr
    answer = json.loads(result.stdout)
    assert answer["running"] == "native"
    return result.returncode, {line["check"]: line for line in answer["checks"]}


def outcome(answer: Answer, check: str) -> str:
    return str(answer[check]["outcome"])


def soon(stack: Stack, fine: Callable[[Answer], bool]) -> Answer:
    """The answer once something has recovered."""
    deadline = time.monotonic() + PATIENCE_S
    while not fine(answer := doctor(stack)[1]):
        assert time.monotonic() < deadline, answer
        time.sleep(1)
    return answer
