"""What may not be kept of one recording, and the stars that are kept in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from ..secrets.masks import masked_reads
from ..secrets.shapes import is_secret_name, without_address
from ..secrets.spellings import SHORTEST_JUDGED, secrets_among
from .recording import Recording

_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)\s+", re.I)


class Redaction:
    """What may not be kept of one recording, and the stars that are kept in its place.

    named:  what the caller knows to be secret; headers, cookies and the address show the rest
    """

    def __init__(self, recording: Recording, named: Iterable[str] = ()) -> None:
        found = {
            _SCHEME.sub("", value, count=1)
            for name, value in recording.request_headers
            if is_secret_name(name)
        }
        found |= {*_in_url(recording.url), *_cookies(recording)}
        long = (one for one in found if len(one) >= SHORTEST_JUDGED)
        self.secrets = secrets_among(frozenset((*named, *long)))

    def reads(self, reads: Iterable[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
        """Return the reads of the decoded body as they may be kept, each as long as it was."""
        return masked_reads(reads, self.secrets) if self.secrets else list(reads)

    def header(self, name: str, value: str) -> str:
        """Return a header's value: only its scheme where its name says that it is secret."""
        if not is_secret_name(name):
            return self.secrets.text(value)
        scheme = _SCHEME.match(value)
        kept = scheme[0] if scheme else ""
        return kept + "*" * len(value[len(kept) :].encode("utf-8", "surrogatepass"))

    def address(self, url: str) -> str:
        """Return an address without user, password and secret query values."""
        return self.secrets.text(without_address(url, lambda secret: "*" * len(secret.encode())))


def _in_url(url: str) -> Iterator[str]:
    """Yield the password and the secret query values of a request's address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if parts.password:
        yield unquote(parts.password)
    yield from (value for name, value in parse_qsl(parts.query) if is_secret_name(name))


def _cookies(recording: Recording) -> Iterator[str]:
    """Yield the values of the cookies that were set."""
    for name, value in recording.headers:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].partition("=")[2]
