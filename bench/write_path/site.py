"""A deployment of the kit for one run: its rendered files with a keyspace for each block, and its store."""

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
# Ports of a site and of the stock arm.
PORTS = 50


@dataclass(frozen=True, slots=True)
class Site:
    """Folder, ports and settings of one deployment.

    Attributes:
        folder: Folder of all its files.
        base: First of its ports.
        programs: The real programs.
        queue: Size of the collector's queue in spans, small enough to be full after a second. From then on the sender
            waits for the store.
        changes: Changes to the rendered files, for a comparison with the unchanged ones.
        store_cores: Cores reserved for the database; empty if it shares all cores.
        spec: Further lines of the spec.
    """

    folder: Path
    base: int
    programs: Mapping[str, Program]
    queue: int
    changes: Sequence[Change] = ()
    store_cores: frozenset[int] = frozenset()
    spec: str = ""

    def with_changes(self, more: Sequence[Change]) -> Site:
        """Return the same site with other changes."""
        return replace(self, changes=more)

    def deployment(self, keyspace: str) -> Deployment:
        """Return the deployment for a keyspace."""
        base = self.base
        spec = (
            f"spec: 1\nname: bench\nstorage: {{keyspace: {keyspace}}}\n"
            f"ports: {{otlp_grpc: {base}, otlp_http: {base + 1}, jaeger: {base + 2}, coupon_api: {base + 3}, "
            f"cql: {base + 4}}}\nnative: {{port_base: {base + 5}}}\n{self.spec}\n"
        )
        return resolve(parse_spec(spec), NATIVE, PurePosixPath(self.folder))

    def plan(self, keyspace: str) -> Plan:
        """Return the kit's plan of the processes for a keyspace."""
        return plan(self.deployment(keyspace), Home(self.folder))

    @property
    def sender_port(self) -> int:
        """Port that receives spans."""
        return self.deployment("any").network.port(OTLP_HTTP)

    @property
    def indexed(self) -> tuple[str, ...]:
        """Attributes that are indexed by default."""
        return self.deployment("any")[StoragePlan].indexed_tags

    def write(self, keyspace: str) -> Plan:
        """Write the rendered files. Return the plan."""
        planned = self.plan(keyspace)
        queue = Change("collector", _QUEUE, str(self.queue))
        for path, text in changes.configs(dict(planned.files), [queue, *self.changes]).items():
            target = planned.home.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return planned

    def make_schema(self, keyspace: str, store: Store) -> None:
        """Create the kit's tables."""
        apply(dict(self.plan(keyspace).files)["scylla/schema.cql"], store.cluster)

    def start(self, component: str, planned: Plan, processes: Processes) -> Process:
        """Start a component of the plan with empty folders, and wait until it is ready."""
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
        """Run the deployment's database."""
        with Processes(self.folder / "logs") as processes:
            planned = self.write("any")
            with on_cores(self.store_cores):
                process = self.start("cassandra", planned, processes)
            data = next(Path(folder) for folder in process.folders if Path(folder).name == "cassandra")
            yield Store("cassandra", planned.deployment.network.port(CQL), data / "data"), processes
