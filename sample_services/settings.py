"""What the services read from their environment.

| variable | who | default |
| --- | --- | --- |
| `REDIS_URL` | all | required |
| `DATABASE_URL` | coupon_api, coupon_issuer | required; `sqlite+aiosqlite:////abs/path` or `postgresql+asyncpg://…` |
| `DATABASE_POOL_SIZE` | coupon_api, coupon_issuer | 5 connections |
| `MESSAGING_PROPAGATION` | all | `parent`; or `link` |
| `HTTP_HOST`, `HTTP_PORT` | coupon_api | `127.0.0.1`, required |
| `HEALTH_HOST`, `HEALTH_PORT` | consumers | `127.0.0.1`, required |
| `COUPON_API_URL` | coupon_notifier | required |
| `QUEUE_BATCH_SIZE` | consumers | 100 entries a read |
| `QUEUE_BLOCK` | consumers | 1000 ms that an idle read waits |
| `QUEUE_RECLAIM_IDLE` | consumers | 15000 ms without progress until an entry is delivered again |
| `QUEUE_MAX_DELIVERIES` | consumers | 5 deliveries until an entry that fails is a dead letter |
| `CONSUMER_NAME` | consumers | `{hostname}-{pid}` |
| `FAULTS` | all | none; names out of `faults`, with commas between |
| `REDIS_SPANS` | all | `0`; with `1` each Redis command in a trace has a span |

The OpenTelemetry SDK reads the standard `OTEL_*` variables itself.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stream_tracing import Propagation

from .faults import Fault, parse_faults

if TYPE_CHECKING:
    from collections.abc import Mapping


class SettingsError(Exception):
    """The environment is incomplete or wrong; the text names every variable at fault."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service listens, and the variable that says so."""

    host: str
    port: int
    variable: str


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """The SQL database; `pool_size` in connections."""

    url: str
    pool_size: int


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """How a consumer reads its stream; `block_ms` and `reclaim_idle_ms` in milliseconds."""

    batch_size: int
    block_ms: int
    reclaim_idle_ms: int
    consumer: str
    max_deliveries: int = 5


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Of coupon_api."""

    listen: Address
    redis_url: str
    propagation: Propagation
    database: DatabaseSettings
    faults: frozenset[Fault] = frozenset()
    redis_spans: bool = False


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """Of coupon_issuer."""

    listen: Address
    redis_url: str
    propagation: Propagation
    queue: QueueSettings
    database: DatabaseSettings
    faults: frozenset[Fault] = frozenset()
    redis_spans: bool = False


@dataclass(frozen=True, slots=True)
class NotifierSettings:
    """Of coupon_notifier."""

    listen: Address
    redis_url: str
    propagation: Propagation
    queue: QueueSettings
    api_url: str
    faults: frozenset[Fault] = frozenset()
    redis_spans: bool = False


def read_api(environment: Mapping[str, str] = os.environ) -> ApiSettings:
    """Settings of coupon_api; raises SettingsError."""
    reader = _Reader(environment)
    settings = ApiSettings(
        reader.address("HTTP"),
        reader.redis_url(),
        reader.propagation(),
        reader.database(),
        reader.faults(),
        reader.redis_spans(),
    )
    reader.check()
    return settings


def read_issuer(environment: Mapping[str, str] = os.environ) -> IssuerSettings:
    """Settings of coupon_issuer; raises SettingsError."""
    reader = _Reader(environment)
    settings = IssuerSettings(
        reader.address("HEALTH"),
        reader.redis_url(),
        reader.propagation(),
        reader.queue(),
        reader.database(),
        reader.faults(),
        reader.redis_spans(),
    )
    reader.check()
    return settings


def read_notifier(environment: Mapping[str, str] = os.environ) -> NotifierSettings:
    """Settings of coupon_notifier; raises SettingsError."""
    reader = _Reader(environment)
    settings = NotifierSettings(
        reader.address("HEALTH"),
        reader.redis_url(),
        reader.propagation(),
        reader.queue(),
        reader.url("COUPON_API_URL", ("http", "https")).rstrip("/"),
        reader.faults(),
        reader.redis_spans(),
    )
    reader.check()
    return settings


class _Reader:
    """Reads variables and collects what is wrong, so that all of it is told at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._faults: list[str] = []

    def check(self) -> None:
        if self._faults:
            raise SettingsError("\n".join(self._faults))

    def address(self, prefix: str) -> Address:
        host = self._environment.get(f"{prefix}_HOST") or "127.0.0.1"
        variable = f"{prefix}_PORT"
        return Address(host, self._integer(variable, None, 0, 65535), variable)

    def redis_url(self) -> str:
        return self.url("REDIS_URL", ("redis", "rediss", "unix"))

    def database(self) -> DatabaseSettings:
        url = self.url("DATABASE_URL", ("sqlite+aiosqlite", "postgresql+asyncpg"))
        return DatabaseSettings(url, self._integer("DATABASE_POOL_SIZE", 5, 1, 1000))

    def queue(self) -> QueueSettings:
        return QueueSettings(
            self._integer("QUEUE_BATCH_SIZE", 100, 1, 10_000),
            self._integer("QUEUE_BLOCK", 1000, 1, 60_000),
            self._integer("QUEUE_RECLAIM_IDLE", 15_000, 1, 3_600_000),
            self._environment.get("CONSUMER_NAME") or f"{socket.gethostname()}-{os.getpid()}",
            self._integer("QUEUE_MAX_DELIVERIES", 5, 1, 1000),
        )

    def propagation(self) -> Propagation:
        text = self._environment.get("MESSAGING_PROPAGATION") or Propagation.PARENT.value
        if text in set(Propagation):
            return Propagation(text)
        self._fault("MESSAGING_PROPAGATION", text, "`parent` or `link`")
        return Propagation.PARENT

    def faults(self) -> frozenset[Fault]:
        text = self._environment.get("FAULTS", "")
        try:
            return parse_faults(text)
        except ValueError:
            self._fault("FAULTS", text, f"a list, with commas, out of {', '.join(Fault)}")
            return frozenset()

    def redis_spans(self) -> bool:
        text = self._environment.get("REDIS_SPANS") or "0"
        if text not in {"0", "1"}:
            self._fault("REDIS_SPANS", text, "`1` or `0`")
        return text == "1"

    def url(self, variable: str, schemes: tuple[str, ...]) -> str:
        text = self._environment.get(variable, "")
        if not text:
            self._faults.append(f"{variable} is not set: a URL that starts with {_either(schemes)} is needed")
        elif urlsplit(text).scheme not in schemes:
            # A URL may hold a password: only its scheme is shown.
            self._fault(
                variable, f"{urlsplit(text).scheme}://…", f"a URL that starts with {_either(schemes)}"
            )
        return text

    def _integer(self, variable: str, default: int | None, low: int, high: int) -> int:
        text = self._environment.get(variable, "")
        if not text and default is not None:
            return default
        if not text:
            self._faults.append(f"{variable} is not set: a whole number from {low} to {high} is needed")
        elif text.isdecimal() and low <= int(text) <= high:
            return int(text)
        else:
            self._fault(variable, text, f"a whole number from {low} to {high}")
        return low

    def _fault(self, variable: str, found: str, needed: str) -> None:
        self._faults.append(f"{variable} is {found!r}: {needed} is needed")


def _either(schemes: tuple[str, ...]) -> str:
    return " or ".join(f"{scheme}://" for scheme in schemes)
