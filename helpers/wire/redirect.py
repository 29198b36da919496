"""Redirects: which of them an OpenAI client follows, and still has its answer."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit

_KEEPING, _MADE_GET = (307, 308), (301, 302, 303)
_LOGIN = re.compile(r"log-?in|sign-?in|auth|sso|oauth|saml|session", re.I)


def keeps(method: str, status: int) -> bool:
    """Whether a client that follows sends the same again; some statuses turn a POST into a GET."""
    return status in _KEEPING or (method == "GET" and status in _MADE_GET)


def followed(method: str, url: str, status: int, location: str) -> str:
    """Where a client sends the same request again, "" if it does not, or if that is elsewhere.

    Another server gets no key, and a login page wants a browser; neither is worth a second request.
    """
    target = leads_to(url, location) if keeps(method, status) else ""
    if not target or target == url or is_login(urlsplit(target).path):
        return ""
    return target if _origin(urlsplit(target)) == _origin(urlsplit(url)) else ""


def leads_to(url: str, location: str) -> str:
    """The address that a redirect names, without its fragment; "" if it is no web address."""
    try:
        target = urlsplit(urljoin(url, location))._replace(fragment="")
        usable = location and target.scheme in ("http", "https") and _origin(target)[1]
    except ValueError:
        return ""
    return target.geturl() if usable else ""


def is_login(address: str) -> bool:
    """Whether an address looks like that of a login page."""
    return bool(_LOGIN.search(address))


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port; raises ValueError for a port that is none."""
    usual = 443 if parts.scheme == "https" else 80
    return parts.scheme, parts.hostname or "", usual if parts.port is None else parts.port
