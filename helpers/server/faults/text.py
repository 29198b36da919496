"""Modes of the text itself: damaged characters in its middle."""

from __future__ import annotations

from ..events import Chunk, event_of, text_of, with_text
from ..http1 import Body
from .registry import stream_mode
from .splicing import replaced

MARK = "@@"


def _spoiled(body: Body, written: bytes) -> Body:
    """Return the stream with these bytes in the middle of its text."""

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
