"""What the package may not import: the layers above it, and what costs time at the start of a command."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
import analysis.linked, analysis.whole_trace, analysis.summary, analysis.tree
import analysis.sources.files, analysis.sources.jaeger
print(sorted({name.partition(".")[0] for name in sys.modules}
    & {"httpx", "pydantic", "rich", "typer", "kit", "generator", "sample_services"}))
"""


def test_the_package_stands_alone_and_httpx_waits_until_a_jaeger_is_asked() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_columns_wait_until_many_traces_are_asked_about() -> None:
    program = (
        "import sys, analysis.linked, analysis.sources.jaeger, kit.cli.verbs, kit.cli.traces, kit.cli.generate\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'numpy', 'msgspec', 'httpx'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
