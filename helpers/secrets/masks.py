"""Stars over secrets in what comes piece by piece, wherever the pieces are cut."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from .lines import LINE, Beside, Line, Part, String, inner, is_said
from .spellings import Secrets
from .views import as_text, cut_out, viewed

_CONTEXT = 64
_MOST_HELD = 1 << 16
# So many strings wait for their next part at once; a server may give each line a name of its own.
_MOST_WAITING = 500

Key = tuple[str, ...]
_NUMBER = re.compile(r"\d++")
_STAR_AS_NUMBER = "42 "


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


class BodyMask:
    """Stars over secrets in a body that comes in reads, each of which keeps its length.

    A secret may be cut by the reads, and by the events of a stream: each brings a few letters of
    one JSON string. A read that ends with a possible beginning is held back until the next.
    Where a token of `logprobs` is starred, so are its bytes and the tokens that stood in its place;
    a list of numbers stays one.
    least:  so many letters of a beginning are worth the wait; fewer stay in a read that was given
    found:  the secrets that stood in the body
    """

    def __init__(self, secrets: Secrets, *, least: int = 1) -> None:
        self.found: set[str] = set()
        self._secrets = secrets
        self._least = least
        self._reads: list[tuple[int, bytes]] = []
        self._stars: set[tuple[int, int]] = set()
        # The end of what came, in which a secret may have begun.
        self._tail = ""
        self._came = 0
        self._line = Line()
        # Of the line that has not ended: the strings of one name, and those worth waiting for.
        self._open: dict[str, list[Part]] = {}
        self._begun: dict[str, int] = {}
        self._numbers: dict[tuple[int, int], bytes] = {}
        self._beside: dict[int, list[Beside]] = {}
        self._hidden_tokens: set[int] = set()
        self._strings: dict[Key, list[Part]] = {}
        self._worth: dict[Key, int] = {}

    def feed(self, data: bytes) -> list[bytes]:
        """Return the reads, in order, in which nothing can change any more."""
        if not self._secrets:
            return [data]
        self._reads.append((self._came, data))
        self._came += len(data)
        view = viewed(data)
        window = self._tail + view
        at = self._came - len(window)
        spans = self._secrets.spans(window)
        self._star((at + start, at + end, value) for start, end, value in spans)
        self._take_lines(view)
        begun = self._secrets.pending(window, least=self._least)
        safe = at + begun
        # What ends here may go on, too.
        end = len(window)
        kept = min([begun, end - _CONTEXT, *(one.start for one in spans if one.end == end)])
        self._tail = window[max(0, kept, end - self._secrets.reach) :]
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
            settled.append(self._starred(*self._reads.pop(0)))
        if not self._reads:
            for kept in (self._stars, self._numbers, self._beside):
                kept.clear()
        return settled

    def _starred(self, at: int, data: bytes) -> bytes:
        if not self._stars:
            return data
        stars = bytearray(data)
        for start, end in self._stars:
            first, last = max(start - at, 0), min(end - at, len(data))
            if first < last:
                hidden = self._numbers.get((start, end), b"*" * (end - start))
                stars[first:last] = hidden[at + first - start : at + last - start]
        return bytes(stars)

    def _take_lines(self, text: str) -> None:
        at = self._came - len(text)
        for piece in LINE.findall(text):
            for string in self._line.feed(at, piece):
                self._take_open(*string)
            self._take_beside()
            at += len(piece)
            if piece.endswith(("\n", "\r")):
                self._end_line()

    def _take_open(self, name: str, at: int, text: str) -> None:
        """Put a string behind those of its name in the same line, such as the tokens of a list."""
        parts = self._open.setdefault(name, [])
        parts.append((at, text))
        if len(parts) > 1:
            self._take_string(parts)
        whole = "".join(text for _, text in parts)
        if parts and self._secrets.pending(whole, least=self._least) < len(whole):
            self._begun[name] = parts[0][0]
        else:
            self._begun.pop(name, None)

    def _take_beside(self) -> None:
        for token, place in self._line.beside:
            if token in self._hidden_tokens:
                self._star_beside([place])
            else:
                self._beside.setdefault(token, []).append(place)
        self._line.beside.clear()

    def _end_line(self) -> None:
        """Put each string of the line behind those of its name in the lines before."""
        line, self._line = self._line, Line(self._line)
        self._begun.clear()
        self._open.clear()
        if strings := [*line.strings, *line.end()]:
            self._take_strings(strings, line.indexes)
        self._hidden_tokens.clear()

    def _take_strings(self, strings: Sequence[String], indexes: list[str]) -> None:
        # Each choice of a chunk goes on with its own words: the second string of a name, too.
        named = Counter(name for name, *_ in strings) if len(strings) > 1 else {}
        counted: Counter[str] = Counter()
        for name, at, text in strings:
            key = (name, *indexes)
            before, parts = self._put_behind(key, at, text)
            self._put_among((name, "any"), key, before, parts, at, text)
            if is_said(name, text):
                self._put_among((), key, before, parts, at, text)
            if named and named[name] > 1:
                self._put_behind((name, "string", str(counted[name])), at, text)
                counted[name] += 1
            for place, said in inner(at, text):
                self._put_behind((name, "inner"), place, said)

    def _put_behind(self, key: Key, at: int, text: str) -> tuple[list[Part], list[Part]]:
        """Put a string behind those of a key; the parts before, and those that still wait alone."""
        before = self._strings.pop(key, [])
        parts = [*before, (at, text)]
        found = self._take_string(parts)
        self._worth.pop(key, None)
        if parts:
            self._wait(key, parts)
        # What is found already needs nobody else's words to go on.
        return before, [] if found else parts

    def _put_among(
        self, key: Key, own: Key, before: list[Part], parts: list[Part], at: int, text: str
    ) -> None:
        """Put a string behind those of any index, or of any name, that came before it.

        own:            the key that it stands under by itself
        before, parts:  what stood there before it, and what is left
        """
        mixed = self._strings.get(key)
        if mixed and mixed != before:
            self._put_behind(key, at, text)
        elif mixed or parts:
            self._strings.pop(key, None)
            self._worth.pop(key, None)
            if parts:
                self._strings[key] = [*parts]
                if own in self._worth:
                    self._worth[key] = self._worth[own]

    def _wait(self, key: Key, parts: list[Part]) -> None:
        """Keep what begins a secret until its next part comes."""
        if len(self._strings) == _MOST_WAITING:
            oldest = next(iter(self._strings))
            del self._strings[oldest]
            self._worth.pop(oldest, None)
        self._strings[key] = parts
        whole = "".join(text for _, text in parts)
        if self._secrets.pending(whole, least=self._least) < len(whole):
            self._worth[key] = parts[0][0]

    def _take_string(self, parts: list[Part]) -> bool:
        """Star secrets in joined parts, and leave those that begin one; whether one was found."""
        whole = "".join(text for _, text in parts)
        spans = self._secrets.spans(whole) if len(parts) > 1 else []
        for start, end, value in spans:
            self._star_string(_places(parts, start, end), value)
        begun = self._secrets.pending(whole, apart=True)
        while parts and begun >= len(parts[0][1]):
            begun -= len(parts.pop(0)[1])
        if parts:
            at, text = parts[0]
            parts[0] = at + begun, text[begun:]
        return bool(spans)

    def _cut_strings(self) -> Iterable[int]:
        """Yield from where on bytes wait for a string's next part."""
        yield from self._begun.values()
        if self._line.begun:
            # A line that has not ended may hold the rest already.
            yield from (parts[0][0] for parts in self._strings.values())
        else:
            yield from self._worth.values()

    def _star(self, places: Iterable[tuple[int, int, str]]) -> None:
        for start, end, value in places:
            self.found.add(value)
            self._stars.add((start, end))

    def _star_string(self, places: Iterable[tuple[int, int, int]], value: str) -> None:
        for start, end, token in places:
            self._star([(start, end, value)])
            self._hidden_tokens.add(token)
            self._star_beside(self._beside.pop(token, ()))

    def _star_beside(self, places: Iterable[Beside]) -> None:
        for start, end, numbers in places:
            self._stars.add((start, end))
            if numbers:
                self._numbers[start, end] = _starred_numbers(numbers)


def _places(parts: Iterable[Part], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield where a span of the joined parts lies in the body, and where its string ends."""
    for at, text in parts:
        if start < len(text) and end > 0:
            yield at + max(start, 0), at + min(end, len(text)), at + len(text)
        start, end = start - len(text), end - len(text)


def _starred_numbers(numbers: str) -> bytes:
    """Return a list of bytes as long as it was, in which each is a star's."""
    return _NUMBER.sub(lambda one: _STAR_AS_NUMBER[: len(one[0])], numbers).encode()


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


def masked_texts(texts: Sequence[str], secrets: Secrets) -> list[str]:
    """Return texts that follow each other, such as headers, a secret cut by them starred."""
    data = [one.encode("utf-8", "surrogatepass") for one in texts]
    joined = b"".join(data)
    whole = secrets.masked(joined)
    if whole is joined:
        return [secrets.text(one) for one in texts]
    ends = accumulate(map(len, data))
    parts = (whole[end - len(one) : end] for one, end in zip(data, ends, strict=True))
    # What is hidden only as a word of its own is none behind another one.
    return [secrets.text(part.decode("utf-8", "replace")) for part in parts]
