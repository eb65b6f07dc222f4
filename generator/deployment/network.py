"""Who listens where, and how the others reach it.

Compose gives each component a host name and its standard ports; natively all share 127.0.0.1, so the
ports that people use come from `ports` and the rest are counted up from `native.port_base`.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.deployment.target import Target
from generator.spec.model import Spec

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that a component opens.

    Attributes:
        component: its host name in Compose.
        name: what is served there.
        port: the standard port, inside a container.
        published: the key of `ports` under which people reach it; empty when only components do.
        published_port: the port for people where `ports` has no key for it: that of a user's own service.
    """

    component: str
    name: str
    port: int
    published: str = ""
    published_port: int = 0


OTLP_GRPC = Listener("collector", "otlp_grpc", 4317, "otlp_grpc")
OTLP_HTTP = Listener("collector", "otlp_http", 4318, "otlp_http")
COLLECTOR_HEALTH = Listener("collector", "health", 13133)
COLLECTOR_METRICS = Listener("collector", "metrics", 8888)
JAEGER_OTLP = Listener("jaeger", "otlp_http", 4318)
JAEGER_QUERY = Listener("jaeger", "query_http", 16686, "jaeger")
JAEGER_QUERY_GRPC = Listener("jaeger", "query_grpc", 16685)
JAEGER_HEALTH = Listener("jaeger", "health", 13133)
JAEGER_METRICS = Listener("jaeger", "metrics", 8888)
CQL = Listener("storage", "cql", 9042, "cql")
STORAGE_INTERNODE = Listener("storage", "internode", 7000)
REDIS = Listener("redis", "redis", 6379)
POSTGRES = Listener("postgres", "postgres", 5432)
COUPON_API = Listener("coupon-api", "http", 8080, "coupon_api")
COUPON_ISSUER_HEALTH = Listener("coupon-issuer", "health", 8081)
COUPON_NOTIFIER_HEALTH = Listener("coupon-notifier", "health", 8082)

# Natively a listener's port is `native.port_base` plus its place here: append, never reorder.
_INTERNAL = (
    COLLECTOR_HEALTH, COLLECTOR_METRICS, JAEGER_OTLP, JAEGER_QUERY_GRPC, JAEGER_HEALTH, JAEGER_METRICS,
    STORAGE_INTERNODE, REDIS, COUPON_ISSUER_HEALTH, COUPON_NOTIFIER_HEALTH,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses of one deployment."""

    target: Target
    spec: Spec

    def bind(self, listener: Listener) -> str:
        """`host:port` to listen on."""
        host = LOOPBACK if self.target is Target.NATIVE else "0.0.0.0"  # noqa: S104  # a container's own
        return f"{host}:{self.port(listener)}"

    def bind_host(self) -> str:
        """The host alone, for configs that take it apart."""
        return self.bind(OTLP_GRPC).rpartition(":")[0]

    def reach(self, listener: Listener) -> str:
        """`host:port` under which another component finds it."""
        return f"{self.host(listener)}:{self.port(listener)}"

    def host(self, listener: Listener) -> str:
        """The host under which another component finds it."""
        if self.target is Target.NATIVE:
            return LOOPBACK
        return self.spec.storage.engine if listener.component == "storage" else listener.component

    def port(self, listener: Listener) -> int:
        """The port it has where it runs."""
        if self.target is Target.COMPOSE:
            return listener.port
        if listener.published:
            return self.published(listener)
        return self.spec.native.port_base + _INTERNAL.index(listener)

    def published(self, listener: Listener) -> int:
        """The port on this machine for people."""
        port: int = listener.published_port or getattr(self.spec.ports, listener.published)
        return port

    def url(self, listener: Listener) -> str:
        """The address for a person's browser or command on this machine."""
        return f"http://{self.reached_at(listener)}"

    def reached_at(self, listener: Listener) -> str:
        """`host:port` under which a person's command on this machine reaches it."""
        everywhere = self.published_on == "0.0.0.0"  # noqa: S104  # compared, not listened on
        return f"{LOOPBACK if everywhere else self.published_on}:{self.published(listener)}"

    @property
    def published_on(self) -> str:
        """The address of this machine that ports for people are open on."""
        return LOOPBACK if self.target is Target.NATIVE else self.spec.ports.address
