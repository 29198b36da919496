"""Keys and passwords kept out of what a run leaves behind."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from .. import escaping
from ..endpoint import is_built_in

HIDDEN = "•••"
SEARCHED_FROM = 12
_REPLACED_FROM = 8

_KEY_LIKE = re.compile(r"key|token|secret|passw|sig|auth|code|credential", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/\s\"'\\<>]+@")
_QUERY = re.compile(r"([?&](?:amp;)?)([\w.-]+)=([^&\s\"'\\<>#]+)")


@dataclass(frozen=True)
class Secrets:
    """The values that no output may hold.

    keys:       what keys' variables hold; one that stands in an output is an error
    addresses:  user, password and query values of the addresses; these are replaced
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    addresses: tuple[str, ...] = field(default=(), repr=False)

    def hide(self, text: str) -> str:
        """Return text, such as a line for the screen, in which nothing is given away."""
        for spelling in self._spellings:
            text = text.replace(spelling, HIDDEN)
        return self._without_addresses(text)

    def hide_addresses(self, value: Any) -> Any:
        """Return nested lists and dictionaries with harmless addresses in all their strings.

        A key's value stays: where one stands in an output, that is told, not covered up.
        """
        if isinstance(value, str):
            return self._without_addresses(value)
        if isinstance(value, Mapping):
            hide = self.hide_addresses
            return {hide(name): hide(held) for name, held in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide_addresses(held) for held in value]
        return value

    def found_in(self, data: bytes) -> bool:
        """Whether a secret of 12 characters or more stands in a file, in any usual spelling."""
        return any(
            spelling in data
            for value in (*self.keys, *self.addresses)
            if len(value) >= SEARCHED_FROM
            for spelling in spellings(value)
        )

    @cached_property
    def _spellings(self) -> list[str]:
        long = [value for value in (*self.keys, *self.addresses) if len(value) >= SEARCHED_FROM]
        found = {spelling.decode() for value in long for spelling in spellings(value)}
        return sorted(found, key=len, reverse=True)

    def _without_addresses(self, text: str) -> str:
        for value in self.addresses:
            for spelling in (value, json.dumps(value)[1:-1]):
                text = text.replace(spelling, HIDDEN)
        return _QUERY.sub(_without_value, _USERINFO.sub(f"{HIDDEN}@", text))


def in_address(base_url: str) -> tuple[str, ...]:
    """Return what must be replaced of a typed address, the longest first.

    A short password is replaced only beside its user: alone it may be any word.
    """
    if is_built_in(base_url) and "://" not in base_url:
        return ()
    before, _, query = base_url.partition("?")
    userinfo = before.partition("://")[2] or before
    userinfo = userinfo.rpartition("@")[0]
    password = userinfo.partition(":")[2]
    values = [value for name, value in parse_qsl(query) if _gives_away(name, value)]
    alone = [text for text in (password, unquote(password), *values) if len(text) >= _REPLACED_FROM]
    beside = [text for text in (userinfo, unquote(userinfo)) if text]
    return tuple(sorted({*alone, *beside}, key=len, reverse=True))


def spellings(value: str) -> set[bytes]:
    """Return how a value may stand in a file: raw, escaped for a format, or in base64."""
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    in_json |= {json.dumps(text)[1:-1] for text in in_json}
    escaped = {
        quote(value, safe=""), quote_plus(value), html.escape(value),
        escaping.for_terminal(value), escaping.for_markdown(value), escaping.for_xml(value),
    }  # fmt: skip
    texts = {value} | in_json | escaped
    return {text.encode() for text in texts} | _in_base64(value.encode())


def _without_value(match: re.Match[str]) -> str:
    mark, name, value = match.groups()
    return f"{mark}{name}={HIDDEN}" if _gives_away(name, value) else match[0]


def _gives_away(name: str, value: str) -> bool:
    """Whether a query's value may be a secret: by its name, or long, with letters and digits."""
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return bool(_KEY_LIKE.search(name)) or (len(value) >= 16 and mixed)


def _in_base64(value: bytes) -> set[bytes]:
    """Return the part of its base64 that stays, whatever stands before and after the value."""
    found = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + value)
        stable = encoded[-(-shift * 4 // 3) : (shift + len(value)) * 4 // 3]
        found |= {stable, stable.translate(bytes.maketrans(b"+/", b"-_"))}
    return found
