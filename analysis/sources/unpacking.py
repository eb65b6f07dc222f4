"""Unpack gzip up to a limit, because a few megabytes can unpack to one line of gigabytes."""

from __future__ import annotations

import gzip
import io
import os
from typing import IO, TYPE_CHECKING

from analysis.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import WriteableBuffer

# gzip shrinks spans in JSON by a factor of 10 to 30, and generated ones by 100. The format allows a factor of 1000.
_TIMES = 200
_ALWAYS = 256 << 20


def unpacked(path: Path, packed: IO[bytes], buffer: int) -> io.BufferedReader:
    """Return a stream of a gzip file's content.

    Args:
        path: the file, for messages.
        packed: the packed bytes.
        buffer: number of bytes to unpack at a time.

    Returns:
        A stream that raises `FileError` after 200 times the file's size or 256 MiB, whichever is larger.
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
                f"unpacks to more than {self._limit >> 20:,} MiB, far more than expected for its size",
                hint="if you trust this file, unpack it with `gzip -d` and read the result",
            )
        return read

    def close(self) -> None:
        self._unpacked.close()
        super().close()
