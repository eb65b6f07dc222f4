"""`python -m tests.pages [PAGE…]`: run the pages on the real programs, and write the new outputs into them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.pages.blocks import blocks_of, with_outputs
from tests.pages.list_of_pages import PAGES, ROOT
from tests.pages.running import run_blocks


def main(names: list[str]) -> int:
    """Run each page; answers the exit code: 1 when a block's exit code is not the page's."""
    wrong = 0
    for name in names or PAGES:
        page = ROOT / name
        text = page.read_text(encoding="utf-8")
        blocks = blocks_of(text)
        with tempfile.TemporaryDirectory(prefix="kit-page-") as folder:
            ran = run_blocks(blocks, Path(folder))
        outputs = []
        for block, result in zip(blocks, ran, strict=True):
            if result is None:
                continue
            if result.exit_code not in block.exit_codes:
                wrong += 1
                where = f"{name}:{block.line}: exit code {result.exit_code}, not of {block.exit_codes}"
                sys.stderr.write(f"{where}\n{result.output}\n")
            outputs.append((block, result.output))
        page.write_text(with_outputs(text, outputs), encoding="utf-8")
        sys.stderr.write(f"{name}: {len(outputs)} blocks\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
