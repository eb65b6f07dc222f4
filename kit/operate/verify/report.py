"""What a verification found, for a person or a program."""

from __future__ import annotations

import sys
from dataclasses import asdict

from kit.operate.verify.ledger import Entry
from kit.operate.verify.run import Verification
from kit.terminal import Output, answer, bold, data, say


def report(result: Verification, output: Output) -> None:
    """Print it: the answer on stdout, the verdict on stderr."""
    if output is Output.JSON:
        answer("verify", **_plain(result))
        return
    services = ", ".join(f"{name} {count}" for name, count in result.services.items())
    data(f"{result.sent} requests; spans found: {services}")
    for queue in result.queues:
        data(f"{queue.stream}: {queue.messages} by {queue.edge}, waited {queue.median_wait:.1f} ms (median)")
    if result.visible_after is not None:
        data(f"all whole in Jaeger {result.visible_after:.2f} s after the last delivery")
    data("")
    data(
        bold(
            f"{'spans':<24} {'came':>8} {'went on':>8} {'wait':>6} {'lost':>6} {'unexplained':>12}",
            sys.stdout,
        )
    )
    for entry in result.entries:
        data(_line(entry))
    if result.ok:
        say("every span is accounted for")
    else:
        for problem in result.problems:
            say(f"problem: {problem}")


def _line(entry: Entry) -> str:
    lost = sum(entry.lost.values())
    extra = f"  +{entry.extra} sent again or by others" if entry.extra else ""
    numbers = f"{entry.came:>8} {entry.went:>8} {entry.waiting:>6} {lost:>6} {entry.unexplained:>12}"
    return f"{entry.hop:<24} {numbers}{extra}"


def _plain(result: Verification) -> dict[str, object]:
    return {
        "ok": result.ok,
        "requests": result.sent,
        "services": dict(result.services),
        "queues": [
            {
                "stream": queue.stream, "messages": queue.messages, "edge": queue.edge,
                "wait_ms_median": queue.median_wait, "wait_ms_max": max(queue.waits, default=0.0),
            }
            for queue in result.queues
        ],
        "backlog": [asdict(queue) for queue in result.backlog],
        "visible_after_s": result.visible_after,
        "ledger": [asdict(entry) | {"unexplained": entry.unexplained, "ok": entry.ok} for entry in result.entries],
        "problems": result.problems,
    }  # fmt: skip
