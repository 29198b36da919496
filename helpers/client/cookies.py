"""Which cookies of a server are kept, to go back to it with the next request."""

from __future__ import annotations

from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Any

# As browsers have it.
LONGEST = 4096


class Sendable(DefaultCookiePolicy):
    """Takes the cookies that can be sent back: with another one every later request would fail."""

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        """Whether a cookie is kept."""
        said = f"{cookie.name}{cookie.value or ''}{cookie.path}"
        sendable = said.isascii() and said.isprintable() and len(said) <= LONGEST
        return sendable and super().set_ok(cookie, request)
