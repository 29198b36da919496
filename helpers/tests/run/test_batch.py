"""The command batch: exit codes, what it prints, and that a signal keeps everything."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from helpers.run import cli
from helpers.tests.support.prompt_server import answer, failure, prompts_answered


def table(folder: Path, rows: int = 3) -> str:
    """Return the path of a table with one column."""
    path = folder / "in.csv"
    path.write_text("text\n" + "".join(f"oak {n}\n" for n in range(rows)), "utf-8")
    return str(path)


def test_a_table_is_asked_and_the_same_call_asks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 both times; the answers lie beside the prompts."""
    with prompts_answered() as asked:
        call = [
            "batch", table(tmp_path), "--prompt", "about {{text}}", "--base-url", asked.url,
            "--body", '{"temperature": 0}', "--price-in", "1", "--price-out", "2",
        ]  # fmt: skip
        assert 0 == cli.main(call)
        assert "✓ Did every prompt get an answer? Yes." in capsys.readouterr().out
        assert 0 == cli.main(call)
    assert "nothing was asked now" in capsys.readouterr().out
    assert {"about oak 0": 1, "about oak 1": 1, "about oak 2": 1} == asked.times
    assert 0 == asked.bodies[0]["temperature"]
    assert 3 == len((tmp_path / "in.answers.jsonl").read_text("utf-8").splitlines())


def test_a_failed_prompt_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And its kind is named, whatever the server says to a terminal."""

    def says(prompt: str, _: int) -> Any:
        return failure(400, "\x1b[31mno") if prompt.endswith("1") else answer("\x1b[31m")

    with prompts_answered(says) as asked:
        call = ["batch", table(tmp_path), "--prompt", "{{text}}", "--base-url", asked.url]
        assert 1 == cli.main(call)
    said = capsys.readouterr().out
    assert "1 of 3 prompts got no answer." in said
    assert "1 refused-request" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--prompt", "{{word}}"], "got {{word}}. Name a column that is there."),
        (
            ["--prompt", "{{text}}", "--body", "[1]"],
            "--body expects an object, such as '{\"temperature\": 0}'; got a list.",
        ),
        (["--prompt", "{{text}}", "--budget", "1"], "Expected prices to count a budget with"),
    ],
)
def test_a_wrong_call_is_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    """In one sentence, before anything is asked."""
    assert 2 == cli.main(["batch", table(tmp_path), "--base-url", "http://127.0.0.1:9", *more])
    assert sentence in capsys.readouterr().err


def test_ctrl_c_keeps_what_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 130; the next call goes on."""

    def says(prompt: str, before: int) -> Any:
        if prompt == "oak 10" and not before:
            os.kill(os.getpid(), signal.SIGINT)
        return answer()

    with prompts_answered(says) as asked:
        call = ["batch", table(tmp_path, 30), "--prompt", "{{text}}", "--base-url", asked.url]
        assert 130 == cli.main([*call, "--at-once", "1"])
        assert "? batch-stopped: You stopped the batch." in capsys.readouterr().out
        assert 0 == cli.main(call)
    assert 30 == len((tmp_path / "in.answers.jsonl").read_text("utf-8").splitlines())
    assert sum(asked.times.values()) <= 31
