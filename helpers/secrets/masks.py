"""Stars over secrets in data that arrives in pieces, wherever the pieces are cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

from .lines import LINE, Beside, Line, String, inner, is_said
from .spellings import Secrets
from .views import Part, as_text, cut_out, places, starred_numbers, viewed

_CONTEXT = 64
_MOST_HELD = 1 << 16
# The most strings that wait for their next part; a server may use a new name in every line.
_MOST_WAITING = 500

Key = tuple[str, ...]


class Mask:
    """Hides secrets in displayed text that arrives in pieces, even if one is split between pieces.

    A possible beginning of a secret is held back until the next piece decides.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._held = ""

    def feed(self, piece: str) -> str:
        """The part of the text that is now safe to show."""
        if not self._secrets:
            return piece
        view = self._held + viewed(piece.encode("utf-8", "surrogatepass"))
        spans, safe = self._secrets.spans(view), self._secrets.pending(view)
        # A beginning inside a secret that is hidden already is held back with it.
        safe = min([safe, *(start for start, end, _ in spans if start < safe < end)])
        self._held = view[safe:]
        return as_text(cut_out(view[:safe], [one for one in spans if one.end <= safe]))

    def close(self) -> str:
        """The text that was held back, since nothing follows."""
        view, self._held = self._held, ""
        return as_text(cut_out(view, self._secrets.spans(view)))


class BodyMask:
    """Stars over secrets in a body that arrives in reads, each of which keeps its length.

    A secret may be split between reads, and between the events of a stream, each of which has a few
    letters of one JSON string. A read that ends with a possible beginning is held back until the
    next. If a token in `logprobs` is starred, so are its bytes and the alternatives to it; a list
    of numbers stays a list of numbers.
    least:  how many letters of a beginning are worth waiting for; a read with fewer is released
    found:  the secrets that were in the body
    """

    def __init__(self, secrets: Secrets, *, least: int = 1) -> None:
        self.found: set[str] = set()
        self._secrets = secrets
        self._least = least
        self._reads: list[tuple[int, bytes, bytes]] = []
        self._stars: set[tuple[int, int]] = set()
        # The end of what has arrived, in which a secret may have begun.
        self._tail = ""
        self._came = 0
        self._line = Line()
        # In the unfinished line: the strings by name, and where those worth waiting for begin.
        self._open: dict[str, list[Part]] = {}
        self._begun: dict[str, int] = {}
        self._numbers: dict[tuple[int, int], bytes] = {}
        self._beside: dict[int, list[Beside]] = {}
        self._hidden_tokens: set[int] = set()
        self._strings: dict[Key, list[Part]] = {}
        self._worth: dict[Key, int] = {}

    def feed(self, data: bytes) -> list[bytes]:
        """The reads, in order, that can no longer change."""
        if not self._secrets:
            return [data]
        # Without its zero bytes, UTF-16 reads as the ASCII that a key is.
        whole, data = data, data.replace(b"\0", b"")
        self._reads.append((self._came, data, whole))
        self._came += len(data)
        view = viewed(data)
        window = self._tail + view
        at = self._came - len(window)
        spans = self._secrets.spans(window)
        self._star((at + start, at + end, value) for start, end, value in spans)
        self._take_lines(view)
        begun = self._secrets.pending(window, least=self._least)
        safe = at + begun
        # A secret found at the very end may also continue.
        end = len(window)
        kept = min([begun, end - _CONTEXT, *(one.start for one in spans if one.end == end)])
        self._tail = window[max(0, kept, end - self._secrets.reach) :]
        if self._came - self._reads[0][0] < _MOST_HELD + len(data):
            safe = min([safe, *self._cut_strings()])
        return self._settled(safe)

    def close(self) -> list[bytes]:
        """The reads that were held back, since nothing follows."""
        self._end_line()
        return self._settled(self._came)

    def _settled(self, safe: int) -> list[bytes]:
        settled = []
        while self._reads and self._reads[0][0] + len(self._reads[0][1]) <= safe:
            settled.append(self._starred(*self._reads.pop(0)))
        if not self._reads:
            for kept in (self._stars, self._numbers, self._beside, self._line.lists):
                kept.clear()
        return settled

    def _starred(self, at: int, data: bytes, whole: bytes) -> bytes:
        if not self._stars:
            return whole
        stars = bytearray(data)
        for start, end in self._stars:
            first, last = max(start - at, 0), min(end - at, len(data))
            if first < last:
                hidden = self._numbers.get((start, end), b"*" * (end - start))
                stars[first:last] = hidden[at + first - start : at + last - start]
        left = iter(stars)
        return bytes(next(left) if one else 0 for one in whole)

    def _take_lines(self, text: str) -> None:
        at = self._came - len(text)
        for piece in LINE.findall(text):
            if self._line.begun or not piece.isspace():
                self._take_piece(at, piece)
            at += len(piece)

    def _take_piece(self, at: int, piece: str) -> None:
        for string in self._line.feed(at, piece):
            self._take_open(*string)
        if self._line.beside:
            self._take_beside()
        if piece.endswith(("\n", "\r")):
            self._end_line()

    def _take_open(self, name: str, at: int, text: str) -> None:
        """Append a string to those of its name in the same line, such as the tokens of a list."""
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
        """Append each string of the line to those of its name in earlier lines."""
        line, self._line = self._line, Line(self._line)
        self._begun.clear()
        self._open.clear()
        if strings := [*line.strings, *line.end()]:
            self._take_strings(strings, line.indexes)
        self._hidden_tokens.clear()

    def _take_strings(self, strings: Sequence[String], indexes: list[str]) -> None:
        # Each choice in a chunk continues its own text, so a name's second string is kept apart.
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
            for place, inside in inner(at, text):
                self._put_behind((name, "inner"), place, inside)

    def _put_behind(self, key: Key, at: int, text: str) -> tuple[list[Part], list[Part]]:
        """Append a string to those of a key; the parts before, and those that still wait alone."""
        before = self._strings.pop(key, [])
        parts = [*before, (at, text)]
        found = self._take_string(parts)
        self._worth.pop(key, None)
        if parts:
            self._wait(key, parts)
        # A secret that was found needs no continuation from other strings.
        return before, [] if found else parts

    def _put_among(
        self, key: Key, own: Key, before: list[Part], parts: list[Part], at: int, text: str
    ) -> None:
        """Append a string to earlier ones of any index, or of any name.

        own:            the key of the string by itself
        before, parts:  the parts under that key before it, and those left now
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
        """Keep parts that may begin a secret until the next part arrives."""
        if len(self._strings) == _MOST_WAITING:
            oldest = next(iter(self._strings))
            del self._strings[oldest]
            self._worth.pop(oldest, None)
        self._strings[key] = parts
        whole = "".join(text for _, text in parts)
        if self._secrets.pending(whole, least=self._least) < len(whole):
            self._worth[key] = parts[0][0]

    def _take_string(self, parts: list[Part]) -> bool:
        """Star secrets in joined parts, and keep those that begin one; whether one was found."""
        whole = "".join(text for _, text in parts)
        spans = self._secrets.spans(whole) if len(parts) > 1 else []
        for start, end, value in spans:
            self._star_string(places(parts, start, end), value)
        begun = self._secrets.pending(whole, apart=True)
        while parts and begun >= len(parts[0][1]):
            begun -= len(parts.pop(0)[1])
        if parts:
            at, text = parts[0]
            parts[0] = at + begun, text[begun:]
        return bool(spans)

    def _cut_strings(self) -> Iterable[int]:
        """Yield the positions from which bytes wait for a string's next part."""
        yield from self._begun.values()
        yield from self._line.unread
        if self._line.begun:
            # The unfinished line may already hold the rest.
            yield from (parts[0][0] for parts in self._strings.values())
        else:
            yield from self._worth.values()

    def _star(self, places: Iterable[tuple[int, int, str]]) -> None:
        for start, end, value in places:
            self.found.add(value)
            self._stars.add((start, end))

    def _star_string(self, places: Iterable[tuple[int, int, int]], value: str) -> None:
        for start, end, token in places:
            if listed := self._line.lists.get(token):
                self.found.add(value)
                self._star_beside([listed])
                continue
            self._star([(start, end, value)])
            self._hidden_tokens.add(token)
            self._star_beside(self._beside.pop(token, ()))

    def _star_beside(self, places: Iterable[Beside]) -> None:
        for start, end, numbers in places:
            self._stars.add((start, end))
            if numbers:
                self._numbers[start, end] = starred_numbers(numbers)


def masked_reads(
    reads: Iterable[tuple[float, bytes]], secrets: Secrets
) -> list[tuple[float, bytes]]:
    """The reads of a decoded body with stars over every secret, split or whole."""
    mask = BodyMask(secrets)
    times, pieces = [], []
    for at_s, data in reads:
        times.append(at_s)
        pieces += mask.feed(data)
    return list(zip(times, pieces + mask.close(), strict=True))


def masked_texts(texts: Sequence[str], secrets: Secrets) -> list[str]:
    """Consecutive texts, such as headers, with stars even over a secret split between them."""
    data = [one.encode("utf-8", "surrogatepass") for one in texts]
    joined = b"".join(data)
    whole = secrets.masked(joined)
    if whole is joined:
        return [secrets.text(one) for one in texts]
    ends = accumulate(map(len, data))
    parts = (whole[end - len(one) : end] for one, end in zip(data, ends, strict=True))
    # Once more one by one: in the joined text, a short secret may not be a separate word.
    return [secrets.text(part.decode("utf-8", "replace")) for part in parts]
