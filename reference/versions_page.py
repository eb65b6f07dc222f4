"""docs/reference/versions.md: what is pinned, and how sure the pins are."""

from __future__ import annotations

from collections.abc import Iterator

from generator.pins import PINS
from kit.provision.catalogue import PARTS, PROGRAMS
from reference.markdown import code, generated, table

_OPENING = """After this page you know which versions a deployment runs, and which of them were run and which were
only checked.

`kit versions` prints the pins. It asks no registry. To choose another version: [Upgrade](../how-to/upgrade.md).

## Pinned"""
_RUN = """
## What was run

The tests run the native programs of the table above end to end. They were built or installed from package registries.
The native deployment uses Jaeger 2.13.0, which is the newest release that the Go module proxy serves, and Cassandra in
the place of ScyllaDB, which is in no package registry.

Containers were run with images that were made on the test machine: from Debian's packages and from the native programs.

## What was only checked

No registry of images was reachable where this release was made. So these pins are the current patch releases as
known in the month of the pin, and were not pulled: `redis`, `postgres`, `python` (base of the kit's own image:
3.12.14-slim-bookworm), `scylladb/scylla` and `jaegertracing/jaeger`.

- **Jaeger 2.20.0.** Its render differs from that of 2.13.0 by the rows of the table of versions and by addresses,
  which a test asserts.
- **ScyllaDB.** Every statement of the schema is parsed by Cassandra's own parser. A table with sources lists what
  ScyllaDB's server refuses, and is checked over all dialects and retentions. Each release line from 6.2 on has a row in
  `generator/components/scylla/versions.py`. ScyllaDB itself was not run.

## What the kit's own image contains

The Python packages are listed as CycloneDX 1.6 in `requirements/image.cdx.json`: name, version, license, package URL
and what needs what. The list is in the image as `/opt/kit/sbom.cdx.json`, and beside its Dockerfile in `image/`. It is
made from `requirements/image.lock`, which has the hashes. Debian's packages and Python itself come from the base
image, and are not in this list.

To look for known vulnerabilities, give the file to a scanner that reads CycloneDX."""


def lines() -> Iterator[str]:
    """The page."""
    yield from generated("Versions", _OPENING)
    yield from table(
        ("component", "version", "pinned in", "known to be newer then"),
        [(code(pin.component), code(pin.version), pin.since, pin.newer) for pin in PINS],
    )
    yield from ("", "## Native programs")
    yield from table(
        ("program", "version", "used for"),
        [
            (
                code(part.name),
                code(part.version),
                "runs" if part.name in PROGRAMS else "builds or runs the others",
            )
            for part in PARTS.values()
        ],
    )
    yield from _RUN.splitlines()
