"""A volume that a component's user may write, before the component starts.

Docker makes a new volume's folder root's, unless the image has that folder: then the volume gets what is in
it, its owner included. The images of the collector and of Jaeger have no such folder and run as 10001; the
kit's own image has one that is theirs, so mounting the volume there once is enough, and nothing runs as root.
"""

from __future__ import annotations

from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, Volume, Workload

# The user of both images, and the folder that is theirs in the kit's own.
USER = 10001
FOLDER = f"/volumes/{USER}"


def prepared_volume(volume: str) -> Workload:
    """The step that makes a volume theirs; it fails when the volume holds another user's files."""
    return Workload(
        name=f"{volume}-volume",
        title=f"the volume of {volume}",
        image=OWN_IMAGE,
        program="python",
        command=("-m", "kit.operate.inside.owned", FOLDER, str(USER)),
        # The volume itself is the workload's: nothing is kept here.
        volumes=(Volume(volume, FOLDER, Size(0)),),
        memory=Size(64 << 20),
        resident=0,
        processes=32,
        read_only=True,
        unprivileged=True,
        user=USER,
        once=True,
    )
