"""The headers that are sent: the endpoint's own, its key, and nothing meant for other servers."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from urllib.parse import urlsplit

from ..endpoint import OPENAI_HOST, Endpoint
from .keys import read_key, sent_values

Headers = list[tuple[str, str]]

_NEEDED = {"", "host", "content-type", "content-length", "accept", "accept-encoding"}
# The openai client adds these to every request.
_OPENAIS = {"openai-organization", "openai-project"}


def as_sent(endpoint: Endpoint, given: Iterable[tuple[str, str]]) -> Headers:
    """A client's headers, corrected for the endpoint; names of its own are in lower case."""
    own = {name.lower(): value for name, value in _own(endpoint)}
    gone = own.keys() | {"authorization"}
    if urlsplit(endpoint.url).hostname != OPENAI_HOST:
        gone |= _meant_for_openai()
    return [*(pair for pair in given if pair[0].lower() not in gone), *own.items()]


def _own(endpoint: Endpoint) -> Iterable[tuple[str, str]]:
    """Yield the key and the endpoint's headers; of several with one name, the last counts."""
    if key := read_key(endpoint):
        yield "authorization", f"Bearer {key}"
    elif endpoint.userinfo:
        basic = base64.b64encode(endpoint.userinfo.encode()).decode()
        yield "authorization", f"Basic {basic}"
    yield from sent_values(endpoint.headers)


def _meant_for_openai() -> set[str]:
    """The headers that the openai client reads from the environment and would send anywhere."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "")
    if not lines:
        return _OPENAIS
    names = {line.partition(":")[0].strip().lower() for line in lines.split("\n") if ":" in line}
    return (names - _NEEDED) | _OPENAIS
