"""Keys and passwords that must not be in any output."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from helpers.run.leaks import _PIECE, Leaks, in_typed
from helpers.run.outcome import Outcome
from helpers.run.outputs import Report, summary
from helpers.secrets.shapes import HIDDEN

KEY = 'sk_0123"/+é&<9abcdef'


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        quote(KEY, safe=""),
        json.dumps({"authorization": KEY}),
        json.dumps({"body": json.dumps({"authorization": KEY}, ensure_ascii=False)}),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f"user:{KEY}".encode()).decode(),
        base64.b64encode(f"a user:{KEY} and more".encode()).decode(),
        base64.urlsafe_b64encode(f"me:{KEY}".encode()).decode(),
        summary(Report([Outcome("01_ask", "failed", f"Refused: {KEY}.")])),
    ],
)
def test_a_key_is_found_in_every_spelling(text: str) -> None:
    """Raw, escaped for a URL, JSON or Markdown, in base64 at any offset."""
    assert Leaks((KEY,)).found_in(f"before {text} after".encode())
    assert not Leaks((KEY,)).found_in(f"before {text[:8]} after".encode())


def test_a_short_key_is_an_ordinary_word() -> None:
    """EMPTY and ollama stand in many texts; they are kept out by never being written."""
    assert not Leaks(("ollama",)).found_in(b"an ollama server")
    assert Leaks(("ollama",)).hide("an ollama server") == "an ollama server"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("http://me:pw@host/v1", f"http://{HIDDEN}@host/v1"),
        ("me:pw@localhost:1337", f"{HIDDEN}@localhost:1337"),
        ("http://me:p%40ss@host", f"http://{HIDDEN}@host"),
        ("http://me:p@ss@host", f"http://{HIDDEN}@host"),
        ("https://host/v1?api-key=abc&n=1", f"https://host/v1?api-key={HIDDEN}&n=1"),
        ("https://host?v=abcdef0123456789", f"https://host?v={HIDDEN}"),
        ("https://host?api-version=2026-01-01", "https://host?api-version=2026-01-01"),
        ("http://host/sk-0123456789abcd/v1", f"http://host/{HIDDEN}/v1"),
        ("demo:cut@localhost:1337", "demo:cut@localhost:1337"),
    ],
)
def test_an_address_is_shown_without_its_secrets(typed: str, shown: str) -> None:
    """User, password and key-like query values are replaced wherever the address stands."""
    hidden = Leaks(addresses=in_typed(typed))
    notebook = {"cells": [{"source": f'base_url = "{typed}"'}], "metadata": {"base_url": typed}}
    assert hidden.hide_addresses(notebook) == {
        "cells": [{"source": f'base_url = "{shown}"'}],
        "metadata": {"base_url": shown},
    }


def test_a_long_password_is_hidden_where_it_stands_alone() -> None:
    """A notebook may print the password apart from the address."""
    hidden = Leaks(addresses=in_typed("http://me:p%40ssword-1@host"))
    assert hidden.hide("it is p@ssword-1 or p%40ssword-1") == f"it is {HIDDEN} or {HIDDEN}"


def test_the_screen_shows_no_password_in_base64() -> None:
    """A server that echoes the header it was sent gives user and password away."""
    hidden = Leaks(addresses=in_typed("http://me:a-long-password@host"))
    echoed = base64.b64encode(b"me:a-long-password").decode()
    assert echoed not in hidden.hide(f"Basic {echoed}")


def test_the_screen_shows_no_key_in_any_spelling() -> None:
    """What a cell prints goes to a CI log that everybody reads."""
    printed = f"Bearer {KEY}, Basic {base64.b64encode(KEY.encode()).decode()}"
    shown = Leaks((KEY,)).hide(printed)
    assert KEY not in shown
    assert not Leaks((KEY,)).found_in(shown.encode())


def test_a_representation_holds_no_secret() -> None:
    """A traceback may show it."""
    assert KEY not in repr(Leaks((KEY,), (KEY,)))


def test_files_of_a_run_that_hold_a_key_are_removed(tmp_path: Path) -> None:
    """Recordings and cases too, in any spelling; what was there before stays."""
    (tmp_path / "recordings").mkdir()
    old, har, case = (
        tmp_path / "old.md", tmp_path / "recordings" / "a.har", tmp_path / "recordings" / "a.md",
    )  # fmt: skip
    for file in (old, har):
        file.write_bytes(base64.b64encode(b"Bearer " + KEY.encode()))
    case.write_text("nothing")
    os.utime(old, (1, 1))
    assert ["a.har"] == Leaks([KEY]).swept([tmp_path, tmp_path / "none"], since_s=2.0)
    assert [old, case] == [file for file in (old, har, case) if file.exists()]


def test_every_kind_of_text_that_a_cell_writes_is_swept(tmp_path: Path) -> None:
    """A batch's answers, a table, a log, a program; a key that the pieces of a file cut, too."""
    names = ["a.jsonl", "b.csv", "c.txt", "d.log", "e.sh", "f.py", "g.LOG"]
    for name in names:
        (tmp_path / name).write_text(f"x{KEY}")
    cut = tmp_path / "h.jsonl"
    cut.write_bytes(b" " * (_PIECE - 5) + KEY.encode())
    (tmp_path / "i.jsonl").write_text("{}")
    assert [*names, "h.jsonl"] == Leaks([KEY]).swept([tmp_path], since_s=0.0)


def test_a_password_inside_of_a_key_does_not_cover_the_key_up() -> None:
    """Half of a key, starred by chance, would be a leak that nobody is told of."""
    leaks = Leaks(["sk-birch-0123456789"], ["birch-0123456789"])
    said = base64.b64encode(b"user:sk-birch-0123456789").decode()
    assert said == leaks.hide_addresses(said)
    assert leaks.found_in(leaks.hide_addresses({"text": said})["text"].encode())
