"""Capabilities of a target: the one place where targets differ, decided once per deployment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal


@dataclass(frozen=True, slots=True)
class Platform:
    """Capabilities of a deployment's target.

    Attributes:
        target: Name of the target.
        has_images: Whether workloads run from images; otherwise programs of this machine run.
        shares_host: Whether all workloads share one host, so that each port can be opened only once.
        isolates_files: Whether each workload has its own file system, into which files are mounted.
        owns_volumes: Whether a new volume belongs to the user that runs the workload; otherwise it belongs to root.
        binds: Address on which workloads listen.
        opens: Address of this machine on which published ports are open.
        sql_store: Database of the sample services.
        stand_in: Storage engine that replaces a database that is in no package registry; empty if the spec's engine
            runs.
        folder: Folder of the deployment on this machine, absolute.
        rendered: Folder of the rendered files on this machine, absolute.
    """

    target: str
    has_images: bool
    shares_host: bool
    isolates_files: bool
    owns_volumes: bool
    binds: str
    opens: str
    sql_store: Literal["postgres", "sqlite"]
    stand_in: str
    folder: PurePosixPath
    rendered: PurePosixPath

    @property
    def beside_spec(self) -> bool:
        """Whether the rendered files are beside the spec, where they may be edited by hand."""
        return self.rendered == self.folder
