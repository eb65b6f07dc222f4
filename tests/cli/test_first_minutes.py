"""The command as a person meets it: a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.answers.holding import held_if_json


def kit(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "kit", *arguments],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    return held_if_json(done)


def test_from_nothing_to_a_rendered_deployment(tmp_path: Path) -> None:
    folder = tmp_path / "Coupon Shop"
    folder.mkdir()
    first = kit(folder, "init")
    assert (first.returncode, first.stdout) == (0, "")
    assert "next: kit generate" in first.stderr
    assert "name: coupon-shop" in (folder / "kit.yaml").read_text()
    made = kit(folder, "generate")
    assert made.returncode == 0
    assert "wrote compose.yaml" in made.stdout
    again = kit(folder, "generate")
    assert (again.returncode, again.stdout) == (0, "")
    assert kit(folder, "generate", "--check").returncode == 0


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "kit.yaml").write_text("mine")
    result = kit(tmp_path, "init", "--name", "x")
    assert result.returncode == 1
    assert "kit.yaml already exists" in result.stderr
    assert (tmp_path / "kit.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "nearest"), [("My Shop", "my-shop"), ("1st", "tracing"), ("a_b", "a-b"), ("x" * 50, "x" * 31)]
)
def test_a_bad_name_is_wrong_usage_of_its_option(tmp_path: Path, name: str, nearest: str) -> None:
    result = kit(tmp_path, "init", "--name", name)
    assert result.returncode == 2
    first, second = result.stderr.splitlines()
    assert first.startswith(f"error: --name {name!r}: ")
    assert ":4" not in first, "no line of a file that nobody has seen"
    assert second == f"  next: for example --name {nearest}"
    assert kit(tmp_path, "init", "--name", nearest, "--stdout").returncode == 0
    assert not (tmp_path / "kit.yaml").exists()


def test_status_without_a_spec_says_so(tmp_path: Path) -> None:
    result = kit(tmp_path, "status")
    assert result.returncode == 3
    assert "nothing runs here: there is no kit.yaml in this folder" in result.stderr
    assert "kit init makes a new one" in result.stderr
    assert "kit up" not in result.stderr
    elsewhere = kit(tmp_path, "status", "--spec", "shop/kit.yaml")
    assert "there is no kit.yaml in shop" in elsewhere.stderr
    (tmp_path / "kit.yaml").write_text("spec: 1\nname: x\n")
    assert "next: kit up" in kit(tmp_path, "status").stderr


def test_check_shows_the_difference_and_changes_nothing(tmp_path: Path) -> None:
    kit(tmp_path, "init", "--name", "x")
    kit(tmp_path, "generate")
    spec = tmp_path / "kit.yaml"
    spec.write_text("spec: 1\nname: x\nports: {jaeger: 26686}\n")
    result = kit(tmp_path, "generate", "--check")
    assert result.returncode == 1
    assert '-    - "127.0.0.1:16686:16686"' in result.stdout
    assert '+    - "127.0.0.1:26686:16686"' in result.stdout
    assert "16686:16686" in (tmp_path / "compose.yaml").read_text()
    shown = kit(tmp_path, "generate", "--diff")
    assert (shown.returncode, shown.stdout) == (0, result.stdout)


def test_a_dry_run_lists_the_files(tmp_path: Path) -> None:
    kit(tmp_path, "init", "--name", "x")
    answer = json.loads(kit(tmp_path, "generate", "--dry-run", "--output", "json").stdout)
    assert (answer["kind"], answer["version"], answer["written"]) == ("generate", 1, False)
    assert {"path": "compose.yaml", "state": "new"} in answer["files"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kit.yaml"]


def test_a_hand_edit_stops_generate_with_exit_1(tmp_path: Path) -> None:
    kit(tmp_path, "init", "--name", "x")
    kit(tmp_path, "generate")
    edited = tmp_path / "jaeger" / "config.yaml"
    edited.write_text(edited.read_text() + "# mine\n")
    result = kit(tmp_path, "generate")
    assert result.returncode == 1
    assert "edited by hand" in result.stderr
    assert "jaeger/config.yaml" in result.stderr
    assert "--force" in result.stderr
    assert edited.read_text().endswith("# mine\n")


def test_all_problems_of_a_spec_are_printed(tmp_path: Path) -> None:
    (tmp_path / "kit.yaml").write_text("spec: 1\nname: x\nstorge: {}\nports: {jaeger: 80}\n")
    result = kit(tmp_path, "generate")
    assert result.returncode == 1
    assert "kit.yaml:3:1: storge" in result.stderr
    assert "kit.yaml:4:17: ports.jaeger" in result.stderr
    assert "2 problems in the spec; nothing was changed" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["generate"], 1, "kit.yaml: there is no such file"),
        (["generate", "--spec", "."], 1, "this is a directory"),
        (["gnerate"], 2, "Did you mean 'generate'?"),
        (["generate", "--chek"], 2, "--check"),
        (["up"], 1, "kit.yaml: there is no such file"),
        (["up", "--target", "k8s"], 2, "k8s"),
        (["up", "--target", "native"], 1, "kit.yaml: there is no such file"),
        (["status"], 3, "nothing runs here"),
        (["logs"], 1, "there are no logs here"),
        (["down"], 0, "nothing runs here"),
        (["demo"], 1, "kit.yaml: there is no such file"),
        (["schema", "show"], 1, "kit.yaml: there is no such file"),
        (["traces", "search"], 1, "no kit.yaml in this folder"),
        (
            ["schema", "apply", "--contact-point", "nowhere", "--datacenter", "d", "--file", "none.cql"],
            1,
            "none.cql",
        ),
        (["schema", "apply", "--wait", "30"], 2, "add the unit"),
    ],
)
def test_a_first_mistake(tmp_path: Path, arguments: list[str], code: int, text: str) -> None:
    result = kit(tmp_path, *arguments)
    assert text in result.stderr
    assert result.returncode == code
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_help_is_short_and_names_every_verb(tmp_path: Path) -> None:
    from kit.cli.verbs import VERBS

    shown = kit(tmp_path, "--help").stdout
    for verb, text in VERBS.items():
        assert f"  {verb} " in shown
        assert text.split()[0] in shown
        one = kit(tmp_path, verb, "--help")
        assert one.returncode == 0
        assert "Usage: kit " + verb in one.stdout


def test_a_defect_leaves_a_log_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import generator.kit_yaml as k\ndef broken(name): raise RuntimeError('out of luck')\nk.starter_spec = broken\n"
    )
    result = kit(tmp_path, "init", PYTHONPATH=str(tmp_path))
    assert result.returncode == 4
    assert "a defect of the kit: RuntimeError: out of luck" in result.stderr
    assert "Traceback" not in result.stderr
    log = Path(result.stderr.rpartition("this file: ")[2].strip())
    assert "Traceback" in log.read_text()
    assert "command: kit init" in log.read_text()


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    kit(tmp_path, "init", "--name", "x")
    with subprocess.Popen(
        [sys.executable, "-m", "kit", "schema", "show"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


def test_colour_is_only_for_a_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in kit(tmp_path, "generate").stderr


def test_an_interrupt_while_it_leaves_changes_no_answer(tmp_path: Path) -> None:
    leaving = "import atexit, os, signal; atexit.register(os.kill, os.getpid(), signal.SIGINT)"
    result = subprocess.run(
        [sys.executable, "-c", f"{leaving}; from kit.cli import main; main()", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0
    assert result.stdout.startswith("kit ")
    assert result.stderr == ""
