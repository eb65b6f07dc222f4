"""What draws the charts is what was published, and can stand in a page."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import analysis.report

_FOLDER = Path(analysis.report.__file__).parent
_HASHES = {
    "d3.min.js": "f2094bbf6141b359722c4fe454eb6c4b0f0e42cc10cc7af921fc158fceb86539",
    "plot.umd.min.js": "4358086467740777dd788d6b27a95cebdbaefdd50c730a3060117073bd7134cb",
}


@pytest.mark.parametrize("name", _HASHES)
def test_the_files_are_those_that_were_published(name: str) -> None:
    assert hashlib.sha256((_FOLDER / "vendor" / name).read_bytes()).hexdigest() == _HASHES[name]


@pytest.mark.parametrize("name", ["vendor/d3.min.js", "vendor/plot.umd.min.js", "charts.js"])
def test_no_script_ends_its_own_element(name: str) -> None:
    text = (_FOLDER / name).read_text(encoding="utf-8").lower()
    assert "</script" not in text
    assert "<!--" not in text
