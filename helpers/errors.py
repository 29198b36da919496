"""What a person is told when what they asked for cannot be done."""

from __future__ import annotations


class CallError(ValueError):
    """What a person asked for cannot be done: what was expected, what came, what to do."""

    headline = "This cannot be asked"

    def __init__(self, expected: str, came: str, do: str, *, headline: str = "") -> None:
        came = came.removesuffix(".")
        super().__init__(f"Expected {expected}; came {came}. {do}")
        self.headline = headline or self.headline
        self.expected, self.came, self.do = expected, came, do

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the sentences, since the frames tell a reader nothing."""
        return [f"{self.headline}. {self}"]
