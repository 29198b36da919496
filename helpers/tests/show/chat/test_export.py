"""A conversation taken along: each form holds all of it, and none a key."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.checks.chat.own_message import plain
from helpers.checks.chat.turns import Conversation, Step
from helpers.show.chat.export import as_jsonl, as_markdown, as_program, exported
from helpers.show.chat.importing import imported
from helpers.tests.support.turns import answered, say

KEY = "sk-oak-0123456789abcdef0123"
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) 木"


def talked() -> Conversation:
    """Return a conversation in which the server says what it should not."""
    chat = Conversation()
    say(chat, HOSTILE, {"content": f"an oak {HOSTILE}", "reasoning": "hm"})
    say(chat, "another one", {"content": "an elm"})
    return chat


def test_a_line_for_fine_tuning_holds_messages_alone() -> None:
    """Without the keys that the server put into its own."""
    line = json.loads(as_jsonl(talked()))
    assert ["user", "assistant", "user", "assistant"] == [one["role"] for one in line["messages"]]
    assert {"role", "content"} == {key for one in line["messages"] for key in one}
    assert HOSTILE == line["messages"][0]["content"]


def test_markdown_is_read_and_not_alive() -> None:
    """Neither a prompt nor an answer becomes markup."""
    text = as_markdown(talked())
    assert "<script" not in text
    assert "](javascript" not in text
    assert "## 2 · another one" in text


def test_the_program_asks_the_same_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Turn by turn, with what came before."""
    sent: list[Any] = []

    def create(**asked: Any) -> Any:
        sent.append([dict(one) for one in asked["messages"]])
        dumped = {"role": "assistant", "content": "an oak"}
        message = SimpleNamespace(content="an oak", model_dump=lambda **_: dumped)
        return SimpleNamespace(choices=[SimpleNamespace(message=message)])

    completions = SimpleNamespace(create=create)
    client = SimpleNamespace(chat=SimpleNamespace(completions=completions))
    monkeypatch.setitem(sys.modules, "openai", SimpleNamespace(OpenAI=lambda **_: client))
    path = tmp_path / "program.py"
    path.write_text(as_program(talked()), "utf-8")
    runpy.run_path(str(path))
    assert [1, 3] == [len(messages) for messages in sent]
    assert HOSTILE == sent[1][0]["content"]


def test_what_was_exported_is_taken_in_and_exported_the_same(tmp_path: Path) -> None:
    """As recorded exchanges, with an answer that was replaced, and as a line of messages."""
    chat = talked()
    step = Step("again")
    chat.take(step, answered(chat.to_send(step), {"content": "a birch"}, finish="stop"))
    exported(chat, tmp_path / "a")
    again = imported(tmp_path / "a").conversation
    assert (2, 1, chat.messages) == (len(again.turns), len(again.turns[1].earlier), again.messages)
    exported(again, tmp_path / "b")
    line = imported(tmp_path / "a" / "conversation.jsonl").conversation
    exported(line, tmp_path / "c")
    files = [
        [(tmp_path / name / f"conversation.{kind}").read_text("utf-8") for name in folders]
        for folders, kind in (("abc", "jsonl"), ("ab", "har"), ("ab", "md"), ("ab", "py"))
    ]
    for texts in files:
        assert [texts[0]] * len(texts) == texts
    step = Step("say", "more")
    assert [*map(plain, chat.messages), {"role": "user", "content": "more"}] == [
        *line.to_send(step)
    ]


def test_no_file_holds_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not even where a server said it back."""
    monkeypatch.setenv("OAK", KEY)
    chat = Conversation()
    say(chat, f"my key is {KEY}", {"content": f"{KEY}?"})
    for turn in chat.turns:
        object.__setattr__(turn.exchange.endpoint, "api_key_env", "OAK")
    files = exported(chat, tmp_path)
    assert 5 == len(files)
    for file in files:
        assert KEY not in file.read_text("utf-8"), file.name
        assert 0o600 == file.stat().st_mode & 0o777
    assert "os.environ['OAK']" in (tmp_path / "conversation.py").read_text("utf-8")
