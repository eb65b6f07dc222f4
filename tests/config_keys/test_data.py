"""The data of `generator/config_keys` is what the Go sources say: it is made anew and compared."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.config_keys.describe import DATA, VERSIONS, described

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(shutil.which("go") is None, reason="needs Go, and the modules of the native parts"),
]


# Jaeger's takes several minutes.
@pytest.mark.parametrize(
    "program", VERSIONS if os.environ.get("KIT_KEY_MUTATIONS") == "whole" else ["otelcol"]
)
def test_the_data_is_current(tmp_path: Path, program: str) -> None:
    assert described(program, tmp_path) == (DATA / f"{program}.json").read_text(encoding="utf-8")
