"""Modes of the text itself: damaged, repeated, or mixed with what is not the answer."""

from __future__ import annotations

import re

from ...events import Chunk, event_of, text_of, with_text
from ...http1 import Body, Reply, Request
from ...replies import completion
from ...upstream import Ask
from ..registry import chat_mode, stream_mode
from ..splicing import replaced

MARK = "@@"
REPEATS = 8

VERSE = """The old tree leans against the light
and keeps the small birds warm at night.
Its roots go deep, its leaves go high,
and every branch has room for sky.
"""
REFRAIN = "Oh, stand a while beside the tree.\n"
UMLAUTS = (
    "Über den Bäumen am Flüsschen wird es schön: Die Äste wölben sich, Blätter fallen "
    "überall, und ein Vögelchen übt für später."
)
CODE = r"""A gateway's page begins with `<html><head><title>504 Gateway Time-out</title></head>`.
Python prints an error like this:

```
Traceback (most recent call last):
  File "app.py", line 3, in <module>
ValueError: {"error": {"message": "no tree"}}
```

Between events stand two newlines, written `\n\n` in code: `b'data: {"id": 1}\n\n'`. Some models
write `<think>` and `</think>` around a thought, and `<|im_end|>` or `</s>` ends a turn.
"""


def _spoiled(body: Body, written: bytes) -> Body:
    """The stream with these bytes in the middle of its text."""

    def change(chunk: Chunk) -> bytes:
        event = event_of(with_text(chunk, f"{text_of(chunk)} {MARK} "))
        return event.replace(MARK.encode(), written)

    return replaced(body, change)


@stream_mode(
    "damaged-utf-8", "Sends bytes inside the text that are not UTF-8.", also=("bad-utf-8",)
)
def _damaged_utf_8(body: Body) -> Body:
    return _spoiled(body, b"\xf0\x9f\x8c")


@stream_mode(
    "replacement-characters",
    "Decodes a character in halves: U+FFFD inside the text.",
    also=("replacement-character",),
)
def _replacement_characters(body: Body) -> Body:
    return _spoiled(body, "��".encode())


@stream_mode(
    "lone-surrogate",
    "Sends one half of an escaped surrogate pair inside the text.",
    also=("lone-surrogate",),
)
def _lone_surrogate(body: Body) -> Body:
    return _spoiled(body, b"\\ud83c")


@stream_mode(
    "split-surrogates",
    "Splits an escaped emoji: half a surrogate pair at the end of one chunk.",
    also=("split-surrogate",),
)
def _split_surrogates(body: Body) -> Body:
    def change(chunk: Chunk) -> bytes:
        halves = event_of(with_text(chunk, f" {MARK}")), event_of(with_text(chunk, f"{MARK} "))
        return halves[0].replace(MARK.encode(), b"\\ud83c") + halves[1].replace(
            MARK.encode(), b"\\udf33"
        )

    return replaced(body, change)


@stream_mode("nul", "Sends the character U+0000 inside the text.", also=("nul",))
def _nul(body: Body) -> Body:
    return _spoiled(body, b"\\u0000")


@stream_mode(
    "chunks-repeated", f"Sends one chunk {REPEATS} times in a row.", also=("chunks-repeated",)
)
def _chunks_repeated(body: Body) -> Body:
    return replaced(body, lambda chunk: event_of(chunk) * REPEATS)


def _answer(request: Request, text: str) -> Reply:
    """An answer with this text, one word per chunk."""
    return completion(request, [("content", word) for word in re.findall(r"\s*\S+|\s+$", text)])


def _prompt(request: Request) -> str:
    """The last message of a request, "" if it is not text."""
    messages = request.json.get("messages") or [{}]
    text = messages[-1].get("content")
    return text if isinstance(text, str) else ""


@chat_mode(
    "text-doubled",
    "Streams its text twice; the full answer has it once.",
    also=("text-doubled",),
    writes=True,
)
async def _text_doubled(request: Request, ask: Ask) -> Reply:
    return _answer(request, VERSE * 2 if request.streams else VERSE)


@chat_mode(
    "text-restarts",
    "Streams half of its text, then starts again from the beginning.",
    also=("text-doubled",),
    writes=True,
)
async def _text_restarts(request: Request, ask: Ask) -> Reply:
    half = "".join(VERSE.splitlines(keepends=True)[:2])
    return _answer(request, half + VERSE if request.streams else VERSE)


@chat_mode("prompt-echo", "Repeats the prompt, then answers.", also=("prompt-echoed",), writes=True)
async def _prompt_echo(request: Request, ask: Ask) -> Reply:
    return _answer(request, f"{_prompt(request)}\n{VERSE}")


@chat_mode(
    "think-tags", "Thinks inside <think> tags in the text.", also=("think-tags",), writes=True
)
async def _think_tags(request: Request, ask: Ask) -> Reply:
    return _answer(request, f"<think>\nA short poem will do.\n</think>\n\n{VERSE}")


@chat_mode(
    "think-end-only",
    "Closes a <think> tag in the text that was never opened.",
    also=("think-tags",),
    writes=True,
)
async def _think_end_only(request: Request, ask: Ask) -> Reply:
    return _answer(request, f"A short poem will do.\n</think>\n\n{VERSE}")


@chat_mode(
    "template-tokens",
    "Ends its text with tokens of a chat template.",
    also=("template-tokens",),
    writes=True,
)
async def _template_tokens(request: Request, ask: Ask) -> Reply:
    return _answer(request, f"{VERSE}<|im_end|>\n<|im_start|>assistant")


@chat_mode(
    "mojibake", "Encodes its text in UTF-8 twice: Ã¼ for ü.", also=("mojibake",), writes=True
)
async def _mojibake(request: Request, ask: Ask) -> Reply:
    return _answer(request, UMLAUTS.encode().decode("cp1252"))


@chat_mode("umlauts", "Answers in German, with umlauts.", legal=True, writes=True)
async def _umlauts(request: Request, ask: Ask) -> Reply:
    return _answer(request, UMLAUTS)


@chat_mode("poem-refrain", "Writes a poem that repeats a line.", legal=True, writes=True)
async def _poem_refrain(request: Request, ask: Ask) -> Reply:
    return _answer(request, "".join(line + REFRAIN for line in VERSE.splitlines(keepends=True)))


@chat_mode(
    "prompt-quoted", "Quotes the prompt in a sentence, then answers.", legal=True, writes=True
)
async def _prompt_quoted(request: Request, ask: Ask) -> Reply:
    return _answer(request, f"You wrote “{_prompt(request)}”, and here it is:\n{VERSE}")


@chat_mode(
    "code-answer",
    r"Explains HTML, a traceback, \n and <think> in valid chunks.",
    legal=True,
    writes=True,
)
async def _code_answer(request: Request, ask: Ask) -> Reply:
    return _answer(request, CODE)
