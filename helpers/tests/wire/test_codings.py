"""Content codings: undone wherever they are cut, never further than the bound, refused in words."""

from __future__ import annotations

import gzip
import zlib

import pytest

from helpers.wire.bounds import Bounds
from helpers.wire.codings import READABLE, packer, zstd
from helpers.wire.encoding import FREE_BYTES, Decoder, accepted_codings

TEXT = b"".join(b"data: oak %d\n\n" % number for number in range(40))


def packed(name: str, plain: bytes) -> bytes:
    """Return a body in this coding, its parts flushed as a server that streams does."""
    if name not in ("br", "zstd"):
        return zlib.compress(plain) if name == "deflate" else gzip.compress(plain)
    packing, step = packer(name), max(1, len(plain) // 8)
    parts = [packing.pack(plain[at : at + step]) for at in range(0, len(plain), step)]
    return b"".join([*parts, packing.end()])


@pytest.mark.parametrize("name", sorted(READABLE))
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_body_is_the_same_wherever_it_is_cut(name: str, size: int) -> None:
    """Byte by byte, and at once."""
    body, decoder = packed(name, TEXT), Decoder(name)
    cut = (body[at : at + size] for at in range(0, len(body), size))
    assert TEXT == b"".join(map(decoder.feed, cut))
    assert ("", "") == (decoder.trouble, decoder.limit)


@pytest.mark.parametrize("name", ["br", "zstd"])
def test_what_was_flushed_can_be_read_at_once(name: str) -> None:
    """A stream in br is still a stream."""
    packing, decoder = packer(name), Decoder(name)
    assert b"data: oak\n\n" == decoder.feed(packing.pack(b"data: oak\n\n"))


@pytest.mark.parametrize("name", sorted(READABLE))
def test_a_bomb_ends_at_the_bound(name: str) -> None:
    """Eight megabytes in a few kilobytes; no more is unpacked than may be."""
    decoder = Decoder(name, Bounds(inflation=2))
    assert FREE_BYTES >= len(decoder.feed(packed(name, bytes(8 << 20))))
    assert "inflates-too-much" == decoder.limit
    assert b"" == decoder.feed(b"more")


@pytest.mark.parametrize("name", ["br", "zstd"])
@pytest.mark.parametrize("body", [b'{"oak": 1}', TEXT, gzip.compress(TEXT)])
def test_what_is_not_packed_so_is_handed_on(name: str, body: bytes) -> None:
    """With the reason."""
    decoder = Decoder(name)
    assert body == decoder.feed(body)
    assert decoder.trouble.startswith(f"a body that is not {name} as its header says")


def test_what_nothing_could_be_made_of_is_no_empty_answer() -> None:
    """Brotli has no mark of its own: its decoder waits for more."""
    decoder = Decoder("br")
    assert b"" == decoder.feed(b"\x01packed")
    decoder.close()
    assert "nothing of it can be read" in decoder.trouble


def test_frames_of_zstd_follow_each_other() -> None:
    """As members of gzip do; one that wants more memory than a coding may is refused."""
    assert b"oakelm" == Decoder("zstd").feed(packed("zstd", b"oak") + packed("zstd", b"elm"))
    wide = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    decoder = Decoder("zstd")
    decoder.feed(wide.compress(b"oak", zstd.ZstdCompressor.FLUSH_BLOCK))
    assert "too much memory" in decoder.trouble


def test_many_codings_on_each_other_are_not_undone() -> None:
    """Each could be a bomb of its own."""
    decoder = Decoder(", ".join(["gzip"] * 6))
    assert b"oak" == decoder.feed(b"oak")
    assert "6 codings" in decoder.trouble


def test_what_a_request_accepts_leaves_out_what_it_refuses() -> None:
    """By a weight of nothing."""
    assert {"gzip", "br", "*"} == accepted_codings("gzip, BR;q=0.5, zstd;q=0, x;q=0.000, *;q=1")
