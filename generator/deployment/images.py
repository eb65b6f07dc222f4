"""Which image each component runs, and where the kit's own comes from."""

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
        reference: Its name.
        context: The folder it is built from, relative to the deployment's; empty when it is pulled.
        dockerfile: Relative to the context.
    """

    reference: str
    context: str
    dockerfile: str


@dataclass(frozen=True, slots=True)
class Images:
    """The images of a deployment; `chosen` are the user's, by component."""

    own: OwnImage
    chosen: Mapping[str, str]

    def of(self, component: str, known: str) -> str:
        """A component's image: the user's, else the one its version is known by."""
        return self.chosen.get(component, known)


def plan_images(spec: Spec, context: str) -> Images:
    """Decide the images."""
    chosen = spec[IMAGES].chosen()
    pulled = chosen.pop(_OWN, "")
    own = OwnImage(pulled, "", "") if pulled else OwnImage(f"{spec.name}-kit:local", context, "Dockerfile")
    return Images(own, chosen)
