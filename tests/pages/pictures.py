"""`python -m tests.pages.pictures`: the README's pictures, from a run of the real programs.

It needs Playwright and Chromium (`make browser` installs both). It starts the samples, puts load on them, and draws
what the command prints as SVG, and the report page in light and dark.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from sample_services.load import run_load
from tests.native.stack import Stack, running
from tests.pages.list_of_pages import ROOT
from tests.pages.screenshots import screenshots

_IMAGES = ROOT / "docs" / "images"
_COLUMNS = 118
_SEARCHABLE_SECONDS = 15


def main() -> int:
    """Draw all pictures; answers the exit code."""
    os.environ["COLUMNS"] = str(_COLUMNS)
    _IMAGES.mkdir(exist_ok=True)
    spec = (
        "native: {storage: badger}\n"
        "objectives: [{service: coupon-api, endpoint: 'POST /campaigns/{campaign_id}/coupons', p99: 200ms}]"
    )
    with (
        tempfile.TemporaryDirectory(prefix="kit-pictures-") as folder,
        running(Path(folder) / "coupons", spec) as stack,
    ):
        load = run_load(stack.api, 300, 4)
        time.sleep(_SEARCHABLE_SECONDS)
        trace = _whole_trace(stack, load.trace_ids)
        _draw(stack, ("traces", "show", trace), "trace.svg")
        _draw(stack, ("traces", "endpoints", "--since", "15m"), "endpoints.svg")
        report = Path(folder) / "report.html"
        done = stack.kit("traces", "report", "-o", str(report), "--since", "15m")
        if done.returncode:
            sys.stderr.write(done.stderr)
            return 1
        screenshots(report, _IMAGES)
    return 0


def _whole_trace(stack: Stack, trace_ids: list[str]) -> str:
    """The id of a trace through both queues: the one with the most spans."""

    def spans(trace_id: str) -> int:
        shown: dict[str, Any] = json.loads(
            stack.kit("traces", "show", trace_id, "--output", "json").stdout or "{}"
        )
        return len(json.dumps(shown))

    return max(trace_ids[:12], key=spans)


def _draw(stack: Stack, arguments: tuple[str, ...], name: str) -> None:
    text = stack.kit(*arguments).stdout.replace(str(stack.base + 2), "16686")
    with Path(os.devnull).open("w") as nothing:
        console = Console(record=True, width=_COLUMNS, file=nothing)
        console.print(Text(text.rstrip("\n")))
        svg = console.export_svg(title=f"$ kit {' '.join(arguments)}", theme=MONOKAI)
    # Rich's picture loads its font from a network.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    (_IMAGES / name).write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")


if __name__ == "__main__":
    sys.exit(main())
