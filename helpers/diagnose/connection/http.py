"""What is wrong with an answer as an HTTP/1.1 message, and what came that is not HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ...endpoint import Endpoint
from ...finding import Finding, explained
from ...wire.head import REFUSED
from ..observed import Observed

COUNT_BYTES = (
    "Make Content-Length count bytes, not characters, and after compression; or leave it out."
)

# Answers that can be read anyway: what is odd, and what to change.
_ODD: dict[str, tuple[str, str]] = {
    "space-first": (
        "Something comes before the status line.",
        "Write the status line first: a line break may be left over from the answer before.",
    ),
    "odd-status-line": (
        "The status line is not written as HTTP/1.1 writes it.",
        "Begin the answer with “HTTP/1.1 200 OK”.",
    ),
    "odd-version": ("The status line names a version other than HTTP/1.1.", "Say HTTP/1.1."),
    "bare-lf": ("The header lines end in LF alone.", "End them with CR LF."),
    "bare-cr": ("A header line holds a CR.", "Remove line breaks from header values."),
    "forbidden-character": (
        "The headers hold a character that no header may hold, such as NUL.",
        "Remove it: header values are visible characters, spaces and tabs.",
    ),
    "control-character": (
        "The headers hold a control character.",
        "Remove it: header values are visible characters, spaces and tabs.",
    ),
    "folded": (
        "A header continues on a second line.",
        "Write it on one line: folding was abolished in 2014.",
    ),
    "folded-first": ("The first header begins with a space.", "Remove the space."),
    "space-before-colon": (
        "There is a space between a header's name and its colon.", "Write “Name: value”.",
    ),
    "bad-name": (
        "A header has a name that HTTP does not allow.",
        "Names are letters, digits and hyphens; spaces, brackets and umlauts are not allowed.",
    ),
    "no-colon": (
        "A line among the headers is not a header: it has no colon.",
        "Look for what writes into the headers, such as a debug print or a broken header value.",
    ),
    "no-empty-line": (
        "The first event is among the headers: the empty line before the body is missing.",
        "End the headers with an empty line: clients lose the first event otherwise.",
    ),
    "length-twice": (
        "Content-Length came more than once.", "Send it once: aiohttp refuses the answer.",
    ),
    "length-and-chunked": (
        "Content-Length and Transfer-Encoding: chunked came together.",
        "Send chunked alone: Node and aiohttp refuse both together, as an attack on proxies.",
    ),
    "chunked-twice": (
        "Transfer-Encoding says chunked twice.",
        "Send it once: a program sets it by hand where its server does so by itself, or a proxy "
        "adds its own.",
    ),
    "not-chunked": (
        "Transfer-Encoding names identity or nothing, which HTTP/1.1 does not know.",
        "Leave the header out, or send chunks and say chunked.",
    ),
    "unknown-transfer": (
        "Transfer-Encoding names something other than chunked.",
        "Send chunks and say “Transfer-Encoding: chunked”, or leave the header out.",
    ),
    "chunked-in-1.0": (
        "The answer is HTTP/1.0 and chunked, which only HTTP/1.1 can be.", "Say HTTP/1.1.",
    ),
    "large-head": (
        "The headers are larger than some clients accept.",
        "Send less: Node stops at 16 KB, aiohttp at 8,190 bytes a line, Python's http.client at "
        "100 headers.",
    ),
    "more-behind": (
        "More bytes came than the answer announced, and no client reads them.",
        COUNT_BYTES,
    ),
}  # fmt: skip

# Answers that cannot be read: what it is, what came, and what to do.
_NOT_READ: dict[str, tuple[str, str, str]] = {
    "tls": ("speaks https here, not http", "bytes of TLS", "Type https:// instead of http://."),
    "http-2": (
        "speaks HTTP/2 only", "a frame of HTTP/2",
        "Have it speak HTTP/1.1, too (gRPC servers do not: look for their HTTP port), or put a "
        "proxy in front of it: the openai clients speak HTTP/1.1.",
    ),
    "ssh": ("is an SSH server", "the greeting of SSH", "Check the port."),
    "mail": ("is a mail or FTP server", "the greeting of one", "Check the port."),
    "request": (
        "sends a request back instead of an answer", "a request",
        "Something echoes here, or a proxy and its server are swapped: check the port.",
    ),
    "body-first": (
        "answers without status line and headers", "a body at once",
        "Send “HTTP/1.1 200 OK”, headers and an empty line before the body.",
    ),
    "no-status-line": (
        "answers without a status line", "headers at once",
        "Begin with “HTTP/1.1 200 OK”: CGI programs leave it to their server, which is missing.",
    ),
    "bad-status-line": (
        "answers with a status line that cannot be read", "the line",
        "Begin the answer with “HTTP/1.1 200 OK”: a version, three digits and a reason.",
    ),
    "cr-lines": (
        "ends its header lines with CR alone", "headers without LF", "End lines with CR LF.",
    ),
    "endless-head": (
        "sends headers that never end", "more than a mebibyte of headers",
        "Look for a header that repeats itself, or for the missing empty line after the headers.",
    ),
    "bad-length": (
        "sends a Content-Length that is not a number of bytes", "the value",
        "Write the body's bytes in digits, or leave the header out.",
    ),
    "lengths-differ": (
        "sends two values of Content-Length that differ", "the values",
        "Send one: nobody can tell where the answer ends. A proxy that changes the body must "
        "change its length.",
    ),
    "transfer-compressed": (
        "compresses the answer by Transfer-Encoding, which no client undoes",
        "Transfer-Encoding",
        "Compress by Content-Encoding where it was asked for, or not at all.",
    ),
}  # fmt: skip


def of_the_head(observed: Observed) -> Iterator[Finding]:
    """Yield what is odd about the head: red if the openai client refuses the answer for it."""
    odd = [one for one in observed.recording.oddities if one.name in _ODD]
    if not odd:
        return
    odd.sort(key=lambda one: one.name not in REFUSED)
    says, do = _ODD[odd[0].name]
    quotes = [odd[0].quote, *(f"{_ODD[one.name][0]} {one.quote}".strip() for one in odd[1:])]
    refused = odd[0].name in REFUSED
    if refused:
        do = f"{do} httpx, and with it the openai client, refuses the whole answer for this."
    yield Finding(
        "odd-http", "fail" if refused else "remark", says, "; ".join(filter(None, quotes)), do
    )


def not_http(observed: Observed, endpoint: Endpoint, detail: str) -> Finding:
    """What answered that is not HTTP, or cannot be read as HTTP."""
    host = urlsplit(endpoint.url).netloc
    secure = endpoint.url.startswith("https:")
    for name, quote in observed.recording.oddities:
        if name in _NOT_READ:
            says, came, do = _NOT_READ[name]
            fix = f"https:{endpoint.url.removeprefix('http:')}" if name == "tls" else ""
            return explained(
                "protocol", f"{host} {says}.", expected="an answer in HTTP/1.1", came=came,
                do=do, quote=quote, fix="" if secure else fix,
            )  # fmt: skip
    quote = next((one.quote for one in observed.recording.oddities if one.name == "not-http"), "")
    other = "http" if secure else "https"
    return explained(
        "protocol", f"{host} does not answer in HTTP.", expected="an HTTP answer",
        came="other bytes" if quote else detail,
        do=f"Something else listens on this port, or it speaks {other}: check the port, or try "
        f"{other}://.", quote=quote,
    )  # fmt: skip


def half_a_head(observed: Observed) -> str:
    """How much came of an answer that never got past its headers, "" if nothing came."""
    for name, quote in observed.recording.oddities:
        if name == "half-head":
            return f"headers without the empty line that ends them: “{quote}”"
        if name == "interim-only":
            return f"{quote} interim answers (status 100 to 199), and no final one"
    return ""


def missing_bytes(observed: Observed) -> str:
    """How many bytes fewer came than announced, "" if all came or nothing was announced."""
    announced, came = _announced(observed), _came(observed)
    if announced is None or came >= announced:
        return ""
    return f", {came:,} of the {announced:,} bytes that Content-Length announces"


def ended_as_announced(observed: Observed) -> str:
    """The evidence that the body's length was announced wrongly, "" if there is none."""
    if any(one.name == "more-behind" for one in observed.recording.oddities):
        return "more bytes came after its end"
    announced = _announced(observed)
    if announced is not None and announced == _came(observed):
        return f"that is all of the {announced:,} bytes that Content-Length announces"
    return ""


def _announced(observed: Observed) -> int | None:
    value = observed.recording.header("content-length")
    kept = not observed.recording.encoding_undone or not observed.recording.header(
        "content-encoding"
    )
    return int(value) if kept and value.isdecimal() else None


def _came(observed: Observed) -> int:
    return sum(len(data) for _, data in observed.recording.reads)
