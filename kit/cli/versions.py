"""`kit versions`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A pinned component."""

    component: Annotated[str, "name of the component in the deployment"]
    version: Annotated[str, "default release"]
    image: Annotated[str, "image that this deployment runs, or empty"]
    digest: Annotated[str, "image with the digest from Docker on this machine (only with --digests)"]
    since: Annotated[str, "month of the pin, YYYY-MM"]
    newer: Annotated[str, "newer releases known at that time, or empty"]


@dataclass(frozen=True, slots=True)
class VersionsAnswer:
    """Pinned versions, the months of their pins, and newer releases known at that time."""

    KIND: ClassVar = "versions"

    components: Annotated[list[VersionRow], "all pinned components"]


@app.command()
def versions(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    digests: bool = typer.Option(
        False, "--digests", help="Ask Docker for the digests of the images, and print `images` for kit.yaml."
    ),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Show the pinned versions, the months of their pins, and newer releases known at that time.

    No registry is queried. Example: kit versions --digests
    """
    from generator.pins import PINS
    from generator.render import workloads_of
    from kit.operate.compose.digests import digest_of
    from kit.operate.runtimes import in_containers
    from kit.printing import show

    images = {workload.name: workload.image for workload in workloads_of(in_containers(spec))}
    rows = [
        VersionRow(
            component=pin.component,
            version=pin.version,
            image=(image := images.get(pin.component, "")),
            digest=digest_of(spec.parent, image) if digests and image else "",
            since=pin.since,
            newer=pin.newer,
        )
        for pin in PINS
    ]
    show(VersionsAnswer(rows), output, _images(rows) if digests else _lines(rows))


def _lines(rows: Sequence[VersionRow]) -> Iterator[str]:
    width = max(len(row.image or f"{row.component} {row.version}") for row in rows)
    yield f"{'image':<{width}}  since    known to be newer"
    for row in rows:
        named = row.image or f"{row.component} {row.version}"
        yield f"{named:<{width}}  {row.since}  {row.newer}".rstrip()


def _images(rows: Sequence[VersionRow]) -> Iterator[str]:
    """Yield `images` for kit.yaml with digests, so that a moved tag changes nothing."""
    yield "images:"
    for row in rows:
        if row.digest:
            yield f'  {row.component.replace("-", "_")}: "{row.digest}"'
        elif row.image:
            yield f"  # {row.component}: Docker has no digest of {row.image}; docker pull {row.image}"
