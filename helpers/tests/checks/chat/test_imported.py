"""A conversation out of a file: gone on with as it was, bounded, and inert."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import helpers as es
from helpers.checks.chat.imported import ConversationFileError, of_exchanges, of_lines
from helpers.checks.chat.turns import Step, TurnError
from helpers.endpoint import CallError
from helpers.show.chat.importing import imported
from helpers.tests.support.turns import answered, say

HOSTILE = "<script>alert(1)</script> \x1b[2J"
CALL = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": "{}"}}
SAID: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": HOSTILE},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": HOSTILE},
    {"role": "assistant", "content": HOSTILE},
    {"role": "user", "content": [{"type": "text", "text": "a hill"}]},
]


def test_a_line_becomes_turns_that_are_sent_as_they_were() -> None:
    """A turn for each word of the user's; the system prompt and the tools stand apart."""
    told = of_lines(json.dumps({"messages": SAID, "tools": [{"type": "function"}]}))
    turns = told.conversation.turns
    assert ([HOSTILE, "a hill"], "Be brief.") == ([one.prompt for one in turns], told.system)
    assert (({"type": "function"},), SAID[1:]) == (told.tools, [*told.conversation.messages])
    assert "imported" == turns[0].word
    assert [] == told.conversation.exchanges
    for kind in ("again", "edit"):
        assert SAID[1:5] == [*told.conversation.to_send(Step(kind, "x"))][:4]  # type: ignore[arg-type]
    with pytest.raises(TurnError):
        told.conversation.to_send(Step("go on"))


def test_one_line_of_many_is_chosen() -> None:
    """And a file that a person reads is one conversation."""
    lines = [json.dumps({"messages": [{"role": "user", "content": word}]}) for word in "ab"]
    assert "b" == of_lines("\n".join(lines), 1).conversation.turns[0].prompt
    spread = json.dumps({"messages": SAID}, indent=1)
    assert 2 == len(of_lines(spread).conversation.turns)


@pytest.mark.parametrize(
    "text",
    [
        "", "oak", "[" * 100_000, "{}", '{"messages": {}}', '{"messages": []}', '{"messages": [5]}',
        '{"messages": [{"role": "root", "content": "x"}]}',
        '{"messages": [{"role": "user", "content": 5}]}', '{"messages": [{"role": ["user"]}]}',
        json.dumps({"messages": [SAID[1]] * 2001}), json.dumps({"messages": SAID, "tools": "x"}),
    ],
)  # fmt: skip
def test_what_is_no_conversation_is_said(text: str) -> None:
    """In a sentence, whatever the file holds."""
    with pytest.raises(ConversationFileError):
        of_lines(text)


def test_recorded_exchanges_are_the_steps_that_they_were() -> None:
    """Calls with their results, an answer asked for again, one gone on with."""
    asked = [({"role": "user", "content": "what weather"},)]
    call = {"tool_calls": [{"index": 0, **CALL}]}
    first = answered(asked[0], call, finish="tool_calls")
    made = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    result = {"role": "tool", "tool_call_id": "c1", "content": "18 degrees"}
    second = answered((*asked[0], made, result), {"content": "It is "}, finish="length")
    third = answered((*second.request.messages, {"role": "assistant", "content": "It is "}),
                     {"content": "warm."})  # fmt: skip
    other = answered(({"role": "user", "content": "beside"}, {"role": "user", "content": "x"}))
    chat = of_exchanges([first, second, third, other]).conversation
    (turn,) = chat.turns
    assert ([False, False, True], "It is warm.") == (
        [one.goes_on for one in turn.rounds],
        turn.text,
    )
    assert ["18 degrees"] == [one.says for one in turn.rounds[0].called]
    with pytest.raises(ConversationFileError):
        of_exchanges([])


def test_a_turn_of_a_file_is_inert_and_gone_on_with(tmp_path: Path, displayed: Any) -> None:
    """In the panel's cell, in the plain text, and when it is asked for again."""
    file = tmp_path / "held.jsonl"
    file.write_text(json.dumps({"messages": SAID}), "utf-8")
    chat = es.chat("demo:fast", file=file)
    # It would stand above the panel, and below it once more.
    assert [] == displayed.outputs
    shown = chat._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert "\x1b" not in shown["text/html"] + shown["text/plain"]
    assert ("Be brief.", 2) == (chat._controls.system.value, len(chat.turns))
    say(chat.conversation, "more", {"content": "an oak"})
    assert "1 turn" in repr(chat.table) or 1 == len(chat.table.rows)
    step = Step("again")
    chat.conversation.take(step, answered(chat.conversation.to_send(step), {"content": "an elm"}))
    assert "an elm" in chat._repr_mimebundle_()["text/plain"]
    assert chat.by_turn
    assert chat.findings


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """One that is nowhere, one of other bytes, an empty folder."""
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere.jsonl", "a.jsonl", ""):
        with pytest.raises(CallError):
            imported(tmp_path / name)
