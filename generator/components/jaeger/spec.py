"""Jaeger v2."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import FOLDER, option, section, section_key
from generator.spec.quantities import Size

# Browsers resolve `.` and `..` before they send a request, so Jaeger would never see such a path.
_PATH = kinds.Text(
    r"/|(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+",
    "a path that begins with `/`, does not end with `/`, and has no part `.` or `..`",
)


@dataclass(frozen=True)
class JaegerUISpec:
    """Jaeger's web page."""

    assets: str | None = option(
        containers.Maybe(FOLDER),
        None,
        "folder of a built Jaeger UI; images contain one, native builds don't",
    )


@dataclass(frozen=True)
class JaegerSpec:
    """Jaeger v2, which writes spans to the storage and answers searches."""

    version: str = option(
        kinds.Version("2.20.0", ("2.13.0", "2.20.0")), "2.20.0", "image version; natively always 2.13.0"
    )
    memory: Size = option(
        kinds.size("512MiB", "128MiB", "64GiB"),
        Size(512 << 20),
        "memory limit; GOMEMLIMIT is derived from it",
    )
    cpus: int = option(
        kinds.Count(1, 256, "a number of processors"),
        1,
        "processors that it may use (GOMAXPROCS); leave the rest to the database",
    )
    largest_trace: int | None = option(
        containers.Maybe(kinds.Count(1000, 10_000_000, "a number of spans")),
        None,
        "maximum spans that it reads of one trace, from 2.20 on; null: what fits in a quarter of its memory",
    )
    base_path: str = option(_PATH, "/", "path under which a reverse proxy serves the UI")
    ui: JaegerUISpec = section(JaegerUISpec, "Jaeger's web page")


JAEGER = section_key("jaeger", JaegerSpec, "Jaeger v2", 50)
