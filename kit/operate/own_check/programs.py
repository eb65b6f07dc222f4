"""Run `validate` of the collector and Jaeger on the configs that they would be started with.

A program that is missing, or has another version, is skipped with a line of output. That is no error.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from findings.finding import Finding, Place
from findings.rule import Rule, Severity
from generator.overrides import COLLECTOR_OVERRIDE
from generator.rules.check import Breach, finding
from generator.rules.config_keys import as_go_reads
from generator.rules.scene import Scene
from generator.rules.text import Layered
from generator.workload import Workload
from kit.operate.own_check.refusals import PANIC, UNKNOWN_TYPE, Refusal, refusals

REFUSED = Rule(
    "KIT146", "the collector and Jaeger accept their configs", Severity.ERROR,
    "The program refuses this config with the same values as at its start, so it would not start.",
    "`otelcol validate` and `jaeger validate`",
    "correct the key that the message names; for usual causes see `kit explain KIT140` to KIT145",
)  # fmt: skip

_SECONDS = 60.0
_VARIABLE = re.compile(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)")
_OWN_FOLDER = "/.kit/native/"
# Paths in a container's config exist in the container, not on this machine.
_OF_THIS_MACHINE = (
    "directory must exist",
    "problem accessing configured directory",
    "no such file or directory",
)


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """Result of the programs' own checks.

    Attributes:
        findings: Errors that the programs reported.
        left_out: A line for each program that was not run.
    """

    findings: Sequence[Finding]
    left_out: Sequence[str]


def own_check(scene: Scene, found: Sequence[Finding]) -> OwnCheck:
    """Run the own checks of the collector and Jaeger.

    Args:
        scene: the deployment and its files.
        found: findings of the rules; the same mistake is not reported twice.
    """
    findings: list[Finding] = []
    left_out: list[str] = []
    for name, layered in (("collector", scene.collector), ("jaeger", scene.jaeger)):
        workload = scene.workloads.get(name)
        if workload is None:
            continue
        command = _command(scene, workload)
        if isinstance(command, str):
            left_out.append(f"not checked by {workload.title} itself: {command}")
            continue
        try:
            output = _asked(scene, workload, layered, command)
        except (OSError, subprocess.SubprocessError) as error:
            left_out.append(f"not checked by {workload.title} itself: {_why(error)}")
            continue
        if output is None:
            continue
        refused = _refused(layered, output)
        if scene.deployment.platform.has_images and command[0] != "docker":
            # The image has all components of contrib, the native part only those that the kit renders.
            more = [one for one in refused if one.message.startswith(UNKNOWN_TYPE)]
            refused = [one for one in refused if one not in more]
            if more:
                names = ", ".join(str(one.path[-1]) for one in more)
                left_out.append(
                    f"not checked by {workload.title} itself: the native part has no {names}, "
                    "and its image is not on this machine"
                )
        findings += _findings(scene, layered, workload, refused)
    return OwnCheck([one for one in findings if not _is_named(one, found)], left_out)


def _command(scene: Scene, workload: Workload) -> Sequence[str] | str:
    """Return the command before `validate`, or the reason, as a string, why the program can't be run."""
    from kit.provision import installed

    if scene.deployment.platform.has_images:
        image = scene.container(workload.name).image
        if image and "${" not in image and _has_image(image):
            return (
                "docker",
                "run",
                "--rm",
                "--network",
                "none",
                "--pull",
                "never",
                "--user",
                str(os.getuid()),
            )
        if image != workload.image:
            return f"{image or 'its image'} is not on this machine"
    program = installed((workload.program,)).get(workload.program)
    version = re.search(r"\d+\.\d+\.\d+", workload.title)
    if program is None:
        return (
            "neither its image nor the native part is on this machine"
            if scene.deployment.platform.has_images
            else ("the native part is not on this machine")
        )
    if version is None or program.version != version[0]:
        return f"the native part has version {program.version}, and its image is not on this machine"
    return program.command()


def _has_image(image: str) -> bool:
    try:
        done = subprocess.run(
            ["docker", "image", "inspect", image],  # noqa: S607  # the user's own, wherever it is
            capture_output=True, check=False, timeout=_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _asked(scene: Scene, workload: Workload, layered: Layered, command: Sequence[str]) -> str | None:
    """Return the program's message about an invalid config, or None if it is valid."""
    environment = _environment(scene, workload)
    with tempfile.TemporaryDirectory(prefix="kit-validate-") as folder:
        texts = {"config.yaml": layered.rendered.text}
        if layered.override.text:
            texts[Path(COLLECTOR_OVERRIDE).name] = layered.override.text
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        Path(folder).chmod(0o755)
        gates = [*workload.command[:2]] if workload.command[:1] == ("--feature-gates",) else []
        inside = "/kit-validate" if command[0] == "docker" else folder
        arguments = [
            "validate",
            *gates,
            *(word for name in texts for word in ("--config", f"{inside}/{name}")),
        ]
        if command[0] == "docker":
            names = [word for name in environment for word in ("--env", name)]
            command = (
                *command,
                *names,
                "--volume",
                f"{folder}:{inside}:ro",
                scene.container(workload.name).image,
            )
        done = subprocess.run(
            [*command, *arguments], env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", check=False, timeout=_SECONDS,
        )  # fmt: skip
    if done.returncode and not any(sign in done.stderr for sign in ("Error: ", PANIC)):
        raise subprocess.SubprocessError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "")
    return done.stderr if done.returncode else None


def _environment(scene: Scene, workload: Workload) -> dict[str, str]:
    """Return the variables that a start sets for the program, beyond the user's environment."""
    if not scene.deployment.platform.has_images:
        return dict(workload.environment)
    view = scene.container(workload.name)
    given = {name: os.environ[name] for name in view.inherited if name in os.environ}
    return {**{name: os.path.expandvars(value) for name, value in view.environment.items()}, **given}


def _refused(layered: Layered, output: str) -> list[Refusal]:
    return refusals(output, as_go_reads(layered)) or [Refusal((), "", output.strip().splitlines()[-1])]


def _findings(
    scene: Scene, layered: Layered, workload: Workload, refused: Sequence[Refusal]
) -> Iterator[Finding]:
    for one in refused:
        # Paths in a container are not on this machine; those below .kit are created and checked by the start.
        elsewhere = scene.deployment.platform.has_images or _OWN_FOLDER in one.message
        if elsewhere and any(text in one.message for text in _OF_THIS_MACHINE):
            continue
        found = f"{workload.title} refuses it: {one.message}"
        unset = sorted({name for name in _VARIABLE.findall(_text(layered)) if name not in os.environ})
        severity = None
        if unset and _reads(layered, one, unset):
            severity = Severity.WARNING
            found += f" ({', '.join(unset)} is not set here)"
        place = None
        if not one.path:
            place = _place(layered, one.text)
        at = (layered, one.path) if one.path else None
        yield finding(REFUSED, Breach(found, "", at, place=place, severity=severity), scene)


def _text(layered: Layered) -> str:
    return layered.override.text + layered.rendered.text


def _reads(layered: Layered, refusal: Refusal, names: Sequence[str]) -> bool:
    """Whether the refused value contains a variable that is not set here."""
    value = repr(layered.get(*refusal.path)) if refusal.path else refusal.text
    return any(name in value for name in names) and "invalid uri" not in refusal.message


def _place(layered: Layered, text: str) -> Place:
    """Return the line that contains a text, else the file that is most likely wrong."""
    for config in (layered.override, layered.rendered):
        if text and (place := config.line_of("${" + text)).line:
            return place
    config = layered.override if layered.override.text else layered.rendered
    return Place(config.file, 1)


def _is_named(one: Finding, found: Sequence[Finding]) -> bool:
    """Whether a rule already reported this mistake, in the same line or at a key below."""
    return any(
        other.how_bad is Severity.ERROR
        and other.place is not None
        and one.place is not None
        and other.place.file == one.place.file
        and (other.place.line == one.place.line or (one.path and f"{other.path}.".startswith(f"{one.path}.")))
        for other in found
    )


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it did not answer within {_SECONDS:.0f} s"
    return str(error) or "it could not be run"
