"""Images of the user's choice."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import key

_NAME = r"[a-z0-9][a-z0-9._-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*"
_DIGEST = r"@sha256:[0-9a-f]{64}"
_IMAGE = containers.Maybe(
    kinds.Text(
        rf"{_NAME}(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}({_DIGEST})?|{_DIGEST})",
        "an image with its tag or its digest, as redis:7.4.7 or redis@sha256:…",
        max_length=400,
    )
)


@dataclass(frozen=True)
class ImagesSpec:
    """Images that take the place of those that the versions name: a mirror's, a digest's."""

    kit: str | None = key(_IMAGE, None, "the samples and the schema step; null builds it from this folder")
    collector: str | None = key(_IMAGE, None, "null is the contrib distribution of collector.version")
    jaeger: str | None = key(_IMAGE, None, "null is that of jaeger.version")
    scylla: str | None = key(_IMAGE, None, "null is that of storage.version")
    cassandra: str | None = key(_IMAGE, None, "null is that of storage.version")
    redis: str | None = key(_IMAGE, None, "null is that of redis.version")
    postgres: str | None = key(_IMAGE, None, "null is that of postgres.version")
