"""A file of prompts becomes jobs, or one sentence that says where it does not."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from helpers.checks.prompt_file.job import InputError, Job
from helpers.checks.prompt_file.shipped import PROMPT
from helpers.checks.prompt_file.source import Source
from helpers.checks.prompt_file.table import _cell
from helpers.checks.prompt_file.text import Text


def written(folder: Path, name: str, text: str) -> Path:
    """Return a file of this text."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def jobs(path: Path, prompt: str = "", **how: Any) -> list[Job]:
    """Return the jobs of a file."""
    return list(Source(path, prompt, **how).jobs())


def test_openais_batch_format_is_taken_as_it_is(tmp_path: Path) -> None:
    """Id, path and body; a model of one's own takes the place of the file's."""
    body = {"model": "elm", "messages": [{"role": "user", "content": "hi"}], "temperature": 0}
    line = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
    path = written(tmp_path, "in.jsonl", json.dumps(line) + "\n\n")
    assert [Job("a", "/v1/chat/completions", body)] == jobs(path)
    assert "oak" == jobs(path, model="oak")[0].body["model"]


@pytest.mark.parametrize(
    ("line", "url", "body"),
    [
        ({"messages": [{"role": "user", "content": "hi"}], "n": 2}, "chat/completions",
         {"messages": [{"role": "user", "content": "hi"}], "n": 2}),
        ([{"role": "user", "content": "hi"}], "chat/completions",
         {"messages": [{"role": "user", "content": "hi"}]}),
        ({"id": 7, "prompt": "hi"}, "chat/completions",
         {"messages": [{"role": "user", "content": "hi"}]}),
        ("hi", "chat/completions", {"messages": [{"role": "user", "content": "hi"}]}),
        ({"input": ["oak", "elm"]}, "embeddings", {"input": ["oak", "elm"]}),
    ],
)  # fmt: skip
def test_other_lines_of_json_are_understood(
    tmp_path: Path, line: Any, url: str, body: dict[str, Any]
) -> None:
    """Messages with parameters, bare messages, a prompt, what is to be embedded."""
    [job] = jobs(written(tmp_path, "in.jsonl", json.dumps(line)))
    assert (f"/v1/{url}", body) == (job.url, job.body)
    assert ("7" if "id" in line else "row-1") == job.custom_id


def test_a_table_fills_the_prompt(tmp_path: Path) -> None:
    """Its own ids where it has any; a value's own braces are left alone, and null is nothing."""
    path = written(tmp_path, "in.csv", 'id,text,to\na,"one, {{to}}",fr\nb,two,de\n')
    [first, second] = jobs(path, "{{text}} into {{ to }}", api="embeddings", more={"n": 1})
    assert ("a", {"input": "one, {{to}} into fr", "n": 1}) == (first.custom_id, first.body)
    assert ("b", "/v1/embeddings") == (second.custom_id, second.url)
    path = written(tmp_path, "in.jsonl", '{"id": "c", "text": null}\n')
    assert {"input": "Say "} == jobs(path, "Say {{text}}", api="embeddings")[0].body


@pytest.mark.parametrize(
    ("name", "text", "prompt", "sentence"),
    [
        ("in.csv", "text\nhi\n", "Say {{word}}", "the columns of in.csv: text; got {{word}}."),
        ("in.csv", "text\nhi\n", "Translate", "{{text}}; got a prompt that would be the same"),
        ("in.csv", "title,body\nhi,ho\n", "", "Give one, such as “Say {{title}}”."),
        ("in.csv", "a,b\n1\n", "{{a}}", "line 2 of in.csv; got 1 cell, not 2 as in"),
        ("in.jsonl", '{"prompt": "a"}\n{oops\n', "", "line 2 of in.jsonl; got something that"),
        ("in.jsonl", '{"text": "a"}\n', "", "got nothing to ask: no messages, prompt, input"),
        ("in.jsonl", '{"body": {}, "url": "/v1/images"}\n', "", "the url '/v1/images', not one"),
        ("in.jsonl", '"a"\n', "", ""),
        ("in.jsonl", "\n", "", "Expected prompts in in.jsonl; got an empty file."),
        (
            "in.jsonl", "\n".join(f'{{"id": "{one}", "prompt": "x"}}' for one in "aba"),
            "", "got “a” for prompts 1 and 3 of in.jsonl. Rename one of them",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, name: str, text: str, prompt: str, sentence: str
) -> None:
    """What was expected, what came, and what to do."""
    source = Source(written(tmp_path, name, text), prompt)
    if not sentence:
        assert ["row-1"] == list(source.index().asked)
        return
    with pytest.raises(InputError) as refused:
        source.index()
    assert sentence in str(refused.value)


_TABLE = 'text;lang\r\nBäume;de\r\n;\r\n"a;b";"c ""q"""\r\n'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("in.csv", _TABLE.encode("utf-8-sig")),
        ("in.csv", f"sep=;\r\n{_TABLE}".encode()),
        ("in.csv.gz", gzip.compress(_TABLE.encode())),
        # Excel's "Unicode text".
        ("in.txt", _TABLE.replace('"a;b"', "a_b").replace(";", "\t").encode("utf-16")),
        ("in.csv", _TABLE.encode("utf-16-be")),
        ("in.txt", _TABLE.encode()),
    ],
)
def test_a_spreadsheets_own_forms_are_read(tmp_path: Path, name: str, data: bytes) -> None:
    """Other dividers, encodings and line ends; a row of nothing is none, and keeps its number."""
    path = tmp_path / name
    path.write_bytes(data)
    [first, second] = jobs(path, "{{text}} in {{ lang }}", api="embeddings")
    assert ("row-1", "Bäume in de") == (first.custom_id, first.body["input"])
    assert ("row-3", 'b in c "q"') == (second.custom_id, second.body["input"][2:])


def test_a_table_of_batch_lines_or_of_conversations_is_read(tmp_path: Path) -> None:
    """As JSON in its cells, or as Python's form of it, which pandas writes."""
    body = {"model": "elm", "messages": [{"role": "user", "content": "hi"}], "stop": None}
    cells = ["a", "POST", "/v1/chat/completions", json.dumps(body).replace('"', '""')]
    head = "custom_id,method,url,body\n"
    path = written(tmp_path, "in.csv", head + ",".join(f'"{one}"' for one in cells) + "\n")
    assert [Job("a", "/v1/chat/completions", body)] == jobs(path, PROMPT)
    path = written(tmp_path, "in.csv", f'id,messages\nb,"{body["messages"]}"\n')
    assert [Job("b", "/v1/chat/completions", {"messages": body["messages"]})] == jobs(path)
    path = written(tmp_path, "in.csv", "text,Preis (€)\noak,3 €\n")
    [job] = jobs(path, "{{text}} for {{ Preis (€) }}", api="embeddings")
    assert "oak for 3 €" == job.body["input"]


def test_json_in_one_piece_is_its_entries(tmp_path: Path) -> None:
    """A list, an object that holds one, values over several lines; one conversation is one."""
    says = [{"role": "user", "content": "oak"}, {"role": "user", "content": "elm"}]
    two = [{"prompt": "oak"}, {"prompt": "elm"}]
    for value in (two, {"data": two}, {"requests": ["oak", "elm"]}, [says[:1], says[1:]]):
        for indent in (None, 1):
            path = written(tmp_path, "in.json", json.dumps(value, indent=indent))
            assert [says[:1], says[1:]] == [job.body["messages"] for job in jobs(path)]
    path = written(tmp_path, "in.json", "\n".join(json.dumps(one, indent=1) for one in two))
    assert ["row-1", "row-4"] == [job.custom_id for job in jobs(path)]
    assert [says] == [
        job.body["messages"] for job in jobs(written(tmp_path, "a", json.dumps(says)))
    ]


def test_plain_words_are_prompts_a_line(tmp_path: Path) -> None:
    """In a file whose name doesn't say JSON; a prompt of one's own holds them."""
    path = written(tmp_path, "in.txt", '[INST] oak\n\n"elm" in French\n')
    found = jobs(path, PROMPT, api="embeddings")
    assert [("row-1", "[INST] oak"), ("row-3", '"elm" in French')] == [
        (job.custom_id, job.body["input"]) for job in found
    ]
    assert {"input": "Say [INST] oak"} == jobs(path, "Say {{text}}", api="embeddings")[0].body


def test_a_prompt_of_ones_own_holds_a_lines_fields(tmp_path: Path) -> None:
    """Where it names what the line lacks, it is refused, not passed over in silence."""
    path = written(tmp_path, "in.jsonl", '{"prompt": "oak", "lang": "de"}\n{"prompt": "elm"}\n')
    source = Source(path, "{{prompt}} in {{lang}}")
    with pytest.raises(InputError, match="columns of line 2: prompt; got"):
        source.index()
    row = {"instruction": "Name it.", "input": "an oak", "output": "Oak"}
    [job] = jobs(written(tmp_path, "in.jsonl", json.dumps(row)), "{{instruction}} {{input}}")
    assert [{"role": "user", "content": "Name it. an oak"}] == job.body["messages"]
    path = written(tmp_path, "in.csv", "id,prompt\na,oak\n")
    assert "oak" == jobs(path, PROMPT)[0].body["messages"][0]["content"]


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ({"url": "/v1/responses", "body": {"input": "hi"}}, "responses"),
        ({"url": "/v1/completions", "body": {"prompt": "hi"}}, "completions"),
        ({"url": "/chat/completions", "method": "post", "body": {}}, "chat/completions"),
        ({"url": "https://api.openai.com/v1/embeddings", "body": {}}, "embeddings"),
        ({"body": {"input": "hi"}}, "embeddings"),
        ({"body": {"prompt": "hi"}}, "completions"),
        ({"params": {"messages": []}}, "messages"),
    ],
)
def test_a_batch_line_says_where_it_goes(tmp_path: Path, value: Any, url: str) -> None:
    """By its path, however much of an address it has, or else by its body."""
    path = written(tmp_path, "in.jsonl", json.dumps({"custom_id": 1, **value}))
    assert [(f"/v1/{url}", "1")] == [(job.url, job.custom_id) for job in jobs(path)]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("in.csv", "text\nan oak\nBäume\n".encode("latin-1"), "line 3 has “Bäume” if that is Win"),
        ("in.jsonl", '{"prompt": "oak"}'.encode("utf-16")[:-1], "UTF-16 in in.jsonl, as its first"),
        ("in.csv", b"PK\x03\x04", "got an Excel workbook or a zip archive, in.csv. Save"),
        ("in.bin", b"\x01\0\x02\x03\x04", "bytes that are not text"),
        ("in.csv.gz", gzip.compress(b"a\n" * 99)[:-9], "that is damaged or cut off"),
        ("in.csv", b"a,a\n1,2\n", "got “a” more than once"),
        ("in.json", b'[\n{"prompt": "a"},\n', "line 3 of in.json; got something that is not JSON"),
        ("in.json", b'["a", 1]', "a prompt in entry 2 of in.json; got neither an object"),
        ("in.jsonl", b"an oak\n", "one per line, need a name that ends in .txt"),
        ("in.jsonl", b'{"prompt": NaN}\n', "got something that is not JSON (NaN is not JSON)"),
        ("in.jsonl", b'{"id": [1], "prompt": "a"}', "neither text nor a number (a list)"),
        ("in.jsonl", b'{"id": "%b", "prompt": "a"}' % (b"a" * 600), "custom_id of 600 characters"),
        ("in.jsonl", b'{"method": "GET", "body": {}}', "the method GET, not POST"),
        ("in.csv", b"custom_id,body\na,{oops\n", "line 2 of in.csv; got a body that is neither"),
        ("in.csv", b"id,messages\na,[1]\n", "got messages that are not a conversation (role and"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_prompts_is_told_for_what_it_is(
    tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    """What it is, where, and what to do."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as refused:
        Source(
            tmp_path / name, PROMPT if b"," in data[:12] else "{{a}}" if ".csv" in name else ""
        ).index()
    assert sentence in str(refused.value)


def test_a_first_line_with_too_long_a_cell_is_told_like_any_other(tmp_path: Path) -> None:
    """The delimiter is looked for in it before it is read as a row."""
    path = written(tmp_path, "in.csv", f"{'a' * 2000}\nx\n")
    most = csv.field_size_limit(1000)
    try:
        with pytest.raises(InputError, match=r"line 1 of in\.csv; got field larger"):
            Source(path, "{{a}}").index()
    finally:
        csv.field_size_limit(most)


def test_parquet_is_told_by_how_it_begins(tmp_path: Path) -> None:
    """Zeros may come soon behind that, as where its first column is empty."""
    (tmp_path / "in.parquet").write_bytes(b"PAR1\x15\0\x15\x02")
    assert Text(tmp_path / "in.parquet").parquet


def test_what_stands_in_parquet_is_told_as_a_person_writes_it() -> None:
    """Bytes are words, a field that others have is none, a price keeps its digits."""
    asked = {"role": "assistant", "content": None, "name": None, "n": Decimal("2.00")}
    assert {"role": "assistant", "content": None, "n": 2} == _cell(asked)
    cells = [b"B\xc3\xa4ume", Decimal("1.50"), float("nan"), date(2026, 11, 26), [{"a": None}]]
    assert ["Bäume", "1.50", None, "2026-11-26", [{}]] == list(map(_cell, cells))


def test_a_field_that_json_has_no_form_for_is_said(tmp_path: Path) -> None:
    """Before anything is asked; a parameter may be any value of Python's."""
    path = written(tmp_path, "in.txt", "oak")
    for odd in ({1}, float("nan"), b"x"):
        with pytest.raises(InputError, match="got temperature, which it cannot"):
            Source(path, more={"n": 1, "temperature": odd}).index()


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """In one sentence."""
    with pytest.raises(InputError, match="got no file at"):
        Source(tmp_path / "none.jsonl").index()
    with pytest.raises(InputError, match="got no file at a name that looks like a key"):
        Source(tmp_path / "sk-birch-0123456789").index()
    with pytest.raises(InputError, match="got a folder at"):
        jobs(tmp_path)


def test_a_model_of_null_is_the_one_that_is_asked() -> None:
    """As where it names none."""
    for body in ({}, {"model": None}, {"model": ""}):
        sent = Job("a", "/v1/chat/completions", {"messages": [], **body}).request("oak")
        assert ("oak", "oak") == (sent.model, json.loads(sent.body())["model"])


def test_a_fingerprint_changes_with_what_is_asked() -> None:
    """And not with the order of the fields."""
    one = Job("a", "/v1/chat/completions", {"x": 1, "y": 2})
    assert one.fingerprint == Job("b", one.url, {"y": 2, "x": 1}).fingerprint
    assert one.fingerprint != Job("a", one.url, {"x": 1, "y": 3}).fingerprint


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv"])
def test_a_line_without_an_end_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A file of holes is one line that is larger than the memory."""
    monkeypatch.setattr("helpers.checks.prompt_file.text._LONGEST", 1 << 20)
    with (tmp_path / name).open("wb") as file:
        file.write(b"an oak and an elm")
        file.truncate(1 << 31)
    with pytest.raises(InputError, match="in one piece from line 1 on"):
        jobs(tmp_path / name, "{{tree}}")
