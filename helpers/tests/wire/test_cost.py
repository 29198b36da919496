"""What a hostile server sends costs what it is long; looked at again and again, minutes."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain

import pytest

from helpers.diagnose.stream.event_order import broken_rules
from helpers.secrets.masks import BodyMask
from helpers.secrets.spellings import Secrets
from helpers.wire.builders.builder import Step
from helpers.wire.builders.message import Gathered
from helpers.wire.builders.messages import MessagesBuilder
from helpers.wire.builders.response_items import Items
from helpers.wire.head import BadHead, HeadReader
from helpers.wire.server_error import text_error
from helpers.wire.sse import Event

LONG = "x" * 4000


def a_head_in_small_pieces() -> None:
    """One line without an end."""
    reader = HeadReader()
    reader.feed(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(10_000):
        assert reader.feed(b"a" * 100) is None


def a_head_of_white_space() -> None:
    """Nothing yet that could be a status line."""
    reader = HeadReader()
    for _ in range(10_000):
        assert reader.feed(b"\r\n" * 50) is None
    with pytest.raises(BadHead):
        reader.feed(b"\r\n" * 50_000)


def a_name_in_pieces() -> None:
    """Of a tool."""
    gathered = Gathered(0, Counter())
    for _ in range(10_000):
        gathered.add({"delta": {"tool_calls": [{"index": 0, "function": {"name": LONG}}]}})
        gathered.add({"delta": {"tool_calls": [{"index": 0, "function": {"name": "ab"}}]}})
    [call] = gathered.choice.tool_calls
    assert call.name.startswith(f"{LONG}ab")


def a_message_behind_each_delta() -> None:
    """Which may be the whole text once more."""
    gathered = Gathered(0, Counter())
    for _ in range(10_000):
        gathered.add({"delta": {"content": LONG}})
        gathered.add({"message": {"content": "no"}})
    assert gathered.choice.text.count("no") == 10_000


def a_text_and_arguments_finished_again_and_again() -> None:
    """Each time they are compared to their pieces."""
    items = Items(Counter(), most_calls=1)
    items.piece("output_text", {"output_index": 0, "delta": LONG * 1000})
    for _ in range(10_000):
        items.part_done("output_text", {"output_index": 0, "text": "no"})
        items.arguments({"output_index": 1, "delta": LONG})
        items.arguments_done({"output_index": 1, "arguments": "no"})


def items_announced_again() -> None:
    """Before they are finished, the last one first."""
    order = chain(range(20_000), reversed(range(20_000)))
    added = "response.output_item.added"
    steps = [Step(n, added, added, n, str(item), item) for n, item in enumerate(order)]
    assert len(broken_rules(steps)["item-added-again"]) == 20_000


def parts_without_a_number() -> None:
    """Of one item."""
    item, part = "response.output_item.added", "response.content_part.added"
    steps = [Step(0, item, item, 0, "", 0), *[Step(1, part, part, 1, "", 0)] * 30_000]
    assert broken_rules(steps)


def counts_of_ever_new_names() -> None:
    """In the deltas of a message."""
    builder = MessagesBuilder()
    for n in range(10_000):
        usage = {f"{letter}{n}": 1 for letter in "abc"}
        builder.feed(Event("message", json.dumps({"type": "message_delta", "usage": usage})))
    assert len(builder.answer.usage.raw) == 30_000


def titles_that_never_end() -> None:
    """In a page."""
    assert text_error("<title" * 100_000).message.startswith("<title")


def names_of_which_each_begins_a_secret() -> None:
    """One in each line."""
    mask = BodyMask(Secrets(["sk-birch-0123456789"]), least=4)
    given = [mask.feed(b'data: {"n%d":"sk"}\n\n' % n) for n in range(5_000)]
    assert all(given)


def a_word_in_an_object_that_is_no_json() -> None:
    """Long as a font in a page's style sheet."""
    mask = BodyMask(Secrets(["sk-birch-0123456789"]))
    line = b"{" + b"x" * 65_000 + b"\n"
    assert [line] == mask.feed(line)


def a_name_after_what_may_be_whole_arguments() -> None:
    """Without an id, in each piece."""
    gathered = Gathered(0, Counter())
    for piece in ['{"a": "', *["}" * 100] * 10_000]:
        function = {"name": "ab", "arguments": piece}
        gathered.add({"delta": {"tool_calls": [{"index": 0, "function": function}]}})
    assert 1 == len(gathered.choice.tool_calls)


@pytest.mark.parametrize(
    "come",
    [
        a_head_in_small_pieces, a_head_of_white_space, a_name_in_pieces,
        a_message_behind_each_delta, a_text_and_arguments_finished_again_and_again,
        items_announced_again, parts_without_a_number, counts_of_ever_new_names,
        titles_that_never_end, names_of_which_each_begins_a_secret,
        a_word_in_an_object_that_is_no_json, a_name_after_what_may_be_whole_arguments,
    ],
)  # fmt: skip
def test_what_is_sent_costs_what_it_is_long(come: Callable[[], None]) -> None:
    """Each takes tenths of a second; looked through again for each piece, most of a minute."""
    started = time.process_time()
    come()
    assert time.process_time() - started < 5
