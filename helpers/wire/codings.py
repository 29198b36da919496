"""HTTP's content codings, applied and undone piece by piece: the door to brotli and zstd."""

from __future__ import annotations

import sys
import zlib
from typing import Protocol

import brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

READABLE = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
_GZIP = b"\x1f\x8b"
# RFC 9659 limits the window of a content coding to 8 MB, so no frame can make a reader use more.
_WINDOW_LOG = 23
_ONLY = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG}


class Unpacker(Protocol):
    """Decodes one coding."""

    def feed(self, data: bytes, most: int) -> bytes:
        """What these bytes decode to, up to about `most` bytes.

        raises:  ValueError if the bytes are not in this coding
        """


class Packer(Protocol):
    """Encodes one coding, flushed so that each piece can be decoded as soon as it arrives."""

    def pack(self, data: bytes) -> bytes:
        """These bytes, encoded."""

    def end(self) -> bytes:
        """The bytes that end the encoded body."""


def unpacker(name: str) -> Unpacker:
    """A decoder for the coding of this name, one of `READABLE`.

    raises:  ValueError for any other name
    """
    if name == "br":
        return _Brotli()
    if name == "zstd":
        return _Zstd()
    if name in READABLE:
        return _Inflater(gzip=name != "deflate")
    raise ValueError(f"{name!r} cannot be decoded here")


def packer(name: str) -> Packer:
    """An encoder for "br" or "zstd"; gzip and deflate need only zlib."""
    return _ToBrotli() if name == "br" else _ToZstd()


class _Inflater:
    """Decodes gzip and deflate; a gzip body may have several members, as flushing servers write."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._inflate: zlib._Decompress | None = None
        self._held = b""
        self._members = 0

    def feed(self, data: bytes, most: int) -> bytes:
        pieces = []
        data, self._held = self._held + data, b""
        while data and most > 0:
            if self._inflate is None:
                if len(data) < 2:
                    self._held = data
                    break
                if self._members and not data.startswith(_GZIP):
                    # RFC 1952 does not define other bytes after a member, so they are ignored.
                    break
                self._inflate = zlib.decompressobj(wbits=31 if self._gzip else _deflate_bits(data))
            piece = _stepped(self._inflate, data, most)
            pieces.append(piece)
            most -= len(piece)
            data = self._inflate.unused_data
            if self._inflate.eof and self._gzip:
                self._inflate = None
                self._members += 1
            elif self._inflate.eof or self._inflate.unconsumed_tail:
                break
        return b"".join(pieces)


class _Brotli:
    def __init__(self) -> None:
        self._inside = brotli.Decompressor()
        self._begins, self._gave = b"", False

    def feed(self, data: bytes, most: int) -> bytes:
        pieces = []
        self._begins = (self._begins + data)[:2]
        while most > 0 and not self._inside.is_finished():
            try:
                piece = self._inside.process(data, output_buffer_limit=most)
            except brotli.error as error:
                raise ValueError(str(error)) from None
            pieces.append(piece)
            most -= len(piece)
            data = b""
            if self._inside.can_accept_more_data():
                break
        self._gave = self._gave or any(pieces)
        if self._begins == _GZIP and not self._gave:
            # Brotli has no magic number, and would read gzip's as the start of a long block.
            raise ValueError("it begins as gzip does")
        return b"".join(pieces)


class _Zstd:
    """Decodes zstd, whose body may consist of several frames."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor(options=_ONLY)

    def feed(self, data: bytes, most: int) -> bytes:
        pieces = []
        while most > 0 and (data or not (self._frame.eof or self._frame.needs_input)):
            if self._frame.eof:
                self._frame = zstd.ZstdDecompressor(options=_ONLY)
            try:
                piece = self._frame.decompress(data, most)
            except zstd.ZstdError as error:
                raise ValueError(str(error)) from None
            pieces.append(piece)
            most -= len(piece)
            data = self._frame.unused_data if self._frame.eof else b""
        return b"".join(pieces)


class _ToBrotli:
    def __init__(self) -> None:
        self._inside = brotli.Compressor(quality=5)

    def pack(self, data: bytes) -> bytes:
        packed: bytes = self._inside.process(data) + self._inside.flush()
        return packed

    def end(self) -> bytes:
        packed: bytes = self._inside.finish()
        return packed


class _ToZstd:
    def __init__(self) -> None:
        self._inside = zstd.ZstdCompressor()

    def pack(self, data: bytes) -> bytes:
        return self._inside.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)

    def end(self) -> bytes:
        return self._inside.flush(zstd.ZstdCompressor.FLUSH_FRAME)


def _stepped(inflate: zlib._Decompress, data: bytes, most: int) -> bytes:
    try:
        return inflate.decompress(data, most)
    except zlib.error as error:
        raise ValueError(str(error)) from None


def _deflate_bits(first: bytes) -> int:
    """The window bits of zlib or raw deflate; servers send either as "deflate"."""
    wrapped = first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
    return 15 if wrapped else -15
