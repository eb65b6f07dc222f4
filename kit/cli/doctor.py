"""`kit doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.operate.target_name import TargetName
from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def doctor(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    target: TargetName | None = typer.Option(
        None, "--target", help="native or compose (default: the one that runs, else both)."
    ),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Check this machine and the deployment that runs in this folder: pass, warn or fail, with a fix.

    Changes nothing. Exit code 1 if a check fails, 0 if checks only warn.

    Example: kit doctor --output json
    """
    from kit.operate.doctor.doctor_report import report
    from kit.operate.doctor.run import examine

    found = examine(spec, target)
    report(found, output)
    if found.failed:
        raise typer.Exit(1)
