"""A target that exists only in tests: one line of text for each workload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from generator.deployment.model import Deployment
from generator.deployment.network import ANY, LOOPBACK
from generator.deployment.platform import Platform
from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.model import Spec
from generator.target import Target
from generator.workload import Workload

OUTLINE_FILE = "outline.txt"


@dataclass(frozen=True)
class OutlineSpec:
    """How the outline is written."""

    bullet: str = option(kinds.Choice(("", "- ", "* ")), "", "what stands before each line")


OUTLINE_KEY = section_key("outline", OutlineSpec, "a list of what runs", 930)


def _platform(spec: Spec, folder: PurePosixPath) -> Platform:
    del spec
    return Platform(
        target="outline",
        has_images=True,
        shares_host=False,
        isolates_files=True,
        owns_volumes=True,
        binds=ANY,
        opens=LOOPBACK,
        sql_store="postgres",
        stand_in="",
        folder=folder,
        rendered=folder / "outline",
    )


def _files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    lines = [
        f"{workload.name}: {workload.image} {' '.join(workload.command)}".rstrip() for workload in workloads
    ]
    yield OUTLINE_FILE, "\n".join([f"# rendered from kit.yaml: {deployment.name}", *lines, ""])


OUTLINE = Target("outline", _platform, _files, keys=(OUTLINE_KEY,))
