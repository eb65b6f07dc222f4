"""Compare the spec's schema with a live one: find the differences, and the way to resolve each.

These functions compare definitions and never query a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from generator.components.storage.cql import Definition, Value
from generator.components.storage.lifetimes import short_class, ttl_seconds
from generator.components.storage.tables import TABLES
from kit.operate.schema.live import find

_COUNTED = {"compaction", "default_time_to_live"}
_OLD_ROWS = "existing rows keep their old time to live (TTL)"


class Remedy(StrEnum):
    """Way to resolve a difference."""

    CREATE = "create"
    """`kit schema apply` creates the missing part."""
    ALTER = "alter"
    """`kit schema apply` alters it in place."""
    BY_HAND = "by hand"
    """An administrator does it: the steps are printed."""
    REBUILD = "rebuild"
    """It can't be altered: use another keyspace, or recreate the table without its rows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between the live schema and the spec's.

    Attributes:
        what: Name of the differing part, such as `table traces`.
        found: Actual state.
        wanted: State in the spec.
        remedy: Way to resolve it.
        statements: CQL statements, in the order in which they must be run.
        steps: Manual steps before and after the statements, and notes.
    """

    what: str
    found: str
    wanted: str
    remedy: Remedy
    statements: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


def differences(
    wanted: Sequence[Definition], live: Sequence[Definition], scripts: Sequence[str]
) -> list[Difference]:
    """Return all differences, in the order in which they are resolved.

    A shorter time to live is set on the indexes first and on `traces` last, a longer one in reverse order. So no
    index names a trace that has expired.

    Args:
        wanted: Schema of the spec.
        live: Schema in the database; empty if it has no such keyspace.
        scripts: Statements of `wanted`, in the same order.
    """
    found = [
        difference
        for one, script in zip(wanted, scripts, strict=True)
        for difference in _of(one, script, live)
    ]
    altered = [one for one in found if one.remedy is Remedy.ALTER]
    if _shorter(wanted, live):
        altered.reverse()
    return [*(one for one in found if one.remedy is not Remedy.ALTER), *altered]


def _of(wanted: Definition, script: str, live: Sequence[Definition]) -> Iterator[Difference]:
    there = find(live, wanted.kind, wanted.name)
    if there is None:
        yield Difference(wanted.title, "missing", "there", Remedy.CREATE, (script,))
    elif wanted.kind == "KEYSPACE":
        yield from _replication(wanted, there)
        yield from _tablets(wanted, there)
    else:
        yield from _columns(wanted, there)
        yield from _options(wanted, there)


def _columns(wanted: Definition, there: Definition) -> Iterator[Difference]:
    kind, place = wanted.kind, f"{wanted.keyspace}.{wanted.name}"
    for part in ("partition_key", "clustering_key"):
        if getattr(wanted, part) != getattr(there, part):
            yield _rebuild(wanted, f"{part.replace('_', ' ')} ({', '.join(getattr(there, part))})",
                           f"({', '.join(getattr(wanted, part))})")  # fmt: skip
    orders = [{c: one.order.get(c, "ASC") for c in one.clustering_key} for one in (wanted, there)]
    if orders[0] != orders[1] and wanted.clustering_key == there.clustering_key:
        yield _rebuild(wanted, f"clustering order {_order(orders[1])}", _order(orders[0]))
    key = {*wanted.partition_key, *wanted.clustering_key}
    added = {name: of for name, of in wanted.columns.items() if name not in there.columns and name not in key}
    for name, of in wanted.columns.items():
        if name in there.columns and there.columns[name] != of:
            yield _rebuild(wanted, f"`{name} {there.columns[name]}`", f"`{name} {of}`")
    for name, of in added.items():
        add = f"ALTER {kind} {place} ADD {name} {of}"
        yield Difference(wanted.title, f"no `{name}`", f"`{name} {of}`", Remedy.ALTER, (add,))


def _options(wanted: Definition, there: Definition) -> Iterator[Difference]:
    changed = [
        name for name, value in wanted.properties.items() if not _same(value, there.properties.get(name))
    ]
    if not changed:
        return
    # In one statement: ScyllaDB checks the number of windows after each, and a longer TTL alone may make too many.
    together = set(changed) | (_COUNTED if _COUNTED & set(changed) else set())
    clauses = " AND ".join(
        f"{name} = {written(value)}" for name, value in wanted.properties.items() if name in together
    )
    yield Difference(
        wanted.title,
        ", ".join(_differing(name, there.properties.get(name), wanted.properties[name]) for name in changed),
        ", ".join(_differing(name, wanted.properties[name], there.properties.get(name)) for name in changed),
        Remedy.ALTER,
        (f"ALTER TABLE {wanted.keyspace}.{wanted.name} WITH {clauses}",),
        (_OLD_ROWS,) if "default_time_to_live" in changed else (),
    )


def _replication(wanted: Definition, there: Definition) -> Iterator[Difference]:
    should, now = _copies(wanted), _copies(there)
    simple = short_class(there.mapping("replication").get("class")) != "NetworkTopologyStrategy"
    if should == now and not simple:
        return
    name, with_tablets = wanted.keyspace, _has_tablets(there, wanted)
    if any(isinstance(value, list) for value in there.mapping("replication").values()):
        # Keep the list of racks: ScyllaDB refuses a number in its place.
        statements: list[str] = []
        first = f"ALTER KEYSPACE {name}, adding or removing one rack at a time; each datacenter is a list of racks"
    elif with_tablets:
        statements = [_alter_keyspace(name, step) for step in _steps(now, should)]
        first = "run the statements as a role that may alter the keyspace"
    else:
        statements = [_alter_keyspace(name, should)]
        first = "run the statement as a role that may alter the keyspace"
    after = (
        "wait after each statement until its replicas are built: see `nodetool status` and the log"
        if with_tablets
        else f"then run `nodetool repair -full {name}` on every node, one after another: until then a read at "
        "LOCAL_ONE may miss rows"
    )
    steps = (
        "check that each datacenter has at least as many nodes (racks, with tablets) as replicas",
        first,
        after,
    )
    yield Difference(
        wanted.title, f"replication {_counts(now) if not simple else _shown(there.properties['replication'])}",
        f"replication {_counts(should)}", Remedy.BY_HAND, tuple(statements), steps,
    )  # fmt: skip


def _tablets(wanted: Definition, there: Definition) -> Iterator[Difference]:
    should = wanted.mapping("tablets").get("enabled")
    # A keyspace with tablets may be described without the clause, so only an explicit `false` means no tablets.
    now = "false" if there.mapping("tablets").get("enabled") == "false" else None
    if should == "true" and now == "false":
        yield _rebuild(wanted, "tablets false", "tablets true")
    if should == "false" and there.mapping("tablets") and now is None:
        yield _rebuild(wanted, "tablets true", "tablets false")


def _rebuild(wanted: Definition, found: str, should: str) -> Difference:
    if wanted.kind != "TABLE":
        other = "set another name in storage.keyspace: the old traces stay in the old keyspace"
        return Difference(wanted.title, found, should, Remedy.REBUILD, (), (other,))
    drop = f"DROP {wanted.kind} {wanted.keyspace}.{wanted.name}"
    steps = (
        "either set another name in storage.keyspace: the old traces stay in the old keyspace",
        "or, without keeping its rows, stop Jaeger, run the statement, then `kit schema apply`",
    )
    return Difference(wanted.title, found, should, Remedy.REBUILD, (drop,), steps)


def _has_tablets(there: Definition, wanted: Definition) -> bool:
    if "tablets" in there.properties:
        return there.mapping("tablets").get("enabled") != "false"
    return wanted.mapping("tablets").get("enabled") == "true"


def _copies(keyspace: Definition) -> dict[str, int]:
    replication = {name: v for name, v in keyspace.mapping("replication").items() if name != "class"}
    # A list has the racks' names, with one replica in each.
    return {name: len(v) if isinstance(v, list) else int(str(v)) for name, v in replication.items()}


def _steps(now: dict[str, int], should: dict[str, int]) -> list[dict[str, int]]:
    """Return steps of one replica in one datacenter each: with tablets, ScyllaDB refuses more at once.

    Its error is `Only one DC's RF can be …`.
    """
    steps: list[dict[str, int]] = []
    current = {**dict.fromkeys(should, 0), **now}
    for name in current:
        aim = should.get(name, 0)
        while current[name] != aim:
            current = {**current, name: current[name] + (1 if aim > current[name] else -1)}
            steps.append(current)
    return steps


def _alter_keyspace(name: str, copies: dict[str, int]) -> str:
    counts = "".join(f", '{datacenter}': {count}" for datacenter, count in copies.items())
    return f"ALTER KEYSPACE {name} WITH replication = {{'class': 'NetworkTopologyStrategy'{counts}}}"


def _shorter(wanted: Sequence[Definition], live: Sequence[Definition]) -> bool:
    name = TABLES[0].name
    should, now = find(wanted, "TABLE", name), find(live, "TABLE", name)
    return bool(should and now and (ttl_seconds(should) or 0) < (ttl_seconds(now) or 0))


def _same(wanted: Value, there: Value | None) -> bool:
    """Whether a live property contains all wanted values. Databases add their own defaults to it."""
    if isinstance(wanted, dict):
        if not isinstance(there, dict):
            return False
        known = {_OTHER_NAMES.get(name, name): value for name, value in there.items()}
        return all(_same(value, known.get(_OTHER_NAMES.get(name, name))) for name, value in wanted.items())
    return isinstance(there, str) and _plain(str(wanted)) == _plain(there)


_OTHER_NAMES = {"sstable_compression": "class"}


def _plain(value: str) -> str:
    # Cassandra writes `NEVER` for NONE, and a class may be written with its package.
    value = value.rpartition(".")[2] if value.startswith("org.") else value
    return {"NEVER": "NONE"}.get(value.upper(), value)


def written(value: Value) -> str:
    """Return a property's value as CQL."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{name}': {_inner(inner)}" for name, inner in value.items()) + "}"
    return (
        value if isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit() else f"'{value}'"
    )


def _inner(value: Value) -> str:
    return value if value in ("true", "false") and isinstance(value, str) else f"'{value}'"


def _differing(name: str, value: Value | None, other: Value | None) -> str:
    """Return a property for people; of a map only the differing keys."""
    if isinstance(value, dict) and isinstance(other, dict):
        parts = {key: part for key, part in value.items() if key in other and not _same(part, other[key])}
        value = parts or value
    return f"{name} {_shown(value)}"


def _shown(value: Value | None) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shown(inner)}" for name, inner in value.items()) + "}"
    return "unset" if value is None else str(value)


def _counts(copies: dict[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in copies.items())


def _order(order: dict[str, str]) -> str:
    return "(" + ", ".join(f"{name} {way}" for name, way in order.items()) + ")"
