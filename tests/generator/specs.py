"""Specs of different shapes, rendered by several tests."""

from __future__ import annotations

from pathlib import PurePosixPath

from generator.deployment.model import Deployment
from generator.kit_yaml import parse_spec
from generator.resolve import resolve
from generator.target import Target
from generator.targets import COMPOSE

HEAD = "spec: 1\nname: coupons\n"
SPECS = {
    "minimal": HEAD,
    "link": HEAD + "tracing: {propagation: link}\n",
    "cassandra": HEAD + "storage: {engine: cassandra, replication: {dc-east: 1}, retention: 30d}\n",
    "badger": HEAD + "storage: {engine: badger, retention: 1h}\n",
    "memory": HEAD + "storage: {engine: memory}\n",
    "native-badger": HEAD + "native: {storage: badger}\n",
    "small": HEAD + "collector: {memory: 128MiB, queue: {persistent: false}}\njaeger: {memory: 128MiB}\n",
    "tiny-queue": HEAD + "collector: {queue: {size: 16MiB}}\n",
    "unusual": HEAD
    + "jaeger: {base_path: /traces/ui, version: '2.13.0'}\n"
    + "storage: {version: '6.2.3', keyspace: t, replication: {a: 3, b: 2}, retention: 1h, indexed_tags: []}\n"
    + "ports: {otlp_grpc: 5317, otlp_http: 5318, jaeger: 26686, coupon_api: 8888, cql: 9942}\n",
    "cluster": HEAD
    + "storage:\n  contact_points: [db1.example:9142, '[::1]:9142']\n  replication: {east: 3, west: 2}\n"
    + "  datacenter: west\n  consistency: LOCAL_QUORUM\n  cpus: 8\n"
    + "  credentials: {username: {env: CQL_USER}, password: {env: CQL_PASSWORD}}\n"
    + "  tls: {ca: certs/ca.pem, certificate: /etc/pki/me.pem, key: /etc/pki/me.key, verify_host: false}\n",
    "sampling": HEAD
    + "collector: {sampling: {keep: 12.5%, slower_than: 400ms}, redact: [user.email, http.request.header.*]}\n",
    "further": HEAD
    + """collector:
  exporters:
    - {name: vendor, endpoint: "https://otlp.example.com/api",
       headers: {Authorization: {env: VENDOR_TOKEN}, x-team: a$b}}
    - {name: other, endpoint: "http://10.0.0.7:4317", protocol: grpc, compression: zstd, queue: 1GiB}
    - {name: mutual, endpoint: "https://otlp.example.com", protocol: grpc,
       tls: {ca: certs/ca.pem, certificate: certs/kit.pem, key: certs/kit.key}}
""",
    "further-in-memory": HEAD
    + "collector: {queue: {persistent: false}, exporters: [{name: vendor, endpoint: http://127.0.0.1:9}]}\n",
    "unmonitored": HEAD + "monitoring: {enabled: false}\n",
    "monitored": HEAD + "native: {monitoring: true}\nstorage: {engine: cassandra}\n",
    "monitored-sampling": HEAD
    + "native: {monitoring: true}\n"
    + "collector: {sampling: {keep: 10%}, redact: [user.email], exporters: [{name: vendor, endpoint: http://x:4318}]}\n"
    + "objectives: [{service: coupon-api, p99: 1500ms}, {service: coupon-notifier, p99: 7ms}]\n",
    "redis-too": HEAD + "services: []\nredis: {enabled: true}\n",
}


def deployment(name: str, target: Target = COMPOSE, folder: str = "/srv/coupons") -> Deployment:
    return resolve(parse_spec(SPECS[name]), target, PurePosixPath(folder))
