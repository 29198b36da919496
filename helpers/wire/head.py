"""The head of an HTTP/1.1 answer, read as leniently as possible, and its oddities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

# More than any client reads, yet little enough to wait for.
LARGEST = 1 << 20
# Beyond these some clients give up: Node at 16 KB in all, aiohttp at 8190 bytes a line, Python's
# http.client at 100 headers.
LARGE, LONG_LINE, MANY = 1 << 14, 8190, 100
# How much is quoted: more than is shown, so that secrets are masked before the final cut.
_KEPT = 2000
_DIGITS = 18

REFUSED = frozenset(
    {
        "space-first", "odd-status-line", "bare-cr", "forbidden-character", "folded-first",
        "space-before-colon", "bad-name", "no-colon", "chunked-twice", "not-chunked",
        "unknown-transfer",
    }
)  # fmt: skip
"""The oddities of a head that make httpx, and so the openai client, refuse an answer."""

REDIRECTED = "redirected"
"""The oddity of an answer that came behind a redirect: its status, and where it led."""

_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_END = 4
_BEFORE = re.compile(rb"\xef\xbb\xbf|[\r\n \t]+")
_STATUS = re.compile(rb"(HTTP)/(\d)(?:\.(\d))?( +)(\d{3})(?:[ \t](.*))?", re.DOTALL | re.IGNORECASE)
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = re.compile(rb"[\x00\x0b\x0c]")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1f\x7f]")
_CODINGS = {b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress", b"br", b"zstd"}

# What arrived instead of a status line, recognised by its beginning.
_OTHERS = (
    ("tls", re.compile(rb"[\x14-\x17]\x03[\x00-\x04]")),
    ("http-2", re.compile(rb"\x00..[\x04\x07]|PRI \* HTTP/2", re.DOTALL)),
    ("ssh", re.compile(rb"SSH-")),
    ("request", re.compile(rb"[A-Z]{3,8} \S+ HTTP/\d")),
    ("mail", re.compile(rb"[2-5]\d\d[ -]")),
    ("body-first", re.compile(rb"[{\[<]|data:|event:|id:|retry:|:")),
    ("no-status-line", re.compile(rb"[A-Za-z][A-Za-z-]*:[^\n]*\n")),
)


class Oddity(NamedTuple):
    """Something that breaks HTTP's rules, with a quotation of it."""

    name: str
    quote: str = ""


class BadHead(Exception):
    """The answer is not HTTP, or does not say where its body ends."""

    def __init__(self, name: str, quote: bytes | bytearray) -> None:
        super().__init__(name)
        self.oddity = Oddity(name, _printed(quote))


class HeadReader:
    """Reads a connection's first bytes until the head of the answer is complete.

    oddities:  the oddities of the head, or of what came in its place, in order of occurrence
    """

    def __init__(self) -> None:
        self.oddities: list[Oddity] = []
        self.status = 0
        self._raw = bytearray()
        # Where skipping white space and searching for the end continue, so that a head in many
        # small pieces is not searched from its beginning for each of them.
        self._blank = self._sought = 0
        self._interim = 0

    def feed(self, data: bytes) -> tuple[bytes, bytes] | None:
        """The head in a form every reader accepts and the bytes after it; None until complete.

        raises:  BadHead, whose oddity is then the last in `oddities`
        """
        self._raw += data
        try:
            while (found := self._whole()) is not None:
                head, rest = found
                self._raw, self._blank, self._sought = bytearray(rest), 0, 0
                if self.status >= 200 or self.status == 101:
                    return head, rest
                self._interim += 1
                self.status = 0
                self.oddities.clear()
        except BadHead as bad:
            self.oddities.append(bad.oddity)
            raise
        return None

    def close(self) -> bool:
        """Note an incomplete head; whether what arrived is not HTTP at all."""
        if self.status or self.oddities:
            return False
        if not self._raw.strip():
            if self._interim:
                self.oddities.append(Oddity("interim-only", str(self._interim)))
            return False
        raw = bytes(self._raw)
        whole = _like_http(raw, self._begins())
        name = "half-head" if whole else _other(raw)
        self.oddities.append(Oddity(name, _printed(raw)))
        return not whole

    def note(self, name: str) -> None:
        """Add an oddity found after the head."""
        if not any(oddity.name == name for oddity in self.oddities):
            self.oddities.append(Oddity(name))

    def _whole(self) -> tuple[bytes, bytes] | None:
        start = self._begins()
        if len(self._raw) - start >= len(b"HTTP/") and not _like_http(self._raw, start):
            raise BadHead(_other(bytes(self._raw)), self._raw)
        end = _END.search(self._raw, max(start, self._sought))
        if end is None:
            if len(self._raw) > LARGEST:
                raise BadHead("endless-head", self._raw[start:])
            if self._raw.find(b"\r\r", self._sought) >= 0 and b"\n" not in self._raw:
                raise BadHead("cr-lines", self._raw)
            self._sought = max(len(self._raw) - _LONGEST_END + 1, 0)
            return None
        raw = bytes(self._raw[: end.end()])
        head = _Head(raw[start:])
        self.status = head.status
        odd = [Oddity("space-first", _printed(raw[:start]))] if start else []
        odd += head.oddities
        self.oddities += odd
        return (head.plain() if odd else raw), bytes(self._raw[end.end() :])

    def _begins(self) -> int:
        """Where the status line begins, judged by the bytes so far."""
        before = _BEFORE.match(self._raw, self._blank)
        start = before.end() if before else self._blank
        if not self._raw.startswith(b"\xef"):
            self._blank = start
        return start


class _Head:
    """One complete head, parsed line by line."""

    def __init__(self, raw: bytes) -> None:
        self.oddities: list[Oddity] = []
        self.headers: list[tuple[bytes, bytes]] = []
        # The split removed the last line's end, so that one is looked up in the raw bytes.
        ended, *_ = _END.split(raw)
        lines = ended.split(b"\n")
        if any(not line.endswith(b"\r") for line in lines[:-1]) or not raw.endswith(b"\r\n\r\n"):
            self._odd("bare-lf")
        first, *rest = (line.removesuffix(b"\r") for line in lines)
        self._take_status(first)
        for line in rest:
            self._take(line)
        self._frame()
        longest = max(map(len, lines))
        if len(raw) > LARGE or longest > LONG_LINE or len(self.headers) > MANY:
            size = f"{len(raw):,} bytes in {len(self.headers)} headers, the longest {longest:,}"
            self.oddities.append(Oddity("large-head", size))

    def plain(self) -> bytes:
        """The same head without its oddities."""
        lines = [b"HTTP/1.%d %d %b" % (self.minor, self.status, self.reason)]
        lines += [b"%b: %b" % pair for pair in self.headers]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _odd(self, name: str, quote: bytes = b"") -> None:
        if not any(oddity.name == name for oddity in self.oddities):
            self.oddities.append(Oddity(name, _printed(quote)))

    def _take_status(self, line: bytes) -> None:
        found = _STATUS.fullmatch(line)
        if found is None or found[5] < b"100":
            raise BadHead("bad-status-line", line)
        word, major, minor, space, status, reason = found.groups()
        self.status, self.reason = int(status), self._clean(reason or b"", line)
        self.minor = 0 if (major, minor) == (b"1", b"0") else 1
        if word != b"HTTP" or minor is None or len(space) > 1:
            self._odd("odd-status-line", line)
        elif (major, minor) not in ((b"1", b"0"), (b"1", b"1")):
            self._odd("odd-version", line)

    def _take(self, line: bytes) -> None:
        """Read one header line."""
        if line[:1] in (b" ", b"\t"):
            self._odd("folded" if self.headers else "folded-first", line)
            if self.headers:
                name, value = self.headers.pop()
                self.headers.append((name, value + b" " + self._clean(line.strip(), name)))
            return
        name, colon, value = line.partition(b":")
        if not colon:
            self._odd("no-colon", line)
            return
        if name != name.rstrip(b" \t"):
            self._odd("space-before-colon", name)
            name = name.rstrip(b" \t")
        if not _NAME.fullmatch(name):
            self._odd("bad-name", name)
            return
        value = self._clean(value.strip(b" \t"), name)
        if name.lower() in (b"data", b"event") and value:
            self._odd("no-empty-line", name)
        self.headers.append((name, value))

    def _clean(self, value: bytes, where: bytes) -> bytes:
        """A value without the characters that a head must not contain."""
        if b"\r" in value:
            self._odd("bare-cr", where)
        if _FORBIDDEN.search(value):
            self._odd("forbidden-character", where)
        elif _CONTROL.search(value):
            self._odd("control-character", where)
        return _CONTROL.sub(b"", _FORBIDDEN.sub(b"", value.replace(b"\r", b" ")))

    def _frame(self) -> None:
        """Reduce the framing headers to the one that says where the body ends, or to none."""
        codings, lengths = self._pop(b"transfer-encoding"), self._pop(b"content-length")
        length = self._length(lengths) if lengths else None
        if codings:
            if self._chunked(b", ".join(codings)):
                self.headers.append((b"Transfer-Encoding", b"chunked"))
                if length is not None:
                    self._odd("length-and-chunked")
                if self.minor == 0:
                    self._odd("chunked-in-1.0")
                    self.minor = 1
        elif length is not None:
            self.headers.append((b"Content-Length", length))

    def _pop(self, name: bytes) -> list[bytes]:
        values = [value for key, value in self.headers if key.lower() == name]
        self.headers = [pair for pair in self.headers if pair[0].lower() != name]
        return values

    def _length(self, lengths: list[bytes]) -> bytes:
        given = [value.strip() for value in b",".join(lengths).split(b",")]
        for value in given:
            if not value.isdigit() or len(value) > _DIGITS:
                raise BadHead("bad-length", value)
        if len(set(map(int, given))) > 1:
            raise BadHead("lengths-differ", b", ".join(given))
        if len(given) > 1:
            self._odd("length-twice")
        return given[0]

    def _chunked(self, codings: bytes) -> bool:
        """Whether the body is chunked."""
        names = [name.strip().lower() for name in codings.split(b",")]
        if _CODINGS & set(names):
            raise BadHead("transfer-compressed", codings)
        if names != [b"chunked"]:
            known = set(names) <= {b"chunked", b"identity", b""}
            twice = "chunked-twice" if set(names) == {b"chunked"} else "not-chunked"
            self._odd(twice if known else "unknown-transfer", codings)
        return b"chunked" in names


def _like_http(raw: bytes | bytearray, start: int) -> bool:
    """Whether the bytes from here on may be the beginning of a status line."""
    return b"HTTP/".startswith(raw[start : start + 5].upper())


def _other(raw: bytes) -> str:
    """What arrived in place of a status line, by name."""
    start = raw.lstrip()
    return next((name for name, pattern in _OTHERS if pattern.match(start)), "not-http")


def _printed(raw: bytes | bytearray) -> str:
    """Bytes as printable text on one line, cut to a readable length."""
    text = raw[:_KEPT].decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def headers_as_text(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Headers as text: UTF-8 if all of them are valid, else Latin-1, which decodes any bytes."""
    try:
        return _decoded(headers, "utf-8")
    except UnicodeDecodeError:
        return _decoded(headers, "latin-1")


def _decoded(headers: Sequence[tuple[bytes, bytes]], encoding: str) -> list[tuple[str, str]]:
    return [(name.decode(encoding).lower(), value.decode(encoding)) for name, value in headers]
