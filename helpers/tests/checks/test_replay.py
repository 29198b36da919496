"""A recording played again: the same text or another, how true its times, and whose fault it is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from helpers.checks.replay import Replayed, judge_replay, replay
from helpers.endpoint import resolve
from helpers.finding import Finding
from helpers.recordings import load, save
from helpers.tests.support import responses
from helpers.tests.support.judged import refusal
from helpers.tests.support.recordings import recorded
from helpers.tests.support.streams import at_once, event, streamed
from helpers.wire.reading import read
from helpers.wire.recording import Recording


def played(folder: Path, recording: Recording, speed: str = "@0") -> Replayed:
    """Return how a recording comes again out of its file."""
    path = save([recording], resolve("demo"), name="kept", folder=folder)
    return asyncio.run(replay(f"replay:{path}{speed}", read(load(str(path))[0])))


def judged(replayed: Replayed) -> Finding:
    """Return the one finding on a replay."""
    (finding,) = judge_replay(replayed)
    return finding


def test_a_good_stream_says_the_same_again(tmp_path: Path) -> None:
    """To the character, with the recorded word beside it."""
    replayed = played(tmp_path, recorded(streamed()))
    assert replayed.same_text
    assert ("same-answer", "pass") == (judged(replayed).name, judged(replayed).level)
    assert "recorded: streamed" == judged(replayed).evidence


def test_a_response_says_the_same_again(tmp_path: Path) -> None:
    """It is asked of its own API."""
    replayed = played(tmp_path, responses.streamed(responses.response()))
    assert replayed.same_text
    assert "/responses" == replayed.exchange.request.path
    assert "recorded: streamed" == judged(replayed).evidence


@pytest.mark.slow
@pytest.mark.parametrize("speed", ["", "@10x", "@0"])
def test_the_error_is_measured_against_the_asked_speed(tmp_path: Path, speed: str) -> None:
    """Ten times faster is no error of seconds: each read is due at a tenth of its time."""
    replayed = played(tmp_path, recorded(streamed(20, gap_s=0.05)), speed)
    assert 22 == replayed.off.n
    assert replayed.off.p50 is not None
    assert replayed.off.p50 < 0.3
    assert "Replayed: the same text; off its timing by " in repr(replayed)


def test_the_highest_percentile_there_is_stands_in_the_sentence(tmp_path: Path) -> None:
    """No dash where a hundred values are missing for p99."""
    assert ", p95 " in repr(played(tmp_path, recorded(streamed(20))))
    assert ", p99 " in repr(played(tmp_path, recorded(streamed(120, gap_s=0.001))))


def test_what_was_wrong_then_is_a_remark(tmp_path: Path) -> None:
    """A cut stream that is cut again says what it said."""
    same, fault = judge_replay(played(tmp_path, recorded(streamed()[:-1])))
    assert ("same-answer", "pass") == (same.name, same.level)
    assert ("recorded-fault", "remark") == (fault.name, fault.level)
    assert fault.says.startswith("The recorded answer was a failure, and it still is: ")


def test_buffered_then_is_buffered_again(tmp_path: Path) -> None:
    """The word is of the recording, the verdict of its replay."""
    found = judged(played(tmp_path, recorded(at_once(streamed()))))
    assert ("pass", "recorded: buffered") == (found.level, found.evidence)


def test_another_text_is_red_and_not_the_endpoint(tmp_path: Path) -> None:
    """The file was changed under the notebook's hands, which no server did."""
    replayed = played(tmp_path, recorded(streamed()))
    other = read(recorded([(0.1, event({"content": "elm"}))]))
    found = judged(Replayed(other, replayed.exchange, replayed.off))
    assert ("another-answer", "fail", "call") == (found.name, found.level, found.blame)


def test_a_recorded_404_is_not_the_replays_own(tmp_path: Path) -> None:
    """The server answered it then: its word and its advice come again, as of any failure."""
    refused = refusal(404, {"error": {"message": "File Not Found"}}, sibling="alike")
    same, fault = judge_replay(played(tmp_path, refused))
    assert ("same-answer", "recorded-fault") == (same.name, fault.name)
    assert "recorded: wrong path" == same.evidence
    assert "documentation" in fault.do


def test_a_file_without_a_chat_is_red(tmp_path: Path) -> None:
    """It can be read, and holds nothing that a chat could be answered with."""
    listed = recorded(
        [(0.05, json.dumps({"object": "list", "data": []}).encode())],
        method="GET", url="http://oak.example/v1/models", request_body=b"",
        headers=(("Content-Type", "application/json"),),
    )  # fmt: skip
    found = judged(played(tmp_path, listed))
    assert ("not-recorded", "fail", "call") == (found.name, found.level, found.blame)
    assert "The recording holds no answer" in found.says
