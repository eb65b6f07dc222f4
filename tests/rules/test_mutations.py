"""One rendered value is broken in each pair of files that must agree: it is found, by the rule of that pair."""

from __future__ import annotations

import pytest

from generator import targets
from generator.overrides import Overrides
from generator.rules import examine
from generator.rules.layer import EDITED
from generator.rules.scene import Scene
from generator.target import Target
from tests.rules.scenes import HEAD, scene

COLLECTOR, JAEGER, COMPOSE_FILE, SCHEMA = (
    "collector/config.yaml", "jaeger/config.yaml", "compose.yaml", "scylla/schema.cql",
)  # fmt: skip
CASSANDRA = "storage: {engine: cassandra}\n"
BADGER = "storage: {engine: badger}\n"

# What agrees with what: file, what stands there, what takes its place, the rule that sees it.
MUTATIONS = {
    "keyspace: jaeger vs schema": (JAEGER, "keyspace: jaeger_shop", "keyspace: jaeger_shap", "KIT013"),
    "keyspace: schema vs jaeger": (SCHEMA, "jaeger_shop", "jaeger_other", "KIT013"),
    "keyspace: one table": (SCHEMA, "jaeger_shop.tag_index", "jaeger_old.tag_index", "KIT013"),
    "datacenter: jaeger vs schema": (JAEGER, "local_dc: datacenter1", "local_dc: dc1", "KIT014"),
    "datacenter: schema vs node": (SCHEMA, "'datacenter1': 1", "'dc1': 1", "KIT014"),
    "datacenter: schema step": (COMPOSE_FILE, '- "datacenter1"', '- "dc1"', "KIT014"),
    "copies: schema vs nodes": (SCHEMA, "'datacenter1': 1", "'datacenter1': 2", "KIT015"),
    "cql address: jaeger vs schema step": (JAEGER, "scylla:9042", "scylla:9043", "KIT037"),
    "cql address: schema step vs jaeger": (COMPOSE_FILE, "scylla:9042", "cassandra:9042", "KIT037"),
    "cql address: a bare host name": (JAEGER, '["scylla:9042"]', '["scylla"]', "KIT037"),
    "OTLP port: collector vs services": (COLLECTOR, "0.0.0.0:4317", "0.0.0.0:4319", "KIT011"),
    "OTLP port: services vs collector": (COMPOSE_FILE, "http://collector:4317", "http://collector:4318", "KIT011"),
    "OTLP protocol: services vs collector": (COMPOSE_FILE, "OTLP_PROTOCOL: grpc", "OTLP_PROTOCOL: http/json", "KIT011"),
    "OTLP port: compose vs collector": (COMPOSE_FILE, "4318:4318", "4318:4316", "KIT022"),
    "OTLP host: services": (COMPOSE_FILE, "http://collector:4317", "http://colector:4317", "KIT011"),
    "jaeger's endpoint: collector": (COLLECTOR, "http://dead-letters:4318", "http://dead-letters:4317", "KIT010"),
    "jaeger's host: collector": (COLLECTOR, "http://dead-letters:4318", "http://dead-leters:4318", "KIT010"),
    "jaeger's endpoint: jaeger": (JAEGER, "0.0.0.0:4318", "0.0.0.0:14318", "KIT010"),
    "jaeger's second endpoint: jaeger": (JAEGER, "0.0.0.0:4319", "0.0.0.0:14319", "KIT010"),
    "jaeger's endpoint: dead letters": (COMPOSE_FILE, "http://jaeger:4318", "http://jaeger:4317", "KIT010"),
    "query port: compose vs jaeger": (COMPOSE_FILE, "16686:16686", "16686:16687", "KIT022"),
    "query port: jaeger vs compose": (JAEGER, "0.0.0.0:16686", "0.0.0.0:16690", "KIT022"),
    "host ports": (COMPOSE_FILE, "127.0.0.1:8080:8080", "127.0.0.1:16686:8080", "KIT020"),
    "metrics port vs health port": (COLLECTOR, "port: 8888", "port: 13133", "KIT021"),
    "metrics port: jaeger": (JAEGER, "port: 8888", "port: 16686", "KIT021"),
    "metrics host: jaeger": (JAEGER, "host: 0.0.0.0", "host: localhost", "KIT024"),
    "health port: compose vs jaeger": (COMPOSE_FILE, "127.0.0.1:13133/status", "127.0.0.1:13134/status", "KIT018"),
    "health port: jaeger vs compose": (JAEGER, "0.0.0.0:13133", "0.0.0.0:13199", "KIT018"),
    "health port: a service": (COMPOSE_FILE, "127.0.0.1:8081/readyz", "127.0.0.1:8080/readyz", "KIT018"),
    "a service's own port": (COMPOSE_FILE, 'HTTP_PORT: "8080"', 'HTTP_PORT: "8000"', "KIT012"),
    "redis' host": (COMPOSE_FILE, "redis://redis:6379", "redis://reds:6379", "KIT012"),
    "redis' port": (COMPOSE_FILE, "redis://redis:6379", "redis://redis:6380", "KIT012"),
    "postgres' host": (COMPOSE_FILE, "@postgres:5432", "@postgresql:5432", "KIT012"),
    "postgres' port": (COMPOSE_FILE, "@postgres:5432", "@postgres:5433", "KIT012"),
    "queue's folder vs volume": (COLLECTOR, "/var/lib/otelcol/queue", "/var/queue", "KIT051"),
    "volume vs queue's folder": (COMPOSE_FILE, "target: /var/lib/otelcol", "target: /var/lib/queue", "KIT051"),
    "mem_limit vs GOMEMLIMIT": (COMPOSE_FILE, 'mem_limit: "512m"', 'mem_limit: "400m"', "KIT040"),
    "GOMEMLIMIT vs mem_limit": (COMPOSE_FILE, 'GOMEMLIMIT: "409MiB"', 'GOMEMLIMIT: "1409MiB"', "KIT040"),
    "GOMEMLIMIT vs limiter": (COMPOSE_FILE, 'GOMEMLIMIT: "409MiB"', 'GOMEMLIMIT: "380MiB"', "KIT041"),
    "limiter vs mem_limit": (COLLECTOR, "limit_mib: 384", "limit_mib: 520", "KIT041"),
    "spike vs limiter": (COLLECTOR, "spike_limit_mib: 76", "spike_limit_mib: 400", "KIT041"),
    "scylla's memory vs mem_limit": (COMPOSE_FILE, '"1152M"', '"1536M"', "KIT043"),
    "redis' memory vs mem_limit": (COMPOSE_FILE, '"79691776"', '"279691776"', "KIT043"),
    "schema's mount": (COMPOSE_FILE, "target: /etc/scylla/schema.cql", "target: /etc/schema.cql", "KIT016"),
    "schema's source": (COMPOSE_FILE, "source: ./scylla/schema.cql", "source: ./scylla/schema2.cql", "KIT016"),
    "schema's path": (COMPOSE_FILE, "- /etc/scylla/schema.cql", "- /etc/scylla.cql", "KIT016"),
    "collector's config": (COMPOSE_FILE, "- /etc/collector/config.yaml", "- /etc/otelcol/config.yaml", "KIT016"),
    "jaeger's config": (COMPOSE_FILE, "target: /etc/jaeger/config.yaml", "target: /etc/jaeger.yaml", "KIT016"),
    "ui's config: jaeger": (JAEGER, "config_file: /etc/jaeger/ui.json", "config_file: /ui.json", "KIT017"),
    "ui's config: mount": (COMPOSE_FILE, "target: /etc/jaeger/ui.json", "target: /etc/ui.json", "KIT017"),
    "jaeger waits for the schema": (COMPOSE_FILE, "service_completed_successfully", "service_started", "KIT019"),
    "a service waits for one that is not there": (COMPOSE_FILE, "redis:\n        con", "reds:\n        con", "KIT019"),
    "window vs time to live": (SCHEMA, "'504'", "'100'", "KIT030"),
    "time to live vs window": (SCHEMA, "live = 604800", "live = 60480000", "KIT030"),
    "time to live: an index": (SCHEMA, "live = 604800", "live = 60480", "KIT035"),
    "name cache vs time to live": (JAEGER, "write_cache_ttl: 12h", "write_cache_ttl: 100h", "KIT031"),
    "lookback vs retention": ("jaeger/ui.json", '"7d"', '"8d"', "KIT032"),
    "indexed tags": (JAEGER, "error,http", "http", "KIT034"),
    "queue vs file": (COLLECTOR, "max_size: 1073741824", "max_size: 973741824", "KIT052"),
    "queue's storage": (COLLECTOR, "storage: file_storage/queue", "storage: file_storage/spans", "KIT053"),
    "queue's storage enabled": (COLLECTOR, "    - file_storage/queue\n", "", "KIT053"),
    "gives up": (COLLECTOR, "max_elapsed_time: 0s", "max_elapsed_time: 5m", "KIT054"),
    "acknowledged too early": (JAEGER, "wait_for_result: true", "wait_for_result: false", "KIT055"),
    "consumers vs queue": (JAEGER, "num_consumers: 400", "num_consumers: 1700", "KIT056"),
    "batch vs jaeger's queue": (COLLECTOR, "max_size: 64", "max_size: 5000", "KIT056"),
    "batch in bytes vs jaeger's queue": (COLLECTOR, "sizer: items\n        min", "sizer: bytes\n        min", "KIT056"),
    "compaction vs file": (COLLECTOR, "needed_threshold_mib: 100", "needed_threshold_mib: 2000", "KIT057"),
    "timeout: collector vs cql": (JAEGER, "timeout: 90s", "timeout: 15m", "KIT060"),
    "timeout vs a slow store": (COLLECTOR, "timeout: 10m", "timeout: 400s", "KIT060"),
    "consumers vs a slow store": (COLLECTOR, "num_consumers: 64", "num_consumers: 94", "KIT060"),
    "batch vs a slow store": (COLLECTOR, "max_size: 64", "max_size: 128", "KIT060"),
    "timeout: service vs grace": (COMPOSE_FILE, 'OTLP_TIMEOUT: "30"', 'OTLP_TIMEOUT: "60"', "KIT061"),
    "under way vs grace": (COLLECTOR, "num_consumers: 64", "num_consumers: 110", "KIT062"),
    "batch vs jaeger": (COLLECTOR, "min_size: 1", "min_size: 65", "KIT063"),
    "batch vs jaeger: its receiver": (JAEGER, "body_size: 536870912", "body_size: 5368709", "KIT063"),
    "request vs row: http": (COLLECTOR, "body_size: 8388608", "body_size: 18388608", "KIT064"),
    "request vs row: grpc": (COLLECTOR, "msg_size_mib: 8", "msg_size_mib: 17", "KIT064"),
    "sdk's batch vs queue": (COMPOSE_FILE, 'QUEUE_SIZE: "20000"', 'QUEUE_SIZE: "256"', "KIT065"),
    "sdk's queue vs mem_limit": (COMPOSE_FILE, 'mem_limit: "192m"', 'mem_limit: "128m"', "KIT046"),
    "pipeline vs definition": (COLLECTOR, "processors: [memory_limiter, ", "processors: [memory_limit, ", "KIT075"),
    "image": (COMPOSE_FILE, "redis:7.4.11", "redis", "KIT083"),
    "published to all": (COMPOSE_FILE, "127.0.0.1:16686:16686", "16686:16686", "KIT023"),
    "storage: jaeger's own names": (JAEGER, "trace_storage: scylla", "trace_storage: cassandra", "KIT038"),
    "storage: query's name": (JAEGER, "traces: scylla", "traces: memory", "KIT038"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_broken_pair_is_found(name: str) -> None:
    file, old, new, rule = MUTATIONS[name]
    found = examine(_mutated("", file, old, new))
    hits = [one for one in found if one.rule.id == rule]
    assert hits, [one.rule.id for one in found]
    assert all(one.place and one.place.line for one in hits)


@pytest.mark.parametrize(
    ("more", "file", "old", "new", "rule"),
    [
        (CASSANDRA, COMPOSE_FILE, 'CASSANDRA_DC: "datacenter1"', "CASSANDRA_DC: dc1", "KIT014"),
        (CASSANDRA, COMPOSE_FILE, 'MAX_HEAP_SIZE: "768M"', 'MAX_HEAP_SIZE: "2G"', "KIT043"),
        (BADGER, JAEGER, "keys: /var/lib/jaeger", "keys: /var/lib/badger", "KIT036"),
        (BADGER, JAEGER, "ephemeral: false", "ephemeral: true", "KIT036"),
        (BADGER, COMPOSE_FILE, "target: /var/lib/jaeger", "target: /var/jaeger", "KIT036"),
    ],
)
def test_a_broken_pair_of_another_storage_is_found(
    more: str, file: str, old: str, new: str, rule: str
) -> None:
    assert rule in {one.rule.id for one in examine(_mutated(more, file, old, new))}


@pytest.mark.parametrize(
    ("file", "old", "new", "rule"),
    [
        (COLLECTOR, "endpoint: http://127.0.0.1:24310", "endpoint: http://127.0.0.1:24303", "KIT010"),
        (JAEGER, "keyspace: jaeger_shop", "keyspace: jaeger_shap", "KIT013"),
        (JAEGER, "local_dc: datacenter1", "local_dc: dc1", "KIT014"),
        (JAEGER, "127.0.0.1:24304", "127.0.0.1:4317", "KIT021"),
        ("cassandra/cassandra.yaml", "native_transport_port: 9042", "native_transport_port: 9043", "KIT037"),
        ("cassandra/cassandra-rackdc.properties", "dc=datacenter1", "dc=dc1", "KIT014"),
    ],
)
def test_a_broken_native_pair_is_found(file: str, old: str, new: str, rule: str) -> None:
    assert rule in {one.rule.id for one in examine(_mutated("", file, old, new, targets.NATIVE))}


@pytest.mark.parametrize("more", ["", CASSANDRA, BADGER])
@pytest.mark.parametrize("target", targets.TARGETS)
def test_nothing_is_found_where_nothing_is_broken(more: str, target: Target) -> None:
    assert examine(scene(HEAD + more, Overrides(), target=target)) == []


def _mutated(more: str, file: str, old: str, new: str, target: Target = targets.COMPOSE) -> Scene:
    whole = scene(HEAD + more, Overrides(), target=target)
    text = whole.files[file]
    assert old in text, f"{old!r} is not in {file}"
    broken = scene(HEAD + more, Overrides(), target=target)
    object.__setattr__(broken, "on_disk", {file: text.replace(old, new)})
    return broken


def test_an_edit_by_hand_is_told_as_one() -> None:
    found = examine(_mutated("", COLLECTOR, "level: detailed", "level: normal"))
    assert [one.rule.id for one in found] == [EDITED]
