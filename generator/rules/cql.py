"""What rules need to know of a rendered schema."""

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
    """One table's.

    Attributes:
        keyspace: it stands in.
        ttl: seconds a row lives, 0 for ever.
        window: minutes of a compaction window; 0 where it has none.
    """

    keyspace: str
    ttl: int
    window: int


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema.

    Attributes:
        keyspace: the one it creates; empty where the text creates none.
        replication: copies by datacenter.
        tables: by name.
    """

    keyspace: str = ""
    replication: Mapping[str, int] = field(default_factory=dict)
    tables: Mapping[str, TableOptions] = field(default_factory=dict)


def read_schema(text: str) -> Schema:
    """The schema of a rendered script; what it does not say stays empty."""
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
