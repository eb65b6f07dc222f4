"""Read (and unpack) the lines of a file in a separate thread while the caller parses the earlier lines."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, TypeAlias

from analysis.sources.files import opened_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Block: TypeAlias = list[bytes] | BaseException | None

_BLOCKS_AHEAD = 4


def lines_ahead(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, with their numbers, counted from 1.

    Raises:
        FileError: the file is missing, unreadable, binary or broken.
    """
    reader = _Reader(path)
    reader.start()
    number = 0
    try:
        while (block := reader.blocks.get()) is not None:
            if isinstance(block, BaseException):
                raise block
            for line in block:
                number += 1
                if not line.isspace():
                    yield number, line
    finally:
        reader.leave()


class _Reader(threading.Thread):
    """Thread that puts blocks of lines into a short queue, then None, or the exception that stopped it."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="kit-read-ahead", daemon=True)
        self.blocks: queue.Queue[Block] = queue.Queue(_BLOCKS_AHEAD)
        self._path = path
        self._gone = threading.Event()

    def run(self) -> None:
        try:
            for block in opened_lines(self._path):
                if not self._offer(block):
                    return
        except BaseException as error:  # raised again in the caller's thread
            self._offer(error)
        else:
            self._offer(None)

    def leave(self) -> None:
        """Stop the thread, even if not all was read."""
        self._gone.set()
        self.join()

    def _offer(self, block: Block) -> bool:
        while not self._gone.is_set():
            try:
                self.blocks.put(block, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False
