"""Checks of what runs: hops, versions, schema, queues, counters, search, the graph."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from generator.components.jaeger.plan import JaegerPlan
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.pipeline import Hop
from generator.render import workloads_of
from kit.operate.doctor.doctor_rules import (
    ARRIVING,
    COUNTERS,
    GRAPH,
    HOPS,
    LETTERS,
    QUEUE,
    SCHEMA,
    SEARCH,
    VERSIONS,
)
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject
from kit.operate.metrics import Metrics

if TYPE_CHECKING:
    from kit.operate.schema import Cluster

# Shares of a queue's capacity. The collector's documentation scales at 60 to 70 %.
_FILLING, _FULL = 0.5, 0.8
_STUCK_SECONDS = 60.0
_LOOKBACK_MS = 3_600_000


def hops(subject: Subject) -> Iterator[Line]:
    """Each component: up, and answering."""
    for one in subject.live.health() if subject.live else ():
        looked = Looked(one.name, HOPS, "up and ready")
        yield looked.well(f"{one.title}: {one.state}") if one.up else looked.fail(one.state, one.next_step)


def versions(subject: Subject) -> Iterator[Line]:
    """The components' own versions, and whether the spec was changed since the start."""
    if subject.live is None:
        return
    deployment = subject.live.deployment
    for workload in reversed(workloads_of(deployment)):
        wanted = workload.version
        looked = Looked(f"version of {workload.name}", VERSIONS, wanted)
        metrics = subject.metrics.get(workload.name) if wanted else None
        found = metrics.version() if metrics else ""
        if not found:
            continue
        yield looked.well(found) if _numbers(found) == _numbers(wanted) else looked.warn(found)
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
    yield looked.well(found) if _numbers(found) == _numbers(wanted) else looked.warn(found)


def schema(subject: Subject) -> Iterator[Line]:
    """All tables and types."""
    from kit.operate.schema import missing

    cluster = _cluster(subject)
    if cluster is None or subject.live is None:
        return
    keyspace = subject.live.deployment[StoragePlan].keyspace
    looked = Looked("tables", SCHEMA, f"all of Jaeger's tables and types in {keyspace}")
    absent = missing(keyspace, cluster)
    if absent:
        yield looked.fail(f"missing: {', '.join(absent)}", details={"missing": absent})
    else:
        yield looked.well("complete")


def queues(subject: Subject) -> Iterator[Line]:
    """How full each queue is whose capacity is known."""
    for hop in _pipeline(subject):
        for name, metrics in _answering(subject, hop):
            if not hop.capacity:
                continue
            size, capacity = metrics.spans(hop.queued), metrics.spans(hop.capacity)
            looked = Looked(f"queue of {name}", QUEUE, f"below {_FILLING:.0%} of {capacity:,} spans")
            share = size / capacity if capacity else 0.0
            found = f"{size:,} spans wait, {share:.0%} of it"
            details = {"queued": size, "capacity": capacity}
            if share >= _FULL and not hop.may_fill:
                yield looked.fail(found, details=details)
            elif share >= _FILLING:
                yield looked.warn(found, details=details)
            else:
                yield looked.well(found)


def counters(subject: Subject) -> Iterator[Line]:
    """What each hop counts of lost and refused spans since its start, the last one first."""
    for hop in reversed(_pipeline(subject)):
        for name, metrics in _answering(subject, hop):
            counted = _lost(hop, metrics)
            looked = Looked(f"losses of {name}", COUNTERS, "none refused, failed or dropped since its start")
            told = [f"{count:,} {what}" for what, count in counted.items()]
            yield looked.warn(", ".join(told), details=counted) if told else looked.well("none")


def arriving(subject: Subject) -> Iterator[Line]:
    """Whether spans come in at the first hop behind the services, and leave the last one for the storage."""
    relays = [hop for hop in _pipeline(subject) if hop.received and not hop.is_origin]
    metrics = [[one for _, one in _answering(subject, hop)] for hop in relays]
    if not relays or any(
        len(found) < len(hop.components) for hop, found in zip(relays, metrics, strict=True)
    ):
        return
    came = sum(one.spans(relays[0].received) for one in metrics[0])
    written = sum(one.spans(relays[-1].sent) for one in metrics[-1])
    waiting = sum(one.spans(hop.queued) for hop, found in zip(relays, metrics, strict=True) for one in found)
    looked = Looked("spans", ARRIVING, "some come in and are written")
    found = f"{came:,} came in and {written:,} were written since the hops' start, {waiting:,} wait"
    if came and not written and waiting:
        yield looked.fail(found, f"kit logs {relays[-1].name}")
    elif not came:
        yield looked.warn(f"none came in since the {relays[0].name}'s start")
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
    from kit.operate.queues.connection import RedisAt

    looked = Looked("streams", LETTERS, f"no dead letters, and nothing older than {_STUCK_SECONDS:g} s")
    streams = RedisAt(f"redis://{where}/0").streams()
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


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers at the front of a version; none when it has none."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _pipeline(subject: Subject) -> list[Hop]:
    return list(subject.live.pipeline) if subject.live else []


def _answering(subject: Subject, hop: Hop) -> Iterator[tuple[str, Metrics]]:
    """The components of a hop that answer."""
    for name in hop.components:
        if (metrics := subject.metrics.get(name)) is not None:
            yield name, metrics


def _lost(hop: Hop, metrics: Metrics) -> Mapping[str, int]:
    return {
        f"{loss.told} ({reason})" if reason else loss.told: count
        for loss in hop.losses
        for reason, count in metrics.by_reason(loss.metric, loss.by).items()
    }


def _jaeger(subject: Subject) -> str | None:
    where = subject.live.address("jaeger.query_http") if subject.live else ""
    if not where or subject.live is None:
        return None
    base = subject.live.deployment[JaegerPlan].base_path.rstrip("/")
    return f"http://{where}{base}"


def _cluster(subject: Subject) -> Cluster | None:
    """The database that runs; None where the storage is part of Jaeger."""
    from kit.operate.schema import Cluster, cluster_of

    if subject.live is None:
        return None
    storage = subject.live.deployment[StoragePlan]
    where = subject.live.address("storage.cql")
    if not storage.speaks_cql:
        return None
    if storage.contact_points or storage.credentials or storage.tls:
        return cluster_of(subject.here, 3.0, where)
    return Cluster([where], storage.datacenter, 3.0) if where else None
