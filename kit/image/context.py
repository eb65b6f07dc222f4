"""The build context of the kit's own image: `.` in a checkout, else a folder of copies beside compose.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import kit
from kit.errors import UserError
from kit.image.copied import copied

FOLDER = "image"
_DOCKERFILE = "Dockerfile"
# Names every file of the folder: what an older kit left there can be told from what is someone else's.
_LIST = "FILES"
_HEAD = "# copied from the installed kit by `kit generate`: nothing here is to be edited\n"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the folder differs: files to be written, and files of an older kit to be removed."""

    folder: Path
    wanted: dict[str, bytes]
    stale: list[str]
    other: list[str]

    def __bool__(self) -> bool:
        return bool(self.stale or self.other)

    def write(self) -> None:
        """Make the folder as it should be.

        Raises:
            UserError: it can't be written.
        """
        try:
            for name in self.stale:
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.wanted[name])
            for name in self.other:
                (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise UserError(
                f"{error.filename}: can't be written: {error.strerror}", hint="check the folder"
            ) from None


def context_of(folder: Path) -> str:
    """Where the image of the deployment in a folder is built from, relative to the folder."""
    return "." if _is_checkout(folder) else f"./{FOLDER}"


def difference(folder: Path) -> Difference | None:
    """How a folder's build context differs from what it should hold; None in a checkout, which is its own.

    Raises:
        UserError: what lies there is not the kit's.
    """
    if _is_checkout(folder):
        return None
    target = folder / FOLDER
    wanted = {name: path.read_bytes() for name, path in sorted(_sources())}
    wanted[_LIST] = (_HEAD + "".join(f"{name}\n" for name in wanted)).encode()
    known = _known(target)
    stale = [name for name, content in wanted.items() if _read(target / name) != content]
    return Difference(target, wanted, stale, sorted(known - set(wanted)))


def _sources() -> Iterator[tuple[str, Path]]:
    """Each file of the context, and where the kit that runs has it."""
    packages = Path(kit.__file__).parent.parent
    installed = Path(__file__).parent / "files"
    files = installed if installed.is_dir() else packages
    yield _DOCKERFILE, files / _DOCKERFILE
    for name in copied((files / _DOCKERFILE).read_text(encoding="utf-8")):
        if (packages / name).is_dir():
            yield from _package(packages, packages / name)
        else:
            yield name, files / name


def _package(root: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(root)
        if (
            path.is_file()
            and "__pycache__" not in inside.parts
            and inside.parts[:3] != ("kit", "image", "files")
        ):
            yield inside.as_posix(), path


def _known(target: Path) -> set[str]:
    if not target.exists():
        return set()
    listed = _read(target / _LIST)
    if listed is None or not listed.startswith(_HEAD.encode()):
        raise UserError(
            f"{target} is there already, and is not the kit's: the image's build context belongs there",
            hint="move it away",
        )
    names = listed.decode("utf-8", "replace").splitlines()[1:]
    # Only below this folder, whatever the list says.
    return {name for name in names if not name.startswith("/") and ".." not in Path(name).parts}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _is_checkout(folder: Path) -> bool:
    import tomllib

    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    named = project.get("project", {}).get("name") == "tracing-kit"
    return bool(named) and (folder / _DOCKERFILE).is_file()
