"""What refusals say, in the words of Cassandra, ScyllaDB, gocql and Jaeger."""

from __future__ import annotations

import pytest

from kit.operate.inside.dead_letters.reasons import Blame, blame, fault, without_statement


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no more retries left: Failed to insert span: String didn't validate.", "invalid UTF-8"),
        ("marshaling error: Validation failed - non-UTF8 character in a UTF8 string",
         "invalid UTF-8"),
        ("Key length of 70001 is longer than maximum of 65535", "key too long"),
        ("Key size too large: 70000 > 65535", "key too long"),
        ("Mutation of 16777700 bytes is too large for the maximum size of 16777216", "too large"),
        ("element size too large", "too large"),
        ("gocql: frame length is bigger than the maximum allowed", "too large"),
        ("request is too big: length 33554432 exceeds maximum allowed length 16777216", "too large"),
        ("can not marshal string into bigint", "not storable"),
    ],
)  # fmt: skip
def test_a_fault_of_the_span(text: str, reason: str) -> None:
    assert (fault(text), blame(text)) == (reason, Blame.SPAN)


@pytest.mark.parametrize(
    "text",
    [
        "", "gocql: no hosts available in the pool", "Operation timed out - received only 0 responses.",
        "gocql: no response received from cassandra within timeout period", "EOF", "table traces does not exist",
        "unconfigured table traces", "Cannot achieve consistency level ONE: unavailable", "context canceled",
        "ConnectError: All connection attempts failed", "no more retries left: gocql: connection closed waiting",
        "OverloadedException: Too many in flight hints",
    ],
)  # fmt: skip
def test_a_fault_of_the_store(text: str) -> None:
    assert blame(text) is Blame.STORE


LONG = "Failed to insert span: failed to Exec query '[query statement=INSERT values:[{} too large]]': "


def test_the_senders_own_words_prove_nothing() -> None:
    """They are in the statement, before the storage's reason."""
    assert blame(LONG + "gocql: no hosts available in the pool") is Blame.STORE
    assert blame(LONG + "the moon is full") is Blame.UNKNOWN
    assert (
        blame(LONG.format("n" * 70_000) + "Key length of 70006 is longer than maximum of 65535") is Blame.SPAN
    )
    short = without_statement(LONG.format("n" * 70_000) + "Key length of 70006 is longer")
    assert short == "Failed to insert span: Key length of 70006 is longer"


def test_an_error_that_jaeger_can_not_send_is_of_a_span_or_of_an_outage() -> None:
    assert blame('{"code": 13, "message": "failed to marshal error message"}') is Blame.GARBLED


def test_anything_else() -> None:
    assert blame("the moon is full") is Blame.UNKNOWN
