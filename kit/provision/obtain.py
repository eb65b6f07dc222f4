"""Obtain native parts, list the available ones, check or remove them."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from kit.errors import MachineError
from kit.provision.bench import Workbench
from kit.provision.catalogue import PARTS, PROGRAMS
from kit.provision.progress import silent
from kit.provision.store import VARIABLE, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kit.provision.part import Part, Program
    from kit.provision.progress import Progress


def provision(
    names: Iterable[str] = PROGRAMS,
    *,
    cache_root: Path | None = None,
    progress: Progress = silent,
    parts: Mapping[str, Part] = PARTS,
) -> dict[str, Program]:
    """Obtain the named parts that are missing, and the parts that they run on.

    A second call takes milliseconds. Two processes may do this at once: the second waits. A killed call
    leaves no unfinished part in use; the next call reuses its downloads.

    Args:
        names: names of parts in the catalogue.
        cache_root: the cache; by default $KIT_CACHE_DIR, else the user's cache folder.
        progress: called with every event.
        parts: the catalogue.

    Returns:
        The programs of the named parts and of the parts that these run on, by name.

    Raises:
        MachineError: a step failed, or the disk is too small; the message names the step and its log.
    """
    store = Store.open(cache_root)
    wanted = _with_runs_on(names, parts)
    missing = [part for part in wanted if not _is_there(part, store)]
    if missing:
        _obtain(missing, store, progress, parts)
    return _programs(wanted, store)


def installed(
    names: Iterable[str] = PROGRAMS, *, cache_root: Path | None = None, parts: Mapping[str, Part] = PARTS
) -> dict[str, Program]:
    """Return the available programs of the named parts and of the parts that these run on; nothing is written.

    A program is left out if a part that it runs on is missing.
    """
    store = Store.open(cache_root)
    there: dict[str, Program] = {}
    for part in _with_runs_on(names, parts):
        with contextlib.suppress(MachineError):
            if all(name in there for name in part.runs_on) and _is_there(part, store):
                there[part.name] = part.on_machine() or part.program(store.folder(part), there)
    return there


def programs(
    names: Iterable[str] = PROGRAMS, *, cache_root: Path | None = None, parts: Mapping[str, Part] = PARTS
) -> dict[str, Program]:
    """Return the programs of the named parts and of the parts that these run on; nothing is downloaded or built.

    Raises:
        MachineError: a part is missing.
    """
    names = tuple(names)
    there = installed(names, cache_root=cache_root, parts=parts)
    missing = [parts[name].title for name in names if name not in there]
    if missing:
        raise MachineError(
            f"missing native parts: {', '.join(missing)}",
            hint="to download or build them: kit up --target native",
        )
    return there


def damaged(
    names: Iterable[str] = PROGRAMS, *, cache_root: Path | None = None, parts: Mapping[str, Part] = PARTS
) -> dict[str, list[str]]:
    """Hash every file of the named parts in the cache.

    Returns:
        The files that are missing or differ, by damaged part. Empty if no part is damaged.
    """
    from kit.provision import manifest

    store = Store.open(cache_root)
    found: dict[str, list[str]] = {}
    for part in _with_runs_on(names, parts):
        folder = store.folder(part)
        if folder.exists() and (files := manifest.damage(folder)):
            found[part.name] = files
    return found


def forget(
    names: Iterable[str], *, cache_root: Path | None = None, parts: Mapping[str, Part] = PARTS
) -> None:
    """Remove the named parts from the cache, so that the next `provision` makes them again."""
    from kit.provision.store import remove

    store = Store.open(cache_root)
    for name in names:
        remove(store.folder(parts[name]))


def _with_runs_on(names: Iterable[str], parts: Mapping[str, Part]) -> list[Part]:
    """Return the named parts and the parts that they run on, in the catalogue's order."""
    wanted: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        wanted.add(name)
        pending.extend(parts[name].runs_on)
    return [part for name, part in parts.items() if name in wanted]


def _is_there(part: Part, store: Store) -> bool:
    return part.on_machine() is not None or store.has(part)


def _programs(wanted: Iterable[Part], store: Store) -> dict[str, Program]:
    ready: dict[str, Program] = {}
    for part in wanted:
        ready[part.name] = part.on_machine() or part.program(store.folder(part), ready)
    return ready


def _obtain(missing: list[Part], store: Store, progress: Progress, parts: Mapping[str, Part]) -> None:
    tools = {name for part in missing for name in part.built_with}
    needed = {part.name for part in missing} | {name for name in tools if not _is_there(parts[name], store)}
    todo = [part for name, part in parts.items() if name in needed]
    store.prepare()
    _check_disk(todo, store)
    for number, part in enumerate(todo, start=1):
        given = [parts[name] for name in parts if name in (*part.runs_on, *part.built_with)]
        bench = Workbench(
            part,
            number=number,
            total=len(todo),
            store=store,
            programs=_programs(given, store),
            progress=progress,
        )
        try:
            _make(part, store, bench)
        except BaseException:
            bench.report("stopped")
            raise
        bench.report("ready")


def _make(part: Part, store: Store, bench: Workbench) -> None:
    with store.lock(part, waiting=functools.partial(bench.report, "waiting")):
        # The process that held the lock may have made the part.
        if not store.has(part):
            bench.make()


def _check_disk(todo: list[Part], store: Store) -> None:
    needed = max(part.disk for part in todo)
    if store.free() < needed:
        raise MachineError(
            f"making {', '.join(part.title for part in todo)} needs {needed} MiB free below {store.root},"
            f" which has {store.free()} MiB",
            hint=f"free some space, or set a folder on another disk: {VARIABLE}=/some/folder",
        )
