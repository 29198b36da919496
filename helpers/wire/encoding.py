"""Content encodings, undone read by read."""

from __future__ import annotations

import codecs
import re

from .bounds import Bounds
from .codings import READABLE, Unpacker, unpacker

ACCEPTS = "accept-encoding"
# What the openai client accepts if no other decoder is installed; the kit accepts the same.
ASKED_FOR = "gzip, deflate"
FREE_BYTES = 1 << 20
# As many as curl undoes; each one could be a decompression bomb.
MOST_CODINGS = 5
KNOWN = READABLE | {"compress", "x-compress"}


class Decoder:
    """Undoes a content encoding read by read: any in use except compress.

    trouble:  why the bytes are not what the header says, "" if they are; bytes that are wrong
              from the start are passed on raw, after a good start they are dropped
    limit:    the bound that was reached, "" if none was; nothing is passed on after it
    """

    def __init__(self, encoding: str, bounds: Bounds | None = None) -> None:
        names = codings(encoding)
        self.trouble = ""
        self.limit = ""
        self._bounds = bounds or Bounds()
        # Clients ignore an unknown name, and so does this.
        self._names = [name for name in names if name in KNOWN]
        self._stages: list[Unpacker] | None = None
        self._good = False
        self._raw: list[bytes] = []
        self._came = self._given = 0

    def feed(self, data: bytes) -> bytes:
        """What these bytes decode to, as far as they can be decoded yet."""
        if self.limit:
            return b""
        if not self._names:
            return self._within(data, self._bounds.body_bytes, "body-too-large")
        if self.trouble:
            return b"" if self._good else data
        if not self._good:
            self._raw.append(data)
        self._came += len(data)
        inflated = max(FREE_BYTES, self._came * self._bounds.inflation)
        allowed = min(inflated, self._bounds.body_bytes)
        try:
            plain = self._inflate(data, allowed - self._given)
        except ValueError as error:
            named = ", ".join(self._names)
            self.trouble = f"a body that is not {named} as its header says: {error}"
            return b"".join(self._raw)
        if plain:
            self._good = True
            self._raw = []
        reached = "inflates-too-much" if inflated <= self._bounds.body_bytes else "body-too-large"
        return self._within(plain, allowed, reached)

    def close(self) -> None:
        """Note at the end if bytes arrived but none of them could be decoded."""
        if self._raw and not self.trouble and any(self._raw):
            self.trouble = f"a body that is not {', '.join(self._names)}: nothing of it can be read"

    def _within(self, plain: bytes, allowed: int, reached: str) -> bytes:
        """The bytes up to the bound; notes the bound if it was reached."""
        left = allowed - self._given
        self._given += len(plain)
        if len(plain) > left:
            self.limit = reached
            return plain[: max(left, 0)]
        return plain

    def _inflate(self, data: bytes, allowed: int) -> bytes:
        if len(self._names) > MOST_CODINGS:
            raise ValueError(f"it names {len(self._names)} codings")
        if self._stages is None:
            self._stages = [unpacker(name) for name in reversed(self._names)]
        for stage in self._stages:
            data = stage.feed(data, allowed + 1)
        return data


def wide_charset(body: bytes) -> str:
    """The variant of UTF-16 or UTF-32 that bytes of mostly Latin text are in, "" for neither."""
    if body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    begins = body[:64]
    if len(begins) < 8 or 0 not in begins:
        return ""
    zeros = [not any(begins[place::4]) for place in range(4)]
    return {
        (True, True, True, False): "UTF-32-BE", (False, True, True, True): "UTF-32-LE",
        (True, False, True, False): "UTF-16-BE", (False, True, False, True): "UTF-16-LE",
    }.get((zeros[0], zeros[1], zeros[2], zeros[3]), "")  # fmt: skip


def utf_8(body: bytes) -> bytes:
    """The text as UTF-8, converted if it is in UTF-16 or UTF-32."""
    charset = wide_charset(body)
    return body.decode(charset, "ignore").lstrip("\ufeff").encode() if charset else body


def codings(encoding: str) -> list[str]:
    """The content codings that a header names, without "identity"."""
    names = (part.strip().lower() for part in encoding.split(","))
    return [name for name in names if name not in ("", "identity")]


def accepted_codings(header: str) -> set[str]:
    """The content codings that a request accepts, in lower case; "*" means any."""
    parts = (part.partition(";") for part in header.lower().split(","))
    return {
        name.strip() for name, _, weight in parts
        if not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    } - {""}  # fmt: skip
