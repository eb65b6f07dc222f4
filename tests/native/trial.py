"""A deployment on trial: its services start anew, with a fault or without, and what a load did to them is kept."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from kit.operate.native.home import Home
from kit.operate.native.supervisor import Supervisor
from kit.operate.readiness import ready
from kit.operate.runtimes import running
from kit.operate.verify.counters import read_counters
from tests.native.shoppers import Shoppers
from tests.native.stack import Stack
from tests.patience import ANSWER_S, PATIENCE_S

SERVICES = ("coupon-api", "coupon-issuer", "coupon-notifier")
# Every fault costs more than this; less may be the machine's, which others use as well. What doubles one way is
# halved the other way.
_MATTERS = {"slower": "100", "faster": "50", "no change": "100"}
_TRIES = 3

Subject = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Process:
    """A service as the kit started it."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: str

    @property
    def port(self) -> int:
        return int(self.environment.get("HTTP_PORT") or self.environment["HEALTH_PORT"])


class Trial:
    """A deployment that is up, and snapshots of what loads did to it.

    Attributes:
        stack: the deployment.
        environment: variables that its services have from their next start on.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.environment: dict[str, str] = {}
        self._home = Home.of(stack.folder)
        supervisor = Supervisor.find(self._home)
        assert supervisor is not None
        self._services = {name: _seen(supervisor.seen()[name].pid) for name in SERVICES}
        self._running: list[subprocess.Popen[bytes]] = []
        self._supervisor: Supervisor | None = supervisor

    def restart(self, faults: str = "") -> None:
        """Start the three services anew, with these faults; the rest of the deployment stays as it is."""
        self.stop()
        changed = {**self.environment, "FAULTS": faults}
        self._running = [
            self._start(name, {**service.environment, **changed}) for name, service in self._services.items()
        ]
        deadline = time.monotonic() + PATIENCE_S
        while not all(ready("http", service.port, "/readyz") for service in self._services.values()):
            assert time.monotonic() < deadline, self.log()
            assert not any(process.poll() for process in self._running), self.log()
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the services, whose last spans are sent by then."""
        if self._supervisor is not None:
            self._supervisor.stop(SERVICES, 60)
            self._supervisor = None
        for process in self._running:
            process.terminate()
        for process in self._running:
            assert process.wait(60) == 0, self.log()
        self._running = []

    def log(self) -> str:
        """The ends of the services' logs."""
        return "\n".join(self._log(name).read_text()[-1500:] for name in SERVICES if self._log(name).exists())

    def snapshot(self, name: str, *loads: str) -> None:
        """Put a load on the samples and keep its traces."""
        self.load("prepare_lists" if "browsing" in loads else "warm_up")
        since = datetime.now(UTC)
        self.load(*loads)
        self._settle()
        self.asked(0, "snapshot", name, "--since", since.isoformat(), "--force")

    def twice_without_a_fault(self, subjects: Set[Subject], *loads: str) -> None:
        """Snapshots `before` and `repeat`, on services started anew.

        They are taken again while a subject has too few independent values: a busy machine's moods make neighbours
        alike. What is found to be slower or faster stays, and is the test's to judge.
        """
        for _ in range(_TRIES):
            for name in ("before", "repeat"):
                self.restart()
                self.snapshot(name, *loads)
            if not subjects & self._undecided("before", "repeat"):
                return

    def asked(self, exit_code: int, *arguments: str) -> dict[str, Any]:
        """What `kit traces` answers, which must end with this exit code."""
        result = self.stack.kit("traces", *arguments, "--output", "json")
        if result.returncode != exit_code:
            told = self.stack.kit("traces", *arguments)
            raise AssertionError(f"exit code {result.returncode}\n{told.stderr}{told.stdout}")
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def findings(self, name: str, *, exit_code: int) -> list[tuple[str, tuple[str, str]]]:
        """Rule, and service and endpoint, of what lint says of a snapshot, the costliest first."""
        found = self.asked(exit_code, "lint", "--from", name, "--fail-on", "warning")["findings"]
        return [(it["rule"], (it["details"]["service"], it["details"]["endpoint"])) for it in found]

    def judged(self, before: str, after: str, verdict: str) -> set[Subject]:
        """What a comparison says is `slower`, `faster`, or `no change`: which must be its verdict, too."""
        matters = ("--min-change", "25ms", "--min-change-percent", _MATTERS[verdict])
        report = self.asked(1 if verdict == "slower" else 0, "compare", before, after, *matters)
        told = "\n".join(map(str, report["comparisons"]))
        assert (report["verdict"], report["errors"]) == (verdict, "no change"), told
        return _subjects(report, verdict)

    def _undecided(self, before: str, after: str) -> set[Subject]:
        result = self.stack.kit("traces", "compare", before, after, "--output", "json")
        return _subjects(json.loads(result.stdout), "not enough data")

    def _start(self, name: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        service = self._services[name]
        with self._log(name).open("ab") as log:
            return subprocess.Popen(
                service.command, cwd=service.folder, env=environment, stdout=log, stderr=log
            )

    def _log(self, name: str) -> Path:
        return self.stack.temporary / f"{name}.log"

    def load(self, *loads: str) -> None:
        """Put a load on the samples."""

        async def put() -> None:
            async with httpx.AsyncClient(
                base_url=self.stack.api, timeout=ANSWER_S, trust_env=False
            ) as client:
                shoppers = Shoppers(client)
                for load in loads:
                    await getattr(shoppers, load)()

        asyncio.run(put())

    def _settle(self) -> None:
        """Wait until every span that was made has been stored."""
        runtime = running(self.stack.folder / "kit.yaml")
        deadline = time.monotonic() + PATIENCE_S
        while True:
            now = read_counters(runtime)
            waiting = {name: one.waiting if one else -1 for name, one in now.components.items()}
            for name in ("collector", "jaeger"):
                relay = now.components[name]
                waiting[name] = relay.came - relay.went if relay else -1
            if not any(waiting.values()):
                return
            assert time.monotonic() < deadline, waiting
            time.sleep(0.1)


@contextmanager
def on_trial(folder: Path, spec: str = "native: {storage: memory}") -> Iterator[Trial]:
    """A deployment that keeps its traces in memory; it is stopped and removed whatever happens."""
    stack = Stack(folder, spec)
    try:
        stack.up()
        trial = Trial(stack)
        yield trial
        trial.stop()
    finally:
        stack.kit("down", "--volumes")
        for process in stack.processes():
            process.kill()


def _seen(pid: int) -> _Process:
    process = psutil.Process(pid)
    return _Process(process.cmdline(), process.environ(), process.cwd())


def _subjects(report: Mapping[str, Any], verdict: str) -> set[Subject]:
    """What a comparison has this verdict on."""
    return {
        (it["subject"], it["service"], it["name"]) for it in report["comparisons"] if it["verdict"] == verdict
    }
