"""A deployment of the kit's for one run: its renders, with a keyspace for each block, and its store."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bench.processes import Processes, on_cores
from bench.write_path import changes
from bench.write_path.changes import Change
from bench.write_path.store import Store
from generator.components.cassandra.component import CQL
from generator.components.collector.listeners import OTLP_HTTP
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.kit_yaml import parse_spec
from generator.resolve import resolve
from generator.targets import NATIVE
from generator.targets.native import Process
from kit.operate.native.home import Home
from kit.operate.native.plan import Plan, plan
from kit.operate.schema import apply
from kit.provision import Program

_QUEUE = "exporters.otlp_http/jaeger.sending_queue.queue_size"
STOCK_PORTS = 25
# Of a site and of stock beside it.
PORTS = 50


@dataclass(frozen=True, slots=True)
class Site:
    """Where one deployment runs.

    Attributes:
        folder: all of its files.
        base: the first of its ports.
        programs: the real ones.
        queue: spans that the collector's queue holds: so few that it is full after a second, and from then on
            the sender waits for the store.
        changes: what is compared with the render as it is.
        spec: further lines of the spec.
        store_cores: those that the database has for itself; empty when it shares them all.
    """

    folder: Path
    base: int
    programs: Mapping[str, Program]
    queue: int
    changes: Sequence[Change] = ()
    store_cores: frozenset[int] = frozenset()
    spec: str = ""

    def with_changes(self, more: Sequence[Change]) -> Site:
        """The same place and store with other configs."""
        return replace(self, changes=more)

    def deployment(self, keyspace: str) -> Deployment:
        """The kit's decisions for a keyspace."""
        base = self.base
        spec = (
            f"spec: 1\nname: bench\nstorage: {{keyspace: {keyspace}}}\n"
            f"ports: {{otlp_grpc: {base}, otlp_http: {base + 1}, jaeger: {base + 2}, coupon_api: {base + 3}, "
            f"cql: {base + 4}}}\nnative: {{port_base: {base + 5}}}\n{self.spec}\n"
        )
        return resolve(parse_spec(spec), NATIVE, PurePosixPath(self.folder))

    def plan(self, keyspace: str) -> Plan:
        """What the kit would start for it."""
        return plan(self.deployment(keyspace), Home(self.folder))

    @property
    def sender_port(self) -> int:
        """Where spans go in."""
        return self.deployment("any").network.port(OTLP_HTTP)

    @property
    def indexed(self) -> tuple[str, ...]:
        """The attributes that the spec's default indexes."""
        return self.deployment("any")[StoragePlan].indexed_tags

    def write(self, keyspace: str) -> Plan:
        """Lay out the rendered files."""
        planned = self.plan(keyspace)
        queue = Change("collector", _QUEUE, str(self.queue))
        for path, text in changes.configs(dict(planned.files), [queue, *self.changes]).items():
            target = planned.home.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return planned

    def make_schema(self, keyspace: str, store: Store) -> None:
        """The kit's own tables."""
        apply(dict(self.plan(keyspace).files)["scylla/schema.cql"], store.cluster)

    def start(self, component: str, planned: Plan, processes: Processes) -> Process:
        """Start one component of the plan, with empty folders, and wait until it is ready."""
        process = next(process for process in planned.processes if process.name == component)
        for folder in process.folders:
            shutil.rmtree(folder, ignore_errors=True)
        for folder in process.folders:
            Path(folder).mkdir(parents=True, exist_ok=True)
        arguments = list(process.arguments)
        if component == "cassandra":
            arguments = changes.jvm(arguments, self.changes)
        processes.start(
            component,
            self._command(process.program, arguments),
            changes.environment(component, process.environment, self.changes),
        )
        assert process.health is not None
        processes.wait_ready(component, process.health.probe, process.health_port, process.health.path)
        return process

    def _command(self, program: str, arguments: Sequence[str]) -> list[str]:
        if program == "python":
            return [sys.executable, *arguments]
        return list(self.programs[program].command(*arguments))

    @contextmanager
    def store(self) -> Iterator[tuple[Store, Processes]]:
        """The deployment's database, running."""
        with Processes(self.folder / "logs") as processes:
            planned = self.write("any")
            with on_cores(self.store_cores):
                process = self.start("cassandra", planned, processes)
            data = next(Path(folder) for folder in process.folders if Path(folder).name == "cassandra")
            yield Store("cassandra", planned.deployment.network.port(CQL), data / "data"), processes
