"""A second try is given to tests of real programs only, is listed, and is limited."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.second_try import ALLOWED

_CONFTEST = """
from tests.second_try import give_a_second_try, report_second_tries

def pytest_collection_modifyitems(items):
    give_a_second_try(items)

def pytest_sessionfinish(session):
    report_second_tries(session)
"""
_TEST = """
import pathlib, pytest

@pytest.mark.{marker}
@pytest.mark.parametrize("number", range({count}))
def test_fails_at_first(number):
    seen = pathlib.Path(__file__).parent / f"seen-{{number}}"
    if not seen.exists() or {always}:
        seen.touch()
        assert False, "first try"
"""


def _run(
    folder: Path, *, marker: str = "native", count: int = 1, always: bool = False, workers: int = 0
) -> tuple[int, str]:
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    native: real\n    other: not\n")
    (folder / "conftest.py").write_text(_CONFTEST)
    (folder / "test_it.py").write_text(_TEST.format(marker=marker, count=count, always=always))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-raR",
        "-n",
        str(workers),
        "--rootdir",
        str(folder),
        str(folder),
    ]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    return done.returncode, done.stdout


@pytest.mark.parametrize("workers", [0, 2])
def test_a_second_try_passes_and_is_listed(workers: int, tmp_path: Path) -> None:
    code, output = _run(tmp_path, workers=workers)
    assert code == 0, output
    assert "1 passed, 1 rerun" in output
    assert "RERUN" in output
    assert "first try" in output


def test_what_fails_twice_fails(tmp_path: Path) -> None:
    code, output = _run(tmp_path, always=True)
    assert (code, "1 failed" in output) == (1, True), output


def test_a_test_without_real_programs_has_one_try(tmp_path: Path) -> None:
    code, output = _run(tmp_path, marker="other")
    assert (code, "1 failed" in output, "1 rerun" in output) == (1, True, False), output


@pytest.mark.parametrize(("count", "expected"), [(ALLOWED, 0), (ALLOWED + 1, 1)])
def test_second_tries_are_limited(count: int, expected: int, tmp_path: Path) -> None:
    code, output = _run(tmp_path, count=count, workers=2)
    assert code == expected, output
    assert (f"{count} tests needed a second try" in output) == bool(expected)
