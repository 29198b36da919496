"""A conversation in a cell: one output for what is finished, and no word of it alive."""

from __future__ import annotations

import asyncio
from typing import Any

import helpers as es
from helpers.checks.chat.turns import Conversation
from helpers.show.chat.page import turn_bundle
from helpers.show.chat.pages import MOST_PAGES, ROOM, Pages
from helpers.show.output import Place
from helpers.tests.support.turns import say

HOSTILE = "<script>alert(1)</script> $x$ \x1b[2J ::warning:: an oak"
# What a turn of 2,000 tokens takes.
LONG = "<p>" + "tree " * 2500 + "</p>"
FOLDED = f"<details>{LONG}</details>"


def created(displayed: Any) -> list[Any]:
    """Return the outputs that a cell was given, not their updates."""
    return [one for one in displayed.outputs if not one["update"]]


def standing(displayed: Any) -> list[Any]:
    """Return what the cell's outputs show now, from the first to the last."""
    return list({one["transient"]["display_id"]: one for one in displayed.outputs}.values())


def turn(number: int, html: str) -> dict[str, str]:
    """Return a turn as it is shown."""
    return {"text/html": html, "text/plain": f"turn {number}"}


def test_a_turn_is_inert_wherever_it_shows() -> None:
    """Prompt, answer, reasoning, an earlier answer and the line it is folded to."""
    chat = Conversation()
    say(chat, HOSTILE, {"content": HOSTILE, "reasoning": HOSTILE})
    for folded in (False, True):
        shown = turn_bundle(1, chat.turns[0], folded=folded)
        assert "<script" not in shown["text/html"]
        assert "\x1b" not in shown["text/html"] + shown["text/plain"]
        assert "&lt;script&gt;" in shown["text/html"]
    assert "an oak" in shown["text/plain"]


def test_fifty_long_turns_stay_below_fifty_outputs(displayed: Any) -> None:
    """And what one more turn sends does not grow with the conversation."""
    pages = Pages()
    sizes = []
    for number in range(50):
        before = len(displayed.outputs)
        turns = [turn(n, LONG if n == number else FOLDED) for n in range(number + 1)]
        pages.show([*turns[:-1], turn(number, "coming")])
        pages.live.clear()
        pages.show(turns)
        sent = displayed.outputs[before:]
        sizes.append(sum(len(one["data"]["text/html"]) for one in sent))
        # The next answer streams below, in as many outputs as it wants.
        for _ in range(3):
            pages.live.output({"text/html": "x", "text/plain": "x"}, kind="text")
    assert len(created(displayed)) <= MOST_PAGES + 4
    assert max(sizes) <= ROOM + 3 * len(LONG)
    told = [one["data"]["text/plain"] for one in standing(displayed)]
    assert [f"turn {n}" for n in range(50)] == "\n\n".join(filter("x".__ne__, told)).split("\n\n")


def test_a_new_conversation_takes_the_outputs_of_the_old_one(displayed: Any) -> None:
    """Nothing of the old one stays, and the cell does not fill with empty outputs."""
    pages = Pages()
    turns = [turn(n, LONG) for n in range(12)]
    for _ in range(3):
        for count in range(1, 13):
            pages.show(turns[:count])
        made = len(created(displayed))
        pages.show([])
        assert {""} == {one["data"]["text/plain"] for one in standing(displayed)}
    assert len(created(displayed)) == made <= 5


def test_a_cell_says_what_send_says(displayed: Any) -> None:
    """Say, carry on, regenerate, edit, against the real engine; then judged."""

    async def scene() -> None:
        chat = es.chat("demo:fast", system="You are a pirate.")
        await chat.show()
        chat._controls.named["max_tokens"].value = "8"
        first = await chat.say("write a poem about a tree")
        assert "system" == first.exchange.request.messages[0]["role"]
        first = await chat.carry_on()
        assert (1, 2) == (len(chat.turns), len(first.rounds))
        chat._controls.named["max_tokens"].value = "40"
        chat._controls.prompt.value = "another one"
        chat._controls.send.click()
        async with asyncio.timeout(20):
            while len(chat.turns) < 2 or chat._whole.locked():
                await asyncio.sleep(0.02)
        assert first.text == chat.turns[1].exchange.request.messages[2]["content"]
        await chat.regenerate()
        await chat.edit("hello")
        assert ["another one", "another one"] == [one.prompt for one in chat.turns[1].earlier]
        assert "hello" == chat.messages[2]["content"]
        assert "" == chat._controls.prompt.value
        assert "2 turns" in repr(chat)
        assert "of 1,024" in repr(chat)
        assert chat.conclude("Does it?", chat.findings).passed
        assert 2 == len(chat.table.rows)
        assert chat.cost(1, 0) == chat.sums.tokens_in / 1e6
        line = chat._buttons._verdict
        assert "<b>Does it?</b> Yes" in line.value
        assert "es-hidden" not in line._dom_classes
        chat.start_over()
        assert ((), True) == (chat.messages, "es-hidden" in line._dom_classes)

    asyncio.run(scene())
    shown = [one["data"].get("text/plain", "") for one in displayed.outputs]
    assert any("1 · you: write a poem" in text for text in shown)
    assert any("2 · you: hello" in text for text in shown)


def test_a_call_waits_for_run(displayed: Any) -> None:
    """Where a page could be asked; and never where there is none."""

    def get_weather(city: str) -> str:
        """The weather of a city."""
        return HOSTILE

    async def scene() -> None:
        chat = es.chat("demo:fast", tools=[get_weather])
        await chat.show()
        alone = await chat.say("What is the weather in Berlin?", tool_choice="required")
        assert ["not run"] == [one.outcome for one in alone.rounds[0].called]
        chat._controls.shield.seen = True
        again = chat.say("And in Rome?", tool_choice="required")
        asked = asyncio.ensure_future(again)
        async with asyncio.timeout(20):
            while chat._waiting._answer is None:
                await asyncio.sleep(0.02)
        assert "get_weather(" in chat._waiting._words.value
        chat._waiting.run.click()
        async with asyncio.timeout(20):
            while not asked.done():
                # What it may call after that is left.
                await asyncio.sleep(0.02)
                chat._waiting.leave.click()
        turn = asked.result()
        assert ["ran"] == [one.outcome for one in turn.rounds[0].called]
        assert 2 == len(turn.rounds)
        assert "<script" not in chat._repr_mimebundle_()["text/html"]
        assert "tool" in [message["role"] for message in chat.messages]

    asyncio.run(scene())


def test_a_prompt_that_is_empty_says_nothing(displayed: Any) -> None:
    """The panel says what to do, and no turn is made of it."""

    async def scene() -> None:
        chat = es.chat("demo:fast")
        await chat.show()
        await chat.say()
        assert [] == chat.turns
        assert "Type what to say" in chat._controls.note.value

    asyncio.run(scene())
    # What is saved of the panel has to be true of the turns to come.
    saved = displayed.outputs[0]["data"]["text/plain"]
    assert "Panel: demo:fast, its first model, streamed. Its controls live in JupyterLab." == saved


def test_an_output_given_away_is_not_taken_again(displayed: Any) -> None:
    """A place goes on with those it has left."""
    place = Place()
    first = place.output({"text/plain": "a"}, kind="text")
    place.clear()
    assert first is place.give()
    assert first is not place.output({"text/plain": "b"}, kind="text")
    place.clear()
    assert Place().give() is None
