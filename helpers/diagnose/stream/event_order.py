"""Where a stream breaks the Responses API's event grammar: pure, from its steps alone.

created → output_item.added → content_part.added → delta … → done → content_part.done →
output_item.done → … → completed, incomplete, failed or error. Reasoning and calls have no content
parts; events of other types may appear anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...wire.builders.builder import Step
from ...wire.builders.response_items import CALLS
from ...wire.builders.responses import ARGUMENTS, COMPLETED, PIECES, TERMINAL

_OPENING = ("response.created", "response.queued")
_OF_ITEMS = ("response.output_item", "response.content_part")
_OF_A_MESSAGE = {name for name in PIECES if "reasoning" not in name}
Broken = dict[str, list[Step]]


@dataclass(eq=False)
class _Item:
    """One item of the output, as far as its events show.

    parts, open, texts:  the parts announced; the parts, and the texts, not yet done
    last:  the highest part number so far, -1 before any
    """

    added: Step
    kind: str
    parts: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    texts: set[int] = field(default_factory=set)
    last: int = -1
    done: bool = False


def broken_rules(steps: Sequence[Step]) -> Broken:
    """The broken rules by name, each with the steps that break it.

    steps:  those of a whole stream; a break-off is not reported here, as every cut causes one
    """
    grammar = _Grammar()
    for step in steps:
        if step.type.startswith("response."):
            grammar.take(step)
    grammar.end()
    labels = {name: found for name, found in _labels(steps) if found}
    return grammar.broken | labels


class _Grammar:
    """Follows the events of one response and notes those that come at the wrong place."""

    def __init__(self) -> None:
        self.broken: Broken = {}
        self._began = False
        self._completed: Step | None = None
        self._ended = False
        # A dict for its order: an item that is announced twice is found in one lookup.
        self._items: dict[_Item, None] = {}
        self._by_id: dict[str, _Item] = {}
        self._by_place: dict[int, _Item] = {}

    def take(self, step: Step) -> None:
        """Process the next event."""
        if not self._began and step.type not in _OPENING:
            self._break("no-created-event", step)
        self._began = True
        if self._ended:
            # The assembler of the answer leaves them out, and counts them.
            return
        what, _, verb = step.type.rpartition(".")
        if step.type in TERMINAL:
            self._ended = True
            self._completed = step if step.type == COMPLETED else None
        elif what == "response.output_item":
            self._item(step, verb)
        elif what == "response.content_part":
            self._part(step, verb)
        elif (what in PIECES or what in ARGUMENTS) and verb in ("delta", "done"):
            self._content(step, what, verb)

    def end(self) -> None:
        """Process the end: a completed response must have finished everything it began."""
        if self._completed is not None:
            for item in self._items:
                if not item.done:
                    self._break("item-not-done", item.added)

    def _break(self, name: str, step: Step) -> None:
        self.broken.setdefault(name, []).append(step)

    def _item(self, step: Step, verb: str) -> None:
        item = self._find(step)
        if verb == "added":
            if item is not None and not item.done:
                self._break("item-added-again", step)
                self._items.pop(item, None)
            item = _Item(step, step.kind)
            self._items[item] = None
            if step.item:
                self._by_id[step.item] = item
            if step.place is not None:
                self._by_place[step.place] = item
        elif item is None:
            self._break("item-not-added", step)
        else:
            item.done = True
            self._finish(item, step)

    def _finish(self, item: _Item, step: Step) -> None:
        """Note which parts of an item were still open when it was declared done."""
        if item.open:
            self._break("part-not-done", step)
        if item.texts:
            self._break("arguments-not-done" if item.kind in CALLS else "text-not-done", step)

    def _part(self, step: Step, verb: str) -> None:
        item = self._find(step)
        if item is None:
            self._break("item-not-added", step)
            return
        part = step.part if step.part is not None else item.last + (verb == "added")
        item.last = max(item.last, part)
        item.parts.add(part)
        _mark(item.open, part, done=verb == "done")

    def _content(self, step: Step, what: str, verb: str) -> None:
        item = self._find(step)
        if item is None:
            self._break("item-not-added", step)
            return
        if item.kind == "message" and what in _OF_A_MESSAGE and not self._has_part(item, step):
            self._break("part-not-added", step)
        part = step.part if step.part is not None else max(item.last, 0)
        _mark(item.texts, part, done=verb == "done")

    def _has_part(self, item: _Item, step: Step) -> bool:
        return bool(item.parts) if step.part is None else step.part in item.parts

    def _find(self, step: Step) -> _Item | None:
        """The item a step belongs to: by its id, by its index, or else the one that is open."""
        by_id = self._by_id.get(step.item)
        if by_id is not None:
            return by_id
        by_place = None if step.place is None else self._by_place.get(step.place)
        if by_place is not None and step.item and by_place.added.item and not by_place.done:
            if not step.type.endswith("item.added"):
                self._break("id-changes", step)
            return by_place
        if by_place is not None or step.place is not None or step.item:
            return by_place
        return next(reversed(self._items), None)


def _mark(unfinished: set[int], part: int, *, done: bool) -> None:
    """Note that a part was announced or is done."""
    (unfinished.discard if done else unfinished.add)(part)


def _labels(steps: Sequence[Step]) -> Iterator[tuple[str, list[Step]]]:
    """Yield faults in names, numbers and places; other event types need none of these."""
    ours = [step for step in steps if step.type.startswith("response.") or step.type == "error"]
    numbered = [(step.number, step) for step in ours if step.number is not None]
    yield "no-place", [step for step in ours if step.place is None and _is_placed(step)]
    yield "no-event-names", [step for step in ours if step.name == "message"]
    yield "names-differ", [step for step in ours if step.name not in ("message", step.type)]
    yield "no-numbers", [step for step in ours if step.number is None]
    pairs = pairwise(numbered)
    yield "numbers-not-rising", [step for (last, _), (number, step) in pairs if number <= last]
    # Events of other types, such as keep-alives, are numbered, too.
    every = [(step.number, step) for step in steps if step.number is not None]
    gaps = pairwise(every)
    yield "numbers-missing", [step for (last, _), (number, step) in gaps if number > last + 1]


def _is_placed(step: Step) -> bool:
    """Whether an event belongs to an item of the output."""
    what = step.type.rpartition(".")[0]
    return what in PIECES or what in ARGUMENTS or what in _OF_ITEMS
