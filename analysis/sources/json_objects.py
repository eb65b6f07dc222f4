"""Lists of objects in JSON documents, such as a span's events: what is none is noted and left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def objects_of(
    found: Any, place: str, note: Callable[[str, str], None]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list, each with its place.

    Args:
        found: what should be the list; null has none.
        place: where it stands, as `logs[0].fields`; its last part names it in what is noted.
        note: is given why something is left out, and its place.
    """
    if found is None:
        return
    name = place.rpartition(".")[2]
    if not isinstance(found, list):
        note(f"{name} that are not a list", place)
        return
    for number, item in enumerate(found):
        if isinstance(item, dict):
            yield f"{place}[{number}]", item
        else:
            note(f"one of the {name} that is not an object", f"{place}[{number}]")
