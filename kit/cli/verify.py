"""`kit verify`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def verify(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder is used."),
    requests: int = typer.Option(10, "--requests", min=1, max=1000, help="Number of coupons to request."),
    wait: str = typer.Option(
        "30s", "--wait", help="Maximum time to wait for deliveries, and again for traces."
    ),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Follow marked requests through a running deployment, and account for every span.

    Exit code 1 if a request is stuck, a parent, link or attribute is wrong, or a span is lost or stuck. The
    output names the hop. Example: kit verify --requests 50
    """
    from kit.cli.waiting import wait_seconds
    from kit.operate.runtimes import running
    from kit.operate.verify.run import verify as follow
    from kit.operate.verify.verify_report import report

    seconds = wait_seconds(wait)
    result = follow(running(spec), count=requests, wait=seconds)
    report(result, output)
    if not result.ok:
        raise typer.Exit(1)
