"""Write the dashboards: `python -m dashboards`. With `--check`, compare them, and exit 1 if one differs."""

from __future__ import annotations

import sys

from dashboards.boards import FOLDER, METRICS, rendered


def main(arguments: list[str]) -> int:
    """Write or compare the files, and remove those that no board has any more. Returns the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m dashboards [--check]\n")
        return 2
    wanted = rendered()
    there = {
        path: path.read_text(encoding="utf-8") for path in (*FOLDER.glob("*.json"), METRICS) if path.exists()
    }
    differing = sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path))
    for path in differing:
        sys.stderr.write(f"{path.name} {'differs' if arguments else 'written'}\n")
        if arguments:
            continue
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return 1 if arguments and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
