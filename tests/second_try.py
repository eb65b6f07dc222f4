"""A second try for tests of real programs, which a busy machine can fail by chance.

Each test that needed it is listed as RERUN, with its first failure. More than `ALLOWED` of them fail the run. Tests
without real programs have one try.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

ALLOWED = 3
MARKERS = ("native", "alone", "docker", "browser", "postgresql")


def give_a_second_try(items: Iterable[pytest.Item]) -> None:
    """Mark the tests that run once more after a failure."""
    for item in items:
        if any(item.get_closest_marker(marker) for marker in MARKERS):
            item.add_marker(pytest.mark.flaky(reruns=1))


def report_second_tries(session: pytest.Session) -> None:
    """Print the first failures of tests that ran twice; fail a run that has more of them than are allowed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    # A worker of pytest-xdist has none: the controller counts.
    if reporter is None:
        return
    reruns = reporter.stats.get("rerun", [])
    for report in reruns:
        reporter.section(f"first failure of {report.nodeid}")
        reporter.write_line(report.longreprtext)
    if len(reruns) > ALLOWED and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"\n{len(reruns)} tests needed a second try, at most {ALLOWED} may", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
