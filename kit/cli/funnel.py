"""Convert all errors to messages and exit codes, so that no traceback is printed."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from kit.errors import KitError, MachineError
from kit.terminal import fail

INTERRUPTED = 130
# Errors that any write may raise: disk full, quota exceeded, read-only, no permission.
_REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        import typer

        from kit.cli.verbs import app

        if "_KIT_COMPLETE" in os.environ:
            # The script of `kit completion` requests completions: typer needs the shells' formats only here.
            from typer.completion import completion_init  # type: ignore[attr-defined]

            completion_init()
        code = typer.main.get_command(app).main(args=list(arguments), prog_name="kit", standalone_mode=False)
        sys.stdout.flush()  # inside the try, so that a closed pipe is noticed
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        return _reader_left()
    except KitError as error:
        fail(error.message, error.hint)
        return error.exit_code
    except Exception as error:
        return _explain(error, arguments)
    if code == INTERRUPTED:
        return _interrupted()
    return code if isinstance(code, int) else 0


def _interrupted() -> int:
    fail("interrupted", "")
    return INTERRUPTED


def _reader_left() -> int:
    # `kit … | head` is not an error, but the interpreter would report the closed pipe at exit.
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
    return 0


def _explain(error: Exception, arguments: Sequence[str]) -> int:
    import typer
    from typer.exceptions import TyperException

    if isinstance(error, typer.Abort):
        return _interrupted()
    if isinstance(error, TyperException):
        show = getattr(error, "show", None)
        if show is not None:
            show()
        else:
            fail(error.message, "")
        return error.exit_code
    from generator.spec.problem import SpecError
    from generator.tree.errors import TreeError

    if isinstance(error, SpecError):
        count = len(error.problems)
        fail(
            str(error),
            f"correct {count} problem{'s' if count > 1 else ''} in {error.where}; nothing was changed",
        )
        return 1
    if isinstance(error, TreeError):
        fail(error.message, error.hint)
        return 1
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        fail(
            f"{error.filename or 'the disk'}: {error.strerror}",
            "check free space and permissions: `df -h .` and `ls -ld .`",
        )
        return MachineError.exit_code
    if isinstance(error, ModuleNotFoundError) and error.name and not _is_ours(error.name):
        fail(f"the package {error.name} is not installed", "pip install 'tracing-kit[native]'")
        return 3
    from kit.defect import report_defect

    return report_defect(error, arguments)


def _is_ours(module: str) -> bool:
    # A missing module of the kit is a defect, not a package that the user can install.
    return module.partition(".")[0] in (
        "kit",
        "generator",
        "findings",
        "analysis",
        "sample_services",
        "stream_tracing",
    )
