"""Parse the parts of a rendered schema that rules check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_KEYSPACE = re.compile(
    r"CREATE KEYSPACE (?:IF NOT EXISTS )?(\w+)\s+WITH replication\s*=\s*\{([^}]*)\}([^;]*);", re.I
)
_TABLE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)\.(\w+)\b(.*?);", re.I | re.S)
_OPTION = re.compile(r"'([^']*)'\s*:\s*'?([^',}]*)'?")
_TTL = re.compile(r"default_time_to_live\s*=\s*(\d+)", re.I)
_MINUTES = {"MINUTES": 1, "HOURS": 60, "DAYS": 1440}


@dataclass(frozen=True, slots=True)
class TableOptions:
    """Options of one table.

    Attributes:
        keyspace: Keyspace of the table.
        ttl: Lifetime of a row in seconds; 0 means forever.
        window: Compaction window in minutes; 0 if it has none.
    """

    keyspace: str
    ttl: int
    window: int


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema.

    Attributes:
        keyspace: Keyspace that it creates; empty if it creates none.
        replication: Number of replicas by datacenter.
        tables: Options of the tables, by name.
    """

    keyspace: str = ""
    replication: Mapping[str, int] = field(default_factory=dict)
    tables: Mapping[str, TableOptions] = field(default_factory=dict)


def read_schema(text: str) -> Schema:
    """Parse a rendered script; missing parts stay empty."""
    text = re.sub(r"^\s*--.*$", "", text, flags=re.M)
    keyspace = _KEYSPACE.search(text)
    options = dict(_OPTION.findall(keyspace[2])) if keyspace else {}
    return Schema(
        keyspace=keyspace[1] if keyspace else "",
        replication={k: int(v) for k, v in options.items() if k != "class" and v.strip().isdigit()},
        tables={name: _table(space, body) for space, name, body in _TABLE.findall(text)},
    )


def _table(keyspace: str, body: str) -> TableOptions:
    ttl = _TTL.search(body)
    options = dict(_OPTION.findall(body))
    amount = options.get("compaction_window_size", "0")
    unit = _MINUTES.get(options.get("compaction_window_unit", "").upper(), 0)
    return TableOptions(keyspace, int(ttl[1]) if ttl else 0, int(amount) * unit if amount.isdigit() else 0)
