"""`kit deadletters` over a program that keeps some: as a person calls it, and as Compose asks it inside."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.cli.funnel import run
from kit.operate.compose.deadletters import LettersInside
from tests.dead_letters.fake_jaeger import PERMANENT, FakeJaeger
from tests.dead_letters.requests import of_names
from tests.patience import PATIENCE_S


@pytest.fixture
def jaeger() -> Iterator[FakeJaeger]:
    with FakeJaeger().serving() as made:
        made.refusals[b"POISON"] = PERMANENT
        yield made


@pytest.fixture
def url(jaeger: FakeJaeger, tmp_path: Path) -> Iterator[str]:
    """The program itself, with a letter of two spans."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "kit.operate.inside.dead_letters", "--listen", address,
            "--jaeger", f"{jaeger.url}/queue", "--at-once", f"{jaeger.url}/at-once",
            "--folder", str(tmp_path / "letters"), "--limit", str(1 << 20),
            "--timeout", "60",
        ]
    )  # fmt: skip
    try:
        wait(f"http://{address}/healthz")
        answer = httpx.post(
            f"http://{address}/v1/traces", content=of_names("good", "POISON-1", "POISON-2"),
            headers={"content-type": "application/x-protobuf"}, timeout=300, trust_env=False,
        )  # fmt: skip
        assert answer.status_code == 200
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(120)


def wait(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            assert httpx.get(url, trust_env=False).status_code == 200
        except httpx.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def call(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["deadletters", *arguments])
    out, err = capfd.readouterr()
    return code, out, err


def test_listed_shown_and_replayed(url: str, jaeger: FakeJaeger, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capfd, "list", "--at", url)
    assert (code, "invalid UTF-8, shop, POISON-1" in out) == (0, True)
    letter = out.splitlines()[1].split()[0]
    assert f"kit deadletters show {letter}" in err
    code, out, err = call(capfd, "show", letter, "--at", url)
    assert (code, "shop: POISON-2" in out) == (0, True)
    assert "error from Jaeger: Failed to insert span: String didn't validate." in out
    code, out, err = call(capfd, "replay", letter, "--at", url)
    assert (code, out) == (0, f"{letter}: 0 written; the others were refused again and are in {letter}\n")
    jaeger.refusals.clear()
    assert call(capfd, "replay", "--all", "--at", url)[1] == f"{letter}: 2 written\n"
    assert "no dead letters" in call(capfd, "list", "--at", url)[2]
    assert {"good", "POISON-1", "POISON-2"} <= set(jaeger.written)


def test_mistakes_are_told(url: str, jaeger: FakeJaeger, capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capfd, "show", "none", "--at", url)
    assert (code, "there is no dead letter none" in err) == (1, True)
    assert call(capfd, "replay", "--at", url)[0] == 2
    code, _, err = call(capfd, "list", "--at", "http://127.0.0.1:1")
    assert (code, "does not answer at http://127.0.0.1:1" in err) == (3, True)
    jaeger.down = True
    time.sleep(1.1)
    code, _, err = call(capfd, "replay", "--all", "--at", url)
    assert (code, "accepts nothing" in err) == (3, True)


def test_compose_asks_the_same_inside(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    def inside(arguments: Iterable[str]) -> str:
        module, *rest = arguments
        assert module == "kit"
        assert run(rest) == 0
        return capfd.readouterr().out

    letters = LettersInside(inside, url)
    (letter,) = letters.all()
    assert [span.name for span in letters.one(letter.id).spans] == ["POISON-1", "POISON-2"]
    (again,) = letters.replay([letter.id])
    assert (again.written, again.kept) == (0, letter.id)
    assert len(letters.replay([])) == 1


def test_what_it_counts(url: str) -> None:
    text = httpx.get(f"{url}/metrics", trust_env=False).text
    found: dict[str, Any] = dict(
        line.split() for line in text.splitlines() if line.startswith("kit_dead_letters") and "{" not in line
    )
    assert float(found["kit_dead_letters_accepted_spans_total"]) == 3
    assert float(found["kit_dead_letters_written_spans_total"]) == 1
    assert float(found["kit_dead_letters_stored_spans"]) == 2


def test_a_request_too_large_for_memory_is_handed_on_in_parts(url: str, jaeger: FakeJaeger) -> None:
    body = of_names("large" + "x" * (17 << 20))
    answer = httpx.post(
        f"{url}/v1/traces", content=body, headers={"content-type": "application/x-protobuf"},
        timeout=300, trust_env=False,
    )  # fmt: skip
    assert answer.status_code == 200
    assert jaeger.requests[-1] == ("/queue", len(body))


def test_a_disk_that_takes_no_letter_makes_the_sender_keep_its_request(url: str, tmp_path: Path) -> None:
    def send() -> int:
        return httpx.post(
            f"{url}/v1/traces", content=of_names("POISON-3"), timeout=300, trust_env=False,
            headers={"content-type": "application/x-protobuf"},
        ).status_code  # fmt: skip

    letters, away = tmp_path / "letters", tmp_path / "away"
    letters.rename(away)
    assert send() == 503
    away.rename(letters)
    assert send() == 200
    assert len(httpx.get(f"{url}/letters", trust_env=False).json()["letters"]) == 2


def test_what_is_no_otlp_in_protobuf_is_handed_on(url: str, jaeger: FakeJaeger) -> None:
    before = len(jaeger.requests)
    answer = httpx.post(
        f"{url}/v1/traces", content=b"", headers={"content-type": "application/json"}, trust_env=False
    )
    assert (answer.status_code, len(jaeger.requests)) == (200, before + 1)
    assert json.loads(httpx.get(f"{url}/letters", trust_env=False).text)["letters"]
