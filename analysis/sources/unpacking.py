"""Unpacking gzip up to a limit: a few megabytes of it can hold gigabytes, on one line."""

from __future__ import annotations

import gzip
import io
import os
from typing import IO, TYPE_CHECKING

from analysis.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import WriteableBuffer

# Spans as JSON are packed to a tenth or a thirtieth, generated ones to a hundredth; the format allows a thousandth.
_TIMES = 200
_ALWAYS = 256 << 20


def unpacked(path: Path, packed: IO[bytes], buffer: int) -> io.BufferedReader:
    """A stream of what a gzip file holds.

    Args:
        path: the file, for messages.
        packed: its bytes.
        buffer: bytes to unpack at a time.

    Returns:
        A stream that raises `FileError` when more comes than 200 times the file's size, and more than 256 MiB.
    """
    size = os.fstat(packed.fileno()).st_size
    return io.BufferedReader(_Limited(path, packed, max(_ALWAYS, _TIMES * size)), buffer)


class _Limited(io.RawIOBase):
    def __init__(self, path: Path, packed: IO[bytes], limit: int) -> None:
        self._path, self._limit, self._left = path, limit, limit
        self._unpacked = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        read = self._unpacked.readinto(buffer)
        self._left -= read
        if self._left < 0:
            raise FileError(
                self._path,
                f"unpacks to more than {self._limit >> 20:,} MiB, far more than its size lets expect",
                hint="if it is what you think it is, unpack it yourself (gzip -d) and read the result",
            )
        return read

    def close(self) -> None:
        self._unpacked.close()
        super().close()
