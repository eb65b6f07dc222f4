"""Run `supervisor` with a limited pause between restarts and limited log lines: python -m … -c CONFIG.

`supervisor` waits one second longer after each failed start. After `startretries` of them it gives up for good, and
without this limit the pauses would grow without end. Jaeger fails until its database has started, which takes
minutes on a slow machine. Then it must restart soon.
"""

from __future__ import annotations

from typing import Any

# Longest pause between two starts, in seconds.
LONGEST_PAUSE = 10
# The supervisor gives up when its counter is above this value, which the bounded counter never is.
NEVER = LONGEST_PAUSE + 1


class _Bounded:
    """The counter of failed starts, which is also the pause in seconds."""

    def __get__(self, process: Any, kind: type | None = None) -> int:
        return 0 if process is None else int(process.__dict__.get("backoff", 0))

    def __set__(self, process: Any, tries: int) -> None:
        process.__dict__["backoff"] = min(tries, LONGEST_PAUSE)


def main() -> None:
    """Run the supervisor."""
    from supervisor import dispatchers, supervisord
    from supervisor.process import Subprocess

    from kit.operate.native.log_lines import cut_lines

    Subprocess.backoff = _Bounded()
    cut_lines(dispatchers.POutputDispatcher)
    supervisord.main()


if __name__ == "__main__":
    main()
