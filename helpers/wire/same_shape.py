"""Chunks that differ from the one before in their text alone: nothing else of them needs parsing.

Nearly all of a stream is such chunks, for its id, its model and the names of its fields come again
with every piece of text. Once it is known between which two strings the text of a chunk stands,
each chunk that begins with the one, ends with the other and has one JSON string in between says
the same but for that string.
"""

from __future__ import annotations

from typing import Any

from .bounds import LARGE
from .parsing import strict

_NAME = '"content"'
# In a stream whose chunks all differ, as by a random field in each, it is not looked for any more.
_IN_VAIN = 16


class SameShape:
    """What stands around the text of a stream's last chunk that said nothing but text.

    sought:  whether another one is still looked for
    """

    def __init__(self) -> None:
        self.sought = True
        self._before = self._behind = ""
        self._around = 0
        self._in_vain = 0

    def text_in(self, data: str) -> str:
        """Return the text of a chunk of that shape, "" for any other chunk."""
        if not (self._around and data.startswith(self._before) and data.endswith(self._behind)):
            return ""
        if not self._around < len(data) <= LARGE:
            return ""
        between = data[len(self._before) : -len(self._behind)]
        try:
            # Where the string ends inside, something stands behind it, and that is no JSON.
            text: str = strict(b'"%b"' % between.encode())
        except ValueError:
            return ""
        self._in_vain = 0
        return text

    def learn(self, data: str, text: str) -> None:
        """Take the shape of a chunk whose delta has this text for its content, and nothing else."""
        self._around = 0
        # Without an escape the name can't be inside of a string, nor be spelled in another way.
        if "\\" in data or data.count(_NAME) != 1:
            return
        before, name, behind = data.partition(_NAME)
        colon, quote, behind = behind.partition('"')
        self._before, self._behind = before + name + colon + quote, behind.removeprefix(text)
        self._around = len(self._before) + len(self._behind)
        self._in_vain += 1
        self.sought = self._in_vain < _IN_VAIN

    def forget(self) -> None:
        """Take no chunk for one of the same shape until another shape is learned."""
        self._around = 0


def says_text_alone(chunk: dict[str, Any]) -> bool:
    """Whether a chunk has nothing that counts but one choice, the first, whose delta is a text."""
    choices = chunk["choices"]
    if len(choices) != 1 or chunk.get("usage") is not None or chunk.get("error"):
        return False
    choice = choices[0]
    if choice.get("finish_reason") is not None or choice.get("index") != 0:
        return False
    delta = choice.get("delta")
    return delta.__class__ is dict and len(delta) == 1 and delta.get("content").__class__ is str
