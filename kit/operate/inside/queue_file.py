"""Check whether a queue file of the collector, a bbolt database, is sound, in the way that bbolt opens it.

bbolt walks the whole tree in its own goroutine, and nothing catches a panic there. So a flipped byte in the tree
crashes the collector at each start, even with `recreate: true`. A flipped byte in a value, which is a batch of spans,
is not detected here, and does not crash the collector either.

Source of the layout: go.etcd.io/bbolt, internal/common/{page,meta,inode,bucket}.go. Each of the first two pages holds
a meta. The newer valid meta counts and names the page of the root bucket. A branch page holds keys, each with a child
page. A leaf page holds keys and values. A value may be a bucket, with its own root page or with its page inline.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAGIC, _VERSION = 0xED0CDAED, 2
_NO_FREELIST = (1 << 64) - 1
_META = struct.Struct("<IIIIQQQQQQ")
_PAGE = struct.Struct("<QHHI")
_LEAF_ELEMENT = struct.Struct("<IIII")
_BRANCH_ELEMENT = struct.Struct("<IIQ")
_BUCKET = struct.Struct("<QQ")
_BRANCH, _LEAF, _FREELIST = 0x01, 0x02, 0x10
_IS_BUCKET = 1
_FNV_OFFSET, _FNV_PRIME, _64_BITS = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1
# If the first meta is damaged, the page size is unknown: bbolt tries these to find the second meta.
_PAGE_SIZES = [1024 << power for power in range(15)]
_DEEPEST = 64


class UnsoundFileError(Exception):
    """Raised when bbolt could not open the file; the text is the reason."""


def why_unsound(path: Path) -> str:
    """Return the defect of a file, or an empty text if bbolt can open it.

    Raises:
        OSError: The file can't be read.
    """
    if path.stat().st_size == 0:
        return "it is empty"
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            _check(data)
        except UnsoundFileError as error:
            return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class _Meta:
    page_size: int
    root: int
    freelist: int
    end: int
    transaction: int


def _check(data: mmap.mmap) -> None:
    found = [meta for meta in _metas(data) if meta is not None]
    if not found:
        raise UnsoundFileError("it is not a queue of the collector, or its first two pages are both damaged")
    meta = max(found, key=lambda one: one.transaction)
    if len(data) < 2 * meta.page_size:
        raise UnsoundFileError("it is truncated")
    tree = _Tree(data, meta)
    tree.bucket(meta.root, 0)
    if meta.freelist != _NO_FREELIST:
        tree.freelist(meta.freelist)


def _metas(data: mmap.mmap) -> Iterator[_Meta | None]:
    first = _meta(data, 0)
    yield first
    for size in [first.page_size] if first else _PAGE_SIZES:
        second = _meta(data, size)
        if second is not None and second.page_size == size:
            yield second
            return


def _meta(data: mmap.mmap, page: int) -> _Meta | None:
    begin = page + _PAGE.size
    raw = data[begin : begin + _META.size]
    if len(raw) < _META.size:
        return None
    magic, version, page_size, _, root, _, freelist, end, transaction, checksum = _META.unpack(raw)
    if magic != _MAGIC or version != _VERSION or checksum != _fnv(raw[:-8]) or page_size not in _PAGE_SIZES:
        return None
    return _Meta(page_size, root, freelist, end, transaction)


def _fnv(raw: bytes) -> int:
    value = _FNV_OFFSET
    for byte in raw:
        value = ((value ^ byte) * _FNV_PRIME) & _64_BITS
    return value


class _Tree:
    """Walks the pages that a meta leads to, each once."""

    def __init__(self, data: mmap.mmap, meta: _Meta) -> None:
        self._data, self._size, self._end = data, meta.page_size, meta.end
        # One byte for each page that the file really has, because a queue's file may be large.
        self._reached = bytearray(min(meta.end, len(data) // meta.page_size))

    def bucket(self, root: int, depth: int) -> None:
        """Check a bucket with its own pages, and the buckets in it."""
        self._page(root, b"", None, depth)

    def freelist(self, number: int) -> None:
        """Check that no page in the list of free pages is in use."""
        begin, end, flags, count = self._header(number)
        if flags != _FREELIST:
            raise UnsoundFileError(f"page {number} should be the list of free pages")
        begin += _PAGE.size
        if count == 0xFFFF:
            (count,) = struct.unpack_from("<Q", self._data, begin)
            begin += 8
        if begin + 8 * count > end:
            raise UnsoundFileError("the list of free pages is longer than its page")
        for free in struct.unpack_from(f"<{count}Q", self._data, begin):
            if not 2 <= free < self._end or any(self._reached[free : free + 1]):
                raise UnsoundFileError(f"page {free} can't be free")

    def _header(self, number: int) -> tuple[int, int, int, int]:
        """Return begin and end of a page in the file, its flags, and its number of elements."""
        if not 2 <= number < self._end:
            raise UnsoundFileError(f"page {number} is not within the file")
        begin = number * self._size
        if begin + self._size > len(self._data):
            raise UnsoundFileError(f"page {number} is truncated")
        itself, flags, count, overflow = _PAGE.unpack_from(self._data, begin)
        end = begin + (overflow + 1) * self._size
        if itself != number or number + overflow >= self._end or end > len(self._data):
            raise UnsoundFileError(f"page {number} has a wrong header, or is truncated")
        pages = slice(number, number + overflow + 1)
        if any(self._reached[pages]):
            raise UnsoundFileError(f"page {number} is used twice")
        self._reached[pages] = b"\1" * (overflow + 1)
        return begin, end, flags, count

    def _page(self, number: int, least: bytes, below: bytes | None, depth: int) -> None:
        begin, end, flags, count = self._header(number)
        if depth > _DEEPEST:
            raise UnsoundFileError("its pages are nested too deeply")
        if flags == _LEAF:
            self._leaf(number, begin, end, count, least, below, depth)
        elif flags == _BRANCH and count:
            children = list(self._branch(number, begin, end, count, least, below))
            for (key, child), following in zip(children, [*children[1:], (below, 0)], strict=True):
                self._page(child, key, following[0], depth + 1)
        else:
            raise UnsoundFileError(f"page {number} has a kind that is not allowed there")

    def _branch(
        self, number: int, begin: int, end: int, count: int, least: bytes, below: bytes | None
    ) -> Iterator[tuple[bytes, int]]:
        first = begin + _PAGE.size
        self._fits(number, first + count * _BRANCH_ELEMENT.size, end)
        last = None
        for at in range(first, first + count * _BRANCH_ELEMENT.size, _BRANCH_ELEMENT.size):
            position, key_size, child = _BRANCH_ELEMENT.unpack_from(self._data, at)
            self._fits(number, at + position + key_size, end)
            key = self._data[at + position : at + position + key_size]
            _in_order(number, key, last, least, below)
            last = key
            yield key, child

    def _leaf(
        self, number: int, begin: int, end: int, count: int, least: bytes, below: bytes | None, depth: int
    ) -> None:
        first = begin + _PAGE.size
        self._fits(number, first + count * _LEAF_ELEMENT.size, end)
        last = None
        for at in range(first, first + count * _LEAF_ELEMENT.size, _LEAF_ELEMENT.size):
            flags, position, key_size, value_size = _LEAF_ELEMENT.unpack_from(self._data, at)
            value = at + position + key_size
            self._fits(number, value + value_size, end)
            key = self._data[at + position : value]
            _in_order(number, key, last, least, below)
            last = key
            if flags == _IS_BUCKET:
                self._bucket_in(number, value, value_size, depth)
            elif flags:
                raise UnsoundFileError(f"page {number} holds an entry of an unknown kind")

    def _bucket_in(self, number: int, value: int, size: int, depth: int) -> None:
        if size < _BUCKET.size:
            raise UnsoundFileError(f"page {number} holds a bucket that is too short")
        root, _ = _BUCKET.unpack_from(self._data, value)
        if root:
            self.bucket(root, depth + 1)
            return
        begin, end = value + _BUCKET.size, value + size
        self._fits(number, begin + _PAGE.size, end)
        _, flags, count, _ = _PAGE.unpack_from(self._data, begin)
        if flags != _LEAF:
            raise UnsoundFileError(f"page {number} holds a bucket of an unknown kind")
        self._leaf(number, begin, end, count, b"", None, depth + 1)

    def _fits(self, number: int, needed: int, end: int) -> None:
        if needed > end:
            raise UnsoundFileError(f"page {number} holds more than fits into it")


def _in_order(number: int, key: bytes, last: bytes | None, least: bytes, below: bytes | None) -> None:
    if not key or (last is not None and key <= last) or key < least or (below is not None and key >= below):
        raise UnsoundFileError(f"page {number} has keys that are not in order")
