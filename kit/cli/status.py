"""`kit status`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kit.terminal import Output

if TYPE_CHECKING:
    from kit.operate.compose.project import Project

app = typer.Typer(rich_markup_mode=None)


@app.command()
def status(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder counts."),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Show each component: running, ready, memory, ports. Exit code 3 when one is not as it should be.

    Example: kit status --output json
    """
    from kit.errors import MachineError
    from kit.operate.running import project_with_containers

    if project := project_with_containers(spec.parent):
        _containers(project, spec, output)
        return
    from kit.operate.native.home import Home
    from kit.operate.native.report import report_status
    from kit.operate.native.status import status as look

    now = look(Home.of(spec.parent))
    if now is None:
        raise MachineError("nothing runs here", hint="kit up")
    report_status(now, output)
    bad = [row.name for row in now.rows if not row.fine]
    if bad:
        raise MachineError(f"not ready: {', '.join(bad)}", hint=f"kit logs {bad[0]}")


def _containers(project: Project, spec: Path, output: Output) -> None:
    from generator.targets import COMPOSE, NATIVE
    from kit.errors import MachineError
    from kit.operate.compose.report import report_status
    from kit.operate.compose.status import status as look
    from kit.operate.deployment import load
    from kit.operate.native.state import urls

    deployment = load(spec, COMPOSE)
    rows = look(project, deployment)
    report_status(project.name, rows, urls(deployment), output)
    bad = [row.name for row in rows if not row.fine]
    if bad:
        raise MachineError(f"not ready: {', '.join(bad)}", hint=f"kit logs {bad[0]}")
