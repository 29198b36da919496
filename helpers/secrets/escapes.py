"""Escapes of JSON, Python, an address, HTML and mail, found and undone in bytes seen as Latin-1."""

from __future__ import annotations

import re
from functools import lru_cache

# What nobody sees between the letters of a word: zero-width signs, and the soft hyphen.
_UNSEEN = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# An escape that the next piece may complete.
HALF_ESCAPE = re.compile(
    r"(?:%[0-9A-Fa-f]?|=[0-9A-Fa-f]?|\\+(?:[uxU]\{?[0-9A-Fa-f]{0,7}|[0-7]{1,2})?|&#?\w{0,9}|"
    r"</?(?:s|sp|spa|span)?|\xc2|\xe1\xa0?|\xe2(?:\x80|\x81)?|\xef\xbb?)\Z"
)


def may_escape(view: str) -> bool:
    """Whether a text may hold an escape at all, or the beginning of one, which most do not."""
    return (
        "\\" in view or "&" in view or "%" in view or "<" in view or "=" in view or "\0" in view
        or not view.isascii()
    )  # fmt: skip


@lru_cache(maxsize=64)
def escape_of(far: frozenset[int]) -> re.Pattern[str]:
    """Return the pattern of one escape of a character up to U+00FF, or of a far one."""
    unseen = "|".join(re.escape(_viewed(one.encode())) for one in _UNSEEN)
    codes = "|".join(f"{code:x}" for code in {*far, *map(ord, _UNSEEN)})
    digits = "|".join(map(str, {*far, *map(ord, _UNSEEN)}))
    four = "|".join(f"{code:04x}" for code in {*far, *map(ord, _UNSEEN)})
    hexes = rf"0{{0,6}}(?:[2-9a-f][0-9a-f]|{codes})"
    return re.compile(
        rf"\\(?:u(?i:(?P<u>00[2-9a-f][0-9a-f]|{four}))"
        rf"|U(?i:(?=[0-9a-f]{{8}})(?P<U>{hexes}))|u\{{(?i:(?P<b>{hexes}))\}}"
        rf"|x(?i:(?P<x>[2-9a-f][0-9a-f]))|(?P<o>[0-3][0-7]{{2}})|(?P<c>[\\/\"'])|(?P<w>[nrt]))"
        rf"|[%=](?P<p>(?i:[2-9a-f][0-9a-f]))|=\r?\n|\x00"
        rf"|&#(?:[xX](?i:(?P<h>{hexes}))|(?P<d>0{{0,6}}(?:[3-9][0-9]|1[0-9]{{2}}|2[0-5][0-9]|{digits})));"
        rf"|&(?P<n>amp|lt|gt|quot|apos);|</?span>|{unseen}"
    )


def unescaped(found: re.Match[str]) -> str:
    """What an escape stands for, "" for what nobody sees."""
    kind, said = found.lastgroup, found[found.lastgroup] if found.lastgroup else ""
    if kind == "c":
        return said
    if kind == "w":
        return " "
    if kind == "n":
        return _NAMED[said]
    if kind in ("p", "x"):
        return chr(int(said, 16))
    if kind == "o":
        return chr(int(said, 8))
    code = int(said, 10 if kind == "d" else 16) if said else 0
    return _viewed(chr(code).encode()) if code and chr(code) not in _UNSEEN else ""


def _viewed(data: bytes) -> str:
    return data.decode("latin-1")
