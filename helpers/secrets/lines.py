"""Lines of a body whose JSON is scanned as it arrives, without being parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from .views import Part

_LONGEST_STRING = 1 << 16
_MOST_STRINGS = 1000

LINE = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r)|[^\r\n]++")
_MEMBER = re.compile(
    r'"([\w\\ .:-]{1,80}+)(?<!\\)"\s*+:\s*+'
    r'(?:(?:\[\s*+)?"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([1-9]\d{0,3})(?=[^\d])'
    r"|\[(?:((?:\d{1,3}+[,\s]*+)++)\]|(?=\s*+\{)))"
)
# A string in JSON inside a JSON string, such as a call's arguments.
_INNER = re.compile(r'\\"((?:[^"\\]|\\\\(?:\\.|[^\\]))*+)\\"(\s*+:)?')
# Any quoted string, also with single quotes or inside another string, and names without quotes,
# each looked at from its beginning only: from every letter, a long word would take minutes.
_LOOSE = re.compile(
    r"""(\\{0,7})(["'])((?>.{0,4096}?(?<!\\)\1\2))(\s*+:)?|(?<![\w$-])([A-Za-z_$][\w$-]*+)\s*+:"""
)
# A line that is not JSON, with its field if it is a line of an event stream.
_BARE = re.compile(r'\s*+(?:(data|event|id|retry|)[ \t]*+:)?[ \t]*+(?=[^\s{\[])("?+)([^\r\n]++)')
_TOKEN, _OTHERS, _BYTES = "token", "top_logprobs", "bytes"
# Fields that every chunk repeats whole, unless a server hides something in them.
_CONSTANT = frozenset(
    ["id", "object", "model", "system_fingerprint", "service_tier", "role", "type", "sse event"]
)
# Fields whose values come between the pieces of the text.
_OF_THE_WIRE = frozenset(["object", "role", "type", "finish_reason", "sse event"])
_NUMBER = re.compile(r"\d++")
_WORD = re.compile(r"[a-z_.]*+")
_SAID, _SHORTEST_SAID = 8, 3

String = tuple[str, int, str]
"""A string's name, position and contents."""
Beside = tuple[int, int, str]
"""Where something begins and ends, and its text if it is a list of numbers."""


class Line:
    """A line of a body, whose JSON strings are known as soon as they are closed.

    indexes:  the nonzero indexes: the choice or tool call that the strings belong to
    lead:     its beginning, as far as every chunk repeats it; the next line may skip the same text
    beside:   where a token ends, and where logprobs repeat it or list an alternative
    lists:    the lists of bytes that are not the token before them, by where their text would end
    """

    def __init__(self, before: Line | None = None) -> None:
        self.lead: str = before.lead if before else ""
        self.begun = False
        self.strings: list[String] = []
        self.indexes: list[str] = []
        self.beside: list[tuple[int, Beside]] = []
        self.lists: dict[int, Beside] = before.lists if before else {}
        # The last values of what every chunk repeats.
        self._said: dict[str, list[str]] = before._said if before else {}
        self._rest = ""
        self._at = 0
        self._is_json = False
        self._token = self._other = -1
        self._last = ""
        self._rank = 0
        self._in_others = False

    def feed(self, at: int, text: str) -> list[String]:
        """The strings that this text closes."""
        first, self.begun = not self.begun, True
        at -= len(self._rest)
        self._rest += text
        before, done = len(self.strings), 0
        start = len(self.lead) if self._rest.startswith(self.lead) else 0
        lead = start
        for member in _MEMBER.finditer(self._rest, start):
            if self._in_others and "]" in self._rest[done : member.start()]:
                self._in_others = False
            done = member.end()
            if not self._takes(member, at) and not self.strings:
                lead = done
        if first:
            self.lead = self._rest[:lead]
        self._is_json = self._is_json or bool(done or lead)
        self._rest = self._rest[done:] if len(self._rest) - done <= _LONGEST_STRING else ""
        self._at = at + done
        return self.strings[before:]

    @property
    def unread(self) -> list[int]:
        """Where the line begins if its strings are known only at its end, [] if it is JSON."""
        return [] if self._is_json or "{" not in self._rest else [self._at]

    def end(self) -> list[String]:
        """The strings known at the end only: those of an object that is not JSON, and a text."""
        strings = list(islice(self._loose(), _MOST_STRINGS)) if self.unread else []
        bare = None if self._is_json else _BARE.match(self._rest)
        # What begins with a quotation mark is one string with all of the others in it.
        if not bare or (bare[2] and strings):
            return strings
        name, text = f"sse {bare[1]}", bare[3].removesuffix('"')
        if self._is_news(name, text):
            strings.append((name, self._at + bare.start(3), text))
        return strings

    def _loose(self) -> Iterator[String]:
        """Yield the strings of an object that is JSON to a lenient reader only, or in a string."""
        name, at = "", 0
        while found := _LOOSE.search(self._rest, at):
            slashes, quote, text, colon, bare = found.groups()
            text = bare or text.removesuffix(slashes + quote)
            at = found.end() if bare or "{" not in text else found.start(3)
            if bare or colon:
                name = text
            elif text and at == found.end() and self._is_news(name, text):
                yield name, self._at + found.start(3), text

    def _takes(self, member: re.Match[str], at: int) -> bool:
        """Keep a member unless every chunk repeats it; whether it was kept."""
        name, string, number, listed = member.groups()
        if name.isdigit():
            # JavaScript writes a text spread out over an object as {"0": "s", "1": "k"}.
            name = "0"
        if number and name == "index":
            self.indexes.append(number)
        elif listed:
            self._take_beside(at, member.span(4), listed)
            self._take_list(at + member.start(4), listed)
        elif string and self._in_others:
            self._last = string
            self._take_beside(at, member.span(2))
            self._other = at + member.end(2)
            self._rank += 1
            self._take(f"{_OTHERS} {self._rank}", at + member.start(2), string)
        elif string and self._is_news(name, string):
            self._take(name, at + member.start(2), string)
            if name == _TOKEN:
                self._token, self._last = at + member.end(2), string
        elif name == _OTHERS:
            self._in_others, self._rank = True, 0
        else:
            return False
        return True

    def _take(self, name: str, at: int, string: str) -> None:
        if len(self.strings) < _MOST_STRINGS:
            self.strings.append((name, at, string))

    def _take_beside(self, at: int, span: tuple[int, int], listed: str = "") -> None:
        place = (at + span[0], at + span[1], listed)
        tokens = [self._token, self._other] if listed and self._in_others else [self._token]
        self.beside += ((token, place) for token in tokens if token >= 0)

    def _take_list(self, at: int, listed: str) -> None:
        """Keep numbers as the text whose bytes they may be, unless the token before has it."""
        try:
            text = bytes(map(int, _NUMBER.findall(listed))).decode("latin-1")
        except ValueError:
            return
        if text != self._last:
            self._take(_BYTES, at, text)
            self.lists[at + len(text)] = at, at + len(listed), listed

    def _is_news(self, name: str, string: str) -> bool:
        """Whether a string is not one that every chunk repeats."""
        if name not in _CONSTANT:
            return True
        strings = self._said.setdefault(name, [])
        if string in strings and len(string) >= _SHORTEST_SAID:
            return False
        self._said[name] = [*strings[1 - _SAID :], string]
        return True


def is_said(name: str, text: str) -> bool:
    """Whether a string may continue one that began under another name."""
    if name == _BYTES or (name in _OF_THE_WIRE and _WORD.fullmatch(text)):
        return False
    return name not in _CONSTANT or len(text) >= _SHORTEST_SAID


def inner(at: int, text: str) -> list[Part]:
    """The strings in JSON inside a string, as (position, text); [] if there is none."""
    if '\\"' not in text:
        return []
    found = (one for one in _INNER.finditer(text) if one[1] and not one[2])
    return [(at + one.start(1), one[1]) for one in islice(found, _MOST_STRINGS)]
