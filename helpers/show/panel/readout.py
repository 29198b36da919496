"""What the panel says below its fields: figures, one line in words, a note, the session."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from ...client.discovery import FoundServer
from ...client.exchange import Exchange
from ...client.models import ModelList
from ...endpoint import CallError
from ...escaping import for_html
from ...finding import Finding, Verdict, explained
from ...session import forget, history
from ..output import Output
from ..stream.live import bundle
from ..theme import LEVELS, Sign, marked, sign_of
from .answer import kept
from .controls import Controls
from .status import (
    Moment,
    announced,
    hint,
    rail,
    remarks_note,
    session_row,
    state_of,
    strip,
    trouble_note,
    verdict_line,
)
from .widgets import show


class Readout:
    """The panel's lower half.

    cleared:  what changing the address cleared; part of every note until the next question
    fix:      the address that the button below a note fills in
    kept:     the output that replaces the panel in a saved notebook
    """

    def __init__(self, controls: Controls) -> None:
        self.cleared: list[str] = []
        self.fix = ""
        self.kept: Output | None = None
        self._controls = controls
        self._spoken = False
        self.show(Moment("idle"))
        self.hint(None)

    def begin(self, models: ModelList | None, notes: Sequence[str]) -> None:
        """Clear the last answer's words for the next question."""
        self.cleared, self._spoken = [], False
        self.hint(models)
        self.show_again(None, "")
        self.remarks(notes)

    def move_on(self, cleared: list[str]) -> None:
        """Remove the last question's figures and verdict, which belong to another address."""
        self.cleared, self._spoken = cleared, False
        self.show(Moment("idle"))
        self.hint(None)
        self.remarks(())

    def show(self, moment: Moment) -> None:
        """Show the figures of a moment."""
        c = self._controls
        c.status.value, c.rail.value = strip(moment), rail(moment)
        c.announcement.value = announced(moment)

    def hint(self, models: ModelList | None) -> None:
        """Say which model is asked, in the place reserved for the verdict."""
        if not self._spoken:
            chosen = models and not self._controls.model.value
            self._controls.said.value = hint(models.sentence if chosen and models else "")

    def say(self, word: str, sentence: str, sign: Sign) -> None:
        """Say something in the line under the rail, until the next question."""
        self._spoken = True
        self._controls.said.value = verdict_line(word, sentence, sign)

    def keep_verdict(self, verdict: Verdict) -> None:
        """Store a verdict and its advice, for a saved notebook to show in place of the panel."""
        do = verdict.failures[0].do if verdict.failures else ""
        self._keep(verdict.question, verdict.sentence, LEVELS[verdict.level], do)

    def _keep(self, word: str, sentence: str, sign: Sign, do: str) -> None:
        if self.kept:
            line = f"{marked(sign, word)} {for_html(f'{sentence} {do}'.strip())}"
            self.kept.update(kept(f"<div>{line}</div>"))

    def end(self, exchange: Exchange) -> None:
        """Show how an exchange ended: its figures, its verdict, and any advice or remarks."""
        state = state_of(exchange, running=False)
        self.show(Moment(state, exchange.recording.end_s, exchange))
        first = exchange.findings[0] if exchange.findings else None
        if first:
            word = state if state == "not sent" else exchange.word
            sign = sign_of(word, first.level)
            self.say(word, first.says, sign)
            self._keep(word, first.says, sign, first.do if first.level == "fail" else "")
        if first and first.level == "fail":
            self.trouble(first, headed=False)
        else:
            dropped = [f"{refused}." for refused in exchange.dropped]
            self.remarks([*exchange.endpoint.notes, *dropped])

    def conclude(self, verdict: Verdict) -> None:
        """Show a verdict, and below it the evidence and the advice."""
        self.say(verdict.question, verdict.sentence, LEVELS[verdict.level])
        self.keep_verdict(verdict)
        if verdict.findings and (verdict.failures or not verdict.decided):
            self.trouble(verdict.findings[0], headed=False)

    def trouble(self, finding: Finding, *, headed: bool = True) -> None:
        """Explain what is wrong, with a button if another address would fix it."""
        fix = finding.fix if urlsplit(finding.fix).scheme in ("http", "https") else ""
        self._note(trouble_note(finding, headed=headed) + remarks_note(self.cleared), fix)

    def remarks(self, remarks: Sequence[str], *, fix: str = "") -> None:
        """Say what was changed or chosen on the user's behalf."""
        self._note(remarks_note([*self.cleared, *remarks]), fix)

    def say_found(self, servers: Sequence[FoundServer], *, here: str) -> None:
        """Say which servers answer, with a button if exactly one does and it is a different one."""
        words = [f"{server.name} answers at {server.base_url}." for server in servers]
        none = ["None of the usual ports answers. Start a server, or type its address."]
        others = [server.base_url for server in servers if server.base_url != here]
        self.remarks(words or none, fix=others[0] if len(others) == len(servers) == 1 else "")

    def say_waiting(self, base_url: str) -> None:
        """Say that another address waits for the end of the answer that is coming."""
        self.remarks([f"{base_url} takes effect when this answer has ended."])

    def show_again(self, exchange: Exchange | None, mark: str) -> None:
        """Show an answer in the panel itself, where a page that was opened late can see it."""
        again = self._controls.again
        shown = bool(exchange and (exchange.text or exchange.answer.reasoning))
        again.value = (
            bundle(exchange.text, exchange.answer.reasoning, mark=mark)["text/html"]
            if exchange and shown
            else ""
        )
        show(again, shown)

    def show_history(self) -> None:
        """Show everything asked so far in a table; picking a row shows its answer again."""
        table = self._controls.session
        table.on_pick, table.on_clear = self._show_past, self._forget
        table.show([session_row(exchange) for exchange in history()])

    def _show_past(self, index: int) -> None:
        past = history()[index]
        self.end(past)
        self.show_again(past, "")

    def _forget(self) -> None:
        forget()
        self.show_history()

    def _note(self, note: str, fix: str) -> None:
        c, self.fix = self._controls, fix
        c.note.value = note
        show(c.note, bool(note))
        c.fix.description = f"Use {fix}"
        show(c.fix_row, bool(fix))


def bad_call(error: CallError) -> Finding:
    """The finding for input that cannot be sent."""
    return explained(
        "bad-call", f"{error.headline}.", expected=error.expected, came=error.came, do=error.do,
        blame="call",
    )  # fmt: skip


def our_fault(error: Exception) -> Finding:
    """The finding for a bug of our own."""
    return explained(
        "our-fault", "The kit itself failed.", expected="no error of our own",
        came=f"{type(error).__name__}: {error}"[:500],
        do="This is a bug in endpointscope: please report it with this message. Then run the cell "
        "again.",
        blame="call",
    )  # fmt: skip
