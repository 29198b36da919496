"""What was found in which server: kept small, and README's table is what the command prints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.checks.conformance.check import REGISTER
from helpers.show.conformance.servers import (
    FOLDER,
    KeptError,
    found_in,
    keep,
    kept,
    put_into,
    table,
)
from helpers.tests.checks.conformance.test_exports import hostile, report

README = Path(__file__).resolve().parents[4] / "README.md"
FOUND = found_in(
    replace(report(chat_basic="pass", limit_stop_string="ignored", param_n="ignored"),
            started_at="2026-11-26T05:00:00Z"),
    server="An oak's server", version="1.2", how="before a birch",
)  # fmt: skip


def test_readmes_table_is_made_from_what_is_kept() -> None:
    """After a new run: `python3 -m helpers servers --readme`."""
    assert 5 <= len(kept())
    assert table(kept()) in README.read_text("utf-8")


def test_what_is_kept_names_no_machine_and_holds_no_answer() -> None:
    """Verdicts and a sentence for each; of checks that exist."""
    for path in FOLDER.glob("*.json"):
        text = path.read_text("utf-8")
        assert not any(word in text for word in ("127.0.0.1", "localhost", "/tmp", "/root"))
        assert len(text) < 10_000
    assert all(name in REGISTER for one in kept() for name in one.other)


def test_a_result_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    """In a file by the server's name, in place of an older one; the core comes first."""
    keep(replace(FOUND, version="1.1"), tmp_path)
    assert "an-oak-s-server.json" == keep(FOUND, tmp_path).name
    assert [FOUND] == kept(tmp_path)
    [row] = [line for line in table(kept(tmp_path)).splitlines() if "oak" in line]
    assert row.startswith("| An oak's server 1.2 (before a birch) | (!) | » |")
    assert row.endswith("| **`limit-stop-string`**, `param-n` |")
    with pytest.raises(KeptError, match="--server NAME"):
        keep(replace(FOUND, server="…"), tmp_path)


def test_a_servers_words_are_no_markup() -> None:
    """What it says of itself stands in a cell."""
    found = found_in(hostile("<img src=x> | `x`"), server="<img>", version="|1|")
    [row] = [line for line in table([found]).splitlines() if "1" in line and "img" in line]
    assert "<img" not in row


def test_a_new_table_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """What stands around it stays; a file without one is no place for it."""
    readme = tmp_path / "README.md"
    readme.write_text(f"Before.\n\n{table([])}\n\nAfter.\n", "utf-8")
    put_into(readme, table([FOUND]))
    assert f"Before.\n\n{table([FOUND])}\n\nAfter.\n" == readme.read_text("utf-8")
    readme.write_text("Nothing.", "utf-8")
    with pytest.raises(KeptError, match=r"README\.md"):
        put_into(readme, "")
