"""The error for a request that cannot be carried out as given, and what IPython shows of errors."""

from __future__ import annotations

from .secrets.shapes import without_keys

INTERRUPTED = "■ Interrupted. What had come by then is kept."


class CallError(ValueError):
    """A request cannot be carried out: what was expected, what came, what to do."""

    headline = "This cannot be asked"

    def __init__(self, expected: str, came: str, do: str, *, headline: str = "") -> None:
        # Any part may quote what was typed, and a key may be typed anywhere.
        expected, came, do = map(without_keys, (expected, came.removesuffix("."), do))
        super().__init__(f"Expected {expected}; got {came}. {do}")
        self.headline = headline or self.headline
        self.expected, self.came, self.do = expected, came, do

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the message alone, since the frames would not help a reader."""
        return [f"{self.headline}. {self}"]


def shown_as(error: BaseException, words: str) -> None:
    """Have IPython show these words in place of an error's frames; it still ends the cell."""
    vars(error)["_render_traceback_"] = lambda: [words]
