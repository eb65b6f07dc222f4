"""A native run, as the doctor sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.deployment.model import Deployment
from generator.targets import COMPOSE, NATIVE
from kit.operate.doctor.live import Hop, Metrics, http_get
from kit.operate.native.home import Home
from kit.operate.native.plan import plan
from kit.operate.native.status import Status
from kit.operate.native.supervisor import config_text

_HOST = "127.0.0.1"


class NativeRun:
    """What `kit up --target native` started."""

    target = NATIVE

    def __init__(self, home: Home, status: Status, deployment: Deployment) -> None:
        self._home, self._status, self._deployment = home, status, deployment
        self._components = {component.name: component for component in status.state.components}
        self._metrics: dict[str, Metrics | None] = {}

    def hops(self) -> Sequence[Hop]:
        """Every process that was started, and every one that should have been."""
        return [
            Hop(
                row.name,
                row.title,
                row.fine,
                f"{row.condition}" + ("" if row.ready is None or row.ready else ", does not answer"),
                f"kit logs {row.name}",
            )
            for row in self._status.rows
        ]

    def metrics(self, name: str) -> Metrics | None:
        """From the component's own port, asked once: one that hangs costs its time once."""
        component = self._components.get(name)
        if name not in self._metrics:
            text = http_get(_HOST, component.metrics_port, "/metrics") if component else None
            self._metrics[name] = Metrics.parse(text) if text is not None else None
        return self._metrics[name]

    def changed(self) -> Sequence[str]:
        """Rendered files and processes that the spec now wants differently."""
        return list(self._changed())

    def _changed(self) -> Iterator[str]:
        now = plan(self._deployment, self._home)
        for path, text in now.files:
            try:
                before = (self._home.path / path).read_text(encoding="utf-8")
            except OSError:
                before = ""
            if before != text:
                yield path
        # Which program a part is can't be told without obtaining it: only what comes behind it is compared.
        words = {process.program: ["program"] for process in now.processes}
        wanted = _sections(config_text(self._home, now.processes, words))
        running = _sections(self._home.config.read_text(encoding="utf-8"))
        for name in sorted(set(wanted) | set(running)):
            if not _same(wanted.get(name, []), running.get(name, [])):
                yield name.removeprefix("[program:").removesuffix("]")

    def address(self, name: str) -> str:
        """The port that it was started with."""
        wanted, _, listener = name.partition(".")
        for component in self._components.values():
            if wanted == component.name or (wanted == "storage" and listener in component.ports):
                return f"{_HOST}:{component.ports[listener]}" if listener in component.ports else ""
        return ""

    def dated(self) -> dict[str, str]:
        """Jaeger's and the collector's HTTP addresses."""
        found = {"jaeger": self.address("jaeger.query_http"), "collector": self.address("collector.health")}
        return {name: f"http://{address}/" for name, address in found.items() if address}


def _sections(text: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line, [])
        else:
            lines.append(line)
    return {name: found for name, found in sections.items() if name.startswith("[program:")}


def _same(wanted: Sequence[str], running: Sequence[str]) -> bool:
    if len(wanted) != len(running):
        return False
    prefix = "command=program"
    return all(
        there.startswith("command=") and there.endswith(line.removeprefix(prefix))
        if line.startswith(prefix)
        else line == there
        for line, there in zip(wanted, running, strict=True)
    )
