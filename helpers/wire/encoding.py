"""Content encodings undone read by read."""

from __future__ import annotations

import zlib

from .bounds import Bounds

FREE_BYTES = 1 << 20
KNOWN = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"})
_GZIP = b"\x1f\x8b"


class Decoder:
    """Undoes a content encoding read by read: gzip and deflate, the two that are asked for.

    trouble:  why the bytes are not what the header says, "" while they are; bytes that are wrong
              from the start are handed on raw, after a good start they are dropped
    limit:    the bound that was reached, "" while none was; nothing is handed on after it
    """

    def __init__(self, encoding: str, bounds: Bounds | None = None) -> None:
        names = codings(encoding)
        self.trouble = ""
        self.limit = ""
        self._bounds = bounds or Bounds()
        # Clients take a name that nobody knows for none, and so does this.
        self._names = [name for name in names if name in KNOWN]
        self._stages: list[_Inflater] | None = None
        self._good = False
        self._raw: list[bytes] = []
        self._came = self._given = 0

    def feed(self, data: bytes) -> bytes:
        """Return what these bytes decode to, as far as it can be told yet."""
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
        except (ValueError, zlib.error) as error:
            self.trouble = f"the body is not {', '.join(self._names)} as its header says: {error}"
            return b"".join(self._raw)
        if plain:
            self._good = True
            self._raw = []
        reached = "inflates-too-much" if inflated <= self._bounds.body_bytes else "body-too-large"
        return self._within(plain, allowed, reached)

    def _within(self, plain: bytes, allowed: int, reached: str) -> bytes:
        """Return the bytes up to the bound, and note when it was reached."""
        left = allowed - self._given
        self._given += len(plain)
        if len(plain) > left:
            self.limit = reached
            return plain[: max(left, 0)]
        return plain

    def _inflate(self, data: bytes, allowed: int) -> bytes:
        if self._stages is None:
            self._stages = [_Inflater(name) for name in reversed(self._names)]
        for stage in self._stages:
            data = stage.feed(data, allowed + 1)
        return data


class _Inflater:
    """One stage; a gzip body may consist of several members, as servers that flush write it."""

    def __init__(self, name: str) -> None:
        if name not in ("gzip", "x-gzip", "deflate"):
            raise ValueError(f"{name!r} was not asked for")
        self._gzip = name != "deflate"
        self._inflate: zlib._Decompress | None = None
        self._held = b""
        self._members = 0

    def feed(self, data: bytes, most: int) -> bytes:
        """Return what is inflated, cut at `most` bytes."""
        pieces = []
        data, self._held = self._held + data, b""
        while data and most > 0:
            if self._inflate is None:
                if len(data) < 2:
                    self._held = data
                    break
                if self._members and not data.startswith(_GZIP):
                    # Behind the end of a member RFC 1952 leaves other bytes to the reader.
                    break
                self._inflate = zlib.decompressobj(wbits=31 if self._gzip else _deflate_bits(data))
            piece = self._inflate.decompress(data, most)
            pieces.append(piece)
            most -= len(piece)
            data = self._inflate.unused_data
            if self._inflate.eof and self._gzip:
                self._inflate = None
                self._members += 1
            elif self._inflate.eof or self._inflate.unconsumed_tail:
                break
        return b"".join(pieces)


def codings(encoding: str) -> list[str]:
    """The content codings that a header names, without what means none."""
    names = (part.strip().lower() for part in encoding.split(","))
    return [name for name in names if name not in ("", "identity")]


def _deflate_bits(first: bytes) -> int:
    """Return zlib's or raw deflate's window bits; servers send both under the one name."""
    wrapped = first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
    return 15 if wrapped else -15
