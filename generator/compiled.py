"""Cache of compiled templates in `__pycache__`: compiling templates takes longer than rendering them."""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import sys
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

from jinja2 import compiler
from jinja2.bccache import Bucket, BytecodeCache


class CompiledTemplates(BytecodeCache):
    """Cache with one file in `__pycache__` beside each template.

    A file is used if it is complete, and if the same Python, Jinja and environment made it from the same source. As
    with modules, nothing is cached if the folder is not writable or Python was started with `-B`.
    """

    def __init__(self, environment: str) -> None:
        """Create the cache; `environment` is the file of the module whose options and filters may be compiled in."""
        files = (compiler.__file__, environment)
        states = [(file, os.stat(file).st_mtime_ns, os.stat(file).st_size) for file in files]  # noqa: PTH116
        self._made_by = repr((MAGIC_NUMBER, states))

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the path of the cached file."""
        return cache_from_source(filename or name)

    def get_source_checksum(self, source: str) -> str:
        """Return the hash of everything that a compiled template depends on."""
        return _hash((self._made_by + source).encode())

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the file if it was compiled from this source."""
        with contextlib.suppress(OSError):
            head, _, code = Path(bucket.key).read_bytes().partition(b"\n")
            if head == _head(bucket, code):
                bucket.code = marshal.loads(code)  # noqa: S302  # trusted as a module's .pyc beside it is

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the file atomically: another process sees a complete file or none."""
        if sys.dont_write_bytecode:
            return
        path, code = Path(bucket.key), marshal.dumps(bucket.code)
        staged = path.with_name(f"{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                staged.write_bytes(_head(bucket, code) + b"\n" + code)
                staged.replace(path)
            finally:
                staged.unlink(missing_ok=True)


def _head(bucket: Bucket, code: bytes) -> bytes:
    return f"{bucket.checksum} {_hash(code)}".encode()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
