"""Removes from typed text what editors, chats, keyboards and terminals add to an address."""

from __future__ import annotations

import re

# What editors, chats and word processors put around an address, or invisibly into it.
_QUOTES = "\"'`<>“”„‘’‚«»‹›"
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# The full-width characters of Chinese, Japanese and Korean keyboards.
_WIDE = str.maketrans("。．｡：／＠", "...:/@")
_HOST = r"((?:https?://)?(?:[\w-]+\.[\w.-]+|localhost))"
_PORT_APART = re.compile(rf"{_HOST}(?:\s+:?|\s*[,;]\s*)(\d{{1,5}})(/\S*)?", re.IGNORECASE)
# No host name ends in a number, so a number after the last dot was meant to follow a colon.
_PORT_BEHIND_A_DOT = re.compile(
    r"((?:https?://)?(?:localhost|(?:\d{1,3}\.){3}\d{1,3}))\.(\d{2,5})(/\S*)?", re.IGNORECASE
)
_PORT_ALONE = re.compile(r"port\s*:?\s*(\d{1,5})", re.IGNORECASE)
# How docker ps, docker run and a compose file write a container's published port.
_PUBLISHED = re.compile(
    r"(?:-\s+|-p\s*|--publish[=\s])?[\"']?(?:[\d.]+:|\[?::\]?:)?(\d{1,5})(?:->|:)\d{1,5}[\"']?(?:/tcp)?"
)
_NO_COLON = re.compile(r"^(https?)[;.,]?//", re.IGNORECASE)
_NO_HOST = re.compile(r"^(https?://)(?=:\d)", re.IGNORECASE)
_PAIRS = ((")", "("), ("]", "["), ("}", "{"), (">", "<"))


def tidied(typed: str) -> str:
    """Typed text without quotes around it, invisible characters, and spaces before a port."""
    plain = _UNSEEN.sub("", typed).strip().strip(_QUOTES).strip()
    # In a password, any character may be intended.
    if "@" in plain:
        return plain
    plain = _without_ending(plain.translate(_WIDE))
    for apart in (_PORT_APART, _PORT_BEHIND_A_DOT):
        if found := apart.fullmatch(plain):
            return f"{found[1]}:{found[2]}{found[3] or ''}"
    for alone in (_PORT_ALONE, _PUBLISHED):
        if found := alone.fullmatch(plain):
            return found[1]
    plain = _NO_HOST.sub(r"\1localhost", _NO_COLON.sub(r"\1://", plain))
    return re.sub(r"^(https?:|[\w.-]+:\d+(?=\\))[^ ]*", _slashed, plain)


def _without_ending(plain: str) -> str:
    """An address without the trailing punctuation or bracket of the text around it."""
    while re.match(r"https?:/", plain, re.IGNORECASE) and plain[-1] in ",;.)]}>'\"`":
        opening = dict(_PAIRS).get(plain[-1], "")
        if opening and opening in plain:
            break
        plain = plain[:-1]
    return plain


def _slashed(match: re.Match[str]) -> str:
    """An address with its backslashes turned into slashes."""
    return match[0].replace("\\", "/")
