"""Settings of the services, from environment variables.

| variable | service | default |
| --- | --- | --- |
| `REDIS_URL` | all | required |
| `DATABASE_URL` | coupon_api, coupon_issuer | required: `sqlite+aiosqlite:////abs/path` or `postgresql+asyncpg://…` |
| `DATABASE_POOL_SIZE` | coupon_api, coupon_issuer | 5 connections |
| `MESSAGING_PROPAGATION` | all | `parent` (or `link`) |
| `HTTP_HOST`, `HTTP_PORT` | coupon_api | `127.0.0.1`, required |
| `HEALTH_HOST`, `HEALTH_PORT` | consumers | `127.0.0.1`, required |
| `COUPON_API_URL` | coupon_notifier | required |
| `QUEUE_BATCH_SIZE` | consumers | 100 entries per read |
| `QUEUE_BLOCK` | consumers | 1000 ms: longest wait of an idle read |
| `QUEUE_RECLAIM_IDLE` | consumers | 15000 ms without progress until an entry is delivered again |
| `QUEUE_MAX_DELIVERIES` | consumers | 5 deliveries until a failing entry becomes a dead letter |
| `QUEUE_DEAD_LETTERS` | consumers | 20000 dead letters kept for each stream |
| `REQUESTS_REMEMBERED` | coupon_issuer | 600 s that Redis remembers a request after its decision |
| `CONSUMER_NAME` | consumers | `{hostname}-{pid}` |
| `FAULTS` | all | none (or a comma-separated list of names in `faults`) |
| `REDIS_SPANS` | all | `0` (with `1` each Redis command in a trace has a span) |
| `LATENCY_BUCKETS` | all | edges of the buckets for the durations of HTTP requests, in seconds |

The OpenTelemetry SDK reads the standard `OTEL_*` variables itself.
"""

from __future__ import annotations

import math
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from stream_tracing import Propagation

from .consumer_group import DEAD_LETTERS_KEPT
from .fault_names import Fault, parse_faults
from .telemetry.instruments import LATENCY_EDGES

# Each edge is a series for each route and status.
_MOST_EDGES = 50


class SettingsError(Exception):
    """Raised when variables are missing or invalid; the text has one line for each of them."""


@dataclass(frozen=True, slots=True)
class Address:
    """Address to listen on, and the variable with its port."""

    host: str
    port: int
    variable: str


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """URL of the SQL database, and `pool_size`, the number of connections."""

    url: str
    pool_size: int


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Settings of a consumer; `block_ms` and `reclaim_idle_ms` in milliseconds."""

    batch_size: int
    block_ms: int
    reclaim_idle_ms: int
    consumer: str
    max_deliveries: int = 5
    dead_letters_kept: int = DEAD_LETTERS_KEPT


def _number(low: int, high: int, default: Any = ...) -> Any:
    return Field(default, ge=low, le=high, description=f"a whole number from {low} to {high}")


def _url(*schemes: str, alias: str | None = None) -> Any:
    either = " or ".join(f"{scheme}://" for scheme in schemes)
    pattern = f"^(?i:{'|'.join(map(re.escape, schemes))})://"
    return Field(pattern=pattern, description=f"a URL that starts with {either}", alias=alias)


def _zero_or_one(text: str) -> str:
    # Pydantic itself accepts eleven spellings of a bool.
    if text not in {"0", "1"}:
        raise ValueError
    return text


def _edges(text: str) -> tuple[float, ...]:
    edges = tuple(map(float, text.split(",")))
    if len(edges) > _MOST_EDGES or not all(0 < edge < math.inf for edge in edges):
        raise ValueError
    if any(low >= high for low, high in pairwise(edges)):
        raise ValueError
    return edges


# A field's alias is its variable, by default its name in capitals. Errors print its description as the needed value.
class _Variables(BaseSettings):
    model_config = SettingsConfigDict(
        alias_generator=str.upper, case_sensitive=True, frozen=True, validate_default=False
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        *_: Any,
        **__: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # `_read` passes the values, because it may read another environment than the process's.
        return (init_settings,)


class _Common(_Variables):
    redis_url: str = _url("redis", "rediss", "unix")
    propagation: Propagation = Field(
        Propagation.PARENT, alias="MESSAGING_PROPAGATION", description="`parent` or `link`"
    )
    faults: Annotated[frozenset[Fault], NoDecode, BeforeValidator(parse_faults)] = Field(
        frozenset(), description=f"a comma-separated list of {', '.join(Fault)}"
    )
    latency_buckets: Annotated[tuple[float, ...], NoDecode, BeforeValidator(_edges)] = Field(
        LATENCY_EDGES, description="a list of up to 50 ascending numbers of seconds, with commas,"
    )
    redis_spans: Annotated[bool, BeforeValidator(_zero_or_one)] = Field(False, description="`1` or `0`")


class _Database(_Variables):
    database_url: str = _url("sqlite+aiosqlite", "postgresql+asyncpg")
    database_pool_size: int = _number(1, 1000, 5)

    @property
    def database(self) -> DatabaseSettings:
        return DatabaseSettings(self.database_url, self.database_pool_size)


class _Consumer(_Variables):
    health_host: str = "127.0.0.1"
    health_port: int = _number(0, 65535)
    queue_batch_size: int = _number(1, 10_000, 100)
    queue_block: int = _number(1, 60_000, 1000)
    queue_reclaim_idle: int = _number(1, 3_600_000, 15_000)
    queue_max_deliveries: int = _number(1, 1000, 5)
    queue_dead_letters: int = _number(1, 100_000_000, DEAD_LETTERS_KEPT)
    consumer_name: str = Field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")

    @property
    def listen(self) -> Address:
        return Address(self.health_host, self.health_port, "HEALTH_PORT")

    @property
    def queue(self) -> QueueSettings:
        return QueueSettings(
            self.queue_batch_size,
            self.queue_block,
            self.queue_reclaim_idle,
            self.consumer_name,
            self.queue_max_deliveries,
            self.queue_dead_letters,
        )


class _Http(_Variables):
    http_host: str = "127.0.0.1"
    http_port: int = _number(0, 65535)

    @property
    def listen(self) -> Address:
        return Address(self.http_host, self.http_port, "HTTP_PORT")


# The last base's variables come first in an error.
class ApiSettings(_Database, _Common, _Http):
    """Settings of coupon_api."""


class IssuerSettings(_Database, _Common, _Consumer):
    """Settings of coupon_issuer."""

    requests_remembered: int = _number(1, 604_800, 600)


class NotifierSettings(_Common, _Consumer):
    """Settings of coupon_notifier."""

    api_url: Annotated[str, AfterValidator(lambda url: url.rstrip("/"))] = _url(
        "http", "https", alias="COUPON_API_URL"
    )


def read_api(environment: Mapping[str, str] = os.environ) -> ApiSettings:
    """Read the settings of coupon_api. Raises SettingsError."""
    return _read(ApiSettings, environment)


def read_issuer(environment: Mapping[str, str] = os.environ) -> IssuerSettings:
    """Read the settings of coupon_issuer. Raises SettingsError."""
    return _read(IssuerSettings, environment)


def read_notifier(environment: Mapping[str, str] = os.environ) -> NotifierSettings:
    """Read the settings of coupon_notifier. Raises SettingsError."""
    return _read(NotifierSettings, environment)


_Settings = TypeVar("_Settings", bound=_Variables)


def _read(settings: type[_Settings], environment: Mapping[str, str]) -> _Settings:
    source = EnvSettingsSource(settings)
    # An empty variable counts as not set.
    source.env_vars = {name: text for name, text in environment.items() if text}
    try:
        return settings(**source())
    except ValidationError as error:
        needed = {field.alias: field.description for field in settings.model_fields.values()}
        problems = (
            f"{name} is {_found(problem['type'], name, problem['input'])} {needed[name]} is needed"
            for problem in error.errors(include_context=False, include_url=False)
            for name in map(str, problem["loc"][:1])
        )
        raise SettingsError("\n".join(problems)) from None


def _found(kind: str, variable: str, text: Any) -> str:
    if kind == "missing":
        return "not set:"
    # A URL may hold a password: only its scheme is shown.
    if variable.endswith("_URL"):
        scheme, separator, _ = text.partition("://")
        text = f"{scheme if separator else ''}://…"
    return f"{text!r}:"
