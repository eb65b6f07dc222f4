"""docs/reference/command-line.md: every verb and option, read from the commands."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from reference.markdown import code, generated, table

_OPENING = """After this page you know every verb of `kit`, its arguments and its options. `kit VERB --help` prints
the same text.

- Answers go to stdout; messages and progress go to stderr.
- `--output json` prints an object with `kind` and `version`: [JSON answers](json.md).
- Colour and progress appear on a terminal only. `NO_COLOR` switches colour off.
- [Exit codes](exit-codes.md) are the same for all verbs."""


def lines() -> Iterator[str]:
    """Yield the lines of the page."""
    from kit.cli.verbs import app

    yield from generated("The command line", _OPENING)
    root = typer.main.get_command(app)
    yield from _list(root)
    yield from ("", "## kit", *_options(root))
    for path, command in commands(root, "kit"):
        yield from ("", f"## {path}", "", *_about(command), "", f"    {_usage(path, command)}")
        yield from _options(command)


def commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every command below a group with its path, such as `kit traces show`. A group precedes its commands."""
    context = typer.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield f"{path} {name}", command
        if hasattr(command, "list_commands"):
            yield from commands(command, f"{path} {name}")


def _list(root: Any) -> Iterator[str]:
    yield from table(
        ("verb", "purpose"),
        [
            (f"[{code(path)}](#{path.replace(' ', '-')})", _about(command)[0].partition("\n")[0])
            for path, command in commands(root, "kit")
        ],
    )


def _about(command: Any) -> list[str]:
    """Return the help text: one line for each paragraph, examples as code."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    told = []
    for paragraph in paragraphs:
        text = " ".join(paragraph.split())
        before, example, command_line = text.partition("Example: ")
        text = f"{before}Example: `{command_line}`" if example else text
        told += [text, ""]
    return told[:-1]


def _usage(path: str, command: Any) -> str:
    context = typer.Context(command, info_name=path)
    return " ".join((path, *command.collect_usage_pieces(context)))


def _options(command: Any) -> Iterator[str]:
    context = typer.Context(command)
    rows = []
    for parameter in command.params:
        if getattr(parameter, "hidden", False) or parameter.name == "help":
            continue
        is_option = parameter.param_type_name == "option"
        names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.human_readable_name]
        rows.append(
            (
                ", ".join(map(code, names)),
                _value(parameter),
                _default(parameter, context),
                getattr(parameter, "help", None) or "",
            )
        )
    if rows:
        yield from table(("option or argument", "value", "default", "meaning"), rows)


def _value(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    choices = getattr(parameter.type, "choices", None)
    said = " or ".join(code(getattr(it, "value", it)) for it in choices) if choices else parameter.type.name
    return f"{said}, repeatable" if parameter.multiple or parameter.nargs == -1 else str(said)


def _default(parameter: Any, context: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.get_default(context, call=False)
    if callable(default) or default in (None, "", [], (), False):
        default = ""
    variables = parameter.envvar or ()
    variables = (variables,) if isinstance(variables, str) else variables
    from_variable = ", ".join(code(f"${name}") for name in variables)
    values = default if isinstance(default, list | tuple) else [default] if default != "" else []
    shown = " and ".join(code(getattr(value, "value", value)) for value in values)
    return ", else ".join(filter(None, (from_variable, shown)))
