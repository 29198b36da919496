"""The output: whole lines only, one process alone, what failed apart."""

from __future__ import annotations

import asyncio
import errno
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from helpers.checks.batch.answers import Answers, OutputError, errors_of
from helpers.checks.batch.row import Row, own_field, row_of


def line(custom_id: str, kind: str = "", **own: Any) -> tuple[Row, bytes]:
    """Return a row and its line."""
    row = Row(custom_id, "f" * 16, "demo", kind=kind, says=kind and "It failed.", **own)
    error = {"code": kind, "message": "It failed."} if kind else None
    value = {"custom_id": custom_id, "response": None, "error": error, **own_field(row)}
    return row, json.dumps(value).encode() + b"\n"


@contextmanager
def opened(path: Path) -> Iterator[Answers]:
    """Open an output until the block ends."""
    answers = Answers(path)
    answers.open()
    try:
        yield answers
    finally:
        answers.close()


def add(answers: Answers, *lines: tuple[Row, bytes]) -> None:
    """Add lines, all at once."""

    async def every() -> None:
        await asyncio.gather(*(answers.add(*one) for one in lines))

    asyncio.run(every())


def ids(path: Path) -> list[str]:
    """Return the ids in a file."""
    return [json.loads(one)["custom_id"] for one in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("tail", "stands"),
    [
        (b'{"custom_id": "half", "resp', ["a"]),
        (b'{"id": "batch_req_', ["a"]),
        (b"\x00" * 70_000, ["a"]),
        (line("whole")[1].rstrip(), ["a", "whole"]),
        (b"", ["a"]),
    ],
    ids=["half", "begun", "zeros", "whole", "none"],
)
def test_a_last_line_without_its_end_is_mended(
    tmp_path: Path, tail: bytes, stands: list[str]
) -> None:
    """Half a line goes, a whole one gets its end, and the next line is a line of its own."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(line("a")[1] + tail)
    with opened(path) as answers:
        assert stands == list(answers.rows)
        add(answers, line("b"))
    assert [*stands, "b"] == ids(path)


def test_what_failed_stands_apart_until_it_is_answered(tmp_path: Path) -> None:
    """The last failure of each that has no answer; nothing at all leaves no file."""
    path = tmp_path / "out.jsonl"
    with opened(path) as answers:
        add(answers, line("a", "server-error"), line("b", "cut"), line("c"))
    assert (["c"], ["a", "b"]) == (ids(path), sorted(ids(errors_of(path))))
    with opened(path) as answers:
        assert {"a": "server-error", "b": "cut"} == {
            one: row.kind for one, row in answers.failed.items()
        }
        add(answers, line("a"), line("b", "timeout"))
    assert ["b"] == ids(errors_of(path))
    assert "timeout" in errors_of(path).read_text("utf-8")
    with opened(path) as answers:
        add(answers, line("b"))
    assert [path] == list(tmp_path.iterdir())


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    """Whichever process it is in."""
    path = tmp_path / "out.jsonl"
    (tmp_path / "link.jsonl").symlink_to(path)
    for name in ("out.jsonl", "link.jsonl"):
        with (
            opened(path),
            pytest.raises(OutputError, match="got another one, which is running now"),
        ):
            Answers(tmp_path / name).open()
    with opened(path):
        pass


@pytest.mark.parametrize(
    "text", ["an oak\n", "an oak", '{"custom_id": "a", "body": {}}', '{"id": "oak", "prompt": "']
)
def test_somebodys_own_file_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    """Also where its last line has no end, and where it is the file of prompts itself."""
    path = tmp_path / "notes.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(OutputError, match="in line 1"):
        Answers(path).open()
    assert [(text, [path])] == [(path.read_text("utf-8"), list(tmp_path.iterdir()))]


def test_lines_that_wait_when_it_is_closed_are_written(tmp_path: Path) -> None:
    """Once; nothing is tried again afterwards."""
    path, trouble = tmp_path / "out.jsonl", []

    async def closed_early() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: trouble.append(told))
        answers = Answers(path)
        answers.open()
        adding = [asyncio.create_task(answers.add(*line(one))) for one in "ab"]
        await asyncio.sleep(0)
        adding.append(asyncio.create_task(answers.add(*line("c"))))
        await asyncio.sleep(0)
        answers.close()
        for task in adding:
            task.cancel()
        await asyncio.sleep(0.01)

    asyncio.run(closed_early())
    assert (["a", "b", "c"], []) == (ids(path), trouble)


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    """What did not fit is told to whoever waits; room makes it go on."""
    path = tmp_path / "out.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with opened(path) as answers:
        add(answers, line("a"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, before[1]))
        try:
            with pytest.raises(OSError) as full:  # noqa: PT011 - the number below says which
                add(answers, line("b"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert (errno.EFBIG, ["a"]) == (full.value.errno, ids(path))
        add(answers, line("c"))
    assert ["a", "c"] == ids(path)


def test_openais_own_output_is_read() -> None:
    """Without our field: id, status, text, finish reason not needed, usage."""
    body = {
        "choices": [{"message": {"content": "An oak."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }
    row = row_of({"custom_id": "a", "response": {"status_code": 200, "body": body}, "error": None})
    assert row is not None
    assert ("", 200, "An oak.", 7, 3, 2) == (
        row.kind, row.status, row.begins, row.characters, row.prompt_tokens, row.completion_tokens,
    )  # fmt: skip
    assert row_of(["no line"]) is None
    line_ = {"custom_id": "a", "response": {"body": {"choices": [{"text": "An elm."}]}}}
    assert "An elm." == getattr(row_of(line_), "begins", "")
    body = {"usage": {"prompt_tokens": "3", "completion_tokens": -1}}
    row = row_of({"custom_id": "a", "response": {"status_code": 200, "body": body}, "error": None})
    assert row is not None
    assert (None, None) == (row.prompt_tokens, row.completion_tokens)
    body = {"error": {"message": "Too long.", "code": None}}
    row = row_of({"custom_id": "a", "response": {"status_code": 400, "body": body}, "error": None})
    assert row is not None
    assert ("status-400", "Too long.") == (row.kind, row.says)


def test_a_row_comes_back_from_its_line() -> None:
    """Figures and failure, the text's beginning from the answer itself."""
    row, said = line("a", "cut", time_s=0.5, tries=2, completion_tokens=9)
    assert row == row_of(json.loads(said))


def test_a_name_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder, and a file whose last line never ends."""
    monkeypatch.setattr("helpers.checks.batch.answers._LONGEST", 1 << 20)
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(1 << 31)
    for path in (tmp_path, tmp_path / "holes"):
        with pytest.raises(OutputError, match="another output"):
            Answers(path).open()
