"""A shortcut for chunks that differ from the one before only in their text.

Nearly all of a stream consists of such chunks, since the id, the model and the field names are
repeated with every piece of text. Once the strings before and after a chunk's text are known, any
chunk that begins with the one, ends with the other and has exactly one JSON string in between is
the same apart from that string, and nothing else in it needs parsing.
"""

from __future__ import annotations

from typing import Any

from ..bounds import LARGE
from ..parsing import strict

_NAME = '"content"'
# If all chunks differ, as with a random field in each, learning stops after this many attempts.
_IN_VAIN = 16


class SameShape:
    """The strings around the text in a stream's last chunk with nothing but text.

    sought:  whether learning another shape is still worthwhile
    """

    def __init__(self) -> None:
        self.sought = True
        self._before = self._behind = ""
        self._around = 0
        self._in_vain = 0

    def text_in(self, data: str) -> str:
        """The text of a chunk of that shape, "" for any other chunk."""
        if not (self._around and data.startswith(self._before) and data.endswith(self._behind)):
            return ""
        if not self._around < len(data) <= LARGE:
            return ""
        between = data[len(self._before) : -len(self._behind)]
        try:
            # If the string ended earlier, what follows it would make this invalid JSON.
            text: str = strict(b'"%b"' % between.encode())
        except ValueError:
            return ""
        self._in_vain = 0
        return text

    def learn(self, data: str, text: str) -> None:
        """Learn the shape of a chunk whose delta has this text as its content, and nothing else."""
        self._around = 0
        # Without escapes the name cannot be inside a string, nor be spelled in another way.
        if "\\" in data or data.count(_NAME) != 1:
            return
        before, name, behind = data.partition(_NAME)
        colon, quote, behind = behind.partition('"')
        self._before, self._behind = before + name + colon + quote, behind.removeprefix(text)
        self._around = len(self._before) + len(self._behind)
        self._in_vain += 1
        self.sought = self._in_vain < _IN_VAIN

    def forget(self) -> None:
        """Match no chunk until another shape is learned."""
        self._around = 0


def says_text_alone(chunk: dict[str, Any]) -> bool:
    """Whether a chunk holds nothing of note but choice 0, whose delta is text alone."""
    choices = chunk["choices"]
    if len(choices) != 1 or chunk.get("usage") is not None or chunk.get("error"):
        return False
    choice = choices[0]
    if choice.get("finish_reason") is not None or choice.get("index") != 0:
        return False
    delta = choice.get("delta")
    return delta.__class__ is dict and len(delta) == 1 and delta.get("content").__class__ is str
