"""The notebooks that people run: green for good reasons and red for the right one."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import helpers as es
from helpers.run import cli
from helpers.run.outcome import EXIT, judge, verdict_in
from helpers.selftest.bench.kept import data
from helpers.server.replay import RECORDING
from helpers.show import plotting
from helpers.tests.support.bench import FIGURES
from helpers.tests.support.notebooks import FOLDER, Ran, published, ran

pytestmark = [pytest.mark.notebook, pytest.mark.xdist_group("notebooks")]

# More would wait for each other and look stalled.
AT_ONCE = 4
# What asks the same whatever the endpoint did, and starts clients for it: once is enough.
TWICE = {"10": ["again"]}
POEM = "write a poem about a tree"
SHORT = {"max_tokens": 40}


@dataclass(frozen=True)
class Judged:
    """What a notebook left behind, and what a headless run says of it."""

    ran: Ran

    @property
    def notebook(self) -> dict[str, Any]:
        """As much of an executed notebook as a verdict is read from."""
        return {"cells": [{"outputs": [{"data": one.data} for one in self.ran.shown]}]}

    @property
    def code(self) -> int:
        """The exit code."""
        return EXIT[self._said[0]]

    @property
    def sentence(self) -> str:
        """Why, or the verdict's headline."""
        return self._said[1]

    @property
    def _said(self) -> tuple[Any, str]:
        raised = self.ran.raised
        return judge(
            "raised" if raised else "done", verdict_in(self.notebook),
            error_name=type(raised).__name__, message=str(raised),
        )  # fmt: skip

    @property
    def findings(self) -> dict[str, str]:
        """The level of each finding, by its name."""
        verdict = verdict_in(self.notebook)
        return {one["name"]: one["level"] for one in verdict["findings"]} if verdict else {}

    def shown(self, cell: str) -> str:
        """The plain text of what a cell put out."""
        return self.ran.text(cell)


def _dead_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _drawn_once(draw: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """What draws a plot the first time its function makes one, and is empty from then on.

    To draw the timelines of every run takes longer than the runs themselves.
    """
    drawn: set[CodeType] = set()

    def png(figure: Any) -> bytes:
        plot = sys._getframe(1).f_code
        if plot in drawn:
            return b""
        drawn.add(plot)
        return draw(figure)

    return png


async def _recorded(mode: str, folder: Path, **asked: Any) -> Path:
    """The file that keeps one stream of the built-in endpoint in a mode."""
    exchange = await es.ask(POEM, f"demo:{mode}", show=False, **asked)
    return exchange.save(folder / f"{mode}.har")


def _without_ours(value: Any) -> Any:
    """A HAR as another tool writes it: without the fields that begin with _."""
    if isinstance(value, dict):
        return {k: _without_ours(v) for k, v in value.items() if not k.startswith("_")}
    return [_without_ours(one) for one in value] if isinstance(value, list) else value


async def _calls(folder: Path) -> dict[str, dict[str, Any]]:
    """The parameters of every run, by its name, which begins with the notebook's number."""
    cut, short = await _recorded("cut+fast", folder), await _recorded("fast", folder, max_tokens=3)
    foreign, damaged = folder / "foreign.har", folder / "damaged.har"
    shipped = RECORDING.read_text("utf-8")
    foreign.write_text(json.dumps(_without_ours(json.loads(shipped))), "utf-8")
    damaged.write_text(shipped[:9000], "utf-8")
    bench = folder / "bench.json"
    bench.write_text(json.dumps(data(replace(FIGURES, load=(0.0, 0.5)))), "utf-8")
    return {
        "01 good": {"base_url": "demo", "extra_body": SHORT},
        "01 unauthorized": {"base_url": "demo:unauthorized"},
        "01 cut": {"base_url": "demo:cut+fast"},
        "01 silence": {"base_url": "demo:silence", "timeout_s": 2.0},
        "01 dead port": {"base_url": f"http://127.0.0.1:{_dead_port()}/v1"},
        "02 good": {"base_url": "demo:fast"},
        "02 basic": {"base_url": "demo:401-basic"},
        "02 dead port": {"base_url": f"http://127.0.0.1:{_dead_port()}/v1"},
        "03 good": {"base_url": "demo:crlf+no-done", "extra_body": SHORT, "deep": True},
        "03 one delta": {
            "base_url": "demo:one-delta", "deep": True, "second_base_url": "demo",
            "extra_body": SHORT,
        },
        "03 cut": {"base_url": "demo:cut+fast"},
        "03 not required": {"base_url": "demo:json-for-stream+fast", "stream_required": False},
        "03 short": {"base_url": f"replay:{short}"},
        "03 strict": {"base_url": f"replay:{short}", "strict": True},
        "04 good": {"base_url": "demo:fast"},
        "04 tools": {"base_url": "demo:textbook+ignores-tools+fast", "profile": "tools"},
        "05 good": {"at_once": [1, 2], "requests": 4, "max_tokens": 8},
        "05 too slow": {
            "base_url": "demo", "at_once": [4], "requests": 20, "max_tokens": 8, "ttft_p95_ms": 1.0,
        },
        "05 dead port": {"base_url": f"http://127.0.0.1:{_dead_port()}/v1"},
        "06 good": {"targets": ["demo:fast", "demo:crlf+fast"], "turns": 3},
        "06 dead target": {
            "targets": ["demo:fast", f"http://127.0.0.1:{_dead_port()}/v1"], "turns": 1,
        },
        "07 shipped": {},
        "07 cut": {"base_url": f"replay:{cut}@0", "number": 0},
        "07 foreign": {"base_url": f"replay:{foreign}@0"},
        "07 damaged": {"base_url": f"replay:{damaged}"},
        "07 two": {"base_url": "replay:tree.har@0", "other": str(cut)},
        "08 good": {"base_url": "demo:fast"},
        "08 cut": {"base_url": "demo:cut+fast"},
        "09 good": {"base_url": "demo:fast"},
        "09 dead port": {"base_url": f"http://127.0.0.1:{_dead_port()}/v1"},
        "10 good": {"base_url": "demo:fast"},
        "10 merged": {
            "base_url": "demo:tool-same-index+fast", "tools": False, "readers": ["openai-stream"],
        },
        "10 required": {
            "base_url": "demo:empty-data+fast", "tools": False, "require": ["openai"],
        },
        "10 dead port": {"base_url": f"http://127.0.0.1:{_dead_port()}/v1"},
        "11 good": {"base_url": "demo"},
        "11 cut": {"base_url": "demo:cut+fast"},
        "11 dead port": {"base_url": f"http://127.0.0.1:{_dead_port()}/v1"},
        "12 good": {"file": str(bench)},
        "12 strict": {"file": str(bench), "strict": True},
    }  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """Every run by its name, some at once: most of a run is waiting for paced answers."""
    folder = tmp_path_factory.mktemp("notebooks")

    turn = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, given: dict[str, Any]) -> tuple[str, Judged]:
        (stem,) = (path.stem for path in FOLDER.glob(f"{name.partition(' ')[0]}_*.ipynb"))
        left_out = () if name.endswith("good") else TWICE.get(name[:2], ())
        async with turn:
            return name, Judged(await ran(stem, without=left_out, **given))

    async def every() -> dict[str, Judged]:
        calls = await _calls(folder)
        return dict(await asyncio.gather(*(one(*call) for call in calls.items())))

    with published(folder), pytest.MonkeyPatch.context() as patched:
        patched.setattr(plotting, "png", _drawn_once(plotting.png))
        return asyncio.run(every())


@pytest.mark.parametrize(
    ("name", "finding", "sentence"),
    [
        ("01 unauthorized", "unauthorized", "The endpoint asks for a key (401)."),
        ("01 cut", "cut", "The answer was cut off before its end."),
        ("01 silence", "silence", "Nothing came within"),
        ("01 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
        ("02 basic", "basic-auth", "asks for a user name and a password."),
        ("02 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
        ("03 one delta", "one-delta", "The server put the whole text into a single chunk."),
        ("03 cut", "cut", "The answer was cut off before its end."),
        ("03 strict", "too-short", "The answer is too short to tell whether it streams."),
        ("04 tools", "tools-forced", "ignored: text came in place of a call."),
        ("05 too slow", "ttft-p95", "The first text takes "),
        ("05 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
        ("08 cut", "cut", "The answer was cut off before its end."),
        ("09 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
        ("06 dead target", "refused", "Nothing answers at http://127.0.0.1:"),
        ("10 merged", "breaks-openai-stream", "sees 1 of 2 tool calls"),
        ("10 required", "breaks-openai", "openai loop raises JSONDecodeError."),
        ("10 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
        ("12 strict", "judging", "CPU per chunk of judging"),
        ("11 cut", "cut", "The answer was cut off before its end."),
        ("11 dead port", "refused", "Nothing answers at http://127.0.0.1:"),
    ],
)
def test_red_for_the_right_reason(
    runs: dict[str, Judged], name: str, finding: str, sentence: str
) -> None:
    """The exit code, the finding's name and the sentence are those of the fault."""
    judged = runs[name]
    # A busy machine cannot tell how fast it is, and says so.
    if (finding, "client-bound" in judged.findings) == ("ttft-p95", True):
        assert (0, "unclear") == (judged.code, judged.findings[finding])
        return
    assert (1, "fail") == (judged.code, judged.findings.get(finding))
    assert sentence in judged.sentence


@pytest.mark.parametrize(
    ("name", "finding", "level"),
    [
        ("01 good", "streamed", "pass"),
        ("01 good", "answered", "pass"),
        ("02 good", "chat", "pass"),
        ("03 good", "streamed", "pass"),
        ("03 good", "no-done", "remark"),
        ("03 not required", "full-for-stream", "remark"),
        ("03 short", "too-short", "unclear"),
        ("04 good", "chat-basic", "pass"),
        ("04 good", "models-retrieve", "remark"),
        ("05 good", "speed", "pass"),
        ("06 good", "compared", "pass"),
        ("07 shipped", "same-answer", "pass"),
        ("07 cut", "recorded-fault", "remark"),
        ("07 foreign", "same-answer", "pass"),
        ("07 two", "same-answer", "pass"),
        ("08 good", "conversation", "pass"),
        ("08 good", "context-end", "pass"),
        ("09 good", "batch-answered", "pass"),
        ("10 good", "clients-agree", "pass"),
        ("11 good", "watched", "pass"),
        ("12 good", "budgets", "pass"),
    ],
)
def test_green_with_what_was_seen(
    runs: dict[str, Judged], name: str, finding: str, level: str
) -> None:
    """Every cell ran; blemishes, and what was not required, are remarks at most."""
    judged = runs[name]
    assert (None, 0) == (judged.ran.raised, judged.code)
    # A busy machine cannot tell how the text came, nor how fast.
    untold = (finding, "own-lag" in judged.findings) == ("streamed", True)
    untold = untold or (finding, "client-bound" in judged.findings) == ("speed", True)
    assert untold or level == judged.findings.get(finding)
    assert "fail" not in judged.findings.values()


def test_no_notebook_is_left_out(runs: dict[str, Judged]) -> None:
    """Each runs here to its last cell."""
    assert {path.stem[:2] for path in FOLDER.glob("*.ipynb")} == {name[:2] for name in runs}


def test_the_proxy_is_named_as_the_cause(runs: dict[str, Judged]) -> None:
    """The second address streams, so what stands before the first holds it back.

    A busy machine cannot tell how the text came there, and says so.
    """
    shown = runs["03 one delta"].shown("deeper")
    said = "The route holds the stream back, not the server: at the built-in endpoint it streams."
    busy = "Whether it streams at the built-in endpoint is unclear"
    assert (busy if "when the machine has less to do" in shown else said) in shown
    assert "stop-unclear" in runs["03 one delta"].findings


def test_a_damaged_file_is_a_wrong_call(runs: dict[str, Judged]) -> None:
    """Nothing was judged; the sentence names the file and what to do."""
    judged = runs["07 damaged"]
    assert 2 == judged.code
    assert (
        "Expected a HAR file in damaged.har; got something that is not JSON (Unterminated"
        in judged.sentence
    )
    assert judged.sentence.endswith("Save it again, or choose another one.")


def test_a_replay_shows_the_page_that_was_live(runs: dict[str, Judged]) -> None:
    """Word, counts and the text itself stand there from the file alone."""
    shown, recorded = runs["07 shipped"].shown("live"), es.load(str(RECORDING))
    assert "✓ streamed · It really streams" in shown
    assert f"Timeline: {len(recorded.recording.reads)} reads" in shown
    assert recorded.text in shown
    assert shown.startswith("◔ Does the recording still say what it said?")
    assert shown.endswith("✓ Does the recording still say what it said? Yes.")
    assert "Replayed: the same text; off its timing by" in runs["07 shipped"].shown("replay")


def test_a_recorded_cut_is_shown_as_one(runs: dict[str, Judged]) -> None:
    """What was wrong then is the word now."""
    assert "✕ cut · The answer was cut off before its end" in runs["07 cut"].shown("live")


def test_times_that_a_foreign_file_lacks_are_not_made_up(runs: dict[str, Judged]) -> None:
    """The text is there; timeline, moments and rhythm say what they cannot tell."""
    foreign = runs["07 foreign"]
    assert "unclear · This recording does not say when each part arrived" in foreign.shown("live")
    assert es.load(str(RECORDING)).text in foreign.shown("live")
    assert "Timeline" not in foreign.shown("live")
    assert ["last", "text", "–"] in [row.split() for row in foreign.shown("moments").splitlines()]
    assert "not in this recording: no gaps" in foreign.shown("rhythm")


def test_two_recordings_are_compared(runs: dict[str, Judged]) -> None:
    """Word, chunks and text differ, and each difference has a row with both sides."""
    rows = runs["07 two"].shown("compare").splitlines()
    assert ["word", "streamed", "cut"] in [row.split() for row in rows]
    assert any(row.startswith("finish reason") for row in rows)
    assert any(row.startswith("text from character") for row in rows)


def test_a_watch_judges_what_goes_through_it(runs: dict[str, Judged]) -> None:
    """The notebook's own question is a row; the next turn shares a prefix with it."""
    judged = runs["11 good"]
    assert "passes requests on to the built-in endpoint." in judged.shown("live")
    # Not its word: where this process was held up, it is unclear whether the answer streamed.
    assert "stream, stream_options include_usage" in judged.shown("passed")
    assert "prompt from byte" in judged.shown("compare")
    assert "of them cached" in judged.shown("compare")


@pytest.mark.parametrize(
    ("arguments", "code", "sentences"),
    [
        (["01_ask", "-p", f"extra_body={SHORT}"], 0, ["Yes"]),
        (
            ["03_stream", "--base-url", "demo:cut+fast"], 1,
            ["The answer was cut off before its end."],
        ),
    ],
)  # fmt: skip
def test_a_headless_run_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
    arguments: list[str], code: int, sentences: list[str],
) -> None:  # fmt: skip
    """In kernels of their own: exit code and sentence are those of the cells above."""
    assert code == cli.main(["run", *arguments, "--out", str(tmp_path)])
    found = json.loads((tmp_path / "results.json").read_text("utf-8"))["notebooks"]
    said = capsys.readouterr().out
    for one, sentence in zip(found, sentences, strict=True):
        assert one["sentence"].startswith(sentence)
        assert one["sentence"] in said
