"""The supervisor's own program, with a bounded pause between two tries and bounded lines: python -m … -c CONFIG.

`supervisor` waits one second longer after each failed try. After `startretries` of them it gives up for good, and
without that limit the pauses would grow without end. Jaeger fails for as long as its database starts, which takes
minutes on a slow machine; then it must be back soon.
"""

from __future__ import annotations

from typing import Any

# Seconds between two tries, at most.
LONGEST_PAUSE = 10
# More than the pause ever counts: the supervisor gives up when its counter is above this.
NEVER = LONGEST_PAUSE + 1


class _Bounded:
    """The counter of failed tries, which is the pause in seconds as well."""

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
