"""The images of components, and the source of the kit's own image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.spec.model import Spec
from generator.spec.sections.images import IMAGES

_OWN = "kit"


@dataclass(frozen=True, slots=True)
class OwnImage:
    """The image of this project's programs: the sample services, and `kit` for the steps of a start.

    Attributes:
        reference: Name of the image.
        context: Folder to build it from, relative to the deployment's folder; empty if it is pulled.
        dockerfile: Path of the Dockerfile, relative to the context.
    """

    reference: str
    context: str
    dockerfile: str


@dataclass(frozen=True, slots=True)
class Images:
    """The images of a deployment.

    Attributes:
        own: The image of this project's programs.
        chosen: The user's images, by component.
    """

    own: OwnImage
    chosen: Mapping[str, str]

    def of(self, component: str, known: str) -> str:
        """Return a component's image: the user's, or else the default image of its version."""
        return self.chosen.get(component, known)


def plan_images(spec: Spec, context: str) -> Images:
    """Return the images of a deployment."""
    chosen = spec[IMAGES].chosen()
    pulled = chosen.pop(_OWN, "")
    own = OwnImage(pulled, "", "") if pulled else OwnImage(f"{spec.name}-kit:local", context, "Dockerfile")
    return Images(own, chosen)
