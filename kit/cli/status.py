"""`kit status`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def status(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder is used."),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Show each component: running, ready, memory, ports. Exit code 3 if one is not ready.

    Example: kit status --output json
    """
    from kit.errors import MachineError
    from kit.operate.runtimes import running
    from kit.operate.status_report import report_status

    now = running(spec).status()
    report_status(now, output)
    bad = [row.name for row in now.rows if not row.fine]
    if bad:
        raise MachineError(f"not ready: {', '.join(bad)}", hint=f"kit logs {bad[0]}")
