"""`kit queues`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True, add_completion=False)

_SPEC = typer.Option(Path("kit.yaml"), "--spec", help="The spec; only its folder is used.")
_REDIS = typer.Option(
    "",
    "--redis",
    metavar="URL",
    help="URL of the Redis, such as redis://host:6379/0 (default: this folder's deployment).",
)
_OUTPUT = typer.Option(Output.TEXT, "--output", help="text or json.")


@app.callback()
def queues(ctx: typer.Context, spec: Path = _SPEC, redis: str = _REDIS, output: Output = _OUTPUT) -> None:
    """Show each queue and consumer group: the waiting entries, their age, and dead letters.

    depth: entries in the stream. pending: delivered and not acknowledged. unread: not delivered yet.
    oldest: age of the oldest unfinished entry. dead: entries that were given up, kept in STREAM.dead.

    Redis 6.2 does not report unread entries, so the kit counts those after the group's last delivered one.
    Beyond 10,000 it shows depth minus pending, marked with ~.

    Example: kit queues --output json
    """
    if ctx.invoked_subcommand:
        return
    from kit.operate.queues.connection import queues_at
    from kit.operate.queues.look import QueuesAnswer
    from kit.operate.queues.queues_report import queue_lines
    from kit.printing import show

    streams = queues_at(redis, spec).streams()
    show(QueuesAnswer(streams), output, queue_lines(streams))


@app.command()
def requeue(
    stream: str = typer.Argument(..., metavar="STREAM", help="The stream whose dead letters to requeue."),
    id_: list[str] = typer.Option([], "--id", metavar="ID", help="A dead letter's id; may be repeated."),
    all_: bool = typer.Option(False, "--all", help="All dead letters of the stream."),
    spec: Path = _SPEC,
    redis: str = _REDIS,
    output: Output = _OUTPUT,
) -> None:
    """Put dead letters back onto their stream. They keep their original fields and are tried again.

    Example: kit queues requeue coupon.issued --all
    """
    if bool(id_) == all_:
        raise typer.BadParameter("name dead letters with --id ID (may be repeated), or pass --all")
    from kit.operate.queues.connection import queues_at
    from kit.operate.queues.queues_report import requeued_lines
    from kit.operate.queues.requeue import RequeueAnswer
    from kit.printing import show

    moved = queues_at(redis, spec).requeue(stream, list(dict.fromkeys(id_)))
    show(RequeueAnswer(moved), output, requeued_lines(stream, moved))
