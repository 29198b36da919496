"""Secret values, found in every spelling and starred.

The search runs on bytes seen as Latin-1, one character per byte, so that stars can replace a
secret without changing any count or time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import islice

from .beginnings import QUAD, Quads, longest_of, most_of, quads_of, short_heads
from .escapes import ESCAPE, half_of, may_escape, places_in, tag_of, undone, unescaped
from .forms import (
    LONG,
    SHORTEST_APART,
    SHORTEST_JUDGED,
    SHORTEST_MASKED,
    Form,
    all_eights,
    closed,
    eights,
    forms_of,
    is_between,
    is_found_apart,
    parts_of,
)
from .pieces import SHORTEST_PIECE, Pieces
from .shapes import is_secret_name
from .views import Found, as_text, cut_out, is_word, viewed

# A shorter one counts only as a separate word.
_SHORTEST_PART = 8
# JSON inside JSON inside HTML.
_LEVELS = 3
_CONTEXT = 32
# Four letters with separators between them are sought within this many characters.
_SPREAD = 64
# How far back in unfinished text to search for letters with separators between them.
_FARTHEST = 4096
_FEW = 32
# The length of one character as an escape in JSON inside JSON.
_LONGEST_ESCAPE = 16

_FIELD = re.compile(r'"(\w{1,40})"\s{0,4}:\s{0,4}\Z')
_BEHIND = re.compile(r"\s{0,4}[,}\]]")

# Placeholder keys, and the words of the protocol: stars over them would hide nothing and break
# every answer.
_NO_SECRETS = frozenset(
    """sk-no-key-required no-key-required no-key nokey not-needed none null empty ollama
    lm-studio lmstudio dummy fake test unused local anything placeholder your-api-key
    your_api_key password secret admin default changeme openai 1234 12345 123456 12345678 data
    event retry true false index delta content choices message messages model object role user
    system assistant stop length usage error stream finish_reason created text type name
    chat.completion chat.completion.chunk function arguments tool_calls reasoning
    reasoning_content refusal logprobs response output item input input_text output_text
    system_fingerprint service_tier""".split()  # noqa: SIM905 - a list of as many words would be fifty lines
)


def is_worth_masking(value: str) -> bool:
    """Whether a value is long enough for a secret, and not one of the words found everywhere."""
    return len(value) >= SHORTEST_MASKED and value.lower() not in _NO_SECRETS


class Secrets:
    """Secret values, found in every spelling.

    Found are: the value as it is, or escaped for JSON, URLs, HTML or mail, also nested; in
    capitals, backwards, in ROT13, in full-width and other Unicode letters; in hex, numbers, base32,
    base64, base64url and base85, at any offset in the encoded data, with hex and base64 also inside
    each other; and with fifteen letters and digits or more, each of these with anything between the
    letters. A short value or a number is found only as a word of its own.
    Not found are other ciphers, three nested encodings, and compressed data.
    """

    def __init__(self, values: Iterable[str]) -> None:
        self.values = tuple(sorted(filter(is_worth_masking, set(values)), key=len, reverse=True))
        self._forms = [form for value in self.values for form in forms_of(value)]
        self._long = [form for form in self._forms if len(form.close) >= LONG]
        self._short = [form for form in self._forms if len(form.close) < LONG]
        self._middle = [form for form in self._short if is_found_apart(form)]
        self._pieces = Pieces(
            (text, one) for one in self.values if one.isascii() for text in parts_of(one)
        )
        self._eights = {one for form in self._long for one in all_eights(form.close.encode())}
        self._shortest = min((SHORTEST_PIECE, *(len(form.close) for form in self._forms)))
        self._longest = max((len(form.text) for form in self._forms), default=0)
        # A stream repeats the same words again and again, and each is looked up three times.
        self._pending_of_few = lru_cache(maxsize=1024)(self._pending)
        self._heads: dict[int, frozenset[str]] = {}
        self._words = {one for one in self.values if len(one) < _SHORTEST_PART or one.isdigit()}

    @cached_property
    def _quads(self) -> Quads:
        return quads_of(form.text.lower() for form in self._forms)

    @cached_property
    def _close_heads(self) -> frozenset[str]:
        plain = (closed(viewed(one.encode("utf-8", "replace"))).decode() for one in self.values)
        long = (one for one in plain if len(one) >= SHORTEST_APART)
        return frozenset(one[:n] for one in long for n in (1, 2, 3))

    @cached_property
    def _close_quads(self) -> Quads:
        return quads_of(form.close for form in (*self._long, *self._middle))

    @property
    def reach(self) -> int:
        """How far back an incomplete secret may begin, if escaped or with separators."""
        return max(_FARTHEST, _LONGEST_ESCAPE * self._longest)

    def __bool__(self) -> bool:
        return bool(self.values)

    def __repr__(self) -> str:
        return f"<{len(self.values)} secrets>"

    def found_in(self, data: bytes) -> bool:
        """Whether the bytes contain a secret, in any spelling."""
        return any(True for level in _levels(viewed(data)) for _ in self._literal(level))

    def masked(self, data: bytes) -> bytes:
        """The bytes with a star over each byte of every secret."""
        spans = self.spans(viewed(data)) if self else []
        if not spans:
            return data
        stars = bytearray(data)
        for start, end, _ in spans:
            stars[start:end] = b"*" * (end - start)
        return bytes(stars)

    def text(self, value: str) -> str:
        """The text with stars over every secret."""
        if not self.values:
            return value
        data = value.encode("utf-8", "surrogatepass")
        masked = self.masked(data)
        return value if masked is data else masked.decode("utf-8", "replace")

    def hide(self, text: str) -> str:
        """The text for display, with ••• in place of every secret."""
        view = viewed(text.encode("utf-8", "surrogatepass")) if self else ""
        spans = self.spans(view) if view else []
        return as_text(cut_out(view, spans)) if spans else text

    def spans(self, view: str) -> list[Found]:
        """The positions of secrets in bytes seen as Latin-1; they may overlap."""
        if len(view) < self._shortest:
            return []
        found = list(self._literal(view))
        _, *deeper = _levels(view)
        if not any(True for level in deeper for _ in self._literal(level)):
            return found
        at = places_in(view)
        for _ in deeper:
            view, at = undone(view, at)
            found += (Found(at[a][0], at[b - 1][1], one) for a, b, one in self._literal(view))
        return found

    def pending(self, view: str, *, least: int = 1, apart: bool = False) -> int:
        """Where a secret may begin that the next piece completes, the length for none.

        least:  how many of its characters must be there, or a quarter of a short secret if fewer
        apart:  whether one to three letters with separators between them count, too
        """
        look = self._pending_of_few if len(view) <= _FEW else self._pending
        return look(view, least, apart)

    def _pending(self, view: str, least: int, apart: bool) -> int:
        if not may_escape(view):
            return self._begun(view, least, apart)
        levels = _levels(view)
        begun = [self._begun(one, least, apart) for one in levels]
        if begun == [*map(len, levels)]:
            return len(view)
        first, at = begun[0], places_in(view)
        for start in begun[1:]:
            view, at = undone(view, at)
            first = min(first, at[start][0])
        return first

    def _begun(self, view: str, least: int, apart: bool) -> int:
        """Where a secret begins that the end of the text cuts off, the length for none."""
        half = half_of(view, _CONTEXT) if may_escape(view[-_CONTEXT:]) else len(view)
        begun = half if least == 1 else len(view)
        for cut in {half, tag_of(view) if "<" in view else half}:
            head = self._head(view[max(0, cut - self._longest) : cut].lower(), least)
            if head := max(head, self._close_head(view[:cut], apart)):
                begun = min(begun, cut - head)
        return begun

    def _head(self, tail: str, least: int) -> int:
        """How many characters at the end of the text are the beginning of a form."""
        known = self._quads.get(tail[-QUAD:])
        if known and (longest := longest_of(known, tail)):
            return longest
        if least not in self._heads:
            self._heads[least] = frozenset(short_heads(self._forms, least))
        return most_of(tail, self._heads[least])

    def _close_head(self, cut: str, apart: bool) -> int:
        """How long the beginning of a form with separators is that ends a text.

        Without separators, `_head` finds it.
        """
        last = closed(cut[-_SPREAD:])[-QUAD:].decode()
        count = 0
        if known := self._close_quads.get(last):
            count = longest_of(known, closed(cut[-_FARTHEST:]).decode())
        if apart and not count:
            count = most_of(last, self._close_heads)
        if not count:
            return 0
        places = (n for n in range(1, len(cut) + 1) if not is_between(cut[-n]))
        return next(islice(places, count - 1, None), 0)

    def _literal(self, view: str) -> Iterator[Found]:
        if self._short:
            yield from self._of(self._short, view)
        yield from map(Found._make, self._pieces.found(view.lower()))
        close = closed(view)
        if self._middle:
            yield from self._apart(self._middle, view, close.decode(), [])
        if self._eights.isdisjoint(eights(close)):
            return
        whole = list(self._of(self._long, view))
        yield from whole
        yield from self._apart(self._long, view, close.decode(), whole)

    def _of(self, forms: Iterable[Form], view: str) -> Iterator[Found]:
        small = view.lower()
        for text, stem, _, value in forms:
            seen = small if len(value) >= SHORTEST_JUDGED else view
            start = seen.find(stem)
            while start >= 0:
                end = start + len(stem)
                while end - start < len(text) and seen[end : end + 1] == text[end - start]:
                    end += 1
                if self._is_meant(view, start, end, value):
                    yield Found(start, end, value)
                start = seen.find(stem, start + 1)

    def _is_meant(self, view: str, start: int, end: int, value: str) -> bool:
        """Whether a match is a secret: a short value must be a separate word and not a count."""
        if value not in self._words:
            return True
        count = len(value) < SHORTEST_JUDGED and value.isdigit() and _is_count(view, start, end)
        return is_word(view, start, end) and not count

    def _apart(
        self, forms: Iterable[Form], view: str, close: str, whole: list[Found]
    ) -> Iterator[Found]:
        """Yield where all letters of a form occur in order with separators between them."""
        at: list[int] = []
        for form in forms:
            start = close.find(form.close)
            while start >= 0:
                at = at or [n for n, one in enumerate(view) if not is_between(one)]
                found = Found(at[start], at[start + len(form.close) - 1] + 1, form.value)
                if not any(one.start <= found.start and found.end <= one.end for one in whole):
                    yield found
                start = close.find(form.close, start + 1)


@lru_cache(maxsize=8)
def _levels(view: str) -> tuple[str, ...]:
    """The text, and the text with its escapes undone once, twice, three times.

    Cached, since the same text is searched for whole secrets and then for beginnings at its end.
    """
    levels = [view]
    while len(levels) <= _LEVELS and may_escape(view):
        view = ESCAPE.sub(unescaped, view)
        if view == levels[-1]:
            break
        levels.append(view)
    return tuple(levels)


@lru_cache(maxsize=64)
def secrets_among(values: frozenset[str]) -> Secrets:
    """The `Secrets` of these values, cached because every request to an endpoint needs it."""
    return Secrets(values)


def _is_count(view: str, start: int, end: int) -> bool:
    """Whether a number is the value of a JSON field, which would not be JSON with stars over it."""
    named = _FIELD.search(view, max(0, start - _CONTEXT * 2), start)
    return bool(named and _BEHIND.match(view, end) and not is_secret_name(named[1]))
