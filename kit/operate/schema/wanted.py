"""The rendered schema, parsed."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.storage.cql import CqlError, Definition, definition
from generator.components.storage.statements import statements
from kit.errors import UserError

_RENDERED = "`kit generate` renders it: scylla/schema.cql"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rendered schema.

    Attributes:
        keyspace: Name of the keyspace.
        statements: The rendered CQL statements.
        definitions: Parsed definition of each statement.
    """

    keyspace: str
    statements: list[str]
    definitions: list[Definition]

    @classmethod
    def of(cls, script: str) -> Wanted:
        """Parse a rendered schema.

        Raises:
            UserError: It creates no keyspace, or holds other statements than definitions.
        """
        todo = statements(script)
        try:
            definitions = [definition(statement) for statement in todo]
        except CqlError as error:
            raise UserError(f"the schema can't be read: {error}", hint=_RENDERED) from None
        keyspace = next((one.keyspace for one in definitions if one.kind == "KEYSPACE"), "")
        if not keyspace:
            raise UserError("the schema creates no keyspace", hint=_RENDERED)
        return cls(keyspace, todo, definitions)
