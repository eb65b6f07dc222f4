"""`kit dashboards`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)


@app.callback()
def dashboards() -> None:
    """Write the dashboards as files for a Grafana elsewhere."""


@app.command()
def export(
    folder: Path = typer.Argument(..., metavar="DIR", help="Folder for the files; made if it is missing."),
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    native: bool = typer.Option(False, "--native", help="For the native target's database."),
    force: bool = typer.Option(False, "--force", help="Overwrite files with other content."),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Write the dashboards of this deployment as JSON, which Grafana 13 can import.

    Each dashboard asks for its data sources at the top: a Prometheus with the kit's rules, and a Jaeger. Import the
    files in Grafana under Dashboards, New, Import, or let its provisioning read the folder.

    Example: kit dashboards export grafana-import
    """
    from kit.operate.dashboards import export as export_dashboards
    from kit.operate.dashboards import export_lines
    from kit.operate.runtimes import in_containers, on_this_machine
    from kit.printing import show

    deployment = on_this_machine(spec) if native else in_containers(spec)
    answer = export_dashboards(deployment, folder, force=force)
    show(answer, output, export_lines(answer))
