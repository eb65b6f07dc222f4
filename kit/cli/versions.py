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
    """A component."""

    component: Annotated[str, "its key in the deployment"]
    version: Annotated[str, "the release that the kit takes by default"]
    image: Annotated[str, "the image that this deployment runs; empty where it runs none of it"]
    digest: Annotated[str, "the image with the digest that Docker has on this machine; only with --digests"]
    since: Annotated[str, "the month of the pin, YYYY-MM"]
    newer: Annotated[str, "what was known to be newer then; may be empty"]


@dataclass(frozen=True, slots=True)
class VersionsAnswer:
    """What is pinned, since when, and what is known to be newer."""

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
    """Show which versions are pinned, since when, and what was known to be newer.

    No registry is asked. Example: kit versions --digests
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
    """What to put into kit.yaml, so that a tag that is moved changes nothing."""
    yield "images:"
    for row in rows:
        if row.digest:
            yield f'  {row.component}: "{row.digest}"'
        elif row.image:
            yield f"  # {row.component}: Docker has no digest of {row.image}; docker pull {row.image}"
