"""docs/reference/versions.md: the pinned versions, and how each was tested."""

from __future__ import annotations

from collections.abc import Iterator

from generator.pins import PINS
from kit.provision.catalogue import OPTIONAL, PARTS, PROGRAMS
from reference.markdown import code, generated, table

_OPENING = """After this page you know the versions that a deployment runs, and which of them were run in tests and
which were only checked.

`kit versions` prints the pins. It contacts no registry. To choose another version: [Upgrade](../how-to/upgrade.md).

## Pinned"""
_RUN = """
## Versions that were run

The tests run the native programs in the table above end to end. They were built from source or installed from package
registries. The native deployment uses Jaeger 2.13.0, the newest release on the Go module proxy. It uses Cassandra
instead of ScyllaDB, which is in no package registry.

Containers were run with images that were built on the test machine from Debian's packages and the native programs.
Stand-ins replaced redis_exporter and postgres_exporter, which are in no package registry. They accept the same flags
and report whether their server accepts connections.

## Versions that were only checked

No image registry was reachable when this release was made. So these pins are the patch releases that were known in
the month of the pin. The images were not pulled: `redis`, `postgres`, `python` (base of the kit's own image:
3.12.14-slim-bookworm), `scylladb/scylla`, `jaegertracing/jaeger`, `prom/prometheus`, `prom/node-exporter`,
`oliver006/redis_exporter`, `prometheuscommunity/postgres-exporter` and `grafana/grafana`.

- **Jaeger 2.20.0.** Its rendered config differs from that of 2.13.0 only in addresses and in rows of the version table.
  A test checks this.
- **ScyllaDB.** Every statement of the schema is parsed by Cassandra's own parser. A table with sources lists the
  statements that ScyllaDB's server refuses, and is checked over all dialects and retentions. Each release line from 6.2
  on has a row in `generator/components/scylla/versions.py`. ScyllaDB itself was not run.
- **Grafana 13.2.3.** The dashboards have the types that Grafana publishes, and Prometheus takes their queries. A
  program in Grafana's place reads the rendered files in a container. Grafana itself was not run.

## Contents of the kit's own image

`requirements/image.cdx.json` lists the Python packages in CycloneDX 1.6: name, version, license, package URL and
dependencies. The image contains the list as `/opt/kit/sbom.cdx.json`; it is also beside the Dockerfile in `image/`. It
is generated from `requirements/image.lock`, which has the hashes. Debian's packages and Python itself come from the
base image, and are not in this list.

To find known vulnerabilities, use a scanner that reads CycloneDX."""


def lines() -> Iterator[str]:
    """Yield the lines of the page."""
    yield from generated("Versions", _OPENING)
    yield from table(
        ("component", "version", "pinned in", "newer releases known at that time"),
        [(code(pin.component), code(pin.version), pin.since, pin.newer) for pin in PINS],
    )
    yield from ("", "## Native programs")
    yield from table(
        ("program", "version", "use"),
        [(code(part.name), code(part.version), _use(part.name)) for part in PARTS.values()],
    )
    yield from _RUN.splitlines()


def _use(part: str) -> str:
    if part in PROGRAMS:
        return "runs in the deployment"
    return "runs if the spec enables it" if part in OPTIONAL else "builds or runs the others"
