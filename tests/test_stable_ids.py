"""The check that `make test` begins with, on tests whose lists change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stable_ids import difference

HEAD = "import gzip, os, tempfile, time\nimport pytest\n"
TEST = "def test_one(value):\n    pass\n"


def _difference(folder: Path, values: str) -> str:
    (folder / "test_one.py").write_text(f"{HEAD}\n@pytest.mark.parametrize('value', {values})\n{TEST}")
    return difference(["."], folder)


@pytest.mark.parametrize(
    "values",
    [
        '[gzip.compress(b"")]',
        "[str(int(time.time()))]",
        "{str(number) for number in range(50)}",
        "[tempfile.gettempdir()]",
        "[os.getpid()]",
    ],
    ids=["gzip's second", "the clock", "a set's order", "a temporary folder", "a process id"],
)
def test_what_changes_is_shown(tmp_path: Path, values: str) -> None:
    assert "+test_one.py::test_one[" in _difference(tmp_path, values)


def test_equal_lists_show_nothing(tmp_path: Path) -> None:
    assert _difference(tmp_path, '[gzip.compress(b"", mtime=0), "a", 1]') == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [("import nothing_of_that_name\n", "nothing_of_that_name"), ("", "no tests collected")],
    ids=["an error", "no test"],
)
def test_what_cant_be_collected_is_no_success(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "test_one.py").write_text(text)
    with pytest.raises(RuntimeError, match=reason):
        difference(["."], tmp_path)


def test_bytes_need_an_id() -> None:
    from tests.conftest import pytest_make_parametrize_id

    with pytest.raises(pytest.UsageError, match="give bytes an id"):
        pytest_make_parametrize_id(None, b"", "content")  # type: ignore[arg-type]
