"""Where an agent's call may go: keys stay with their hosts, files with the recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.endpoint import CallError
from helpers.finding import Finding, conclude
from helpers.run.agents import allowed
from helpers.run.agents.allowed import Keys, endpoint_at, keys_of, parameters_of, recording_at
from helpers.run.agents.reply import LONGEST, MOST, reply

KEY = "sk-proj-0123456789abcdefghij"
KEYS = keys_of(["MY_KEY@https://api.openai.com", "LAN_KEY@http://10.0.0.7:8000/v1"])


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://api.openai.com/v1", "MY_KEY"),
        ("https://api.openai.com:443", "MY_KEY"),
        ("http://10.0.0.7:8000/other/v1", "LAN_KEY"),
        ("http://api.openai.com/v1", ""),
        ("https://api.openai.com:8443/v1", ""),
        ("https://api.openai.com.example/v1", ""),
        ("https://10.0.0.7:8000/v1", ""),
        ("demo:cut@https://api.openai.com/v1", ""),
        ("demo", ""),
    ],
)
def test_a_key_goes_to_its_own_place_alone(address: str, name: str) -> None:
    """Scheme, host and port are those it was given for."""
    assert name == endpoint_at(address, KEYS).api_key_env


def test_without_a_key_of_its_own_not_even_openai_gets_one() -> None:
    """What the notebooks take for granted, a call may not."""
    assert "" == endpoint_at("https://api.openai.com/v1", Keys({})).api_key_env


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/v1?tag=$OPENAI_API_KEY",
        f"https://example.com/v1?api_key={KEY}",
        f"https://me:{KEY}@example.com/v1",
        "replay:/etc/hosts",
        "https://example.com/" + "v" * 3000,
    ],
)
def test_a_call_names_no_key_no_variable_and_no_file(address: str) -> None:
    """It is refused, and nothing of a key is repeated."""
    with pytest.raises(CallError) as refused:
        endpoint_at(address, KEYS)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("typed", [KEY, f"{KEY}@https://api.openai.com", "MY_KEY@", "MY_KEY@demo"])
def test_a_key_itself_on_the_command_line_is_refused(typed: str) -> None:
    """As is a name without an address; what was typed is not repeated."""
    with pytest.raises(CallError) as refused:
        keys_of([typed])
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("name", ["headers", "stream", "model", "messages"])
def test_what_has_a_place_of_its_own_is_no_parameter(name: str) -> None:
    """Headers above all: a value such as $NAME could read a variable."""
    with pytest.raises(CallError, match=name):
        parameters_of({name: "$OPENAI_API_KEY"}, "hi")
    assert {"temperature": 0} == parameters_of({"temperature": 0}, "hi")


def test_a_recording_is_one_that_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No path leads out of the folder, and what exists elsewhere is told from nothing else."""
    kept = tmp_path / "recordings"
    (kept / "watch").mkdir(parents=True)
    monkeypatch.setattr(allowed, "KEPT", kept)
    for path in (kept / "a.har", kept / "watch" / "b.har", tmp_path / "c.har", kept / "d.txt"):
        path.write_text("{}")
    (kept / "e.har").symlink_to(tmp_path / "c.har")
    assert kept / "a.har" == recording_at("a.har") == recording_at(f"replay:{kept / 'a.har'}")
    assert kept / "watch" / "b.har" == recording_at("watch/b.har")
    assert "tree.har" == recording_at("tree.har").name
    for name in ("../c.har", str(tmp_path / "c.har"), "e.har", "d.txt", "none.har", "", "a.har\0"):
        with pytest.raises(CallError, match="Expected a HAR file"):
            recording_at(name)


def test_a_verdict_is_bounded_and_holds_no_key() -> None:
    """However much a server says, and whatever it repeats."""
    finding = Finding("odd", "fail", f"It said {KEY}.", quote="x" * 9999)
    verdict = conclude("Is it?", [finding, Finding("fine", "pass", "Fine.")], base_url="demo")
    deep: list[object] = []
    for _ in range(50):
        deep = [deep]
    said = {"words": ["w"] * 9999, "text": "x" * 9999}
    whole = reply(verdict, recording=None, keys=[KEY], deep=deep, **said)
    assert KEY not in str(whole)
    assert LONGEST + 1 == len(whole["text"])
    assert LONGEST == len(whole["findings"][0]["quote"])
    assert MOST + 1 == len(whole["words"])
    assert ["Fine."] == whole["passes"]
    assert {"name", "level", "says", "quote", "blame"} == whole["findings"][0].keys()
