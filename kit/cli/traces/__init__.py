"""`kit traces`: one file per verb, imported only when it is called."""

from __future__ import annotations

import typer

from kit.cli.lazy_verbs import LazyVerbs


class _Verbs(LazyVerbs):
    """The verbs of `kit traces`."""

    package = "kit.cli.traces"
    verbs = {  # noqa: RUF012
        "search": "List traces, newest first.",
        "show": "Draw one trace as a tree beside a waterfall.",
        "endpoints": "List endpoints by impact, with rates, errors and latencies.",
        "operations": "Show the self time of every operation.",
        "critical-path": "Show where the time of requests goes, queues included.",
        "slowest": "List the slowest calls, and find what sets them apart.",
        "queues": "Show which is slow: a consumer, or the wait before it.",
        "snapshot": "Keep the traces of a window under a name.",
        "compare": "Compare two sets of traces: did a change help, or is it noise?",
        "lint": "Find problems in traces, such as N+1 queries, with their cost.",
        "report": "Write all of these answers to one HTML page.",
    }


app = typer.Typer(cls=_Verbs, rich_markup_mode=None, no_args_is_help=True, add_completion=False)


@app.callback()
def traces() -> None:
    """Search and show traces, and find which endpoint, operation or queue is slow."""
