"""Secrets taken out of what is saved, byte for byte, so that every count stays true."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from .wire.recording import Recording

# What a header or address holds; a shorter value is an ordinary word.
SHORTEST_FOUND = 12
# What the caller names; still shorter ones would hit the framing of every stream.
SHORTEST_NAMED = 4
_FRAMING = {"data", "event", "retry", "none", "null", "true", "false"}

SECRET_NAME = re.compile(
    r"auth|api[-_]?key|cookie|token(?!s)|secret|passw|^key$|[-_]key$|^sig|signature|credential",
    re.I,
)
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)\s+", re.I)
_USERINFO = re.compile(r"(?<=://)[^/?#]+(?=@)")
_QUERY_VALUE = re.compile(r"(?<=[?&])([^=&#]+)=([^&#]+)")


class Redaction:
    """What may not be saved of one recording, and the stars that are saved in its place."""

    def __init__(self, recording: Recording, named: Iterable[str] = ()) -> None:
        found = {
            _SCHEME.sub("", value, count=1)
            for name, value in recording.request_headers
            if SECRET_NAME.search(name)
        }
        found |= {*_in_address(recording.url), *_cookies(recording)}
        found = {value for value in found if len(value) >= SHORTEST_FOUND}
        found |= {value for value in named if _worth_hiding(value)}
        self._forms = sorted({form for value in found for form in _forms(value)})
        self._names = re.compile(b"|".join(map(re.escape, self._forms))) if self._forms else None

    @property
    def any(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self._forms)

    def masked(self, data: bytes) -> bytes:
        """Return the bytes with stars over every secret, also where two of them overlap."""
        if self._names is None or not self._names.search(data):
            return data
        stars = bytearray(data)
        for form in self._forms:
            start = data.find(form)
            while start >= 0:
                stars[start : start + len(form)] = b"*" * len(form)
                start = data.find(form, start + 1)
        return bytes(stars)

    def text(self, value: str) -> str:
        """Return a text with stars over every secret."""
        data = value.encode("utf-8", "surrogatepass")
        masked = self.masked(data)
        return value if masked is data else masked.decode("utf-8", "replace")

    def header(self, name: str, value: str) -> str:
        """Return a header's value: only its scheme where its name says that it is secret."""
        if not SECRET_NAME.search(name):
            return self.text(value)
        scheme = _SCHEME.match(value)
        kept = scheme[0] if scheme else ""
        return kept + "*" * len(value[len(kept) :].encode("utf-8", "surrogatepass"))

    def address(self, url: str) -> str:
        """Return an address without user, password and secret query values."""
        url = _USERINFO.sub(lambda found: "*" * len(found[0].encode()), url)
        return self.text(_QUERY_VALUE.sub(_clean_query_value, url))


def _worth_hiding(value: str) -> bool:
    return len(value) >= SHORTEST_NAMED and value.lower() not in _FRAMING


def _forms(secret: str) -> set[bytes]:
    """Return the ways a secret may be written: in JSON, in an address, as Basic, in base64."""
    escaped = json.dumps(secret)[1:-1]
    encoded = base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode()
    texts = {
        secret, escaped, escaped.replace("/", "\\/"), json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe="", errors="replace"), encoded.rstrip("="),
    }  # fmt: skip
    name, colon, password = secret.partition(":")
    if colon and name and len(password) >= SHORTEST_NAMED:
        texts.add(password)
    return {text.encode("utf-8", "surrogatepass") for text in texts if text}


def _in_address(url: str) -> Iterable[str]:
    """Yield what an address holds of secrets: its password, its secret query values."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if parts.password:
        yield unquote(parts.password)
    for name, value in parse_qsl(parts.query):
        if SECRET_NAME.search(name):
            yield value


def _cookies(recording: Recording) -> Iterable[str]:
    """Yield the values of the cookies that were set."""
    for name, value in recording.headers:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].partition("=")[2]


def _clean_query_value(found: re.Match[str]) -> str:
    secret = SECRET_NAME.search(unquote(found[1]))
    return f"{found[1]}={'*' * len(found[2].encode())}" if secret else found[0]
