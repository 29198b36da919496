"""The secrets in one recording, and stars in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from urllib.parse import parse_qsl, unquote, urlsplit

from ..secrets.carried_keys import in_body
from ..secrets.forms import SHORTEST_JUDGED
from ..secrets.masks import masked_reads
from ..secrets.shapes import gives_away, is_plain_key, is_secret_name, without_address
from ..secrets.spellings import secrets_among
from .head import Oddity
from .recording import Headers, Recording

_LONGEST_COOKIE, _MOST_COOKIES = 128, 3
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)\s+", re.I)


class Redaction:
    """The secrets in one recording, which it replaces with stars.

    named:  secrets the caller knows; others are found in the headers, cookies, URL and request body
    """

    def __init__(self, recording: Recording, named: Iterable[str] = ()) -> None:
        found = {
            _SCHEME.sub("", value, count=1)
            for name, value in recording.request_headers
            if gives_away(name, value) and name.lower() != "cookie"
        }
        found |= {*_in_url(recording.url), *_cookies(recording)}
        long = (one for one in found if len(one) >= SHORTEST_JUDGED)
        of_the_body = in_body(recording.request_body)
        self.secrets = secrets_among(frozenset((*named, *long, *of_the_body)))

    def kept(self, recording: Recording) -> Recording:
        """The recording with its secrets masked; its body must be decoded already."""
        hidden = self.secrets.text
        # In one read no secret is split, and searching for split ones takes far longer.
        whole = len(recording.reads) == 1 and recording.media_type != "text/event-stream"
        reads = (
            [(at_s, self.secrets.masked(data)) for at_s, data in recording.reads]
            if whole
            else self.reads(recording.reads)
        )
        return replace(
            recording, url=self.address(recording.url), reason=hidden(recording.reason),
            request_body=self.secrets.masked(recording.request_body),
            request_headers=self.headers(recording.request_headers),
            headers=self.headers(recording.headers), reads=reads,
            encoding_trouble=hidden(recording.encoding_trouble), detail=hidden(recording.detail),
            oddities=tuple(Oddity(name, hidden(quote)) for name, quote in recording.oddities),
        )  # fmt: skip

    def reads(self, reads: Iterable[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
        """The reads of a decoded body, masked, each at its original length."""
        return masked_reads(reads, self.secrets) if self.secrets else list(reads)

    def headers(self, headers: Headers) -> Headers:
        """Headers with their secrets masked."""
        return tuple((name, self.header(name, value)) for name, value in headers)

    def header(self, name: str, value: str) -> str:
        """A header's value, masked: all but its scheme if its name says that it is secret."""
        if not is_secret_name(name):
            return self.secrets.text(value)
        scheme = _SCHEME.match(value)
        kept = scheme[0] if scheme else ""
        return kept + "*" * len(value[len(kept) :].encode("utf-8", "surrogatepass"))

    def address(self, url: str) -> str:
        """A URL with its user, password and secret query values masked."""
        return self.secrets.text(without_address(url, lambda secret: "*" * len(secret.encode())))


def _in_url(url: str) -> Iterator[str]:
    """Yield the secrets in a request's URL: its password, query values, and keys in its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if parts.password:
        yield unquote(parts.password)
    yield from (value for name, value in parse_qsl(parts.query) if gives_away(name, value))
    yield from filter(is_plain_key, map(unquote, parts.path.split("/")))


def _cookies(recording: Recording) -> Iterator[str]:
    """Yield the values of the cookies that were set, and of the first few that were sent."""
    for name, value in recording.request_headers:
        if name.lower() == "cookie":
            held = (part.partition("=")[2].strip() for part in value.split(";"))
            # A browser's cookies hold kilobytes, which would take seconds to search for.
            yield from islice((one for one in held if len(one) <= _LONGEST_COOKIE), _MOST_COOKIES)
    for name, value in recording.headers:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].partition("=")[2]
