"""Pieces of a value, out of its middle too, that are long enough to be nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SHORTEST_PIECE = 12
# A piece of so many letters holds this many that begin at a multiple of it.
_GRAM = 4


class Pieces:
    """What finds twelve characters or more of a value, figures and letters among them."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        """values: as they are seen, and as they are."""
        self._places: dict[int, list[tuple[str, int, str]]] = {}
        for seen, value in values:
            if len(seen) > SHORTEST_PIECE:
                for at in range(len(seen) - _GRAM + 1):
                    (gram,) = _grams(seen[at : at + _GRAM])
                    self._places.setdefault(gram, []).append((seen, at, value))

    def found(self, view: str) -> Iterator[tuple[int, int, str]]:
        """Yield where pieces stand in bytes seen as Latin-1, each once at least."""
        if len(view) < SHORTEST_PIECE:
            return
        grams = _grams(view)
        common = self._places.keys() & grams
        done = 0
        for number in (n for n, gram in enumerate(grams) if gram in common) if common else ():
            for seen, at, value in self._places[grams[number]]:
                start, end = _grown(view, number * _GRAM, seen, at)
                if end > done and end - start >= SHORTEST_PIECE and _is_mixed(view[start:end]):
                    done = end
                    yield start, end, value


def _grams(view: str) -> list[int]:
    data = view.encode("latin-1")
    return memoryview(data)[: len(data) // _GRAM * _GRAM].cast("I").tolist()


def _grown(view: str, start: int, seen: str, at: int) -> tuple[int, int]:
    """Return from where to where the text is the same as the value around one place."""
    end, behind = start + _GRAM, at + _GRAM
    while start and at and view[start - 1] == seen[at - 1]:
        start, at = start - 1, at - 1
    while view[end : end + 1] == seen[behind : behind + 1] != "":
        end, behind = end + 1, behind + 1
    # A quotation mark around it may be JSON's.
    while start < end and not view[start].isalnum():
        start += 1
    while start < end and not view[end - 1].isalnum():
        end -= 1
    return start, end


def _is_mixed(text: str) -> bool:
    """Whether it is more than words, and more than a number."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))
