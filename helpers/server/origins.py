"""Which origins may use a server on this machine: no other site's web page."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..endpoint import is_loopback
from .http1 import Headers, header

# A name or an address and its port, as browsers write them, so that nothing else can hide in it.
_ADDRESS = re.compile(r"(?:https?:)?//(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z._-]+)(?::\d{1,5})?")


def foreign_origin(headers: Headers, *, allowed: Collection[str] = ()) -> str:
    """The evidence that another site's web page is asking, "" if there is none.

    A name on the web can be made to resolve to 127.0.0.1, so the Host counts too.
    allowed:  origins that may ask, such as "https://app.example"
    """
    host, origin = header(headers, "host"), header(headers, "origin")
    if host and not _is_here(f"//{host}"):
        return f"//{_first_word(host)}"
    if origin and origin in allowed:
        return ""
    if origin and not _is_here(origin):
        return _first_word(origin)
    site = header(headers, "sec-fetch-site")
    return "" if site in ("", "none", "same-origin") else f"Sec-Fetch-Site: {_first_word(site)}"


def _is_here(address: str) -> bool:
    found = _ADDRESS.fullmatch(address)
    return found is not None and is_loopback(found[1].strip("[]").lower())


def _first_word(value: str) -> str:
    """The part of a value that may be shown, leaving out a user's password and what follows it."""
    return value.split()[0].rpartition("@")[2]
