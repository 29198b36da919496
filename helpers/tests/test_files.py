"""Files that somebody names: whatever lies there is named, and none of it waits or fills memory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from helpers import files
from helpers.endpoint import AddressError
from helpers.files import MOST_BYTES, json_in
from helpers.server.replay import file_at

DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "not JSON"), (DEEP, "not JSON"), (b"\xff", "not JSON"), (b"9" * 5000, "not JSON")],
)
def test_what_is_no_json_is_said(tmp_path: Path, data: bytes, says: str) -> None:
    """Brackets without end, bytes that are no text, and more digits than are read."""
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(ValueError, match=says):
        json_in(tmp_path / "x")


def test_more_values_than_fit_into_memory_are_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only looks like values, inside a text, is one value."""
    monkeypatch.setattr(files, "MOST_VALUES", 1000)
    (tmp_path / "many").write_text(json.dumps([{}] * 1000), "utf-8")
    with pytest.raises(ValueError, match="more than 1,000 values"):
        json_in(tmp_path / "many")
    said = '{"an oak", [' * 1000
    (tmp_path / "text").write_text(json.dumps([said]), "utf-8")
    assert [said] == json_in(tmp_path / "text")


def test_what_is_no_file_or_too_large_is_not_read(tmp_path: Path) -> None:
    """A pipe would wait for ever, and a file of holes is larger than the memory."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    told = {"pipe": "no file", "loop": "no file", "none": "no file", "": "a folder",
            "holes": "more than 512 MB", "x" * 5000: "too long"}  # fmt: skip
    for name, says in told.items():
        with pytest.raises(ValueError, match=says):
            json_in(tmp_path / name)


@pytest.mark.parametrize("typed", ["x" * 5000, "~nobody-here/x.har", "/dev/zero", "x\0y"])
def test_a_name_that_cannot_be_one_is_no_recording(typed: str) -> None:
    """It is answered like any other that does not exist."""
    with pytest.raises(AddressError, match="does not exist"):
        file_at(typed)
