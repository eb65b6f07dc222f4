"""The answers of `kit schema`."""

from __future__ import annotations

from kit.answers.shape import Answer, anything, by_key, flag, listing, or_null, record, text, whole

_DIFFERENCE = {
    "what": text("the keyspace, table, column, type or index"),
    "found": text("what is there"),
    "wanted": text("what the spec asks for"),
    "remedy": text("what mends it", ["create", "alter", "by hand"]),
    "in_place": flag("whether `kit schema apply` mends it"),
    "statements": listing("that mend it, or that an administrator runs", text("CQL")),
    "steps": listing("what to do, or to know", text("a sentence")),
}
_TABLE = {
    "name": text("of the table"),
    "there": flag("whether it exists"),
    "ttl_seconds": or_null(whole("time that a new row lives; null when the table is not there")),
    "window_seconds": or_null(whole("compaction window; null for a table without")),
    "windows": or_null(whole("compaction windows that a row's life covers; null for a table without")),
}

ANSWERS = (
    Answer(
        "schema.show",
        "kit schema show",
        "The schema that the spec asks for.",
        {
            "engine": text("scylla or cassandra"),
            "engine_version": text("of the database"),
            "keyspace": text("Jaeger's"),
            "statements": listing("in the order in which they are run", text("CQL")),
        },
    ),
    Answer(
        "schema.apply",
        "kit schema apply",
        "What was made or altered.",
        {
            "ok": flag("true: else there is an error and no answer"),
            "keyspace": text("Jaeger's"),
            "statements": whole("statements that were run"),
            "created": listing("that were not there before", text("a table or a type")),
            "altered": listing("statements that altered what was there", text("CQL")),
            "left": listing("differences that were left alone", text("what differs")),
        },
    ),
    Answer(
        "schema.diff",
        "kit schema diff",
        "How the live schema differs from the spec's.",
        {
            "equal": flag("whether nothing differs"),
            "differences": listing("all of them", record("a difference", _DIFFERENCE)),
        },
    ),
    Answer(
        "schema.status",
        "kit schema status",
        "What the database holds.",
        {
            "engine": text("of the database that answers"),
            "engine_version": text("its version"),
            "spec_engine": text("that the spec asks for"),
            "spec_version": text("that the spec asks for"),
            "keyspace": text("Jaeger's"),
            "complete": flag("whether Jaeger can start and write"),
            "missing": listing("what is not there", text("a table or a type")),
            "replication": by_key(
                "copies by datacenter, as the database tells it", anything("a number, or a list of racks")
            ),
            "tables": listing("all of Jaeger's", record("a table", _TABLE)),
        },
    ),
)
