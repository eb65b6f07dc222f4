"""`stream_tracing` as a package of its own; what it does is shown by the samples' tests and by the example."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from stream_tracing import Propagation, StreamTracer

DOCS = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "trace-through-a-queue.md"


def test_it_brings_the_api_of_opentelemetry_and_nothing_of_this_project() -> None:
    code = "import sys, stream_tracing; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    seen = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"sample_services", "kit", "generator", "analysis", "redis", "httpx"} & set(seen)
    code = "import sys, stream_tracing; print([n for n in sys.modules if n.startswith('opentelemetry.sdk')])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_the_environment_says_parent_or_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MESSAGING_PROPAGATION", raising=False)
    assert Propagation.of_environment() is Propagation.PARENT
    monkeypatch.setenv("MESSAGING_PROPAGATION", "link")
    assert Propagation.of_environment() is Propagation.LINK
    monkeypatch.setenv("MESSAGING_PROPAGATION", "both")
    with pytest.raises(ValueError, match="MESSAGING_PROPAGATION is 'both': `parent` or `link` is needed"):
        StreamTracer()
    assert StreamTracer(Propagation.LINK), "what the code says, the environment does not change"


AROUND = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider())
entries = []


class redis:
    @staticmethod
    def xadd(stream, fields):
        entries.append(("1-0", fields))
        return "1-0"


def pack(fields):
    print(fields["order"], fields["traceparent"], format(trace.get_current_span().get_span_context().trace_id, "032x"))


"""


def test_the_lines_of_the_docs_run() -> None:
    """With a list in the place of Redis: what they show is the propagation."""
    (lines,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    seen = subprocess.run(
        [sys.executable, "-W", "error", "-c", AROUND + lines], capture_output=True, text=True, check=False
    )
    assert seen.returncode == 0, seen.stderr
    order, traceparent, trace_id = seen.stdout.split()
    assert order == "17"
    assert traceparent.split("-")[1] == trace_id
