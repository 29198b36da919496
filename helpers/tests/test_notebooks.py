"""The notebooks that people run, headless: green for good reasons and red for the right one."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import multiprocessing
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.client.chat import ask
from helpers.endpoint import resolve
from helpers.finding import MIME
from helpers.recordings import save
from helpers.run import cli
from helpers.server.builtin import opened
from helpers.server.replay import RECORDING
from helpers.wire.request import chat

pytestmark = [pytest.mark.notebook, pytest.mark.xdist_group("notebooks")]

AT_ONCE = 3
POEM = "write a poem about a tree"


@dataclass(frozen=True)
class Ran:
    """What one run of one notebook left behind."""

    code: int
    said: str
    sentence: str
    notebook: Any

    @property
    def findings(self) -> dict[str, str]:
        """Return the level of each finding, by its name."""
        outputs = [out for cell in self.notebook.cells for out in cell.get("outputs", [])]
        verdict = next(out.data[MIME] for out in outputs if MIME in out.get("data", {}))
        return {finding["name"]: finding["level"] for finding in verdict["findings"]}

    def shown(self, cell_id: str) -> str:
        """Return the plain text of what a cell put out."""
        outputs = [
            out for cell in self.notebook.cells if cell.get("id") == cell_id for out in cell.outputs
        ]
        return "\n".join(
            out.get("text") or out.get("data", {}).get("text/plain", "") for out in outputs
        )


def _ran(stem: str, base_url: str, out: Path, *more: str) -> Ran:
    said = io.StringIO()
    address = ("--base-url", base_url) if base_url else ()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = cli.main(["run", stem, *address, "--out", str(out), *more])
    (found,) = json.loads((out / "results.json").read_text("utf-8"))["notebooks"]
    return Ran(
        code, said.getvalue(), found["sentence"],
        nbformat.read(out / f"{stem}.ipynb", as_version=4),
    )  # fmt: skip


def _forget(ran: Ran) -> None:
    """Take away what a notebook kept in the repository's out/recordings/."""
    for name in ("keep", "case"):
        if path := ran.shown(name).strip():
            for suffix in (".har", ".md"):
                Path(path).with_suffix(suffix).unlink(missing_ok=True)


def _dead_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _recorded(mode: str, folder: Path, **asked: Any) -> Path:
    """Return the file that keeps one stream of the built-in endpoint in a mode."""

    async def asking() -> Path:
        endpoint = await opened(resolve(f"demo:{mode}"))
        exchange = await ask(endpoint, chat(POEM, **asked))
        return save([exchange.recording], endpoint, name="kept", folder=folder)

    return asyncio.run(asking())


def _without_ours(value: Any) -> Any:
    """Return a HAR as another tool writes it: without the fields that begin with _."""
    if isinstance(value, dict):
        return {k: _without_ours(v) for k, v in value.items() if not k.startswith("_")}
    return [_without_ours(one) for one in value] if isinstance(value, list) else value


Runs = dict[str, "Future[Ran]"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Every run by name, a few at a time: most of a run is waiting for paced answers."""
    folder = tmp_path_factory.mktemp("notebooks")
    cut, short = _recorded("cut+fast", folder), _recorded("fast", folder, max_tokens=3)
    foreign, damaged = folder / "foreign.har", folder / "damaged.har"
    shipped = RECORDING.read_text("utf-8")
    foreign.write_text(json.dumps(_without_ours(json.loads(shipped))), "utf-8")
    damaged.write_text(shipped[:9000], "utf-8")
    calls: dict[str, tuple[str, ...]] = {
        "01 good": ("01_ask", "demo:fast"),
        "01 unauthorized": ("01_ask", "demo:unauthorized"),
        "01 cut": ("01_ask", "demo:cut+fast"),
        "01 zero chunks": ("01_ask", "demo:zero-chunks+fast"),
        "01 silence": ("01_ask", "demo:silence", "--timeout-s", "2"),
        "01 dead port": ("01_ask", f"http://127.0.0.1:{_dead_port()}/v1"),
        "02 good": ("02_connect", "demo:fast"),
        "02 basic": ("02_connect", "demo:401-basic"),
        "02 dead port": ("02_connect", f"http://127.0.0.1:{_dead_port()}/v1"),
        "03 good": ("03_stream", "demo:crlf+no-done"),
        "03 buffered": ("03_stream", "demo:buffered", "-p", "second_base_url=demo"),
        "03 one delta": ("03_stream", "demo:one-delta"),
        "03 cut": ("03_stream", "demo:cut+fast"),
        "03 not required": ("03_stream", "demo:cut+fast", "-p", "stream_required=false"),
        "03 short": ("03_stream", f"replay:{short}"),
        "03 strict": ("03_stream", f"replay:{short}", "-p", "strict=true"),
        "04 good": ("04_conformance", ""),
        "04 tools": ("04_conformance", "demo:textbook+ignores-tools", "-p", "profile=tools"),
        "07 shipped": ("07_replay", ""),
        "07 cut": ("07_replay", f"replay:{cut}@0", "-p", "number=0"),
        "07 foreign": ("07_replay", f"replay:{foreign}@0"),
        "07 damaged": ("07_replay", f"replay:{damaged}"),
        "07 two": ("07_replay", "replay:tree.har@0", "-p", f"other={cut}"),
        "11 good": ("11_watch", "demo"),
        "11 cut": ("11_watch", "demo:cut+fast"),
        "11 dead port": ("11_watch", f"http://127.0.0.1:{_dead_port()}/v1"),
    }
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, mp_context=spawn) as pool:
        started = {
            name: pool.submit(_ran, stem, base_url, folder / name.replace(" ", "-"), *more)
            for name, (stem, base_url, *more) in calls.items()
        }
        yield started
    for ran in started.values():
        _forget(ran.result())


@pytest.mark.parametrize(
    ("name", "finding", "sentence"),
    [
        ("01 unauthorized", "unauthorized", "The endpoint asks for a key (401)."),
        ("01 cut", "streamed-cut", "The connection was lost in the middle of the answer."),
        (
            "01 zero chunks", "streamed-zero-chunks",
            "The stream holds not one chunk of an answer.",
        ),
        ("01 silence", "silence", "Nothing came within 2 s."),
        ("01 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
        ("02 basic", "basic-auth", "asks for a user name and a password."),
        ("02 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
        ("03 buffered", "buffered", "it was held back on the way."),
        ("03 one delta", "one-delta", "the server put it into a single chunk."),
        ("03 cut", "cut", "The stream was cut off before its end."),
        ("03 strict", "unclear", "The answer is too short to tell."),
        ("04 tools", "tools-forced", "ignored: text came in the place of a call."),
        ("11 cut", "cut", "The answer was cut off before its end."),
        ("11 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
    ],
)  # fmt: skip
def test_red_for_the_right_reason(runs: Runs, name: str, finding: str, sentence: str) -> None:
    """The exit code, the finding's name and the sentence are those of the fault."""
    ran = runs[name].result()
    assert (1, "fail") == (ran.code, ran.findings.get(finding))
    assert sentence in ran.sentence
    assert ran.sentence in ran.said


@pytest.mark.parametrize(
    ("name", "finding", "level"),
    [
        ("01 good", "streamed-answer", "pass"),
        ("02 good", "chat", "pass"),
        ("03 good", "streamed", "pass"),
        ("03 good", "no-done", "remark"),
        ("03 not required", "cut", "remark"),
        ("03 short", "unclear", "unclear"),
        ("04 good", "chat-basic", "pass"),
        ("04 good", "models-retrieve", "remark"),
        ("07 shipped", "same-answer", "pass"),
        ("07 cut", "recorded-fault", "remark"),
        ("07 foreign", "same-answer", "pass"),
        ("07 two", "same-answer", "pass"),
        ("11 good", "watched", "pass"),
    ],
)
def test_green_with_what_was_seen(runs: Runs, name: str, finding: str, level: str) -> None:
    """Blemishes that programs survive, and what was not required, are remarks at most."""
    ran = runs[name].result()
    assert (0, level) == (ran.code, ran.findings.get(finding))
    assert "fail" not in ran.findings.values()
    assert ran.sentence.startswith(("Yes", "It answers at", "It could not be told.", "Good for "))


def test_the_proxy_is_named_as_the_cause(runs: Runs) -> None:
    """The second address streams, so what stands before the first holds it back."""
    shown = runs["03 buffered"].result().shown("ways")
    assert "The way holds it back, not the server: at the built-in endpoint it streams." in shown
    assert "stop-unclear" in runs["03 buffered"].result().findings


def test_the_truth_table_is_only_for_the_plain_endpoint(runs: Runs) -> None:
    """It takes a minute, and nobody else waits for it."""
    assert "python3 -m helpers truth" in runs["03 good"].result().shown("truth")


def test_a_damaged_file_is_a_wrong_call(runs: Runs) -> None:
    """Nothing was judged; the sentence names the file and what to do."""
    ran = runs["07 damaged"].result()
    assert 2 == ran.code
    assert "Expected a HAR file in damaged.har; came Unterminated string" in ran.sentence
    assert ran.sentence.endswith("Save it again, or choose another one.")


def test_a_replay_shows_the_page_that_was_live(runs: Runs) -> None:
    """Word, counts and the text itself stand there from the file alone."""
    shown = runs["07 shipped"].result().shown("page")
    assert "✓ streamed · It really streams" in shown
    assert "Timeline: 89 reads" in shown
    assert "squirrel" in shown
    assert "the same text; off its timing by" in runs["07 shipped"].result().shown("replay")


def test_a_recorded_cut_is_shown_as_one(runs: Runs) -> None:
    """What was wrong then is the word now."""
    assert "✕ cut · The stream was cut off before its end" in runs["07 cut"].result().shown("page")


def test_times_that_a_foreign_file_lacks_are_not_made_up(runs: Runs) -> None:
    """The text is there; timeline, moments and rhythm say what they cannot tell."""
    ran = runs["07 foreign"].result()
    assert "unclear · When its parts came is not in this recording" in ran.shown("page")
    assert "squirrel" in ran.shown("page")
    assert "Timeline" not in ran.shown("page")
    assert ["last", "text", "–"] in [row.split() for row in ran.shown("moments").splitlines()]
    assert "not in this recording: no gaps" in ran.shown("rhythm")


def test_two_recordings_are_compared(runs: Runs) -> None:
    """Word, chunks and text differ, and each difference has a row with both sides."""
    rows = runs["07 two"].result().shown("compare").splitlines()
    assert ["word", "streamed", "cut"] in [row.split() for row in rows]
    assert any(row.startswith("finish reason") for row in rows)
    assert any(row.startswith("text from character") for row in rows)


def test_a_watch_judges_what_goes_through_it(runs: Runs) -> None:
    """The notebook's own question is a row; the next turn shares a prefix with it."""
    ran = runs["11 good"].result()
    assert "passes on to the built-in endpoint" in ran.shown("live")
    assert " streamed" in ran.shown("passed")
    assert "prompt from byte" in ran.shown("compare")
    assert "of them cached" in ran.shown("compare")
