"""Readers on recordings: what each saw, what hangs, what breaks, and what could not be tried."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.checks.clients import environments, matrix, shipped
from helpers.checks.clients.breaking import breaking, planted, tried_on
from helpers.checks.clients.canaries import KINDS, Kind, canary
from helpers.checks.clients.findings import judge_clients
from helpers.checks.clients.matrix import Cell, Matrix, ServedRecording, served
from helpers.checks.clients.registry import Reader, UnknownReaderError, chosen, readers
from helpers.tests.diagnose.clients.test_agreement import GOOD, ROLE, TWICE, chunk
from helpers.tests.support.recordings import recorded, timed

# A reader that does as its URL's number says: the canary comes first.
ODD = """
import json, os, sys, time, urllib.request
urls = [sys.argv[i + 1] for i, a in enumerate(sys.argv) if a == "--base-url"]
for place, url in enumerate(urls):
    if {how!r} == "hangs" and place:
        time.sleep(600)
    if {how!r} == "dies" and len(urls) == 2 and place:
        sys.exit("Segmentation fault")
    text = "Good morning." if {how!r} != "broken" else "Oak."
    if {how!r} == "tells": text += json.dumps(dict(os.environ))
    usage = {{"prompt_tokens": 3, "completion_tokens": 2}}
    print(json.dumps(dict(text=text, reasoning="", tool_calls=[], finish="stop", usage=usage,
                          chunks=3, error="", versions="odd 1")), flush=True)
"""


def stream(name: str, *parts: bytes) -> ServedRecording:
    """Return a recorded stream under a name."""
    return served(recorded(timed(*parts)), name)


def odd(folder: Path, how: str, needs: tuple[str, ...] = ()) -> Reader:
    """Return a reader of our own that does odd things."""
    file = folder / f"{how}.py"
    file.write_text(ODD.format(how=how), "utf-8")
    return Reader(how, how, "loop", str(file), needs)


def made(given: list[ServedRecording], *asked: Reader, limit_s: float = 30.0) -> Matrix:
    """Return what the readers make of the recordings."""
    return asyncio.run(matrix.matrix(given, asked, limit_s=limit_s))


def cell(of: Matrix, reader: str) -> Cell:
    """Return what a reader made of the first recording."""
    return of.rows[0].cells[reader]


@pytest.mark.slow
def test_the_readers_that_are_here_read_what_came() -> None:
    """The loop and `.stream()` of openai, and curl: the same bytes, each in its own way."""
    page = served(
        recorded(timed(b"<html>Sign in</html>"), headers=(("Content-Type", "text/html"),)), "page"
    )
    cut = stream("cut", ROLE, chunk({"content": "Good "}))
    given = [stream("good", *GOOD), stream("twice", *TWICE), cut, page]
    found = made(given, *chosen([]), limit_s=60.0)
    outcomes = {
        row.name: [row.cells[name].outcome for name in ("openai", "openai-stream", "curl")]
        for row in found.rows
    }
    assert {
        "good": ["agrees", "agrees", "agrees"],
        "twice": ["no right answer", "no right answer", "cannot do it"],
        "cut": ["lossy", "lossy", "lossy"],
        "page": ["wrong", "agrees", "wrong"],
    } == outcomes
    assert all(one.versions.startswith(("openai 3.", "curl ")) for one in found.columns)
    findings = {(finding.about, finding.name): finding for finding in judge_clients(found)}
    merged = findings["twice", "breaks-openai-stream"]
    assert "fail" == merged.level
    assert "Number the calls from 0" in merged.do
    readable = [row for row in found.rows if row.name in ("good", "twice")]
    summary = judge_clients(replace(found, rows=tuple(readable)))[0]
    assert "1 of 3 readers sees all that came, apart from what curl did not read." == summary.says


@pytest.mark.parametrize("kind", KINDS)
def test_a_canary_is_a_good_answer_of_its_kind(kind: Kind) -> None:
    """Nothing is wrong with it, so a reader that fails on it is broken."""
    good = served(asyncio.run(canary(kind)), kind)
    assert kind == good.kind
    assert good.reading.answer.text
    assert "stop" == good.reading.answer.finish_reason
    assert [] == [found.name for found in good.findings if found.level == "fail"]


@pytest.mark.slow
def test_each_kind_of_answer_goes_to_the_readers_made_for_it() -> None:
    """Responses and answers in one piece, too; a rule that is broken there is the server's."""
    given = [served(asyncio.run(canary(kind)), kind) for kind in KINDS[1:]]
    events = b"".join(data for _, data in given[1].reading.recording.reads)
    homeless = re.sub(rb'"(output|content)_index": 0, ', b"", events)
    assert homeless != events
    recording = replace(given[1].reading.recording, reads=[*timed(homeless)])
    found = made([*given, served(recording, "homeless")], *chosen(["openai"]), limit_s=60.0)
    assert {
        "chat in one piece": ["agrees", "cannot do it"],
        "responses": ["agrees", "agrees"],
        "responses in one piece": ["agrees", "cannot do it"],
        "messages": ["cannot do it", "cannot do it"],
        "messages in one piece": ["cannot do it", "cannot do it"],
        "homeless": ["agrees", "raised"],
    } == {row.name: [cell.outcome for cell in row.cells.values()] for row in found.rows}
    says = "has no reader here for a message's stream; these have one: anthropic"
    assert says == found.rows[3].cells["openai"].says
    broken = found.rows[-1].cells["openai-stream"]
    assert "server" == broken.fault
    assert broken.rule.startswith("The events do not say which item of the output they belong to.")


@pytest.mark.slow
def test_a_reader_that_hangs_is_ended_and_said(tmp_path: Path) -> None:
    """After its time limit; on a good stream that is the client's fault."""
    found = cell(made([stream("good", *GOOD)], odd(tmp_path, "hangs"), limit_s=1.0), "hangs")
    assert ("hung", "client") == (found.outcome, found.fault)


def test_a_reader_that_dies_goes_on_with_the_next(tmp_path: Path) -> None:
    """Its last words are the exception's."""
    found = cell(made([stream("good", *GOOD)], odd(tmp_path, "dies")), "dies")
    assert ("raised", "Segmentation fault") == (found.outcome, found.theirs)


def test_a_reader_that_fails_on_the_canary_says_nothing_of_a_server(tmp_path: Path) -> None:
    """It is broken, not the endpoint; required, it is red as a wrong call."""
    found = made([stream("good", *GOOD)], odd(tmp_path, "broken"))
    assert "broken reader" == cell(found, "broken").outcome
    first, one = judge_clients(found, require=["broken"])
    assert "unclear" == first.level
    assert ("unknown-broken", "fail", "call") == (one.name, one.level, one.blame)


@pytest.mark.slow
def test_what_cannot_be_installed_is_not_tried_and_never_green(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason stands in the cell."""
    monkeypatch.setenv("ENDPOINTSCOPE_OUT", str(tmp_path / "out"))
    missing = odd(tmp_path, "missing", needs=(str(tmp_path / "nowhere-1-py3-none-any.whl"),))
    found = made([stream("good", *GOOD)], missing)
    assert "not tried" == cell(found, "missing").outcome
    assert "nowhere" in cell(found, "missing").says
    assert {"unclear"} == {finding.level for finding in judge_clients(found)}


@pytest.mark.slow
def test_an_environment_is_made_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel of our own is installed in out/clients/, beside the kit's environment."""
    monkeypatch.setenv("ENDPOINTSCOPE_OUT", str(tmp_path / "out"))
    reader = odd(tmp_path, "dies", needs=(str(tiny_wheel(tmp_path)),))
    place = asyncio.run(environments.place_of(reader))
    assert place.folder.parent == tmp_path / "out" / "clients"
    assert list(place.folder.rglob("tiny_oak.py"))
    stamped = (place.folder / "ready").stat().st_mtime_ns
    assert place == asyncio.run(environments.place_of(reader))
    assert stamped == (place.folder / "ready").stat().st_mtime_ns


def tiny_wheel(folder: Path) -> Path:
    """Return a package of one empty module, as pip takes it."""
    path = folder / "tiny_oak-1-py3-none-any.whl"
    told = "tiny_oak-1.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny_oak.py", "")
        wheel.writestr(f"{told}/METADATA", "Metadata-Version: 2.1\nName: tiny-oak\nVersion: 1\n")
        wheel.writestr(
            f"{told}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(
            f"{told}/RECORD", f"tiny_oak.py,,\n{told}/METADATA,,\n{told}/WHEEL,,\n{told}/RECORD,,\n"
        )
    return path


def test_a_reader_is_given_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs other people's code, which needs none to read a recording."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-oak-and-ash")
    given = environments.reader_variables(environments.Place((sys.executable,), tmp_path))
    assert "sk-oak-and-ash" not in given.values()
    assert given["PATH"] == os.environ["PATH"]


def test_readers_are_chosen_by_name_or_client() -> None:
    """None named means those that are here; an unknown name lists the known ones."""
    assert ["openai", "openai-stream", "curl"] == [one.name for one in chosen([])]
    assert ["openai", "openai-stream", "ai-sdk"] == [
        one.name for one in chosen(["ai-sdk", "openai"])
    ]
    assert list(readers()) == [one.name for one in chosen(["all"])]
    with pytest.raises(UnknownReaderError, match="langchain"):
        chosen(["oak"])


def _status(pid: int) -> str:
    """Return what the system says of a process."""
    try:
        return Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return "(zombie)"


@pytest.mark.slow
def test_a_reader_ends_with_whoever_started_it() -> None:
    """Killed as it may be, while a client's own import or its retries would take minutes."""
    reader = "import contract, time; print(1, flush=True); time.sleep(600)"
    starts = (
        "import os, subprocess, sys; reader = subprocess.Popen([sys.executable, '-c', sys.argv[1]],"
        " stdout=subprocess.PIPE, start_new_session=True); reader.stdout.readline();"
        " print(reader.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", starts, reader], stdout=subprocess.PIPE, check=False,
        env=os.environ | {"PYTHONPATH": str(Path(matrix.__file__).parent / "readers")},
    )  # fmt: skip
    pid = int(ran.stdout)
    for _ in range(100):
        if "(zombie)" in _status(pid):
            return
        time.sleep(0.1)
    os.kill(pid, 9)
    pytest.fail("it lived on")


def test_the_shipped_table_holds_every_mode_and_reader() -> None:
    """With versions and a day; whoever adds a mode or a reader makes the table anew."""
    table = shipped.shipped()
    assert {mode.name for mode in shipped.modes()} == {row.name for row in table.rows}
    of_chats = [name for name, reader in readers().items() if "chat" in reader.reads]
    assert of_chats == [column.name for column in table.columns]
    assert all(column.versions and column.tried for column in table.columns)
    cells = [cell for row in table.rows for cell in row.cells.values()]
    assert not [cell for cell in cells if cell.outcome in ("not tried", "broken reader")]


def test_what_broke_is_looked_up_by_the_check_that_found_it() -> None:
    """Executed results, each with the client's version and the day; none for another fault."""
    found = breaking("tools-two-apart", "2 calls under 1 index")
    merged = next(one for one in found if one.label == "openai .stream()")
    assert "sees 1 of 2 tool calls" in merged.says
    assert merged.versions.startswith("openai 3.")
    assert breaking("stream-json", "not JSON: glued-chunks")
    assert not breaking("stream-json", "not JSON: nan")


def test_who_breaks_on_a_rule_is_looked_up_by_its_sentence() -> None:
    """Each client once; nobody for a rule that is kept, or was never broken."""
    broken, right = tried_on("Two tool calls share index 0.")
    assert {"openai .stream()", "pydantic-ai"} <= {one.label for one in broken}
    assert ("langchain", "ai-sdk", "langchain-js") == right
    assert len(broken) == len({one.label for one in broken})
    # Of a call in pieces they lose what follows.
    assert () == tried_on("Two tool calls in pieces share index 0.")[1]
    assert ((), ()) == tried_on("It really streams: the text came piece by piece.")


def test_every_fault_of_a_check_is_in_the_table() -> None:
    """A mode that was renamed would leave its check without clients."""
    assert planted() <= {row.name for row in shipped.shipped().rows}


@pytest.mark.slow
def test_the_clients_that_people_use_are_installed_and_run() -> None:
    """For Node openai and the AI SDK, for Python LangChain; one that is not tried fails here."""
    asked = chosen(["openai-node", "ai-sdk", "langchain"])
    found = made([stream("good", *GOOD), stream("twice", *TWICE)], *asked, limit_s=120.0)
    good, twice = found.rows
    assert {"agrees"} == {cell.outcome for cell in good.cells.values()}
    assert "no right answer" == twice.cells["openai-node-stream"].outcome
