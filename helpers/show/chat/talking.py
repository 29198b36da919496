"""What a conversation does beneath its public functions: one step after another, and the display.

A step is at least one request; one that calls tools continues until the model calls no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from ...checks.chat.calls import MOST_ROUNDS, TOO_MANY, Called, answer
from ...checks.chat.functions import Tool, tool_of
from ...checks.chat.imported import Imported
from ...checks.chat.sums import Sums, sums
from ...checks.chat.trying import context_of
from ...checks.chat.turns import Conversation, Kind, Round, Step, Turn
from ...client.exchange import Exchange
from ...endpoint import CallError
from ...finding import Finding
from ...signatures import checked
from ...wire.answer import ToolCall
from ...wire.request import Request, chat
from ...wording import counted
from ..output import Bundle, Place
from ..panel.following import Beside
from ..panel.panel import Panel
from ..panel.typed import as_body
from ..panel.widgets import show as show_widget
from .controls import TurnControls
from .page import joined, sums_line, turn_bundle
from .pages import MOST_PARTS, Pages
from .waiting import Growing, Waiting

Function = TypeVar("Function", bound=Callable[..., Any])


class Talking(Panel):
    """A panel whose Send adds a turn to the conversation, with the turns below it."""

    @checked
    def __init__(
        self, *, system: str = "", tools: Iterable[Callable[..., Any]] = (), **given: Any
    ) -> None:
        super().__init__(**given)
        self._given = {"system": system, **given}
        self.conversation = Conversation()
        self.tried: list[Finding] = []
        self._pages = Pages()
        self._bundles: list[Bundle] = []
        self._editing = self._in_panel = self._is_shown = False
        self._controls.system.value = system
        self._buttons = TurnControls(self._controls)
        self._waiting = Waiting(self._controls)
        self._tools: dict[str, Tool] = {}
        self._before_asking: Callable[[], None] = lambda: None
        # A turn may be several requests, and the next one waits for all of them.
        self._whole = asyncio.Lock()
        for function in tools:
            self.tool(function)
        self._follow_turns()

    @property
    def turns(self) -> list[Turn]:
        """What was said and answered, the newest last."""
        return self.conversation.turns

    @property
    def sums(self) -> Sums:
        """Its token counts so far, and how much of the context is used."""
        model = self.exchange.request.model if self.exchange else ""
        return sums(self.conversation, context_of(self._models, model))

    def tool(self, function: Function, *, auto: bool = False) -> Function:
        """Offer a Python function to the model: `chat.tool(get_weather)`, or as a decorator.

        Its type hints and its docstring become the schema. A call waits for Run in the panel.
        auto:    runs it at once; for functions that do no harm
        raises:  ToolError for hints that cannot be expressed in a schema
        """
        offered = tool_of(function, auto=auto)
        self._tools[offered.name] = offered
        return function

    async def show(self) -> None:
        """Show the panel in this cell, and below it the conversation so far."""
        self._pages, self._in_panel, self._is_shown = Pages(), False, True
        await super().show()
        for count in range(bool(self._bundles), len(self._bundles) + 1):
            self._pages.show(self._bundles[:count])

    def stop(self) -> None:
        """End the answer that is coming, or decline the waiting call; what has come is kept."""
        self._waiting.answer(False)
        super().stop()

    def start_over(self) -> None:
        """Forget what was said, and begin a new conversation."""
        if self._bundles:
            self._pages.show([])
        self.conversation, self._bundles, self.tried = Conversation(), [], []
        self._show_sums()

    def _take_over(self, imported: Imported) -> None:
        """Replace the conversation with one that was held elsewhere.

        Before there is a panel, nothing is shown, as it would end up above the panel.
        """
        self.start_over()
        self.conversation = imported.conversation
        c = self._controls
        c.system.value = imported.system
        if asked := imported.conversation.asked:
            self._fields.api = asked[-1].exchange.request.api
        if imported.tools:
            c.extra_body.value = as_body({**self._fields.extra_body, "tools": [*imported.tools]})
        if self._is_shown:
            self._refresh()
        else:
            self._bundles = self._bundled(self.turns, kept=())
            self._show_sums()
        turns = counted(len(self.turns), "turn")
        self._readout.remarks([f"{turns} from a file are below. What you say next continues them."])

    async def _ask(
        self, stream: bool, place: Place, beside: Beside | None = None, title: str = "", **_: Any
    ) -> Exchange:
        """What Send does: say the prompt, or replace the last one with it."""
        kind: Kind = "edit" if self._editing else "say"
        self._editing = False
        turn = await self._take(Step(kind, self._controls.prompt.value), stream)
        return turn.exchange

    async def _take(self, step: Step, stream: bool | None = None) -> Turn:
        """Do a step, and answer the model's calls until it makes no more."""
        streamed = self._fields.stream if stream is None else stream
        async with self._whole:
            turn = await self._do(step, streamed)
            if not self.turns or turn is not self.turns[-1]:
                return turn
            for _ in range(MOST_ROUNDS):
                if not await self._answer_calls():
                    break
                await self._do(Step("results"), streamed)
            self._note_calls([Called(call, "not run", TOO_MANY) for call in self._calls()])
            return self.turns[-1]

    async def _do(self, step: Step, stream: bool) -> Turn:
        exchange = await self._send_step(step, stream)
        if self.conversation.give_way(exchange):
            exchange = await self._send_step(step, stream)
            self.conversation.settle(exchange)
        if not exchange.endpoint.url and (self.turns or not step.prompt.strip()):
            # The fields describe no request: the panel says why, and the typed text is kept.
            self._controls.prompt.value = step.prompt
            self._refresh()
            return Turn(step.prompt, (Round(exchange),))
        self.conversation.take(step, exchange)
        self._refresh(mark=self._controls.shield.shown)
        return self.turns[-1]

    def _calls(self) -> tuple[ToolCall, ...]:
        """The calls of the last answer that have not been answered."""
        one = self.turns[-1].rounds[-1] if self.turns and self.turns[-1].rounds else None
        return one.exchange.answer.tool_calls if one and one.own and not one.called else ()

    async def _answer_calls(self) -> bool:
        """Run what may be run; whether the model should then continue."""
        called = [await answer(call, self._tools, self._waiting.allow) for call in self._calls()]
        self._note_calls(called)
        return bool(called) and all(one.outcome != "not run" for one in called)

    def _note_calls(self, called: list[Called]) -> None:
        if called:
            self.conversation.note_calls(called)
            self._refresh(mark=self._controls.shield.shown)

    async def _send_step(self, step: Step, stream: bool) -> Exchange:
        self._before_asking()
        place = self._pages.live if self._cell.is_current else Place()
        return await super()._ask(
            stream, place, Growing(place, shaped=bool(self.conversation.shape_for(step))),
            request=lambda how: self._request_for(step, how),
            parts=MOST_PARTS,
        )  # fmt: skip

    def _request_for(self, step: Step, stream: bool) -> Request:
        """The request of a step, built when it is its turn; its prompt moves below the panel."""
        if step.kind in ("say", "edit") and not step.prompt.strip():
            raise CallError(
                "a prompt", "an empty one", "Type what to say, then Send.",
                headline="There is nothing to say",
            )  # fmt: skip
        given = {**self._fields.parameters, **step.parameters, "messages": ()}
        if self._tools:
            offered = [tool.as_sent(self._fields.api) for tool in self._tools.values()]
            given["tools"] = [*(given.get("tools") or []), *offered]
        if shape := self.conversation.shape_for(step):
            given |= shape.as_sent
        request = chat(
            self.conversation.to_send(step), stream=stream, api=self._fields.api, **given
        )
        self._refresh(coming=step)
        if step.kind != "results":
            self._controls.prompt.value = ""
        return request

    def _refresh(self, *, coming: Step | None = None, mark: str = "") -> None:
        """Show the turns, the last of which is new, or is about to come."""
        turns, last = [*self.turns], len(self.turns)
        if coming and coming.kind == "say":
            turns.append(Turn(coming.prompt))
        elif coming and coming.kind in ("again", "edit"):
            turns[-1] = Turn(coming.prompt or turns[-1].prompt)
        kept = self._bundles[: max(0, min(last, len(turns)) - 1)]
        self._bundles = self._bundled(turns, kept=kept, mark=mark)
        here = self._cell.is_current
        self._pages.show(self._bundles, here=here)
        if here and not coming:
            self._pages.live.clear()
        self._show_sums()

    def _bundled(
        self, turns: Sequence[Turn], *, kept: Sequence[Bundle], mark: str = ""
    ) -> list[Bundle]:
        """Turns as they are shown, reusing the first ones; only the last one is unfolded."""
        last = len(turns)
        return [
            *kept,
            *(
                turn_bundle(n, turns[n - 1], mark=mark if n == last else "", folded=n < last)
                for n in range(len(kept) + 1, last + 1)
            ),
        ]

    def _show_sums(self) -> None:
        self._buttons.say(sums_line(self.sums, short=True), sums_line(self.sums))
        again = self._controls.again
        if self._in_panel:
            again.value = joined(self._bundles)["text/html"]
            show_widget(again, bool(again.value))

    def _follow_turns(self) -> None:
        buttons = self._buttons
        buttons.again.on_click(lambda _: self._click(Step("again")))
        buttons.go_on.on_click(lambda _: self._click(Step("go on")))
        buttons.edit.on_click(lambda _: self._edit_last())
        buttons.new.on_click(lambda _: self._new())
        self._controls.show_answer.on_click(lambda _: self._show_in_panel())
        self._show_sums()

    def _click(self, step: Step) -> None:
        if not self._turn.locked() and (self._clicked is None or self._clicked.done()):
            self._clicked = self._run(self._take(step))

    def _edit_last(self) -> None:
        """Put the last prompt back into the field; Send then replaces it."""
        if self.turns:
            self._editing = True
            self._controls.prompt.value = self.turns[-1].prompt
            self._readout.remarks([f"Send now replaces turn {len(self.turns)}."])

    def _new(self) -> None:
        if not self._turn.locked():
            self.start_over()

    def _show_in_panel(self) -> None:
        """Show the conversation in the panel itself: the outputs went to a page that is gone."""
        self._in_panel = True
        self._show_sums()
