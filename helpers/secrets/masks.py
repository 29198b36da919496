"""Stars over secrets in what comes piece by piece, wherever the pieces are cut."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .spellings import Secrets, as_text, cut_out, viewed

_CONTEXT = 64
_MOST_HELD = 1 << 16
_LONGEST_STRING = 1 << 16
_MOST_STRINGS = 1000
# So many strings wait for their next part at once; a server may give each line a name of its own.
_MOST_WAITING = 500

_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r)|[^\r\n]++")
_MEMBER = re.compile(
    r'"(\w{1,40}+)"\s*+:\s*+(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([1-9]\d{0,3})(?=[^\d]))'
)
# Every chunk repeats them whole.
_CONSTANT = frozenset(["id", "object", "model", "system_fingerprint", "service_tier", "role"])


class Mask:
    """A text for a reader that comes in pieces, a secret cut by them hidden all the same.

    A possible beginning of a secret is held back until it is known what becomes of it.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what of the text can be shown by now."""
        if not self._secrets:
            return piece
        view = self._held + viewed(piece.encode("utf-8", "surrogatepass"))
        spans, safe = self._secrets.spans(view), self._secrets.pending(view)
        # A beginning inside of what is hidden already goes with it.
        safe = min([safe, *(start for start, end, _ in spans if start < safe < end)])
        self._held = view[safe:]
        return as_text(cut_out(view[:safe], [one for one in spans if one.end <= safe]))

    def close(self) -> str:
        """Return what was held back, since nothing follows."""
        view, self._held = self._held, ""
        return as_text(cut_out(view, self._secrets.spans(view)))


class _Line:
    """A line of a body, of whose JSON the strings are known as soon as they are closed.

    indexes:  those that are not zero: which choice, or which tool call, the strings belong to
    lead:     how it begins, with nothing but what every chunk repeats; the next one's may be passed
    """

    def __init__(self, lead: str = "") -> None:
        self.lead = lead
        self.begun = False
        self.strings: list[tuple[str, int, str]] = []
        self.indexes: list[str] = []
        self._rest = ""
        self._fed = False

    def feed(self, at: int, text: str) -> list[tuple[int, str]]:
        """Return where each string begins that this closes, and the string."""
        self.begun = True
        if not self._fed and len(text) <= 2:
            return []
        at -= len(self._rest)
        self._rest += text
        closed, done = [], 0
        start = len(self.lead) if self._rest.startswith(self.lead) else 0
        first, lead = not self._fed, start
        self._fed = True
        for member in _MEMBER.finditer(self._rest, start):
            name, string, number = member.groups()
            done = member.end()
            if number and name == "index":
                self.indexes.append(number)
            elif string and name not in _CONSTANT and len(self.strings) < _MOST_STRINGS:
                closed.append((at + member.start(2), string))
                self.strings.append((name, *closed[-1]))
            elif not self.strings:
                lead = done
        if first:
            self.lead = self._rest[:lead]
        self._rest = self._rest[done:] if len(self._rest) - done <= _LONGEST_STRING else ""
        return closed


class BodyMask:
    """Stars over secrets in a body that comes in reads, each of which keeps its length.

    A secret may be cut by the reads, and by the events of a stream: each brings a few letters of
    one JSON string. A read that ends with a possible beginning is held back until the next.
    least:  so many letters of a beginning are worth the wait; fewer stay in a read that was given
    found:  the secrets that stood in the body
    """

    def __init__(self, secrets: Secrets, *, least: int = 1) -> None:
        self.found: set[str] = set()
        self._secrets = secrets
        self._least = least
        self._reads: list[tuple[int, bytes]] = []
        self._stars: set[tuple[int, int]] = set()
        self._before = ""
        self._came = 0
        self._line = _Line()
        self._begun: list[int] = []
        self._strings: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        self._worth: dict[tuple[str, ...], int] = {}

    def feed(self, data: bytes) -> list[bytes]:
        """Return the reads, in order, in which nothing can change any more."""
        if not self._secrets:
            return [data]
        self._reads.append((self._came, data))
        self._came += len(data)
        window = self._before + "".join(viewed(read) for _, read in self._reads)
        at = self._came - len(window)
        spans = self._secrets.spans(window)
        self._star((at + start, at + end, value) for start, end, value in spans)
        self._take_lines(viewed(data))
        safe = at + self._secrets.pending(window, least=self._least)
        if self._came - self._reads[0][0] < _MOST_HELD + len(data):
            safe = min([safe, *self._cut_strings()])
        return self._settled(safe)

    def close(self) -> list[bytes]:
        """Return the reads that were held back, since nothing follows."""
        self._end_line()
        return self._settled(self._came)

    def _settled(self, safe: int) -> list[bytes]:
        settled = []
        while self._reads and self._reads[0][0] + len(self._reads[0][1]) <= safe:
            at, data = self._reads.pop(0)
            settled.append(self._starred(at, data))
            self._before = (self._before + viewed(data))[-_CONTEXT:]
        if not self._reads:
            self._stars.clear()
        return settled

    def _starred(self, at: int, data: bytes) -> bytes:
        if not self._stars:
            return data
        stars = bytearray(data)
        for start, end in self._stars:
            first, last = max(start - at, 0), min(end - at, len(data))
            if first < last:
                stars[first:last] = b"*" * (last - first)
        return bytes(stars)

    def _take_lines(self, text: str) -> None:
        at = self._came - len(text)
        for piece in _LINE.findall(text):
            for start, string in self._line.feed(at, piece):
                if self._secrets.pending(string, least=self._least) < len(string):
                    self._begun.append(start)
            at += len(piece)
            if piece.endswith(("\n", "\r")):
                self._end_line()

    def _end_line(self) -> None:
        """Put each string of the line behind those of its name in the lines before."""
        line, self._line = self._line, _Line(self._line.lead)
        self._begun.clear()
        for name, at, text in line.strings:
            key = (name, *line.indexes)
            parts = self._strings.pop(key, [])
            parts.append((at, text))
            self._take_string(parts)
            self._worth.pop(key, None)
            if parts:
                self._wait(key, parts)

    def _wait(self, key: tuple[str, ...], parts: list[tuple[int, str]]) -> None:
        """Keep what begins a secret until its next part comes."""
        if len(self._strings) == _MOST_WAITING:
            oldest = next(iter(self._strings))
            del self._strings[oldest]
            self._worth.pop(oldest, None)
        self._strings[key] = parts
        whole = "".join(text for _, text in parts)
        if self._secrets.pending(whole, least=self._least) < len(whole):
            self._worth[key] = parts[0][0]

    def _take_string(self, parts: list[tuple[int, str]]) -> None:
        whole = "".join(text for _, text in parts)
        if len(parts) > 1:
            for start, end, value in self._secrets.spans(whole):
                self._star((*place, value) for place in _places(parts, start, end))
        begun = self._secrets.pending(whole, apart=True)
        while parts and begun >= len(parts[0][1]):
            begun -= len(parts.pop(0)[1])
        if parts:
            at, text = parts[0]
            parts[0] = at + begun, text[begun:]

    def _cut_strings(self) -> Iterable[int]:
        """Yield from where on bytes wait for a string's next part."""
        yield from self._begun
        if self._line.begun:
            # A line that has not ended may hold the rest already.
            yield from (parts[0][0] for parts in self._strings.values())
        else:
            yield from self._worth.values()

    def _star(self, places: Iterable[tuple[int, int, str]]) -> None:
        for start, end, value in places:
            self.found.add(value)
            self._stars.add((start, end))


def _places(parts: Iterable[tuple[int, str]], start: int, end: int) -> Iterable[tuple[int, int]]:
    """Yield where a span of the joined parts lies in the body."""
    for at, text in parts:
        if start < len(text) and end > 0:
            yield at + max(start, 0), at + min(end, len(text))
        start, end = start - len(text), end - len(text)


def masked_reads(
    reads: Iterable[tuple[float, bytes]], secrets: Secrets
) -> list[tuple[float, bytes]]:
    """Return the reads of a decoded body with stars over every secret, cut or whole."""
    mask = BodyMask(secrets)
    times, pieces = [], []
    for at_s, data in reads:
        times.append(at_s)
        pieces += mask.feed(data)
    return list(zip(times, pieces + mask.close(), strict=True))
