"""What a target can do: the one place where targets differ, decided once for a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal


@dataclass(frozen=True, slots=True)
class Platform:
    """What a deployment's target can do.

    Attributes:
        target: The target's name.
        has_images: Workloads run from images; otherwise programs of this machine run.
        shares_host: All workloads share one host, so that each port can be opened once.
        isolates_files: Each workload has a file system of its own, and files are mounted into it.
        owns_volumes: A new volume belongs to the user that runs the workload; otherwise it belongs to root.
        binds: The address on which workloads listen.
        opens: The address of this machine on which ports for people are open.
        sql_store: The database of the sample services.
        stand_in: The storage engine in place of a database that no package registry carries; empty where the spec's
            own engine runs.
        folder: The deployment's folder on this machine, absolute.
        rendered: The folder of the rendered files on this machine, absolute.
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
        """Whether the rendered files lie beside the spec, where they may be edited by hand."""
        return self.rendered == self.folder
