"""The subject of an examination: a folder, the runtimes of its deployment, and the one that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from generator.components.jaeger.plan import JaegerPlan
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.kit_yaml import parse_spec, read_spec
from generator.pipeline import Hop
from generator.resolve import resolve
from generator.spec.problem import SpecError
from generator.target import Target
from kit.errors import MachineError
from kit.operate.doctor.doctor_rules import SPEC
from kit.operate.doctor.line import Line, Looked
from kit.operate.metrics import Metrics
from kit.operate.overrides import read_overrides

if TYPE_CHECKING:
    from kit.operate.runtime import Runtime
    from kit.operate.schema import Cluster

_DEFAULT = "spec: 1\nname: tracing\n"


@dataclass(frozen=True)
class Subject:
    """Subject of an examination.

    Attributes:
        folder: Folder of the deployment.
        known: All runtimes.
        meant: Runtimes to check: the requested or running one, else all.
        live: The runtime that runs; None if none does.
        here: The deployment with the paths of this machine, which the files of secrets need.
    """

    folder: Path
    known: Sequence[Runtime]
    meant: Sequence[Runtime]
    live: Runtime | None
    here: Deployment

    @property
    def only(self) -> Runtime | None:
        """The only runtime to check; None if there are several."""
        return self.meant[0] if len(self.meant) == 1 else None

    @cached_property
    def metrics(self) -> Mapping[str, Metrics | None]:
        """Metrics of the running components. They are read once, so a hanging component costs its timeout once."""
        try:
            return self.live.metrics() if self.live is not None else {}
        except MachineError:
            return {}

    @property
    def pipeline(self) -> Sequence[Hop]:
        """Hops of the running deployment, in the order in which a span passes them."""
        return list(self.live.pipeline) if self.live is not None else []

    def answering(self, hop: Hop) -> Iterator[tuple[str, Metrics]]:
        """Yield the components of a hop that answer, with their metrics."""
        for name in hop.components:
            if (metrics := self.metrics.get(name)) is not None:
                yield name, metrics

    @property
    def jaeger(self) -> str | None:
        """URL of Jaeger's query API, with its base path; None if Jaeger does not run."""
        where = self.live.address("jaeger.query_http") if self.live is not None else ""
        if not where or self.live is None:
            return None
        return f"http://{where}{self.live.deployment[JaegerPlan].base_path.rstrip('/')}"

    def cluster(self) -> Cluster | None:
        """Return the running database, or None if the storage is part of Jaeger."""
        from kit.operate.schema import Cluster, cluster_of

        if self.live is None:
            return None
        storage = self.live.deployment[StoragePlan]
        where = self.live.address("storage.cql")
        if not storage.speaks_cql:
            return None
        if storage.contact_points or storage.credentials or storage.tls:
            return cluster_of(self.here, 3.0, where)
        return Cluster([where], storage.datacenter, 3.0) if where else None

    def bad(self, looked: Looked, found: str, fix: str = "") -> Line:
        """Return a failure if only one runtime is checked, else a warning: another runtime may still work."""
        return looked.fail(found, fix) if self.only else looked.warn(found, fix)


def resolver(spec: Path) -> tuple[Callable[[Target], Deployment], Line]:
    """Return a function that resolves the spec's deployment for a target, and the doctor's line about the spec."""
    looked = Looked("spec", SPEC)
    read = parse_spec(_DEFAULT)
    try:
        if spec.exists():
            read = read_spec(spec)
            line = looked.well(f"{spec}: {read.name}")
        else:
            line = looked.warn(
                f"there is no {spec}: the checks assume a deployment with all defaults", "kit init"
            )
    except SpecError as error:
        line = looked.fail(str(error), "correct the named mistake")
    # `kit validate` reports override files that can't be used.
    overrides, _ = read_overrides(spec.parent)
    folder = PurePosixPath(spec.resolve().parent)
    return lambda target: resolve(read, target, folder, overrides), line
