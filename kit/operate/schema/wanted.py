"""The schema as it should be."""

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
        keyspace: its name.
        statements: as they were rendered.
        definitions: of each.
    """

    keyspace: str
    statements: list[str]
    definitions: list[Definition]

    @classmethod
    def of(cls, script: str) -> Wanted:
        """Read a rendered schema.

        Raises:
            UserError: it makes no keyspace, or holds something else than definitions.
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
