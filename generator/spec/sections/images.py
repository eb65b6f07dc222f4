"""The section `images`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, make_dataclass, replace

from generator.spec import containers, kinds
from generator.spec.keys import SpecKey, option, section, section_key

_NAME = r"[a-z0-9][a-z0-9._-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*"
_DIGEST = r"@sha256:[0-9a-f]{64}"
_IMAGE = containers.Maybe(
    kinds.Text(
        rf"{_NAME}(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}({_DIGEST})?|{_DIGEST})",
        "an image with a tag or a digest, such as redis:7.4.11 or redis@sha256:…",
        max_length=400,
    )
)
_DOC = "images that replace the default ones, for Compose"


@dataclass(frozen=True)
class ImagesSpec:
    """Images that replace the default ones of each version; each component adds a key for its own image."""

    kit: str | None = option(
        _IMAGE, None, "image of the samples and the schema step; null: built from this folder"
    )

    def chosen(self) -> dict[str, str]:
        """Return the images that the spec sets, by workload."""
        named = {item.name: getattr(self, item.name) for item in fields(self)}
        return {key.replace("_", "-"): image for key, image in named.items() if image is not None}


IMAGES = section_key("images", ImagesSpec, _DOC, 910)


@dataclass(frozen=True, slots=True)
class ImageKey:
    """A key of `images`.

    Attributes:
        key: Name of the key, and of the workload, which has `-` instead of `_`.
        doc: Description, with the meaning of null.
        order: Position in the output of `kit init`; lower numbers come first.
    """

    key: str
    doc: str
    order: int

    @property
    def workload(self) -> str:
        """Name of the workload that runs the image."""
        return self.key.replace("_", "-")


def images_key(images: Iterable[ImageKey]) -> SpecKey[ImagesSpec]:
    """Return the section `images` with these keys."""
    declared = [
        (image.key, "str | None", option(_IMAGE, None, image.doc))
        for image in sorted(images, key=lambda image: image.order)
    ]
    shape = make_dataclass("ImagesSpec", declared, bases=(ImagesSpec,), frozen=True)
    return replace(IMAGES, declared=section(shape, _DOC))
