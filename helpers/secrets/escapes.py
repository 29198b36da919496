"""Escapes of JSON, Python, URLs, HTML and mail, found and undone in bytes seen as Latin-1."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from html.entities import html5

Place = tuple[int, int]
# Characters that are invisible inside a word: zero-width ones, and the soft hyphen.
_UNSEEN = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"
_NAMED = {"hyphen": "-", "dash": "-"} | {
    name[:-1]: sign for name, sign in html5.items()
    if name.endswith(";") and len(sign) == 1 and sign.isascii()
}  # fmt: skip
# Letters and digits in other shapes: full-width, mathematical, circled, raised, and tags, which
# are invisible.
_SHAPED = "|".join(
    [f"{lead}[\x80-\xbf]" for lead in "\xc2\xca\xcb\xd9\xdb"]
    + [r"\xe1[\xb4-\xb6][\x80-\xbf]", r"\xe2[\x81-\x85\x91-\x93][\x80-\xbf]"]
    + [r"\xef(?:\xbc[\x90-\x99\xa1-\xba]|\xbd[\x81-\x9a])", r"\xf3\xa0[\x80\x81][\x80-\xbf]"]
    + [r"\xf0(?:\x9d[\x90-\x9f]|\x9f[\x84\x85\xaf])[\x80-\xbf]"]
)
_TAGS = range(0xE0020, 0xE007F)
# Markup that makes letters bold or coloured does not belong to the word: HTML tags, ANSI colours.
_LONGEST_TAG = 200
# Each alternative of the pattern begins with a distinct character, of which a text has few: that
# makes the search ten times as fast.
_ESC = r"(?:u001[bB]|x1[bB]|033|e)"
_COLOUR, _HALF_COLOUR = r"\[[0-9;]{0,20}[A-Za-z]", r"(?:\[[0-9;]{0,20})?"
# An escape that the next piece may complete.
_HALF = re.compile(
    rf"(?:\x1b{_HALF_COLOUR}|\\(?:{_ESC}{_HALF_COLOUR}|\\*+(?:[uxU]\{{?[0-9A-Fa-f]{{0,7}}|[0-7]{{1,2}})?)"
    r"|\\u[dD][89abAB][0-9A-Fa-f]{2}\\(?:u[0-9A-Fa-f]{0,3})?|%(?:u[0-9A-Fa-f]{0,3}|[0-9A-Fa-f])?"
    r"|=[0-9A-Fa-f]?|&#?\w{0,9}|\xc2|\xca|\xcb|\xd9|\xdb|\xe1[\xa0\xb4-\xb6]?"
    r"|\xe2[\x80-\x85\x91-\x93]?|\xef[\xbb-\xbd]?|\xf0(?:[\x9d\x9f][\x84-\xaf]?)?"
    r"|\xf3(?:\xa0[\x80\x81]?)?)\Z"
)
_HALF_TAG = re.compile(r"<(?:[A-Za-z/!][^<>]*+)?\Z")


def may_escape(view: str) -> bool:
    """Whether a text may contain an escape or the beginning of one; most do not."""
    return (
        "\\" in view or "&" in view or "%" in view or "<" in view or "=" in view or "\0" in view
        or "\x1b" in view or not view.isascii()
    )  # fmt: skip


def half_of(view: str, context: int) -> int:
    """Where an escape begins that the end of the text cuts off, the length for none."""
    half = _HALF.search(view, max(0, len(view) - context))
    return half.start() if half else len(view)


def tag_of(view: str) -> int:
    """Where a tag begins that the end of the text cuts off, the length for none."""
    tag = view.rfind("<", -_LONGEST_TAG)
    return tag if tag >= 0 and _HALF_TAG.match(view, tag) else len(view)


ESCAPE = re.compile(
    rf"\x1b{_COLOUR}|\\(?:{_ESC}{_COLOUR}"
    r"|u(?P<s>[dD][89abAB][0-9A-Fa-f]{2})\\u(?P<t>[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})|u\{(?P<b>[0-9A-Fa-f]{1,8})\}"
    r"|x(?P<x>[0-9A-Fa-f]{2})|(?P<o>[0-3]?[0-7]{2})|(?P<c>[\\/\"'])|(?P<w>[nrt]))"
    r"|%(?:u(?P<v>[0-9A-Fa-f]{4})|(?P<p>[0-9A-Fa-f]{2}))|=(?:(?P<q>[0-9A-Fa-f]{2})|\r?\n)|\x00"
    r"|&(?:#(?:[xX](?P<h>[0-9A-Fa-f]{1,8})(?![0-9A-Fa-f])|(?P<d>[0-9]{1,8})(?![0-9]));?"
    rf"|(?P<n>{'|'.join(_NAMED)});)"
    rf"|<(?:!\[CDATA\[|!--[^<]{{0,{_LONGEST_TAG}}}?-->|[A-Za-z/!][^<>]{{0,{_LONGEST_TAG}}}>)"
    rf"|{'|'.join(one.encode().decode('latin-1') for one in _UNSEEN)}|{_SHAPED}"
)


def unescaped(match: re.Match[str]) -> str:
    """The character that an escape encodes, "" for an invisible one."""
    return _meant(match[0])


@lru_cache(maxsize=4096)
def _meant(escape: str) -> str:
    found = ESCAPE.fullmatch(escape)
    if not found:
        return ""
    kind, body = found.lastgroup, found[found.lastgroup] if found.lastgroup else ""
    if kind == "c":
        return body
    if kind == "w":
        return " "
    if kind == "n":
        return _NAMED[body]
    if kind == "t":
        high, low = int(found["s"], 16), int(body, 16)
        return _character(0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF))
    if kind in ("p", "q", "x"):
        return chr(int(body, 16))
    if kind == "o":
        return chr(int(body, 8))
    return _character(int(body, 10 if kind == "d" else 16)) if body else _letter(escape)


def places_in(view: str) -> list[Place]:
    """Where each character of a text begins and ends, and the end of the text."""
    return [*((n, n + 1) for n in range(len(view))), (len(view), len(view))]


def undone(view: str, at: list[Place]) -> tuple[str, list[Place]]:
    """The text with its escapes undone once, and where each of its characters was."""
    pieces: list[str] = []
    places: list[Place] = []
    done = 0
    for found in ESCAPE.finditer(view):
        plain, (start, end) = unescaped(found), found.span()
        pieces += view[done:start], plain
        places += at[done:start] + [(at[start][0], at[end - 1][1])] * len(plain)
        done = end
    return "".join([*pieces, view[done:]]), places + at[done:]


def _character(code: int) -> str:
    """A character's UTF-8 bytes, seen as Latin-1; "" for an invisible or invalid one."""
    if code < ord(" ") or 0xD800 <= code < 0xE000 or code > sys.maxunicode:
        return ""
    return "" if chr(code) in _UNSEEN else chr(code).encode().decode("latin-1")


def _letter(view: str) -> str:
    """The letter or digit that a character is another shape of, "" for what is invisible."""
    sign = view.encode("latin-1").decode("utf-8", "replace")
    if view.isascii() or sign in _UNSEEN:
        return ""
    if len(sign) == 1 and ord(sign) in _TAGS:
        return chr(ord(sign) - _TAGS.start + ord(" "))
    plain = unicodedata.normalize("NFKC", sign)
    letters = [one for one in plain if one.isascii() and one.isalnum()]
    number = unicodedata.digit(sign, "") if len(sign) == 1 else ""
    return letters[0] if len(letters) == 1 else str(number) or view
