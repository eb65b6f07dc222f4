"""What is examined: a folder, the ways to run its deployment, and what runs of it."""

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
    """What is examined.

    Attributes:
        folder: the deployment's.
        known: all ways to run it.
        meant: those that may be meant: the one that is asked for or runs, else all.
        live: what runs; None when nothing does.
        here: the deployment with paths of this machine, where the files of secrets lie.
    """

    folder: Path
    known: Sequence[Runtime]
    meant: Sequence[Runtime]
    live: Runtime | None
    here: Deployment

    @property
    def only(self) -> Runtime | None:
        """The one that is meant; None when it may be any."""
        return self.meant[0] if len(self.meant) == 1 else None

    @cached_property
    def metrics(self) -> Mapping[str, Metrics | None]:
        """The metrics of what runs, asked once: a component that hangs costs its time once."""
        try:
            return self.live.metrics() if self.live is not None else {}
        except MachineError:
            return {}

    @property
    def pipeline(self) -> Sequence[Hop]:
        """The hops of what runs, in the order in which a span passes them."""
        return list(self.live.pipeline) if self.live is not None else []

    def answering(self, hop: Hop) -> Iterator[tuple[str, Metrics]]:
        """The components of a hop that answer, with their metrics."""
        for name in hop.components:
            if (metrics := self.metrics.get(name)) is not None:
                yield name, metrics

    @property
    def jaeger(self) -> str | None:
        """Where Jaeger's query API is, with its base path; None when it does not run."""
        where = self.live.address("jaeger.query_http") if self.live is not None else ""
        if not where or self.live is None:
            return None
        return f"http://{where}{self.live.deployment[JaegerPlan].base_path.rstrip('/')}"

    def cluster(self) -> Cluster | None:
        """The database that runs; None where the storage is part of Jaeger."""
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
        """What stands in the way of the runtime that is meant fails; of one that may be meant, it is a warning."""
        return looked.fail(found, fix) if self.only else looked.warn(found, fix)


def resolver(spec: Path) -> tuple[Callable[[Target], Deployment], Line]:
    """What decides the spec's deployment for a target, and what is to be said of the spec."""
    looked = Looked("spec", SPEC)
    read = parse_spec(_DEFAULT)
    try:
        if spec.exists():
            read = read_spec(spec)
            line = looked.well(f"{spec}: {read.name}")
        else:
            line = looked.warn(f"there is no {spec}: judged for a deployment with all defaults", "kit init")
    except SpecError as error:
        line = looked.fail(str(error), "mend what is named")
    # Files of the override layer that can't be used are `kit validate`'s to name.
    overrides, _ = read_overrides(spec.parent)
    folder = PurePosixPath(spec.resolve().parent)
    return lambda target: resolve(read, target, folder, overrides), line
