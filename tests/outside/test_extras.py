"""The kit installed without its extras: what a person is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("module", "code", "text"),
    [
        ("filelock", 3, "the package filelock is not installed"),
        ("kit.operate.native.up", 4, "a defect of the kit"),
    ],
)
def test_a_package_of_an_extra_is_missing(tmp_path: Path, module: str, code: int, text: str) -> None:
    (tmp_path / "kit.yaml").write_text("spec: 1\nname: x\nnative: {storage: memory}\n")
    without = f"import sys; sys.modules[{module!r}] = None; sys.argv = ['kit', 'up', '--target', 'native']"
    done = subprocess.run(
        [sys.executable, "-c", f"{without}; from kit.cli import main; main()"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert text in done.stderr
    assert ("pip install 'tracing-kit[native]'" in done.stderr) == (code == 3)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
