"""The spec: what a user can say, the default of each key, and why one would change it.

The classes, here and in `sections/`, are the single source: the reader, the JSON Schema and the commented
starter spec are all made from them.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.containers import ListOf, Maybe
from generator.spec.keys import NAME, key, required, section
from generator.spec.record import Record
from generator.spec.sections.collector import CollectorSpec
from generator.spec.sections.dependencies import DependenciesSpec
from generator.spec.sections.images import ImagesSpec
from generator.spec.sections.jaeger import JaegerSpec
from generator.spec.sections.native import NativeSpec
from generator.spec.sections.objectives import ObjectiveSpec
from generator.spec.sections.ports import PortsSpec
from generator.spec.sections.samples import PostgresSpec, RedisSpec
from generator.spec.sections.services import ServiceSpec
from generator.spec.sections.storage import StorageSpec
from generator.spec.sections.tracing import TracingSpec
from generator.spec.sections.validate import ValidateSpec


@dataclass(frozen=True)
class Spec:
    """A whole deployment."""

    spec: int = required(kinds.Count(1, 1, "the version of this format"), "the version of this format")
    name: str = required(NAME, "of this deployment: Compose project, keyspace, resource attribute")
    services: tuple[ServiceSpec, ...] | None = key(
        Maybe(ListOf(Record(ServiceSpec), 50)), None,
        'your own in the place of the samples, as [{name: shop, image: "shop:1.4", port: 8080}]; [] for none',
    )  # fmt: skip
    objectives: tuple[ObjectiveSpec, ...] | None = key(
        Maybe(ListOf(Record(ObjectiveSpec), 100)), None,
        "as [{service: shop, success: 99%, p99: 400ms}]; null: of coupon-api, while the samples run",
    )  # fmt: skip
    tracing: TracingSpec = section(TracingSpec, "how the services trace")
    collector: CollectorSpec = section(CollectorSpec, "the OpenTelemetry Collector")
    jaeger: JaegerSpec = section(JaegerSpec, "Jaeger v2")
    storage: StorageSpec = section(StorageSpec, "where traces are kept")
    dependencies: DependenciesSpec = section(
        DependenciesSpec, "which service calls which, for Jaeger's graph"
    )
    redis: RedisSpec = section(RedisSpec, "queues")
    postgres: PostgresSpec = section(PostgresSpec, "the database of the sample services")
    ports: PortsSpec = section(PortsSpec, "ports that are open to you")
    images: ImagesSpec = section(ImagesSpec, "images of your choice, for Compose")
    native: NativeSpec = section(NativeSpec, "what `kit up --target native` runs, without Docker")
    validate: ValidateSpec = section(ValidateSpec, "what `kit validate` leaves out")
