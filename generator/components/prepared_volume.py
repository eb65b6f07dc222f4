"""The step that makes a volume writable for a component's user, before the component starts.

Docker gives the folder of a new volume to root. If the image has that folder, the volume takes over its content and
its owner. The images of the collector and of Jaeger have no such folder, and they run as user 10001. The kit's own
image has a folder of that user, so it is enough to mount the volume there once, and nothing runs as root.
"""

from __future__ import annotations

from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, Volume, Workload

# The user of both images, and the folder of that user in the kit's own image.
USER = 10001
FOLDER = f"/volumes/{USER}"


def prepared_volume(volume: str) -> Workload:
    """Return the step that gives a volume to that user; it fails if the volume holds another user's files."""
    return Workload(
        name=f"{volume}-volume",
        title=f"the volume of {volume}",
        image=OWN_IMAGE,
        program="python",
        command=("-m", "kit.operate.inside.owned", FOLDER, str(USER)),
        # The component counts the disk of this volume, so this step counts none.
        volumes=(Volume(volume, FOLDER, Size(0)),),
        memory=Size(64 << 20),
        resident=0,
        processes=32,
        read_only=True,
        unprivileged=True,
        user=USER,
        once=True,
    )
