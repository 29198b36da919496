"""A file of prompts becomes jobs, or one sentence that says where it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.checks.batch.job import InputError, Job
from helpers.checks.batch.source import Source


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
        ("in.csv", "text\nhi\n", "Say {{word}}", "the columns of in.csv: text; came {{word}}."),
        ("in.csv", "text\nhi\n", "Translate", "{{text}}; came a prompt that would be the same"),
        ("in.csv", "a,b\n1\n", "{{a}}", "line 2 of in.csv; came more or fewer cells"),
        ("in.jsonl", '{"prompt": "a"}\n{oops\n', "", "line 2 of in.jsonl; came no JSON."),
        ("in.jsonl", '{"text": "a"}\n', "", "came a line without messages, a prompt or a body."),
        ("in.jsonl", '{"body": {}, "url": "/v1/images"}\n', "", "the url '/v1/images', not one"),
        ("in.jsonl", '"a"\n', "", ""),
        ("in.jsonl", "\n", "", "Expected prompts in in.jsonl; came an empty file."),
        (
            "in.jsonl", "\n".join(f'{{"id": "{one}", "prompt": "x"}}' for one in "aba"),
            "", "came “a” for prompts 1 and 3 of in.jsonl. Rename one of them",
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


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """In one sentence."""
    with pytest.raises(InputError, match="came no file at"):
        Source(tmp_path / "none.jsonl").index()
    with pytest.raises(InputError, match="came a folder at"):
        jobs(tmp_path)


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
    monkeypatch.setattr("helpers.checks.batch.source._LONGEST", 1 << 20)
    with (tmp_path / name).open("wb") as file:
        file.truncate(1 << 31)
    with pytest.raises(InputError, match="line 1 of"):
        jobs(tmp_path / name, "{{tree}}")
