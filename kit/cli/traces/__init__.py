"""`kit traces`: one file per verb, imported only when it is called."""

from __future__ import annotations

import typer

from kit.cli.lazy_verbs import LazyVerbs


class _Verbs(LazyVerbs):
    """The questions that traces answer."""

    package = "kit.cli.traces"
    verbs = {  # noqa: RUF012
        "search": "List traces, newest first.",
        "show": "Draw one trace as a tree beside a waterfall.",
        "endpoints": "Which endpoint costs most, and for whom.",
        "operations": "The self time of every operation.",
        "critical-path": "Where the time of requests goes, queues included.",
        "slowest": "The slowest calls, and what sets them apart.",
        "queues": "The consumer, or the wait before it?",
        "snapshot": "Keep the traces of a window under a name.",
        "compare": "Did a change help, or is it noise?",
        "lint": "What traces show to be wrong, and what it costs.",
        "report": "All of these answers on one HTML page.",
    }


app = typer.Typer(cls=_Verbs, rich_markup_mode=None, no_args_is_help=True, add_completion=False)


@app.callback()
def traces() -> None:
    """Find traces, look at one, and ask which endpoint, which hop, which queue is slow."""
