"""Lines of a body whose JSON is not read but looked through, as it comes."""

from __future__ import annotations

import re

_LONGEST_STRING = 1 << 16
_MOST_STRINGS = 1000

LINE = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r)|[^\r\n]++")
_MEMBER = re.compile(
    r'"(\w{1,40}+)"\s*+:\s*+(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([1-9]\d{0,3})(?=[^\d])'
    r"|\[(?:((?:\d{1,3}+[,\s]*+)++)\]|(?=\s*+\{)))"
)
_TOKEN, _OTHERS = "token", "top_logprobs"
# Every chunk repeats them whole.
_CONSTANT = frozenset(["id", "object", "model", "system_fingerprint", "service_tier", "role"])

Part = tuple[int, str]
"""A string, or what is left of one, and where it begins."""
Beside = tuple[int, int, str]
"""Where something begins and ends, and the numbers where it is a list of them."""


class Line:
    """A line of a body, of whose JSON the strings are known as soon as they are closed.

    indexes:  those that are not zero: which choice, or which tool call, the strings belong to
    lead:     how it begins, with nothing but what every chunk repeats; the next one's may be passed
    beside:   where a token ends, and where it is said again or what might have stood there
    """

    def __init__(self, lead: str = "") -> None:
        self.lead = lead
        self.begun = False
        self.strings: list[tuple[str, int, str]] = []
        self.indexes: list[str] = []
        self.beside: list[tuple[int, Beside]] = []
        self._rest = ""
        self._fed = False
        self._token = -1
        self._in_others = False

    def feed(self, at: int, text: str) -> list[tuple[str, int, str]]:
        """Return the strings that this closes: the name, where it begins, and the text."""
        self.begun = True
        if not self._fed and text.isspace():
            return []
        at -= len(self._rest)
        self._rest += text
        before, done = len(self.strings), 0
        start = len(self.lead) if self._rest.startswith(self.lead) else 0
        first, lead = not self._fed, start
        self._fed = True
        for member in _MEMBER.finditer(self._rest, start):
            if self._in_others and "]" in self._rest[done : member.start()]:
                self._in_others = False
            done = member.end()
            if not self._takes(member, at) and not self.strings:
                lead = done
        if first:
            self.lead = self._rest[:lead]
        self._rest = self._rest[done:] if len(self._rest) - done <= _LONGEST_STRING else ""
        return self.strings[before:]

    def _takes(self, member: re.Match[str], at: int) -> bool:
        """Whether a member is none that every chunk repeats; it is kept then."""
        name, string, number, listed = member.groups()
        if number and name == "index":
            self.indexes.append(number)
        elif listed or (string and self._in_others):
            begin, end = member.span(4 if listed else 2)
            if self._token >= 0:
                self.beside.append((self._token, (at + begin, at + end, listed or "")))
        elif string and name not in _CONSTANT and len(self.strings) < _MOST_STRINGS:
            self.strings.append((name, at + member.start(2), string))
            if name == _TOKEN:
                self._token = at + member.end(2)
        elif name == _OTHERS:
            self._in_others = True
        else:
            return False
        return True
