"""Notebooks executed by `run`: every way one can end, and what it leaves behind."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from helpers.endpoint import resolve
from helpers.run import cli, waiting
from helpers.tests.support.capture_server import POLL_S

FIXTURES = Path(__file__).parents[1] / "fixtures"
PASSWORD = "correct-horse-7"
QUERY_KEY = "q1w2e3r4t5y6u7i8"
ADDRESS = f"http://me:{PASSWORD}@localhost:9/v1?api-key={QUERY_KEY}"
KEY = "sk-0123456789abcdef"

pytestmark = [pytest.mark.notebook, pytest.mark.xdist_group("fixture notebooks")]


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    code: int
    said: str
    complained: str
    out: Path

    def one(self, name: str) -> dict[str, Any]:
        """Return what results.json says of one notebook."""
        return next(found for found in self.results["notebooks"] if found["notebook"] == name)

    @property
    def results(self) -> dict[str, Any]:
        """Return results.json."""
        return json.loads((self.out / "results.json").read_text(encoding="utf-8"))


def ran(names: Sequence[str], out: Path, *arguments: str) -> Ran:
    """Return what running these fixtures gave."""
    said, complained = io.StringIO(), io.StringIO()
    paths = [str(FIXTURES / f"{name}.ipynb") for name in names]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        code = cli.main(["run", *paths, "--out", str(out), *arguments])
    return Ran(code, said.getvalue(), complained.getvalue(), out)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """One run over the ways a notebook can end, with an address that holds secrets."""
    folder = tmp_path_factory.mktemp("whole")
    alien = folder / "jupyter" / "kernels" / "python3"
    alien.mkdir(parents=True)
    kernel = {"argv": [sys.executable, "-c", "1"], "display_name": "alien", "language": "python"}
    (alien / "kernel.json").write_text(json.dumps(kernel))
    (folder / "steps.md").write_text("before\n")
    names = (
        "passes", "endpoint_fails", "call_fails", "crashes", "dies", "says_nothing",
        "shows_hostile_text", "prints_its_key",
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("JUPYTER_PATH", str(folder / "jupyter"))
        environment.setenv("GITHUB_STEP_SUMMARY", str(folder / "steps.md"))
        environment.setenv("BENCH_KEY", KEY)
        environment.delenv("GITHUB_ACTIONS", raising=False)
        yield ran(
            names, folder / "out", "--base-url", ADDRESS, "--api-key-env", "BENCH_KEY",
            "--timeout-s", "2.5", "-p", f'prompt=say "hi" to 木 {{and}} \\n {PASSWORD}',
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("passes", 0, "Yes, with 1 remark."),
        ("endpoint_fails", 1, "No text came."),
        ("call_fails", 2, "The key was refused (401). Set another key."),
        ("crashes", 2, "A cell failed with ZeroDivisionError: division by zero"),
        ("dies", 2, "The kernel died while a cell ran."),
        ("says_nothing", 2, "It ran to its end without a verdict, so nothing passed."),
        (
            "prints_its_key",
            2,
            "The key's value was in prints_its_key.ipynb; the file was removed.",
        ),
    ],
)
def test_each_end_has_its_code_and_sentence(
    whole: Ran, name: str, code: int, sentence: str
) -> None:
    """Whose fault it was is in the code, what it was in the sentence, and both are printed."""
    found = whole.one(name)
    assert (found["exit_code"], found["sentence"]) == (code, sentence)
    assert sentence in whole.said


def test_the_worst_end_is_the_exit_code(whole: Ran) -> None:
    """A crash outweighs a failing endpoint."""
    assert whole.code == 2
    assert whole.results["exit_code"] == 2


def test_this_interpreter_runs_the_notebook(whole: Ran) -> None:
    """A python3 kernel that the user installed is not taken for it."""
    assert f"executable: {sys.executable}\n" in whole.said


def test_parameters_arrive_typed_and_whole(whole: Ran) -> None:
    """Quotes, braces and backslashes arrive as typed; what is saved shows no secret."""
    saved = whole.one("passes")["parameters"]
    assert saved["prompt"] == 'say "hi" to 木 {and} \\n •••'
    assert saved["timeout_s"] == 2.5
    assert saved["base_url"] == "http://•••@localhost:9/v1?api-key=•••"


def test_what_streams_is_shown_once(whole: Ran) -> None:
    """A growing text is printed as it grows, a changing status at its first and last."""
    assert "  │ A tree grows\n  │ and sings\n" in whole.said
    assert whole.said.count("A tree") == 1
    assert [line for line in whole.said.splitlines() if "chunk" in line][:2] == [
        "  │ 0 chunks", "  │ 2 chunks",
    ]  # fmt: skip


def test_a_crash_shows_its_cell_and_error(whole: Ran) -> None:
    """It is our bug, so whoever reads the log gets what is needed to find it."""
    details = whole.one("crashes")["details"]
    assert details.startswith('The cell:\n    print("before")\n    chunks = 0\n    rate = 10')
    assert details.endswith("ZeroDivisionError: division by zero")
    assert "\x1b" not in details + whole.said


def test_no_secret_is_in_any_file_or_line(whole: Ran) -> None:
    """Password, query key and key value are nowhere; the notebook that printed the key is gone."""
    files = {path.name: path.read_text(encoding="utf-8") for path in whole.out.iterdir()}
    texts = [*files.values(), whole.said, whole.complained]
    assert "prints_its_key.ipynb" not in files
    assert not [s for s in (PASSWORD, QUERY_KEY, KEY) if any(s in text for text in texts)]


def test_executed_notebooks_hold_what_came(whole: Ran) -> None:
    """They can be opened: outputs, streams in one piece, no path of this machine, no markers."""
    notebook = json.loads((whole.out / "endpoint_fails.ipynb").read_text(encoding="utf-8"))
    text = json.dumps(notebook)
    hostile = json.loads((whole.out / "shows_hostile_text.ipynb").read_text(encoding="utf-8"))
    kinds = [out["output_type"] for cell in hostile["cells"] for out in cell.get("outputs", [])]
    assert kinds == ["stream", "display_data", "error"]
    assert notebook["nbformat"] == 4
    assert "application/vnd.endpointscope.verdict+json" in text
    assert str(FIXTURES) not in text
    assert "papermill-error-cell-tag" not in text


def test_junit_counts_what_failed(whole: Ran) -> None:
    """One suite for each notebook, one case for each question that its findings answer."""
    suites = ElementTree.parse(whole.out / "junit.xml").getroot()
    found = {s.get("name"): (s.get("tests"), s.get("failures"), s.get("errors")) for s in suites}
    assert found["passes"] == ("1", "0", "0")
    assert found["endpoint_fails"] == ("1", "1", "0")
    assert found["call_fails"] == ("1", "0", "1")
    assert found["dies"] == ("1", "0", "1")


def test_the_step_summary_is_appended(whole: Ran) -> None:
    """GitHub shows it on the job's page, below what other steps wrote."""
    text = (whole.out.parent / "steps.md").read_text(encoding="utf-8")
    assert text == "before\n" + (whole.out / "summary.md").read_text(encoding="utf-8")


def test_hostile_output_obeys_the_margin(whole: Ran) -> None:
    """Nothing that a model wrote begins a line in a log."""
    commands = [line for line in whole.said.splitlines() if line.lstrip().startswith("::")]
    assert commands == []
    assert "##[" not in whole.said


def test_a_notebook_past_its_limit_is_ended(tmp_path: Path) -> None:
    """No cell is too long, all together are; it is nobody's verdict."""
    hung = ran(["takes_too_long"], tmp_path, "--limit-s", "3")
    assert hung.code == 2
    assert hung.one("takes_too_long")["sentence"] == (
        "Time limit reached: it was stopped after 3 s; --limit-s sets it."
    )
    assert hung.one("takes_too_long")["seconds"] < 60


class Answering(BaseHTTPRequestHandler):
    """Answers every GET with the status that its server was made with."""

    def do_GET(self) -> None:
        """Answer, first with 503 as servers do while they load."""
        statuses = self.server.statuses  # type: ignore[attr-defined]
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Start servers that answer with these statuses, the last one for ever."""
    servers = []

    def serve(*statuses: int) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        server.statuses = list(statuses)  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/v1"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_nothing_that_answers_fails_the_endpoint(tmp_path: Path) -> None:
    """Absence is a verdict: exit code 1, with the files a CI job collects, none of yesterday's."""
    (tmp_path / "passes.ipynb").write_text("yesterday's")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    absent = ran(["passes"], tmp_path, "--base-url", address, "--wait", "1")
    assert absent.code == 1
    assert f"Nothing answers at {address} after 1 s of waiting" in absent.said
    assert (tmp_path / "junit.xml").read_text(encoding="utf-8").count("<failure") == 1
    assert not (tmp_path / "passes.ipynb").exists()


@pytest.mark.parametrize("status", [200, 401, 404])
def test_any_status_below_500_ends_the_waiting(served: Callable[..., str], status: int) -> None:
    """A server that refuses is there; one that says 503 is still loading."""
    assert waiting.wait(resolve(served(503, status)), 20) == ""


def test_a_server_that_only_loads_is_no_answer(served: Callable[..., str]) -> None:
    """The sentence says what came instead."""
    assert "(status 503)" in waiting.wait(resolve(served(503)), 1)
