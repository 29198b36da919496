"""Placeholders from an example address that were never filled in."""

from __future__ import annotations

import re

LONG = 40
_SCHEME = re.compile(r"https?:/*", re.IGNORECASE)
# <host>, {region}, [your-ip], ...: no host name can contain such characters.
_BRACKETED = re.compile(r"<[^<>/]*>|\{[^{}/]*\}|\[(?=[^\]]*[g-zG-Z_-])[^\]%]*\]|…|\.{3}")
_WORD_FOR_PORT = re.compile(r":([A-Za-z_]*port[A-Za-z_]*)$", re.IGNORECASE)
_VARIABLE = re.compile(r"\w*(?:base_ur[il]|api_base|endpoint_ur[il])\w*", re.IGNORECASE)
_NAMES = re.compile(
    r"(?:host|hostname|host_name|ip|ip-address|ip_address|domain|my-?server|x+)"
    r"|(?:.*[.-])?(?:your|my)[-_].*|.*_(?:host|endpoint|url|address)"
    r"|your(?:server|host|domain|company|name|ip|endpoint|resource|project|org)\w*(?:[-_.].*)?"
    r"|(?:x{1,3}|\d{1,3})(?:\.(?:x{1,3}|\d{1,3}|\*)){3}",
    re.IGNORECASE,
)
_FOUR_NUMBERS = re.compile(r"[\d.]+")


def left_open(typed: str) -> str:
    """The placeholder left in an address, as typed; "" for none."""
    scheme = _SCHEME.match(typed)
    authority = re.split(r"[/?#]", typed[scheme.end() if scheme else 0 :].lstrip("/"))[0]
    if "@" in authority:
        return ""
    found = _BRACKETED.search(authority)
    port = _WORD_FOR_PORT.search(authority)
    whole = found[0] if found else port[1] if port else ""
    return whole if len(whole) <= LONG else ""


def is_a_variable(typed: str) -> bool:
    """Whether a variable's name was typed instead of its value."""
    return bool(_VARIABLE.fullmatch(typed)) and len(typed) <= LONG


def stands_for_another(host: str) -> bool:
    """Whether a host that was not found reads like an example's."""
    return bool(_NAMES.fullmatch(host)) and not _FOUR_NUMBERS.fullmatch(host)
