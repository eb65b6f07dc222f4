"""Checks of what runs: hops, versions, schema, queues, counters, search, the graph."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from generator.components.collector.plan import CollectorPlan
from generator.components.jaeger.plan import JaegerPlan
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.targets import COMPOSE, NATIVE
from kit.operate.doctor.docker import numbers
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.live import Metrics
from kit.operate.doctor.rules import ARRIVING, COUNTERS, GRAPH, HOPS, LETTERS, QUEUE, SCHEMA, SEARCH, VERSIONS
from kit.operate.doctor.subject import Subject

if TYPE_CHECKING:
    from kit.operate.schema import Cluster

COLLECTOR, JAEGER = "collector", "jaeger"
_RELAYS = (COLLECTOR, JAEGER)
_QUEUED, _CAPACITY = "otelcol_exporter_queue_size", "otelcol_exporter_queue_capacity"
_ACCEPTED, _SENT = "otelcol_receiver_accepted_spans", "otelcol_exporter_sent_spans"
# Shares of a queue's capacity. The collector's documentation scales at 60 to 70 %.
_FILLING, _FULL = 0.5, 0.8
_LOST = {
    "otelcol_exporter_send_failed_spans": "given up",
    "otelcol_exporter_enqueue_failed_spans": "turned away at a full queue",
    "otelcol_processor_memory_limiter_refused_spans": "refused for want of memory",
    "otelcol_receiver_refused_spans": "refused",
}
_SDK_LOST = {
    "otel_sdk_processor_span_processed": "dropped by the SDK",
    "otel_sdk_exporter_span_exported": "given up by the SDK",
}
_STUCK_SECONDS = 60.0
_LOOKBACK_MS = 3_600_000


def hops(subject: Subject) -> Iterator[Line]:
    """Each component: up, and answering."""
    for hop in subject.live.hops() if subject.live else ():
        looked = Looked(hop.name, HOPS, "up and ready")
        yield looked.well(f"{hop.title}: {hop.state}") if hop.up else looked.fail(hop.state, hop.logs)


def versions(subject: Subject) -> Iterator[Line]:
    """The components' own versions, and whether the spec was changed since the start."""
    if subject.live is None:
        return
    deployment = subject.deployments[subject.live.target]
    for name, wanted in {COLLECTOR: deployment[CollectorPlan].version, JAEGER: deployment[JaegerPlan].version}.items():
        looked = Looked(f"version of {name}", VERSIONS, wanted)
        metrics = subject.live.metrics(name)
        found = metrics.version() if metrics else ""
        if not found:
            continue
        yield looked.well(found) if numbers(found) == numbers(wanted) else looked.warn(found)
    yield from _database_version(subject, deployment)
    looked = Looked("started spec", VERSIONS, "the one that was started")
    changed = subject.live.changed()
    if changed:
        yield looked.warn(f"kit.yaml now says something else for {', '.join(changed)}")
    else:
        yield looked.well("unchanged")


def _database_version(subject: Subject, deployment: Deployment) -> Iterator[Line]:
    cluster = _cluster(subject)
    if cluster is None:
        return
    wanted = deployment[StoragePlan].version
    looked = Looked("version of the database", VERSIONS, f"{deployment[StoragePlan].engine} {wanted}")
    query = (
        "SELECT version FROM system.versions"
        if deployment[StoragePlan].engine == "scylla"
        else "SELECT release_version FROM system.local"
    )
    with cluster.session() as session:
        found = str(next(iter(session.execute(query)))[0])
    yield looked.well(found) if numbers(found) == numbers(wanted) else looked.warn(found)


def schema(subject: Subject) -> Iterator[Line]:
    """All tables and types."""
    from kit.operate.schema import missing

    cluster = _cluster(subject)
    if cluster is None or subject.live is None:
        return
    keyspace = subject.deployments[subject.live.target][StoragePlan].keyspace
    looked = Looked("tables", SCHEMA, f"all of Jaeger's tables and types in {keyspace}")
    absent = missing(keyspace, cluster)
    if absent:
        yield looked.fail(f"missing: {', '.join(absent)}", details={"missing": absent})
    else:
        yield looked.well("complete")


def queues(subject: Subject) -> Iterator[Line]:
    """How full the collector's and Jaeger's queues are.

    Jaeger's is small and full whenever more comes than the database takes: the collector then holds the rest.
    """
    for name, metrics in _relays(subject):
        size, capacity = metrics.total(_QUEUED), metrics.total(_CAPACITY)
        looked = Looked(f"queue of {name}", QUEUE, f"below {_FILLING:.0%} of {capacity:,} spans")
        share = size / capacity if capacity else 0.0
        found = f"{size:,} spans wait, {share:.0%} of it"
        details = {"queued": size, "capacity": capacity}
        if share >= _FULL and name == COLLECTOR:
            yield looked.fail(found, details=details)
        elif share >= _FILLING:
            yield looked.warn(found, details=details)
        else:
            yield looked.well(found)


def counters(subject: Subject) -> Iterator[Line]:
    """What each hop counts of lost and refused spans since its start."""
    if subject.live is None:
        return
    for name in _counting(subject):
        metrics = subject.live.metrics(name)
        if metrics is None:
            continue
        counted = _lost(metrics)
        looked = Looked(f"losses of {name}", COUNTERS, "none refused, failed or dropped since its start")
        told = [f"{count:,} {what}" for what, count in counted.items()]
        yield looked.warn(", ".join(told), details=counted) if told else looked.well("none")


def arriving(subject: Subject) -> Iterator[Line]:
    """Whether spans come in at the collector, and go into the storage."""
    relays = dict(_relays(subject))
    if COLLECTOR not in relays or JAEGER not in relays:
        return
    came, written = relays[COLLECTOR].total(_ACCEPTED), relays[JAEGER].total(_SENT)
    waiting = sum(metrics.total(_QUEUED) for metrics in relays.values())
    looked = Looked("spans", ARRIVING, "some come in and are written")
    found = f"{came:,} came in and {written:,} were written since the hops' start, {waiting:,} wait"
    if came and not written and waiting:
        yield looked.fail(found, "kit logs jaeger")
    elif not came:
        yield looked.warn("none came in since the collector's start")
    else:
        yield looked.well(found)


def search(subject: Subject) -> Iterator[Line]:
    """A search for each kind of table: the services, and the newest traces of one of them."""
    url = _jaeger(subject)
    if url is None:
        return
    from analysis.errors import AnalysisError
    from analysis.search import Query
    from analysis.sources.jaeger import JaegerClient

    looked = Looked("search", SEARCH, "an answer from Jaeger's query API")
    began = time.monotonic()
    try:
        with JaegerClient(url, timeout_s=10) as client:
            services = client.services()
            found = client.search(Query(service=services[0], limit=1)).traces if services else []
    except AnalysisError as error:
        yield looked.fail(error.message, error.hint)
        return
    took = f"answered in {(time.monotonic() - began) * 1000:.0f} ms"
    traces = "" if found or not services else f", {services[0]} has none of the last hour"
    yield looked.well(f"{len(services)} services, {took}{traces}")


def graph(subject: Subject) -> Iterator[Line]:
    """Whether the dependency graph has something of the last hour."""
    url = _jaeger(subject)
    if url is None or subject.live is None:
        return
    import httpx

    looked = Looked("dependency graph", GRAPH, "calls between services of the last hour")
    now = int(time.time() * 1000)
    try:
        with httpx.Client(trust_env=False, timeout=10) as client:
            answer = client.get(f"{url}/api/dependencies", params={"endTs": now, "lookback": _LOOKBACK_MS})
            names = client.get(f"{url}/api/v3/services")
    except httpx.HTTPError as error:
        yield looked.fail(f"Jaeger does not answer: {error}", "kit logs jaeger")
        return
    if not answer.is_success:
        yield looked.fail(f"Jaeger answers {answer.status_code}: {answer.text[:200]}", "kit schema apply")
        return
    edges = answer.json().get("data") or []
    calls = sum(int(edge["callCount"]) for edge in edges)
    services = names.json().get("services") or [] if names.is_success else []
    if edges:
        yield looked.well(f"{len(edges)} edges, {calls:,} calls")
    elif len(services) > 1:
        yield looked.warn(f"empty, though {len(services)} services have sent spans")
    else:
        yield looked.well("empty; no two services have sent spans")


def letters(subject: Subject) -> Iterator[Line]:
    """The sample services' streams: dead letters, and entries that nobody takes up."""
    where = subject.live.address("redis.redis") if subject.live else ""
    if not where:
        return
    from kit.operate.queues.connection import connected
    from kit.operate.queues.look import look

    looked = Looked("streams", LETTERS, f"no dead letters, and nothing older than {_STUCK_SECONDS:g} s")
    with connected(f"redis://{where}/0") as client:
        streams = look(client)
    told = [
        f"{one.name} has {one.dead_letters.count} dead letters" for one in streams if one.dead_letters.count
    ]
    told += [
        f"{one.name}: {group.name} leaves an entry for {group.oldest_s:.0f} s"
        for one in streams
        for group in one.groups
        if group.oldest_s is not None and group.oldest_s > _STUCK_SECONDS
    ]
    yield looked.warn("; ".join(told)) if told else looked.well(f"{len(streams)} streams, all worked off")


def _relays(subject: Subject) -> Iterator[tuple[str, Metrics]]:
    for name in _RELAYS if subject.live else ():
        metrics = subject.live.metrics(name) if subject.live else None
        if metrics is not None:
            yield name, metrics


def _counting(subject: Subject) -> list[str]:
    return [one.name for one in subject.workloads(subject.live.target) if one.metrics] if subject.live else []


def _lost(metrics: Metrics) -> Mapping[str, int]:
    counted = {what: metrics.total(name) for name, what in _LOST.items()}
    for name, what in _SDK_LOST.items():
        for sample in metrics.all(name):
            if reason := sample.labels.get("error_type"):
                key = f"{what} ({reason})"
                counted[key] = counted.get(key, 0) + int(sample.value)
    return {what: count for what, count in counted.items() if count}


def _jaeger(subject: Subject) -> str | None:
    where = subject.live.address("jaeger.query_http") if subject.live else ""
    if not where or subject.live is None:
        return None
    base = subject.deployments[subject.live.target][JaegerPlan].base_path.rstrip("/")
    return f"http://{where}{base}"


def _cluster(subject: Subject) -> Cluster | None:
    """The database that runs; None where the storage is part of Jaeger."""
    from kit.operate.schema import Cluster, cluster_of

    if subject.live is None:
        return None
    storage = subject.deployments[subject.live.target][StoragePlan]
    where = subject.live.address("storage.cql")
    if not storage.speaks_cql:
        return None
    if storage.contact_points or storage.credentials or storage.tls:
        # Files lie where the native target has them: on this machine.
        return cluster_of(subject.deployments[NATIVE], 3.0, where)
    return Cluster([where], storage.datacenter, 3.0) if where else None
