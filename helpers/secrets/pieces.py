"""Fragments of a value, from its middle too, that are long enough to be unmistakable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SHORTEST_PIECE = 12
# Four characters in every eight of a text are looked up: each piece contains four of those whole.
_GRAM, _STEP = 4, 8


class Pieces:
    """Finds fragments of values: twelve characters or more, with letters and digits among them."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        """values: each as it is searched for, and as it is."""
        self._places: dict[int, list[tuple[str, int, str]]] = {}
        for seen, value in values:
            if len(seen) > SHORTEST_PIECE:
                for at in range(len(seen) - _GRAM + 1):
                    (gram,) = _grams(seen[at : at + _GRAM])
                    self._places.setdefault(gram, []).append((seen, at, value))

    def found(self, view: str) -> Iterator[tuple[int, int, str]]:
        """Yield the position and value of each fragment in bytes seen as Latin-1, at least once."""
        if len(view) < SHORTEST_PIECE:
            return
        grams = _grams(view)
        if self._places.keys().isdisjoint(grams):
            return
        done = 0
        for number, gram in enumerate(grams):
            for seen, at, value in self._places.get(gram, ()):
                start, end = _grown(view, number * _STEP, seen, at)
                if end > done and end - start >= SHORTEST_PIECE and _is_mixed(view[start:end]):
                    done = end
                    yield start, end, value


def _grams(view: str) -> list[int]:
    data = view.encode("latin-1")
    return memoryview(data)[: len(data) // _GRAM * _GRAM].cast("I")[:: _STEP // _GRAM].tolist()


def _grown(view: str, start: int, seen: str, at: int) -> tuple[int, int]:
    """The widest range around one place in which the text equals the value."""
    end, behind = start + _GRAM, at + _GRAM
    while start and at and view[start - 1] == seen[at - 1]:
        start, at = start - 1, at - 1
    while view[end : end + 1] == seen[behind : behind + 1] != "":
        end, behind = end + 1, behind + 1
    # A quotation mark at its edge may belong to JSON.
    while start < end and not view[start].isalnum():
        start += 1
    while start < end and not view[end - 1].isalnum():
        end -= 1
    return start, end


def _is_mixed(text: str) -> bool:
    """Whether it contains both letters and digits."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))
