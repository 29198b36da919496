"""Which of a server's cookies are kept, to be sent back with the next request."""

from __future__ import annotations

from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Any

# The limit that browsers have.
LONGEST = 4096


class Sendable(DefaultCookiePolicy):
    """Keeps only cookies that can be sent back: any other would make every later request fail."""

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        """Whether to keep a cookie."""
        text = f"{cookie.name}{cookie.value or ''}{cookie.path}"
        sendable = text.isascii() and text.isprintable() and len(text) <= LONGEST
        return sendable and super().set_ok(cookie, request)
