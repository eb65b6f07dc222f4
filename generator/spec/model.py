"""The spec: what a user can say, the default of each key, and why one would change it.

The classes, here and in `sections/`, are the single source: the reader, the JSON Schema and the commented
starter spec are all made from them.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import NAME, required, section
from generator.spec.sections.collector import CollectorSpec
from generator.spec.sections.dependencies import DependenciesSpec
from generator.spec.sections.jaeger import JaegerSpec
from generator.spec.sections.native import NativeSpec
from generator.spec.sections.ports import PortsSpec
from generator.spec.sections.samples import PostgresSpec, RedisSpec
from generator.spec.sections.storage import StorageSpec
from generator.spec.sections.tracing import TracingSpec


@dataclass(frozen=True)
class Spec:
    """A whole deployment."""

    spec: int = required(kinds.Count(1, 1, "the version of this format"), "the version of this format")
    name: str = required(NAME, "of this deployment: Compose project, keyspace, resource attribute")
    tracing: TracingSpec = section(TracingSpec, "how the services trace")
    collector: CollectorSpec = section(CollectorSpec, "the OpenTelemetry Collector")
    jaeger: JaegerSpec = section(JaegerSpec, "Jaeger v2")
    storage: StorageSpec = section(StorageSpec, "where traces are kept")
    dependencies: DependenciesSpec = section(
        DependenciesSpec, "which service calls which, for Jaeger's graph"
    )
    redis: RedisSpec = section(RedisSpec, "the queues of the sample services")
    postgres: PostgresSpec = section(PostgresSpec, "the database of the sample services")
    ports: PortsSpec = section(PortsSpec, "ports that are open to you, all on 127.0.0.1")
    native: NativeSpec = section(NativeSpec, "what `kit up --target native` runs, without Docker")
