"""The README's and the tutorials' commands do on the real programs what the pages say."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pages.blocks import Block, blocks_of
from tests.pages.list_of_pages import PAGES, ROOT
from tests.pages.masks import masked, shape
from tests.pages.running import Ran, run_blocks

pytestmark = [pytest.mark.native, pytest.mark.usefixtures("programs")]

# A trace's rows are in the order of their starts, and a row that chance adds or takes is no difference.
_ALIKE = 0.6


@pytest.mark.parametrize("name", PAGES)
def test_a_tutorial_prints_what_its_page_shows(name: str, tmp_path: Path) -> None:
    blocks = blocks_of((ROOT / name).read_text(encoding="utf-8"))
    complaints = list(map(complaint, blocks, run_blocks(blocks, tmp_path)))
    assert [it for it in complaints if it] == []


def complaint(block: Block, ran: Ran | None) -> str:
    """How a block's run differs from the page; empty when it does not."""
    if ran is None:
        return ""
    if ran.exit_code not in block.exit_codes:
        return f"line {block.line}: exit code {ran.exit_code}\n{ran.output}"
    if block.output is None:
        return ""
    if block.varies:
        last_told, last_ran = (text.strip().splitlines()[-1] for text in (block.output, ran.output))
        is_alike = masked(last_told) == masked(last_ran) or len(block.exit_codes) > 1
    else:
        told, seen = shape(block.output), shape(ran.output)
        is_alike = len(told & seen) >= _ALIKE * len(told | seen)
    return (
        "" if is_alike else f"line {block.line}: the page has\n{block.output}\nand it printed\n{ran.output}"
    )


def test_the_readme_s_commands_run_in_a_fresh_checkout(tmp_path: Path) -> None:
    """With the environment that is here, so that nothing is installed again."""
    fresh = tmp_path / "home"
    files = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, files):
        if (ROOT / name).exists():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, fresh / name)
    (fresh / ".venv").symlink_to(ROOT / ".venv")
    for name in ("pyproject.toml", "requirements/development.lock"):
        os.utime(fresh / name, (0, 0))
    blocks = blocks_of((ROOT / "README.md").read_text(encoding="utf-8"))
    ran = run_blocks(blocks, tmp_path)
    assert [it for it in map(complaint, blocks, ran) if it] == []
    assert ran[0] is not None
    assert "coupon-notifier" in ran[0].output
    assert "in the queue" in ran[0].output
