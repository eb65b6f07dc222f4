"""`kit generate` against `copier copy` of a template of the same files; `kit --help` and `kit validate` against `kit
generate`.

Whole processes run in turns, each in an empty folder, and both must write the same bytes. The first part uses the spec
of this repository. The second part adds an image for the kit, so that no build context (`image/`) is written.
Run: python -m bench.generate
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.paired import in_turns, ratio
from bench.processes import Use, used
from bench.result import Arguments, Measured, figure

_SPEC = (Path(__file__).parent.parent / "kit.yaml").read_text(encoding="utf-8")
_KIT, _COPIER = (str(Path(sys.executable).with_name(name)) for name in ("kit", "copier"))
_NAME = "coupons"
_SPECS = {"": _SPEC, " without image/": f"{_SPEC}images: {{kit: registry.example/kit:1}}\n"}


def main() -> None:
    parser = Arguments(__doc__)
    parser.size("--pairs", 20, 2, "number of processes of each kind")
    parser.run("generate", measure)


def measure(asked: argparse.Namespace) -> Measured:
    measured = Measured(ratios={})
    for name, spec in _SPECS.items():
        with tempfile.TemporaryDirectory(prefix="kit-bench-") as folder:
            _measure(Path(folder), name, spec, asked.pairs, measured)
    return measured


def _measure(folder: Path, name: str, spec: str, pairs: int, measured: Measured) -> None:
    template, rendered, out = (folder / name for name in ("template", "rendered", "out"))

    def arm(command: Sequence[str]) -> Callable[[], Use]:
        def run() -> Use:
            _empty(out, spec)
            return used(command, out)

        return run

    _empty(rendered, spec)
    used([_KIT, "generate"], rendered)
    files = _make_template(rendered, template)
    generate, help_, validate = (arm([_KIT, verb]) for verb in ("generate", "--help", "validate"))
    copy = arm([_COPIER, "copy", "--quiet", "--defaults", "--force", str(template), str(out)])
    # The first run of each fills the caches; copier runs last, because its files are compared.
    generate(), help_(), validate(), copy()
    if different := [file for file in files if (out / file).read_bytes() != (rendered / file).read_bytes()]:
        measured.problems.append(f"copier writes different files: {different}")
    compared = [("kit generate", "copier copy", in_turns(pairs, generate, copy))]
    if not name:
        compared.append(("kit --help", "kit generate", in_turns(pairs, help_, generate)))
        compared.append(("kit validate", "kit generate", in_turns(pairs, validate, generate)))
    for left, right, (ours, theirs) in compared:
        for time in ("wall", "processor"):
            taken = [[getattr(use, f"{time}_s") for use in arm] for arm in (ours, theirs)]
            measured.ratios[f"{left} : {right}{name}, {time} time"] = ratio(*taken)
            measured.figures[f"{left}{name}, {time} s"] = figure(taken[0])
    measured.figures[f"files{name}"] = figure([len(files)])


def _empty(folder: Path, spec: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "kit.yaml").write_text(spec, encoding="utf-8")


def _make_template(rendered: Path, template: Path) -> list[Path]:
    """Make a copier template in which the deployment's name is a variable.

    Returns:
        The files that copier writes from the template, relative to the folder.
    """
    template.mkdir()
    (template / "copier.yml").write_text(f"name:\n  type: str\n  default: {_NAME}\n")
    (template / "kit.yaml").write_bytes((rendered / "kit.yaml").read_bytes())
    files = [path.relative_to(rendered) for path in sorted(rendered.rglob("*")) if path.is_file()]
    for file in files:
        target = template / file
        target.parent.mkdir(parents=True, exist_ok=True)
        content = (rendered / file).read_bytes()
        if file.suffix == ".jinja" or (_NAME.encode() in content and b"\0" not in content):
            # Jinja syntax in a rendered file must be copied unchanged.
            text = re.sub(r"\{[{%#]", lambda found: f"{{{{ '{found[0]}' }}}}", content.decode())
            target.with_name(f"{target.name}.jinja").write_text(
                text.replace(_NAME, "{{ name }}"), encoding="utf-8"
            )
        else:
            target.write_bytes(content)
    return files


if __name__ == "__main__":
    main()
