"""A run as a whole: alone in its folder, its files whole, stopped at once."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import lock
from helpers.client.keys import secrets_of
from helpers.places import NOTEBOOKS, home
from helpers.run import cli, running
from helpers.run.leaks import Leaks
from helpers.run.outputs import FILES, Report
from helpers.run.plan import plan

FIXTURES = Path(__file__).parents[1] / "fixtures"
PASSES = str(FIXTURES / "passes.ipynb")


def test_two_runs_never_share_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one is refused before it takes away what the first one wrote."""
    (tmp_path / "results.json").write_text("the first one's")
    with (tmp_path / running.LOCK).open("ab") as first:
        assert lock.taken(first)
        assert 2 == cli.main(["run", PASSES, "--out", str(tmp_path)])
    assert (
        f"Another run is writing into {tmp_path}. Wait until it has ended, or give this one a "
        "folder of its own: --out FOLDER.\n"
    ) == capsys.readouterr().err
    assert "the first one's" == (tmp_path / "results.json").read_text()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where nothing more can be written, what stood there stays, and no half of it beside it."""
    path = tmp_path / "01_ask.ipynb"
    running._put(path, b"whole")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            running._put(path, b"half" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path] == [*tmp_path.iterdir()]
    assert b"whole" == path.read_bytes()


def test_a_step_summary_that_cannot_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict stands, and summary.md holds the same."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "folder"))
    assert [] == running._write(Report([]), tmp_path, Leaks())
    said = capsys.readouterr().err
    assert "The step summary cannot be written: No such file or directory.\n" == said
    assert {*FILES} == {path.name for path in tmp_path.iterdir()}


def test_a_key_in_a_header_is_kept_out_of_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is sent as a key is looked for, whichever way it is sent."""
    monkeypatch.setenv("AZURE_KEY", "a-key-0123456789")
    sent = {"base_url": "http://localhost:9", "headers": "{'api-key': '$AZURE_KEY'}"}
    planned = plan(NOTEBOOKS / "01_ask.ipynb", sent)
    assert ("a-key-0123456789",) == secrets_of(planned.endpoint)


@pytest.mark.parametrize(
    "typed",
    [
        ["--header", "api-key: birch-0123456789"],
        ["--header", "X-Org: sk-birch-0123456789"],
        ["--query", "token=birch-0123456789"],
        ["-p", 'extra_body={"api_key": "birch-0123456789"}'],
    ],
)
def test_a_typed_key_is_refused_before_anything_runs(
    typed: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The executed notebook would keep it among its parameters."""
    assert 2 == cli.main(["run", "01_ask", "--out", str(tmp_path / "out"), *typed])
    said = capsys.readouterr().err
    assert said.startswith("A key is never typed here")
    assert "birch" not in said
    assert [] == [*tmp_path.iterdir()]


def test_what_names_a_variable_or_stands_in_an_address_is_no_typed_key() -> None:
    """Nor is what servers that want none are sent."""
    given = {
        "headers": {"api-key": "$OAK_KEY", "Authorization": "Bearer $OAK_KEY_2"},
        "base_url": "http://me:birch-0123456789@h/v1", "api_key_env": "OAK_KEY_OF_MINE",
        "extra_body": {"api_key": "none"}, "prompt": "the token sk-birch-0123456789",
    }  # fmt: skip
    assert [] == running._typed_keys(given, {"me:birch-0123456789", "birch-0123456789"})


@pytest.mark.notebook
def test_ctrl_c_ends_a_run_at_once(tmp_path: Path) -> None:
    """Exit code 130 and one sentence: no traceback, no notebook, no kernel that runs on."""
    command = [sys.executable, "-m", "helpers", "run", str(FIXTURES / "takes_too_long.ipynb")]
    run = subprocess.Popen(
        [*command, "--out", str(tmp_path)], cwd=home(), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout
    assert any("waiting" in line for line in run.stdout)
    run.send_signal(signal.SIGINT)
    said, complained = run.communicate()
    assert (130, "", "Stopped by you.\n") == (run.returncode, said, complained)
    assert [running.LOCK] == [path.name for path in tmp_path.iterdir()]
