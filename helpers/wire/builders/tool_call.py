"""A tool call, growing from the pieces in its chunks."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..answer import ToolCall
from ..parsing import as_object, parsed
from ..surrogates import SurrogateJoiner, encodable

# How often, and up to which length, arguments are parsed to see whether they are whole.
_TRIES, _LONGEST = 50, 100_000


class GrowingCall:
    """One tool call, growing while its pieces arrive."""

    def __init__(self, place: int) -> None:
        self.id = ""
        self._place = place
        self._name: list[str] = []
        self._name_length = 0
        self._arguments: list[str] = []
        self._ending = ""
        self._named_alone = True
        self._tries = 0
        self._joiner = SurrogateJoiner()

    def add(
        self, call_id: str, name: str, arguments: str, findings: Counter[str]
    ) -> ToolCall | None:
        """What is new in a piece, None if nothing; a repeated id or name is not new."""
        again = self._is_named(name)
        findings["tool-call-name-again"] += again
        findings["tool-call-id-late"] += bool(call_id and not self.id and self._arguments)
        findings["tool-call-id-changes"] += bool(call_id and self.id and call_id != self.id)
        self._named_alone &= not (name and arguments)
        call_id = "" if self.id else encodable(call_id)
        name = "" if again else encodable(name)
        arguments = self._joiner.feed(arguments)
        self.id += call_id
        self._name.append(name)
        self._name_length += len(name)
        self._arguments.append(arguments)
        self._ending = arguments[-8:] or self._ending
        if not (call_id or name or arguments):
            return None
        return ToolCall(call_id, name, arguments, self._place)

    def is_followed_by(self, call_id: str, name: str, arguments: str) -> bool:
        """Whether a piece with these begins another call under the same index."""
        if not name:
            return False
        if call_id or self.id:
            return bool(call_id and self.id) and call_id != self.id
        # Without ids, a name after whole arguments is another call's, unless it only comes again.
        if self._is_named(name) and not arguments and not self._named_alone:
            return False
        return self._is_whole()

    def _is_named(self, name: str) -> bool:
        return len(name) == self._name_length > 0 and name == whole(self._name)

    def _is_whole(self) -> bool:
        """Whether the arguments so far are an object; a server may give cause to ask each time."""
        if not self._ending.rstrip().endswith("}"):
            return False
        self._tries += 1
        if self._tries > _TRIES:
            return False
        text = whole(self._arguments)
        return len(text) <= _LONGEST and bool(as_object(parsed(text)))

    @property
    def so_far(self) -> ToolCall:
        """The call received so far."""
        return ToolCall(self.id, whole(self._name), whole(self._arguments), self._place)


def string(value: Any) -> str:
    """The value if it is a string, "" for anything else."""
    return value if isinstance(value, str) else ""


def whole(pieces: list[str]) -> str:
    """The pieces joined; they are left joined, which keeps repeated calls cheap."""
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""
