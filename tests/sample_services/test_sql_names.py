"""Names of SQL spans."""

from __future__ import annotations

import pytest

from sample_services.telemetry.sql import describe


@pytest.mark.parametrize(
    ("statement", "name", "table"),
    [
        ("INSERT INTO coupons (a, b) VALUES (?, ?)", "INSERT coupons", "coupons"),
        ("UPDATE campaigns SET issued=?", "UPDATE campaigns", "campaigns"),
        ("DELETE FROM x WHERE a = ?", "DELETE x", "x"),
        ('SELECT a,\n b \nFROM "orders" JOIN b', "SELECT orders", "orders"),
        ("select 1", "SELECT", None),
        ("PRAGMA journal_mode", "PRAGMA", None),
        ("  ", "QUERY", None),
    ],
)
def test_a_statement_is_named_by_operation_and_table(statement: str, name: str, table: str | None) -> None:
    described, attributes = describe(statement)
    assert described == name
    assert attributes.get("db.collection.name") == table
    assert attributes["db.operation.name"] == name.split()[0]


def test_a_hundred_rows_read_like_one() -> None:
    rows = ", ".join(["(?, ?)"] * 100)
    statement = f"INSERT INTO c (a, b) VALUES {rows} ON CONFLICT DO NOTHING"  # noqa: S608
    _, attributes = describe(statement)
    assert attributes["db.query.text"] == "INSERT INTO c (a, b) VALUES (?, ?), ... ON CONFLICT DO NOTHING"
