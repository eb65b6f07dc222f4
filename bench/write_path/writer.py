"""The bare writer: build bench/cql_writer, and write its plan of rows to insert."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.write_path.spans import (
    POSITIONS,
    SCOPE,
    SERVICES,
    TRACES,
    VARIATIONS,
    Shape,
    Value,
    resource,
    shape,
)
from kit.provision import Program

_MODULE = Path(__file__).resolve().parent.parent / "cql_writer"
_BUILD_SECONDS = 600
_TYPES: Mapping[type, str] = {str: "string", bool: "bool", int: "int64"}
_FIELDS: Mapping[type, str] = {str: "string", bool: "bool", int: "long"}


@dataclass(frozen=True, slots=True)
class Writer:
    """A built writer.

    Attributes:
        executable: Path of the program.
        workers: Number of concurrent statements.
        connections: Number of connections to the store.
        plain: Whether compression of the connections is disabled.
    """

    executable: Path
    workers: int
    connections: int = 2
    plain: bool = False

    def command(
        self,
        folder: Path,
        port: int,
        keyspace: str,
        salt: int,
        start_us: int,
        indexed: Sequence[str],
        seconds: float,
    ) -> list[str]:
        """Return the command that writes for some seconds; write its plan into the folder."""
        file = folder / "writer.json"
        file.write_text(json.dumps(plan(salt, start_us, indexed)), encoding="utf-8")
        return [
            str(self.executable), "-port", str(port), "-keyspace", keyspace, "-plan", str(file),
            "-workers", str(self.workers), "-connections", str(self.connections), f"-plain={str(self.plain).lower()}",
            "-for", f"{seconds}s",
        ]  # fmt: skip


def build(go: Program, folder: Path) -> Path:
    """Build the program into a folder. Go's cache makes later builds fast."""
    output = folder / "cql_writer"
    subprocess.run(
        go.command("build", "-o", output, "."), cwd=_MODULE, check=True, timeout=_BUILD_SECONDS,
        env={**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off",
             "GOFLAGS": "-mod=readonly -buildvcs=false"},
    )  # fmt: skip
    return output


def plan(salt: int, start_us: int, indexed: Sequence[str]) -> dict[str, Any]:
    """Return the plan for the writer: ids, times and shapes of the spans."""
    shapes = [
        [
            [_row(shape(service, position, v), indexed) for v in range(VARIATIONS)]
            for position in range(POSITIONS)
        ]
        for service in range(len(SERVICES))
    ]
    return {"salt": salt, "start_us": start_us, "traces": TRACES, "positions": POSITIONS, "shapes": shapes}


def _row(form: Shape, indexed: Sequence[str]) -> dict[str, Any]:
    """Return a span in the form that Jaeger's writer inserts."""
    tags = {"otel.scope.name": SCOPE, **form.attributes, "span.kind": form.kind}
    if form.failed:
        tags |= {"otel.status_code": "ERROR", "error": True}
    process = {key: value for key, value in resource(form.service).items() if key != "service.name"}
    return {
        "service": form.service,
        "name": form.name,
        "duration_us": form.duration_us,
        "tags": [_tag(key, value) for key, value in tags.items()],
        "process": [_tag(key, value) for key, value in process.items()],
        "indexed": [{"key": key, "value": _text(tags[key])} for key in indexed if key in tags],
    }


def _tag(key: str, value: Value) -> dict[str, Any]:
    return {"key": key, "type": _TYPES[type(value)], _FIELDS[type(value)]: value}


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
