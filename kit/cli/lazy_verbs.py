"""A group of verbs whose modules are imported only when a verb is called, not for `--help`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

from typer.core import TyperGroup
from typer.main import get_command


class LazyVerbs(TyperGroup):
    """A typer group with lazily imported commands.

    Attributes:
        package: Package with a module for each verb, which has the verb's `app`.
        verbs: Help text of each verb, in the order in which a newcomer meets them.
    """

    package: ClassVar[str]
    verbs: ClassVar[Mapping[str, str]]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return all verbs in their order."""
        return list(self.verbs)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import a verb's module and return its command."""
        if cmd_name not in self.verbs:
            return None
        command = get_command(import_module(f"{self.package}.{cmd_name.replace('-', '_')}").app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """List the verbs without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.verbs.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Suggest the nearest verb for a typo, without importing any module."""
        is_typed = bool(args) and not args[0].startswith("-")
        # Completion uses resilient parsing: an error's text would appear among the completions.
        if is_typed and args[0] not in self.verbs and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(args[0], list(self.verbs), n=1)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)
