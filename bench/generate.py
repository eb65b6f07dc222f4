"""`kit generate` against `copier copy` of a template with as many files, `kit --help` and `kit validate` against it.

Whole processes, each time into an empty folder, taken in turns. Run: python -m bench.generate
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.paired import in_turns, ratio

_ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory(prefix="kit-bench-") as name:
        folder = Path(name)
        template, files = _template(folder)
        kit = _timed(lambda out: _kit(out, "generate"), folder)
        copier = _timed(lambda out: _copier(template, out), folder)
        help_ = _timed(lambda out: _kit(out, "--help"), folder)
        validate = _timed(lambda out: _kit(out, "validate"), folder)
        kit(), copier(), help_(), validate()  # the first of each fills the caches
        print(f"{files} files, {pairs} pairs")
        print(f"kit generate : copier copy = {ratio(*in_turns(kit, copier, pairs))}")
        print(f"kit --help : kit generate  = {ratio(*in_turns(help_, kit, pairs))}")
        print(f"kit validate : kit generate = {ratio(*in_turns(validate, kit, pairs))}")


def _timed(arm: Callable[[Path], None], folder: Path) -> Callable[[], float]:
    def run() -> float:
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        shutil.copy(_ROOT / "kit.yaml", out)
        began = time.perf_counter()
        arm(out)
        return time.perf_counter() - began

    return run


def _kit(out: Path, verb: str) -> None:
    subprocess.run([str(_BIN / "kit"), verb], cwd=out, check=True, capture_output=True)


def _copier(template: Path, out: Path) -> None:
    command = [str(_BIN / "copier"), "copy", "--quiet", "--defaults", "--force", str(template), str(out)]
    subprocess.run(command, cwd=out, check=True, capture_output=True)


def _template(folder: Path) -> tuple[Path, int]:
    """The same files with the deployment's name as a variable, as a copier template would have them."""
    rendered, template = folder / "rendered", folder / "template"
    rendered.mkdir()
    template.mkdir()
    shutil.copy(_ROOT / "kit.yaml", rendered)
    _kit(rendered, "generate")
    (template / "copier.yml").write_text("name:\n  type: str\n  default: coupons\n")
    files = [path for path in sorted(rendered.rglob("*")) if path.is_file() and path.name != "kit.yaml"]
    for path in files:
        target = template / path.relative_to(rendered).parent / (path.name + ".jinja")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text().replace("{{", "{{ '{{' }}").replace("coupons", "{{ name }}")
        target.write_text(text)
    return template, len(files)


if __name__ == "__main__":
    main()
