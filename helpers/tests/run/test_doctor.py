"""The doctor's command: a line for each layer, the address to copy, an exit code."""

from __future__ import annotations

import io
import sys

import pytest

from helpers.checks.connect import ports
from helpers.run import cli
from helpers.tests.support.endpoint_server import serving
from helpers.tests.support.sockets import dead_port

KEY = "sk-oak-0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tests run does not matter."""
    monkeypatch.setattr(ports, "MARKS_OF_A_CONTAINER", ())


def test_an_address_that_works_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    """Each layer has its line, and the last lines are to be copied."""
    with serving() as server:
        code = cli.main(["doctor", server.url])
    said = capsys.readouterr().out
    assert 0 == code
    assert "✓ chat" in said
    assert f'base_url = "{server.url}"' in said.partition("It answers at")[2]


def test_a_wrong_address_is_one_and_says_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    """What to change stands at the end."""
    with serving() as server:
        code = cli.main(["doctor", f"{server.root}/v2"])
    last = capsys.readouterr().out.partition("It answers, with one thing to change")[2]
    assert 1 == code
    assert f'→ Change one line: base_url = "{server.url}".' in " ".join(last.split())


def test_a_dead_port_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """With what to start."""
    assert 1 == cli.main(["doctor", f"127.0.0.1:{dead_port()}"])
    assert "→ Start the server" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ftp://oak"], "Expected an http or https address"),
        (["what is this"], "text without an address"),
        ([f"curl -H 'Authorization: Bearer {KEY}'"], "a curl command with an address"),
        (["localhost:1", "--api-key-env", KEY], "the name of an environment variable"),
        (["localhost:1", "--header", "oak"], "--header expects"),
    ],
)
def test_a_wrong_call_is_two_and_echoes_no_key(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """Nothing was judged."""
    assert 2 == cli.main(["doctor", *arguments])
    told = "".join(capsys.readouterr())
    assert says in told
    assert KEY not in told


def test_a_missing_key_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    """The endpoint was not judged."""
    with serving() as server:
        assert 2 == cli.main(["doctor", server.url, "--api-key-env", "NOT_SET_HERE"])
    assert "The environment variable NOT_SET_HERE is not set." in capsys.readouterr().out


def test_what_was_copied_comes_by_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """So a key in it stays out of the shell's history; it is not printed either."""
    with serving() as server:
        pasted = f"curl {server.url}/models \\\n  -H 'Authorization: Bearer {KEY}'\n"
        monkeypatch.setattr(sys, "stdin", io.StringIO(pasted))
        code = cli.main(["doctor", "-"])
    said = capsys.readouterr().out
    assert 0 == code
    assert "What you pasted held a key" in said
    assert KEY not in said
    assert {""} == server.keys_seen()


def test_what_a_server_says_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """An escape in a model's name is shown, not obeyed."""
    with serving(names=("oak\x1b[2J\n::error::x",)) as server:
        cli.main(["doctor", server.url])
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\n::error" not in said
