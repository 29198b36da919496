"""Recordings as files: found and loaded again, explained when damaged, and never with a key."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from helpers import recordings
from helpers.diagnose.clients.plain import ClientReading
from helpers.endpoint import AddressError, resolve
from helpers.recordings import RecordingError, chosen, kept, load, save
from helpers.server.replay import RECORDING
from helpers.show.case import write_case
from helpers.show.raw import LONGEST
from helpers.tests.support.recordings import SSE, recorded
from helpers.tests.support.streams import DONE, event, streamed
from helpers.wire.recording import Recording

KEY = "sk-birch/0123456789"
QUERY_KEY = "elm-9876543210"
ADDRESS = f"http://127.0.0.1:9/v1/chat/completions?api-key={QUERY_KEY}"


def with_its_key(*, header: bool) -> Recording:
    """Return a stream whose server says the key again: in a header, and cut by two reads."""
    echo = event({"content": f"your key is {KEY} and {QUERY_KEY}"})
    at = echo.index(b"birch")
    reads = [(0.1, event({"role": "assistant"})), (0.2, echo[:at]), (0.3, echo[at:]), (0.4, DONE)]
    return recorded(
        reads,
        url=ADDRESS,
        request_headers=(("Authorization", f"Bearer {KEY}"),) * header,
        headers=(*SSE, ("X-Echo", KEY)),
    )


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    """Several exchanges in one file, each read with its time."""
    first, second = recorded(streamed(3)), recorded(streamed(2))
    path = save([first, second], resolve("demo"), name="03_stream", folder=tmp_path)
    loaded = load(f"replay:{path}@10x")
    assert path.name.endswith("-03_stream-demo.har")
    assert [first.body, second.body] == [one.body for one in loaded]
    assert [at_s for at_s, _ in first.reads] == pytest.approx([s for s, _ in loaded[0].reads])


@pytest.mark.parametrize("named", [True, False])
def test_no_key_lands_in_a_har_or_a_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """Whether the variable is known, or the file alone tells that it was a key."""
    monkeypatch.setenv("TREE_KEY", KEY)
    endpoint = resolve("http://127.0.0.1:9/v1", api_key_env="TREE_KEY" if named else "")
    second = ClientReading("openai", "3", 0, "", f"AuthenticationError: Incorrect API key {KEY}")
    path = write_case(with_its_key(header=not named), endpoint, second, folder=tmp_path)
    files = sorted(tmp_path.iterdir())
    assert [path.with_suffix(".har"), path] == files
    for file in files:
        saved = file.read_text("utf-8")
        assert [] == [s for s in (KEY, KEY.replace("/", "\\/"), QUERY_KEY) if s in saved]
        assert "your key is ***" in saved
    assert ("$TREE_KEY" in path.read_text("utf-8")) is named


def test_a_key_at_the_end_of_a_shortened_line_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line is cut where it is long, and no half of a key stands before the cut."""
    monkeypatch.setenv("TREE_KEY", KEY)
    before = LONGEST - event({"content": ""}).index(b'"}') - 12
    long = event({"content": "x" * before + KEY + "x" * 200})
    endpoint = resolve("http://127.0.0.1:9/v1", api_key_env="TREE_KEY")
    path = write_case(recorded([(0.1, long), (0.2, DONE)]), endpoint, folder=tmp_path)
    saved = path.read_text("utf-8")
    assert "… cut: " in saved
    assert KEY[:6] not in saved


def test_a_case_says_what_was_sent_came_and_was_found(tmp_path: Path) -> None:
    """Every part has its heading; findings stand as they are, not escaped."""
    reads = streamed(40)[:-1]
    path = write_case(recorded(reads), resolve("http://oak.example/v1"), folder=tmp_path)
    lines = path.read_text("utf-8").splitlines()
    headings = [
        "## What was sent",
        "## When it came",
        "## What came",
        "## A program that sends the same",
        "## Versions",
    ]
    assert headings == [line for line in lines if line.startswith("## ")]
    assert lines[0].startswith("# Cut · 40 chunks · first text after 400 ms")
    assert lines.index("✕ cut: The answer was cut off before its end.") < lines.index(
        "## What was sent"
    )
    assert f"The recording is in `{path.with_suffix('.har').name}`" in lines[2]


def test_a_long_case_ends_with_a_whole_line(tmp_path: Path) -> None:
    """An issue tracker takes only so much; the file beside it has the rest."""
    reads = streamed(300)
    path = write_case(recorded(reads), resolve("demo"), folder=tmp_path)
    before = path.read_text("utf-8").partition("\n… the rest is in the recording\n")[0]
    assert before.splitlines()[-1].endswith("}")


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("{", "Expecting property name"),
        ("[]", ""),
        ('{"log": 1}', ""),
        ("[" * 100_000, ""),
        ("\ufffd\x00", "Expecting value"),
    ],
)
def test_a_damaged_file_is_explained(tmp_path: Path, text: str, came: str) -> None:
    """What was expected, what came, what to do: never a bare exception."""
    file = tmp_path / "damaged.har"
    file.write_text(text, "utf-8")
    with pytest.raises(RecordingError, match=r"in damaged\.har; got ") as said:
        load(str(file))
    assert came in str(said.value)
    assert str(said.value).endswith("Save it again, or choose another one.")


def test_bytes_that_are_no_text_are_explained(tmp_path: Path) -> None:
    """A compressed file, or a picture."""
    file = tmp_path / "picture.har"
    file.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(RecordingError, match=r"Expected a HAR file in picture\.har"):
        load(str(file))


def test_a_file_that_is_nowhere_is_named() -> None:
    """Together with how to type one that is somewhere."""
    with pytest.raises(AddressError, match=r"'nowhere\.har', which does not exist"):
        load("replay:nowhere.har")
    for endpoint in ("http://localhost:1", "demo:cut"):
        with pytest.raises(AddressError, match=f"'{endpoint}', the address of an endpoint"):
            load(endpoint)


def test_the_last_stream_is_chosen() -> None:
    """The shipped file ends with an answer in one piece; its stream is meant."""
    shipped = load(str(RECORDING))
    assert 3 == len(shipped)
    assert shipped[1] is chosen(shipped, -1)
    assert shipped[0] is chosen(shipped, 0)
    assert shipped[2] is chosen([shipped[0], shipped[2]], -1)


@pytest.mark.parametrize(("count", "number"), [(3, 3), (3, -2)])
def test_a_number_that_is_none_is_explained(count: int, number: int) -> None:
    """The sentence says below which number it must be."""
    with pytest.raises(RecordingError, match=f"a number below {count}"):
        chosen(load(str(RECORDING))[:count], number)


@pytest.mark.parametrize("number", [-1, 0])
def test_a_file_without_an_exchange_is_named(number: int) -> None:
    """There is no number to give instead."""
    with pytest.raises(RecordingError, match="with an exchange in it; got an empty one"):
        chosen([], number)


def test_kept_recordings_come_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their names begin with the time, so the last one kept is the first one named."""
    monkeypatch.setattr(recordings, "KEPT", tmp_path)
    assert [] == kept()
    paths = [save([recorded(streamed(1))], resolve("demo"), name=n, folder=tmp_path) for n in "ab"]
    (tmp_path / "note.md").write_text("no recording")
    assert sorted((path.name for path in paths), reverse=True) == kept()
    assert json.loads(paths[0].read_text("utf-8"))["log"]["version"] == "1.2"


def test_a_recording_is_named_by_server_model_and_word(tmp_path: Path) -> None:
    """What a server calls its model becomes no path, and nothing but letters, digits and dots."""
    endpoint = resolve("http://oak.example:81/v1", model="../../A B\x1b[31m/木:" + "x" * 300)
    path = save([recorded([])], endpoint, name="01_ask", word="streamed", folder=tmp_path)
    named = path.name.partition("-")[2]
    assert named.startswith("01_ask-oak.example-81-v1-a-b-31m-xxxx")
    assert named.endswith("x-streamed.har")
    assert len(path.name) < 140
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_reads_a_recording(tmp_path: Path) -> None:
    """It holds prompts, and a folder made for it is closed to others too."""
    folder = tmp_path / "kept"
    path = write_case(recorded(streamed(3)), resolve("demo"), folder=folder)
    modes = [one.stat().st_mode & 0o777 for one in (folder, path, path.with_suffix(".har"))]
    assert [0o700, 0o600, 0o600] == modes


def test_the_oldest_recordings_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their cases go with them; what is not ours stays."""
    monkeypatch.setattr(recordings, "MOST_KEPT", 2)
    (tmp_path / "mine.har").write_text("{}")
    write_case(recorded([]), resolve("demo"), folder=tmp_path)
    newer = [save([recorded([])], resolve("demo"), name=n, folder=tmp_path) for n in "abc"]
    assert [*newer[1:], tmp_path / "mine.har"] == sorted(tmp_path.iterdir())


def test_our_own_pauses_are_kept_in_a_file(tmp_path: Path) -> None:
    """So is an echo of the key; a file without them is loaded as one without."""
    noted = replace(recorded(streamed(3)), pauses=[(0.25, 0.3), (1.5, 0.012)], echoed=True)
    path = save([noted, recorded([])], resolve("demo"), name="a", folder=tmp_path)
    first, second = load(str(path))
    assert ([(0.25, 0.3), (1.5, 0.012)], True) == (first.pauses, first.echoed)
    assert ([], False) == (second.pauses, second.echoed)
