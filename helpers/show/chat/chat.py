"""A conversation in a cell: the panel, the buttons that turns need, and the turns below it.

A click and a cell do the same: Send says what the prompt holds, and so does `chat.say()`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...checks.chat.holding import TURNS, system_prompt_holds
from ...checks.chat.judging import QUESTION, judge
from ...checks.chat.structured import shape_of
from ...checks.chat.trying import Experiment, context_end, stop_and_go_on
from ...checks.chat.turns import Step, Turn, TurnError
from ...checks.logprobs import judge_logprobs, tokens_of
from ...client.exchange import Exchange
from ...client.keys import secrets_of
from ...endpoint import CallError
from ...finding import Finding, Verdict, conclude
from ...signatures import checked
from ...wire.parameters import check_parameters
from ..output import Bundle
from ..panel.readout import bad_call
from ..plotting import Plot
from ..table import Table
from . import presets
from .export import exported
from .importing import imported
from .page import HEADS, joined, row, sums_line, turn_bundle
from .plots import turns_plot
from .talking import Talking
from .tokens import Tokens
from .tried import tried_table


class Chat(Talking):
    """A conversation: `await chat.say("…")`, then `chat.turns`, `chat.messages`, `chat.table`.

    tried:  the findings of questions asked beside the conversation
    """

    _question = QUESTION

    @checked
    def __init__(self, *, file: str | Path = "", **given: Any) -> None:
        super().__init__(**given)
        self._follow_presets()
        if file:
            self.load(file)

    @property
    def messages(self) -> tuple[Any, ...]:
        """The conversation as a request holds it, with the server's own messages as they came."""
        return self.conversation.messages

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

    @property
    def logprobs(self) -> Tokens:
        """How sure the model was in the last answer: `await chat.say("…", logprobs=True)`."""
        reading = self._last.reading
        tokens = tokens_of(reading)
        return Tokens(tuple(tokens), judge_logprobs(reading, tokens))

    def cost(self, tokens_in: float, tokens_out: float) -> float | None:
        """What the conversation cost at your prices for a million tokens: `chat.cost(3, 15)`.

        returns:  None if the server counts nothing
        """
        sums = self.sums
        if sums.tokens_in is None or sums.tokens_out is None:
            return None
        return (sums.tokens_in * tokens_in + sums.tokens_out * tokens_out) / 1e6

    def conclude(
        self, question: str, findings: Iterable[Finding], *asked: Exchange | None
    ) -> Verdict:
        """The verdict; its line above the turns follows the conversation.

        asked:  whose endpoint and model it names; by default the last answer's
        """
        self._question = question
        self._say_verdict()
        return self._concluded(findings, next(filter(None, asked), None))

    @checked
    async def say(
        self,
        prompt: str = "",
        *,
        stream: bool | None = None,
        schema: Any = None,
        **parameters: Any,
    ) -> Turn:
        """Say something, as Send does, or what is in the prompt field: `await chat.say("shorter")`.

        Called in a cell other than the panel's, the answer streams into that one, too.
        schema:  a pydantic model or a JSON schema: `turn.value` is then the resulting object
        parameters:  of this request alone, such as temperature=0, tool_choice="required"
        raises:  ShapeError for any other schema
        """
        shape = shape_of(schema) if schema is not None else None
        check_parameters(parameters, self.say)
        text = prompt or self._controls.prompt.value
        return await self._take(Step("say", text, shape, parameters), stream)

    async def regenerate(self) -> Turn:
        """Ask for the last answer again; the previous one is kept with it, folded."""
        return await self._take(Step("again"))

    @checked
    async def edit(self, prompt: str) -> Turn:
        """Say something else in place of what was said last: `await chat.edit("a hill")`."""
        return await self._take(Step("edit", prompt))

    async def carry_on(self) -> Turn:
        """Let the last answer continue where it stopped; not every server can."""
        return await self._take(Step("go on"))

    @checked
    def export(self, folder: str | Path = "") -> list[Path]:
        """The files with the conversation: JSONL for fine-tuning, Markdown, curl, Python and HAR.

        folder:   by default a new one in out/chat/
        returns:  the files; [] if nothing was answered yet
        """
        if not any(turn.holds for turn in self.turns):
            return []
        return exported(self.conversation, Path(folder) if folder else None)

    @checked
    def load(self, path: str | Path, number: int = 0) -> None:
        """Continue a conversation that was held before: `chat.load("conversation.jsonl")`.

        path:    JSONL of the fine-tuning format, a HAR file, or a folder that `export` wrote
        number:  which line of a JSONL file, counted from 0
        raises:  ConversationFileError, RecordingError; TurnError while an answer is coming
        """
        if self._turn.locked():
            raise TurnError("no answer under way", "one", "Stop it first: chat.stop().")
        self._take_over(imported(Path(path), number))

    @checked
    def keep_preset(self, name: str) -> str:
        """Save the contents of the parameter fields under a name: `chat.keep_preset("poet")`.

        raises:  PresetError if a key would be saved, FieldError for what cannot be sent
        """
        fields = self._fields
        values = {one: field.value for one, field in self._controls.kept.items()}
        kept = presets.keep(name, values, fields.parameters, secrets_of(fields.endpoint))
        self._buttons.offer_presets(presets.kept())
        return kept

    @checked
    def use_preset(self, name: str) -> None:
        """Fill the parameter fields from a preset: `chat.use_preset("poet")`."""
        found = presets.load(name)
        for one, field in self._controls.kept.items():
            field.value = found.get(one, "")

    def forget_presets(self) -> int:
        """Delete all presets, and return how many there were."""
        count = presets.forget()
        self._buttons.offer_presets(presets.kept())
        return count

    def _follow_presets(self) -> None:
        """Use a preset when it is selected, and save one when Keep is pressed."""
        buttons = self._buttons
        buttons.offer_presets(presets.kept())
        buttons.preset.observe(lambda change: self._preset_named(change["new"]), "value")
        buttons.keep.on_click(lambda _: self._keep_named(buttons.preset.value))

    def _preset_named(self, name: str) -> None:
        if name in presets.kept():
            self.use_preset(name)
            self._readout.remarks([f"The parameters are those of the preset {name}."])

    def _keep_named(self, name: str) -> None:
        try:
            kept = self.keep_preset(name)
        except CallError as error:
            self._readout.trouble(bad_call(error))
        else:
            self._readout.remarks([f"Kept as the preset {kept}, in out/presets/."])

    def beside(self) -> Chat:
        """A new conversation with the same endpoint and parameters: `c = chat.beside()`.

        It needs no panel: answers stream into the cell that asks.
        """
        other = Chat(**self._given)
        other._fields.hold_as(self._fields)
        other._before_asking = lambda: self.conversation.interrupt()
        return other

    async def try_stopping(self) -> Table:
        """Whether a stopped answer can be continued, asked beside the conversation."""
        return self._found(await stop_and_go_on(self._first))

    @checked
    async def try_system_prompt(self, *, turns: int = TURNS) -> Table:
        """Whether a system prompt still holds after ten turns, asked beside the conversation."""
        return self._found(await system_prompt_holds(self._first, turns=turns))

    @checked
    async def find_context_end(self, *, deep: bool = False) -> Table:
        """Where the context ends, and whether the server says so, by longer and longer prompts.

        deep:  also asks a public address with a key, where the prompts may cost money
        """
        return self._found(await context_end(self._first, self.sums.context, deep=deep))

    def __repr__(self) -> str:
        return f"Chat: {sums_line(self.sums)}"

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        asked = [turn_bundle(*one) for one in enumerate(self.turns, 1)]
        return joined(asked) if asked else {"text/plain": repr(self)}

    def _concluded(self, findings: Iterable[Finding], asked: Exchange | None = None) -> Verdict:
        of = asked or self.exchange
        endpoint = of.endpoint if of else self.endpoint
        return conclude(self._question, findings, base_url=endpoint.base_url, model=endpoint.model)

    def _show_sums(self) -> None:
        super()._show_sums()
        self._say_verdict()

    def _say_verdict(self) -> None:
        found = [*self.findings, *self.tried] if self.turns else []
        verdict = self._concluded(found) if found else None
        self._buttons.conclude(verdict)
        if verdict:
            self._readout.keep_verdict(verdict)

    @property
    def _last(self) -> Exchange:
        if not self.conversation.asked:
            raise TurnError("a turn", "none", "Say something first.")
        return self.conversation.asked[-1].exchange

    @property
    def _first(self) -> Exchange:
        if not self.conversation.asked:
            raise TurnError("a turn to begin from", "none", "Say something first.")
        return self.conversation.asked[0].rounds[0].exchange

    def _found(self, tried: Experiment) -> Table:
        self.conversation.interrupt()
        self.tried = [one for one in self.tried if one.about != tried.finding.about]
        self.tried.append(tried.finding)
        self._say_verdict()
        return tried_table(tried)
