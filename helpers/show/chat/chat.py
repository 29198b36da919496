"""A conversation in a cell: the panel, the buttons that turns need, and the turns below it.

A click and a cell go the same way: Send says what the prompt holds, and so does `chat.say()`.
"""

from __future__ import annotations

from typing import Any

from ...checks.chat.judging import judge
from ...checks.chat.trying import Tried, context_end, context_of, stop_and_go_on
from ...checks.chat.turns import Conversation, Kind, Round, Step, Sums, Turn, TurnError, sums
from ...client.exchange import Exchange
from ...finding import Finding
from ...wire.request import Request, chat
from ..output import Bundle, Place
from ..panel.following import Beside
from ..panel.panel import Panel
from ..panel.widgets import show as show_widget
from ..plotting import Plot
from ..table import Table
from .controls import TurnControls
from .page import HEADS, row, sums_line, turn_bundle
from .pages import MOST_PARTS, Pages, joined
from .plots import turns_plot
from .tried import tried_table


class Chat(Panel):
    """A conversation: `await chat.say("…")`, then `chat.turns`, `chat.messages`, `chat.table`.

    tried:  what questions beside the conversation found
    """

    def __init__(self, *, system: str = "", **given: Any) -> None:
        super().__init__(**given)
        self.conversation = Conversation()
        self.tried: list[Finding] = []
        self._pages = Pages()
        self._bundles: list[Bundle] = []
        self._editing = self._in_panel = False
        self._controls.system.value = system
        self._buttons = TurnControls(self._controls)
        self._follow_turns()

    @property
    def turns(self) -> list[Turn]:
        """What was said and answered, the newest last."""
        return self.conversation.turns

    @property
    def messages(self) -> tuple[Any, ...]:
        """The conversation as a request holds it, the server's own messages as they came."""
        return self.conversation.messages

    @property
    def sums(self) -> Sums:
        """What it took so far, and how much of the context that is."""
        model = self.exchange.request.model if self.exchange else ""
        return sums(self.conversation, context_of(self._models, model))

    @property
    def findings(self) -> list[Finding]:
        """Whether it holds up, and what only its turns show."""
        return judge(self.conversation)

    @property
    def table(self) -> Table:
        """The turns as rows."""
        asked = [(number, turn) for number, turn in enumerate(self.turns, 1) if turn.rounds]
        records = tuple(turn.exchange.to_dict() for _, turn in asked)
        return Table(HEADS, tuple(row(*one) for one in asked), records)

    @property
    def by_turn(self) -> Plot:
        """First text and the prompt's length by turn, as a plot."""
        return turns_plot(self.turns)

    async def show(self) -> None:
        """Show the panel in this cell, and below it what was said so far."""
        self._pages, self._in_panel = Pages(), False
        await super().show()
        for count in range(bool(self._bundles), len(self._bundles) + 1):
            self._pages.show(self._bundles[:count])

    async def say(self, prompt: str = "", *, stream: bool | None = None) -> Turn:
        """Say something as Send does, or what the prompt field holds: `await chat.say("shorter")`.

        Called in another cell than the panel's, the answer streams into that one, too.
        """
        return await self._take(Step("say", prompt or self._controls.prompt.value), stream)

    async def regenerate(self) -> Turn:
        """Ask for the last answer again; the one before stays with it, folded."""
        return await self._take(Step("again"))

    async def edit(self, prompt: str) -> Turn:
        """Say something else in the place of what was said last: `await chat.edit("a hill")`."""
        return await self._take(Step("edit", prompt))

    async def carry_on(self) -> Turn:
        """Let the last answer go on where it stopped; not every server does."""
        return await self._take(Step("go on"))

    def start_over(self) -> None:
        """Forget what was said, and begin a new conversation."""
        self.conversation, self._bundles, self.tried = Conversation(), [], []
        self._pages.show([])
        self._show_sums()

    async def try_stopping(self) -> Table:
        """Whether a stopped answer can be gone on with, asked beside the conversation."""
        return self._found(await stop_and_go_on(self._first))

    async def find_context_end(self, *, deep: bool = False) -> Table:
        """Where the context ends, and whether that is said, by ever longer prompts.

        deep:  asks a public address that wants a key, too: the prompts may cost money
        """
        return self._found(await context_end(self._first, self.sums.context, deep=deep))

    def __repr__(self) -> str:
        return f"Chat: {sums_line(self.sums)}"

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        asked = [turn_bundle(*one) for one in enumerate(self.turns, 1)]
        return joined(asked) if asked else {"text/plain": repr(self)}

    @property
    def _first(self) -> Exchange:
        if not self.turns:
            raise TurnError("a turn to begin from", "none", "Say something first.")
        return self.turns[0].rounds[0].exchange

    def _found(self, tried: Tried) -> Table:
        self.tried = [one for one in self.tried if one.about != tried.finding.about]
        self.tried.append(tried.finding)
        return tried_table(tried)

    async def _ask(
        self, stream: bool, place: Place, beside: Beside | None = None, title: str = "", **_: Any
    ) -> Exchange:
        """What Send does: the prompt is said, or takes the last one's place."""
        kind: Kind = "edit" if self._editing else "say"
        self._editing = False
        turn = await self._take(Step(kind, self._controls.prompt.value), stream)
        return turn.exchange

    async def _take(self, step: Step, stream: bool | None = None) -> Turn:
        streamed = self._fields.stream if stream is None else stream
        exchange = await self._send_step(step, streamed)
        if self.conversation.give_way(exchange):
            exchange = await self._send_step(step, streamed)
        if not exchange.endpoint.url and (self.turns or not step.prompt.strip()):
            # The fields describe no request: the panel says why, and what was typed stays.
            self._controls.prompt.value = step.prompt
            self._refresh()
            return Turn(step.prompt, (Round(exchange),))
        self.conversation.take(step, exchange)
        self._refresh(mark=self._controls.shield.shown)
        return self.turns[-1]

    async def _send_step(self, step: Step, stream: bool) -> Exchange:
        place = self._pages.live if self._cell.is_current else Place()
        return await super()._ask(
            stream, place, request=lambda how: self._request_for(step, how), parts=MOST_PARTS
        )

    def _request_for(self, step: Step, stream: bool) -> Request:
        """The request of a step, when it is its turn; its prompt then stands below the panel."""
        if step.kind in ("say", "edit") and not step.prompt.strip():
            raise TurnError("a prompt", "an empty one", "Type what to say, then Send.")
        given = {**self._fields.parameters, "messages": ()}
        request = chat(
            self.conversation.to_send(step), stream=stream, api=self._fields.api, **given
        )
        self._refresh(coming=step)
        self._controls.prompt.value = ""
        return request

    def _refresh(self, *, coming: Step | None = None, mark: str = "") -> None:
        """Show the turns, the last of which is new, or is about to come."""
        turns, last = [*self.turns], len(self.turns)
        if coming and coming.kind == "say":
            turns.append(Turn(coming.prompt))
        elif coming and coming.kind != "go on":
            turns[-1] = Turn(coming.prompt or turns[-1].prompt)
        kept = self._bundles[: max(0, min(last, len(turns)) - 1)]
        new = [
            turn_bundle(
                number,
                turns[number - 1],
                mark=mark if number == len(turns) else "",
                folded=number < len(turns),
            )
            for number in range(len(kept) + 1, len(turns) + 1)
        ]
        self._bundles = [*kept, *new]
        here = self._cell.is_current
        self._pages.show(self._bundles, here=here)
        if here and not coming:
            self._pages.live.clear()
        self._show_sums()

    def _show_sums(self) -> None:
        self._buttons.say(sums_line(self.sums))
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
        """Put what was said last back into the prompt; Send then says it in its own place."""
        if self.turns:
            self._editing = True
            self._controls.prompt.value = self.turns[-1].prompt
            self._readout.remarks([f"Send now replaces turn {len(self.turns)}."])

    def _new(self) -> None:
        if not self._turn.locked():
            self.start_over()

    def _show_in_panel(self) -> None:
        """Show the conversation in the panel itself: outputs went to a page that is gone."""
        self._in_panel = True
        self._show_sums()
