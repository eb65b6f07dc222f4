"""`kit slo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kit.terminal import Output, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.operate.slo.answers import BadRequest, ObjectiveState, SloAnswer
    from kit.operate.slo.subject import Promised

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def slo(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec, which defines the objectives."),
    prometheus: str = typer.Option(
        "",
        "--prometheus",
        metavar="URL",
        envvar="KIT_PROMETHEUS_URL",
        help="URL of Prometheus, such as http://host:9090 (default: this folder's deployment).",
    ),
    jaeger: str = typer.Option(
        "",
        "--jaeger",
        metavar="URL",
        envvar="KIT_JAEGER_URL",
        help="URL of Jaeger, for the traces (default: this folder's deployment).",
    ),
    traces: int = typer.Option(
        3, "--traces", min=0, help="Maximum number of traces for each objective that burns; 0: read none."
    ),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Show the objectives: measured, error budget left, burn rate, and traces that spent the budget.

    Prometheus counts all requests, before sampling. A burn rate of 1 spends the budget in 30 days. "burns" and
    "burns fast" mean that the alert of that name is active.

    Exit code 1 if a budget is overspent or burns fast, 5 if an objective has too few requests to judge.

    Example: kit slo --output json
    """
    from kit.errors import NotEnoughDataError
    from kit.operate.prometheus_api import PrometheusClient
    from kit.operate.slo.answers import SloAnswer, State
    from kit.operate.slo.measure import measure
    from kit.operate.slo.subject import promised
    from kit.printing import show

    about = promised(spec, prometheus, jaeger)
    with PrometheusClient(about.prometheus) as client:
        states = measure(client, about.objectives, about.step.milliseconds / 1000)
    answer = SloAnswer(
        prometheus=client.url,
        budget_window_s=about.budget_window.seconds,
        objectives=_with_traces(states, about, traces) if traces else states,
    )
    show(answer, output, _lines(answer, about))
    if any(one.state.fails for one in answer.objectives):
        raise typer.Exit(1)
    few = [one for one in answer.objectives if one.state is State.NOT_ENOUGH_DATA]
    if few:
        raise NotEnoughDataError(
            f"too few requests to judge {few[0].objective}, {few[0].limit}: {few[0].requests:,}"
            + (f", and {len(few) - 1} more" if len(few) > 1 else ""),
            hint="send requests, and wait a minute; if there were some, compare the names with kit traces endpoints",
        )


def _with_traces(states: Sequence[ObjectiveState], about: Promised, most: int) -> list[ObjectiveState]:
    """Add the bad requests; if Jaeger can't be read, print why on stderr."""
    import time
    from dataclasses import replace

    from analysis.errors import AnalysisError
    from analysis.sources.jaeger import JaegerClient
    from kit.operate.slo.bad_requests import bad_requests

    if not any(one.window for one in states):
        return list(states)
    now = time.time_ns()
    found = list(states)
    try:
        with JaegerClient(about.jaeger, timeout_s=30) as client:
            for place, one in enumerate(states):
                if one.window:
                    spent_by = bad_requests(client, about.jaeger, one, now, most)
                    found[place] = replace(one, spent_by=spent_by)
    except AnalysisError as error:
        say(f"the traces that spent the budget are unknown: {error.message}")
    return found


def _lines(answer: SloAnswer, about: Promised) -> Iterator[str]:
    from kit.cli.traces.scope import short, table_lines

    window = str(about.budget_window)
    heads = ("objective", "limit", "good 1h", f"good {window}", "budget left", "burn 1h", "burn 6h", "state")
    rows = [
        (
            one.objective,
            f"{_percent(one.target)} {'good' if one.threshold_ns is None else '≤ ' + short(one.threshold_ns)}",
            _percent(one.good_1h),
            _percent(one.good),
            _percent(one.budget_left),
            _number(one.burn_1h),
            _number(one.burn_6h),
            one.state.value,
        )
        for one in answer.objectives
    ]
    yield from table_lines(heads, rows, names=(0, 1, 7), whole=(0, 1, 7))
    for one in answer.objectives:
        if one.spent_by is not None:
            yield ""
            yield from _spent_lines(one, one.spent_by)


def _spent_lines(one: ObjectiveState, spent_by: Sequence[BadRequest]) -> Iterator[str]:
    from kit.cli.traces.scope import short, table_lines

    kind = "with an error" if one.threshold_ns is None else f"slower than {short(one.threshold_ns)}"
    if not spent_by:
        yield f"{one.objective}: Jaeger has no request {kind} of the last {one.window}; sampling may have dropped them"
        return
    yield f"{one.objective}: requests {kind} of the last {one.window}"
    rows = [
        (
            it.start_time[:19].replace("T", " "),
            "-" if it.took_ns is None else short(it.took_ns),
            it.endpoint,
            it.trace_id,
            it.link,
        )
        for it in spent_by
    ]
    heads = ("start (UTC)", "took", "endpoint", "trace id", "link")
    yield from table_lines(heads, rows, names=(0, 2, 3, 4), whole=(3, 4), spared=(4,))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.4g}%"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
