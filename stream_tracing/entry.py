"""Names and fields of an entry as returned by Redis clients: text, or bytes if the client does not decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import propagate

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from typing import Any

Text = str | bytes | bytearray | memoryview
"""A key, an id or a value. redis-py returns bytes unless its client has `decode_responses=True`."""


def as_text(value: Text, name: str) -> str:
    """Decode a value; invalid UTF-8 is replaced.

    Args:
        value: text or bytes.
        name: name of the argument for the error.

    Raises:
        TypeError: the value is neither text nor bytes.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    raise TypeError(f"{name} is {type(value).__name__}: text or bytes are needed")


def sent_context(fields: Mapping[Any, Any]) -> dict[str, str]:
    """Return the fields of an entry that hold its trace context, as text."""
    names = propagate.get_global_textmap().fields
    return {
        name: as_text(fields[key], name)
        for name in names
        for key in (name, name.encode())
        if isinstance(fields.get(key), str | bytes | bytearray | memoryview)
    }


def forget_context(fields: MutableMapping[Any, Any]) -> None:
    """Remove the trace context of an earlier hop from the fields of an entry that is forwarded."""
    for name in propagate.get_global_textmap().fields:
        for key in (name, name.encode()):
            fields.pop(key, None)
