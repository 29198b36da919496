r"""Lone surrogates: JSON may carry them as "\ud83d", but no encoding of text can."""

from __future__ import annotations


def encodable(text: str) -> str:
    """The text made encodable: adjacent halves of a pair are joined, lone ones become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class SurrogateJoiner:
    """Makes a text that arrives in pieces encodable, even if a piece ends inside a pair.

    lone:   how many halves had no partner
    split:  how many pairs were split across two pieces
    """

    def __init__(self) -> None:
        self.lone = self.split = 0
        self._high = ""

    def feed(self, piece: str) -> str:
        """The text complete so far; a high surrogate at its end waits for its other half."""
        if self._high and "\udc00" <= piece[:1] <= "\udfff":
            self.split += 1
        piece = self._high + piece
        self._high = ""
        if piece and "\ud800" <= piece[-1] <= "\udbff":
            self._high = piece[-1]
            piece = piece[:-1]
        safe = encodable(piece)
        if safe is not piece:
            self.lone += safe.count("\ufffd") - piece.count("\ufffd")
        return safe

    def close(self) -> str:
        """U+FFFD for a half whose other half never came, "" if there is none."""
        if not self._high:
            return ""
        self._high = ""
        self.lone += 1
        return "\ufffd"
