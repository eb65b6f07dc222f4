"""Write the generated pages: `python -m reference`. With `--check`, compare them, and exit 1 if one differs."""

from __future__ import annotations

import sys

from reference.pages import FOLDER, PAGES, text_of


def main(arguments: list[str]) -> int:
    """Write or compare the pages. Returns the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m reference [--check]\n")
        return 2
    differing = 0
    for name in PAGES:
        page, text = FOLDER / name, text_of(name)
        if page.is_file() and page.read_text(encoding="utf-8") == text:
            continue
        differing += 1
        sys.stderr.write(f"docs/reference/{name} {'differs' if arguments else 'written'}\n")
        if not arguments:
            page.write_text(text, encoding="utf-8")
    return 1 if arguments and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
