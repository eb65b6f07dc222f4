"""`kit demo`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import typer

from generator.components.collector.plan import CollectorPlan

app = typer.Typer(rich_markup_mode=None)


@app.command()
def demo(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
) -> None:
    """Start the deployment natively, send it requests, and show one trace through both queues.

    Example: kit demo
    """
    from analysis.tree import draw
    from generator.targets import COMPOSE, NATIVE
    from kit.operate.demo import run_demo
    from kit.operate.deployment import load
    from kit.operate.native.home import Home
    from kit.operate.native.report import addresses
    from kit.operate.native.state import urls
    from kit.operate.native.up import up
    from kit.operate.own_services import needs_samples, refuse_sampling
    from kit.operate.rules import refuse_errors
    from kit.terminal import coloured, data

    home, deployment = Home.of(spec.parent), load(spec, NATIVE)
    api = needs_samples("kit demo", urls(deployment))
    refuse_sampling("kit demo", deployment[CollectorPlan].sampling is not None)
    refuse_errors(spec, deployment)
    started = up(deployment, home)
    traces = run_demo(api, started.state.urls["jaeger"])
    data("")
    width = min(shutil.get_terminal_size((110, 24)).columns, 160)
    for line in draw(traces, width=width, colour=coloured(sys.stdout)):
        data(line)
    data("")
    for line in addresses(started, home):
        data(line)
