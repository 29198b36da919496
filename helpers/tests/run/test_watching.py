"""The command as a person meets it: a program started, its requests in lines, its exit code."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import helpers as es
from helpers.arguments import parser
from helpers.checks.watch.program import prepared, variables
from helpers.run import cli, watching
from helpers.server import replay
from helpers.tests.support.waiting import until

URL = "http://127.0.0.1:1/x/v1"
CLAUDE = '{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1/x"}}'
# As any client does it, without the second that importing one takes.
ASKS = """
import json, os, urllib.request
for stream in (True, False):
    body = {"model": "oak", "stream": stream, "max_tokens": 30, "ignore_eos": True,
            "messages": [{"role": "user", "content": "hi"}]}
    url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
    key = {"Authorization": "Bearer sk-leaf-0123456789"}
    request = urllib.request.Request(url, json.dumps(body).encode(), key)
    print(len(urllib.request.build_opener().open(request).read()))
raise SystemExit(7)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what passes elsewhere."""
    monkeypatch.setattr(watching, "WATCHED", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_a_program_is_started_and_its_exit_code_passed_on(
    capfd: pytest.CaptureFixture[str], folder: Path
) -> None:
    """Its own output stays its own; each of its requests has a line, on stderr."""
    code = cli.main(["watch", "--to", "demo", "--", sys.executable, "-c", ASKS])
    printed, said = capfd.readouterr()
    assert 7 == code
    assert "passes requests on to" not in printed
    assert re.search(r"\d\d:\d\d:\d\d  ✓ streamed +oak · stream, max_tokens 30", said)
    assert re.search(r" · first text \d+ ms", said)
    assert re.search(
        r"✓ answered +oak · stream false, .* · whole [\d.]+ m?s · .* → 30 tokens", said
    )
    assert 1 == said.count("≈ other-model: The model that answered calls itself")
    assert "2 requests: 1 streamed, 1 answered." in said
    assert 2 == len([*folder.glob("*.har")])
    assert "sk-leaf" not in said + "".join(path.read_text("utf-8") for path in folder.iterdir())


def test_a_fault_is_a_line_with_its_remedy(
    capfd: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finding, what to do, and the address at which it can be had again."""
    monkeypatch.setattr(replay, "WATCHED", folder)
    cli.main(["watch", "--to", "demo:cut+fast", "--", sys.executable, "-c", ASKS])
    said = capfd.readouterr().err
    assert re.search(r"✕ cut +oak", said)
    assert "✕ cut: The answer was cut off before its end. Check the server's log" in said
    again = re.search(r"^ +(replay:\S+\.har)$", said, re.MULTILINE)
    assert again
    assert "cut" == asyncio.run(es.ask("hi", f"{again[1]}@0", show=False)).word


def test_what_accuses_nobody_is_said_once(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A program asks for what it needs: no longer answer is advised, and none every time."""
    short = ASKS.replace("(True, False)", "(True, True)").replace(
        '"max_tokens": 30', '"max_tokens": 2'
    )
    cli.main(["watch", "--to", "demo:fast", "--", sys.executable, "-c", short])
    said = capfd.readouterr().err
    assert 2 == said.count(" ? unclear ")
    assert 1 == said.count("? too-short: ")
    assert "longer answer" not in said


def test_a_program_that_asks_nothing_is_told_of(capfd: pytest.CaptureFixture[str]) -> None:
    """Its exit code stands; why nothing came is said."""
    assert 0 == cli.main(["watch", "--to", "demo:fast", "--", sys.executable, "-c", "pass"])
    said = capfd.readouterr().err
    assert "No request came: " in said
    assert "did not ask http://127.0.0.1:" in said


def test_a_program_that_is_none_is_a_wrong_call(capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, one sentence."""
    assert 2 == cli.main(["watch", "--to", "demo:fast", "--", "no-such-oak"])
    assert "no-such-oak cannot be started: No such file or directory." in capfd.readouterr().err


@pytest.mark.parametrize("to", ["http://me:oak@127.0.0.1:1/v1", "demo:nonsense", "http://"])
def test_an_address_that_is_none_is_a_wrong_call(
    to: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and no password in the sentence."""
    assert 2 == cli.main(["watch", "--to", to, "--", "true"])
    assert "oak" not in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_without_a_program_it_waits_for_ctrl_c(how: signal.Signals, tmp_path: Path) -> None:
    """It says its address, and ends well."""
    log = tmp_path / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "helpers", "watch", "--to", "http://127.0.0.1:1/v1"]
        started = subprocess.Popen(command, stdout=out, stderr=out)
        assert until(lambda: log.exists() and b"Ctrl+C ends this" in log.read_bytes())
        started.send_signal(how)
        assert 0 == started.wait(20)
    assert "No request came." in log.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such parents")
def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    """A shell that is killed leaves nobody listening behind it."""
    log = tmp_path / "log"
    command = f"{sys.executable} -m helpers watch --to http://127.0.0.1:1/v1 >{log} & echo $!; wait"
    shell = subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE)
    assert shell.stdout is not None
    number = int(shell.stdout.readline())
    assert until(lambda: log.exists() and b"Ctrl+C ends this" in log.read_bytes())
    shell.kill()
    shell.wait()
    shell.stdout.close()

    def ended() -> bool:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{number}/stat").read_text().split(")")[1].split()[0] == "Z"

    assert until(ended)


def test_what_follows_two_dashes_is_the_programs() -> None:
    """Its options are not ours, and its own two dashes stay."""
    asked = parser.parse(["watch", "--to", "demo", "--", "a", "--to", "--", "-p"])
    assert (["a", "--to", "--", "-p"], "demo") == (asked.program, asked.to)


def test_a_proxy_of_the_shell_does_not_catch_the_requests() -> None:
    """Where one is named, this machine is taken out, beside what was."""
    plain = variables("http://127.0.0.1:1/api/v1", {})
    assert "http://127.0.0.1:1/api" == plain["ANTHROPIC_BASE_URL"]
    assert "NO_PROXY" not in plain
    found = variables("http://127.0.0.1:1/v1", {"HTTP_PROXY": "http://p", "NO_PROXY": "oak"})
    assert ("oak,127.0.0.1", "127.0.0.1") == (found["NO_PROXY"], found["no_proxy"])


@pytest.mark.parametrize(
    ("command", "more", "said"),
    [
        ("/usr/bin/codex exec hi", ["-c", f"openai_base_url={URL}"], "Codex is started with -c"),
        ("codex -c openai_base_url=http://y exec", [], f"give openai_base_url={URL}"),
        (
            "claude -p hi",
            ["--settings", CLAUDE],
            f"Claude Code is started with --settings '{CLAUDE}",
        ),
        ("claude --settings mine.json", [], "your --settings may name another address"),
        ("npx -y @openai/codex exec", [], f"Codex wants -c openai_base_url={URL}"),
        ("npx claude -p hi", [], ".claude/settings.json"),
        ("python agent.py", [], ""),
    ],
)
def test_what_known_programs_need_is_given_and_said(
    command: str, more: list[str], said: str
) -> None:
    """Codex reads no variable; Claude Code's own settings go before the variables."""
    name, *rest = command.split()
    found, words = prepared([name, *rest], URL)
    assert [name, *more, *rest] == found
    assert said in words
    assert bool(said) == bool(words)
