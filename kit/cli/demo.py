"""`kit demo`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import typer

from generator.components.collector.plan import CollectorPlan

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def demo(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
) -> None:
    """Start the deployment natively, send it requests, and show one trace through both queues.

    Example: kit demo
    """
    from analysis.tree import draw
    from kit.operate.demo import run_demo
    from kit.operate.own_services import needs_samples, refuse_sampling
    from kit.operate.runtimes import without_docker
    from kit.operate.status_report import addresses
    from kit.operate.urls import urls
    from kit.operate.validation import refuse_errors
    from kit.terminal import coloured, data

    runtime = without_docker(spec)
    sampled = runtime.deployment[CollectorPlan].sampling is not None
    api = needs_samples("kit demo", urls(runtime.deployment))
    refuse_sampling("kit demo", sampled)
    refuse_errors(spec, runtime.deployment)
    runtime.up(lambda _: None)
    traces = run_demo(api, runtime.urls["jaeger"])
    data("")
    width = min(shutil.get_terminal_size((110, 24)).columns, 160)
    for line in draw(traces, width=width, colour=coloured(sys.stdout)):
        data(line)
    data("")
    for line in addresses(runtime.started(already=True), runtime.deployment):
        data(line)
