"""Read lists of objects in JSON documents, such as a span's events; other items are counted and left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def objects_of(
    found: Any, place: str, note: Callable[[str, str], None]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a list, each with its place.

    Args:
        found: the expected list; null counts as empty.
        place: its place, such as `logs[0].fields`; the last part is its name in the reasons.
        note: called with the reason and the place of data that is left out.
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
