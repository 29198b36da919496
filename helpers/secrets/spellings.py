"""Values that nobody may read, found in every spelling and starred.

They are sought in bytes seen as Latin-1, one character for each byte, so that stars can take the
place of a secret while every count and every time stays as it was.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .shapes import HIDDEN

# A server that repeats so much repeats what it was sent; a shorter value may be a word.
SHORTEST_JUDGED = 12
SHORTEST_MASKED = 4
# Of shorter ones no base64 or hex is sought: it would be a few letters that stand anywhere.
_SHORTEST_ENCODED = 8
# As much of a key's beginning is as bad as the key, and so much of its end, where no prefix is.
_STEM = 16
_SHORTEST_END = 12
# JSON inside JSON inside HTML.
_LEVELS = 3
_CONTEXT = 32

# What servers that want no key are sent, and the words of the wire: stars over them would hide
# nothing and break every answer.
_NO_SECRETS = frozenset(
    """sk-no-key-required no-key-required no-key nokey not-needed none null empty ollama lm-studio
    lmstudio dummy fake test unused local anything placeholder your-api-key your_api_key
    data event retry true false index delta content choices message messages model object role
    user system assistant stop length usage error stream finish_reason created text type name
    chat.completion chat.completion.chunk function arguments tool_calls reasoning
    reasoning_content refusal logprobs response output item usage input input_text output_text
    system_fingerprint service_tier""".split()  # noqa: SIM905 - a list of as many words would be fifty lines
)

# What nobody sees between the letters of a word: zero-width signs, and the soft hyphen.
_UNSEEN = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"
_NUMBERED = re.compile(r"&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));")
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
# An escape that the next piece may complete.
_HALF_ESCAPE = re.compile(
    r"(?:%[0-9A-Fa-f]?|\\+(?:[ux][0-9A-Fa-f]{0,3})?|&#?\w{0,9}|</?(?:s|sp|spa|span)?|"
    r"\xc2|\xe1\xa0?|\xe2(?:\x80|\x81)?|\xef\xbb?)\Z"
)


def is_worth_masking(value: str) -> bool:
    """Whether a value is long enough for a secret, and none of the words that stand everywhere."""
    return len(value) >= SHORTEST_MASKED and value.lower() not in _NO_SECRETS


class Found(NamedTuple):
    """Where a secret stands, and which."""

    start: int
    end: int
    value: str


class Secrets:
    """Values that nobody may read, found in every spelling.

    As they are, escaped for JSON, an address or HTML, each within the others, with unseen signs
    between the letters, in hex, in base64 or base64url wherever the value stands in what was
    encoded, and where they are long in capitals or small letters, backwards and in ROT13. What is
    short or a number is found as a word of its own: the same letters stand inside of others.
    """

    def __init__(self, values: Iterable[str]) -> None:
        self.values = tuple(sorted(filter(is_worth_masking, set(values)), key=len, reverse=True))
        self._forms = [(form, value) for value in self.values for form in _forms(value)]
        self._stems = [
            (form[: max(_STEM, (len(form) + 1) // 2)], form, value) for form, value in self._forms
        ]
        self._longest = max((len(form) for form, _ in self._forms), default=0)
        self._beginnings = {form[:n] for form, _ in self._forms for n in range(1, len(form))}
        self._compiled: dict[int, re.Pattern[str]] = {}
        self._plain = _escapes(self.values)
        self._escape = re.compile("|".join([*map(re.escape, self._plain), _numbered(self.values)]))
        self._words = {one for one in self.values if len(one) < _SHORTEST_ENCODED or one.isdigit()}

    def __bool__(self) -> bool:
        return bool(self.values)

    def found_in(self, data: bytes) -> bool:
        """Whether a secret stands in a file, in any spelling."""
        return any(True for level in self._levels(viewed(data)) for _ in self._literal(level))

    def masked(self, data: bytes) -> bytes:
        """Return the bytes with a star over each byte of every secret."""
        spans = self.spans(viewed(data)) if self else []
        if not spans:
            return data
        stars = bytearray(data)
        for start, end, _ in spans:
            stars[start:end] = b"*" * (end - start)
        return bytes(stars)

    def text(self, value: str) -> str:
        """Return a text with stars over every secret."""
        if not self.values:
            return value
        data = value.encode("utf-8", "surrogatepass")
        masked = self.masked(data)
        return value if masked is data else masked.decode("utf-8", "replace")

    def hide(self, text: str) -> str:
        """Return a text for a reader, with ••• in place of every secret."""
        view = viewed(text.encode("utf-8", "surrogatepass")) if self else ""
        spans = self.spans(view) if view else []
        return as_text(cut_out(view, spans)) if spans else text

    def spans(self, view: str) -> list[Found]:
        """Return where secrets stand in bytes seen as Latin-1; they may overlap."""
        found = list(self._literal(view))
        deeper = list(self._levels(view))[1:]
        if not any(stem in level for level in deeper for stem, _, _ in self._stems):
            return found
        at = list(range(len(view) + 1))
        for _ in deeper:
            view, at = self._undone(view, at)
            found += (Found(at[a], at[b], value) for a, b, value in self._literal(view))
        return found

    def pending(self, view: str, *, least: int = 1) -> int:
        """Return where a secret may begin that the next piece completes, the length for none.

        least:  how many characters of it must be there, a quarter of a short secret at most
        """
        levels = list(self._levels(view))
        begun = [self._begun(one, least) for one in levels]
        if begun == [len(one) for one in levels]:
            return len(view)
        first, at = begun[0], list(range(len(view) + 1))
        for start in begun[1:]:
            view, at = self._undone(view, at)
            first = min(first, at[start])
        return first

    def _begun(self, view: str, least: int) -> int:
        """Return where a secret begins that the end of the text cuts, the length for none."""
        half = _HALF_ESCAPE.search(view, max(0, len(view) - _CONTEXT))
        cut = view[: half.start()] if half else view
        heads = self._heads(least)
        head = heads.search(cut, max(0, len(cut) - self._longest + 1))
        while head and cut[head.start() :] not in self._beginnings:
            head = heads.search(cut, head.start() + 1)
        if head:
            return head.start()
        return len(cut) if least == 1 else len(view)

    def _heads(self, least: int) -> re.Pattern[str]:
        """Return what finds the first letters of every spelling."""
        if least not in self._compiled:
            heads = {form[: min(least, max(1, len(form) // 4))] for form, _ in self._forms}
            self._compiled[least] = re.compile("|".join(map(re.escape, heads)))
        return self._compiled[least]

    def _literal(self, view: str) -> Iterator[Found]:
        for stem, form, value in self._stems:
            start = view.find(stem)
            while start >= 0:
                end = start + len(stem)
                while end - start < len(form) and view[end : end + 1] == form[end - start]:
                    end += 1
                if value not in self._words or _is_word(view, start, end):
                    yield Found(start, end, value)
                start = view.find(stem, start + 1)

    def _levels(self, view: str) -> Iterator[str]:
        """Yield the text, and what it is with its escapes undone once, twice, three times."""
        yield view
        for _ in range(_LEVELS):
            before, view = view, self._escape.sub(self._unescaped, view)
            if view == before:
                return
            yield view

    def _unescaped(self, found: re.Match[str]) -> str:
        """What an escape stands for."""
        if (plain := self._plain.get(found[0])) is not None:
            return plain
        hexes, digits = _NUMBERED.findall(found[0])[0]
        return viewed(chr(int(digits) if digits else int(hexes, 16)).encode())

    def _undone(self, view: str, at: list[int]) -> tuple[str, list[int]]:
        """Return the text with its escapes undone once, and where each character of it began."""
        pieces: list[str] = []
        places: list[int] = []
        done = 0
        for found in self._escape.finditer(view):
            plain = self._unescaped(found)
            pieces += view[done : found.start()], plain
            places += at[done : found.start()] + [at[found.start()]] * len(plain)
            done = found.end()
        return "".join([*pieces, view[done:]]), places + at[done:]


def viewed(data: bytes) -> str:
    """Return the bytes as a text of one character each."""
    return data.decode("latin-1")


def as_text(view: str) -> str:
    """Return what such a text reads as."""
    return view.encode("latin-1").decode("utf-8", "replace")


def cut_out(view: str, spans: Iterable[Found]) -> str:
    """Return the text with ••• for each run of spans that touch."""
    pieces: list[str] = []
    done = 0
    for start, end, _ in sorted(spans):
        if start >= done:
            pieces += view[done:start], viewed(HIDDEN.encode())
        done = max(done, end)
    return "".join([*pieces, view[done:]])


def _is_word(view: str, start: int, end: int) -> bool:
    """Whether neither a letter nor a figure stands before or behind."""
    return not (view[max(start - 1, 0) : start].isalnum() or view[end : end + 1].isalnum())


def _forms(value: str) -> set[str]:
    """Return how a value is written without escapes: itself and its end, in hex, and so on."""
    data = value.encode("utf-8", "surrogatepass")
    name, colon, password = value.partition(":")
    forms = {viewed(data)}
    if colon and name and len(password) >= SHORTEST_MASKED:
        forms.add(viewed(password.encode("utf-8", "surrogatepass")))
    if len(data) < _SHORTEST_ENCODED:
        return forms
    if len(value) >= SHORTEST_JUDGED:
        end = value[-max(_SHORTEST_END, len(value) // 2) :]
        others = [end, end.upper(), end.lower(), value.upper(), value.lower(), value[::-1]]
        others.append(codecs.encode(value, "rot13"))
        forms |= {viewed(one.encode("utf-8", "surrogatepass")) for one in others}
    return forms | {data.hex(), data.hex().upper(), *_in_base64(data)}


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield the part of its base64 that stays, whatever stands before and after."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + data)
        stable = encoded[-(-shift * 4 // 3) : (shift + len(data)) * 4 // 3]
        yield viewed(stable)
        yield viewed(stable.translate(bytes.maketrans(b"+/", b"-_")))


def _escapes(values: Iterable[str]) -> dict[str, str]:
    """Return what each escape stands for that may write a character of the values."""
    characters = {*"".join(values), *"\\%&"}
    found = {"<span>": "", "</span>": ""}
    for one in _UNSEEN:
        found |= {viewed(one.encode()): "", f"\\u{ord(one):04x}": "", f"\\u{ord(one):04X}": ""}
    for one in characters:
        plain, code = viewed(one.encode("utf-8", "surrogatepass")), ord(one)
        found |= {f"\\u{code:04x}": plain, f"\\u{code:04X}": plain}
        if name := _NAMED.get(one):
            found[f"&{name};"] = plain
        if one in "\\/\"'":
            found[f"\\{one}"] = one
        for byte in plain:
            for hexes in {f"{ord(byte):02x}", f"{ord(byte):02X}"}:
                found |= {f"%{hexes}": byte, f"\\x{hexes}": byte}
    return found


def _numbered(values: Iterable[str]) -> str:
    """Return the pattern of HTML's numbers for the characters of the values, however padded."""
    codes = {ord(one) for one in {*"".join(values), *"\\%&"}}
    hexes, digits = "|".join(f"{code:x}" for code in codes), "|".join(map(str, codes))
    return rf"&#(?:[xX]0{{0,6}}(?i:{hexes})|0{{0,6}}(?:{digits}));"
