"""What the panel says below its fields: figures, one line in words, a note, the session."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from ...client.discovery import Found
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
    announce,
    hint,
    rail,
    remarks_note,
    said,
    session_row,
    state_of,
    strip,
    trouble_note,
)
from .widgets import show


class Readout:
    """The panel's lower half.

    cleared:  what changing the address took away; stands in every note until the next question
    fix:      the address that the button below a note puts in place
    kept:     the output that stands for the panel in a saved notebook
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
        """Forget the last answer's words for the next question's."""
        self.cleared, self._spoken = [], False
        self.hint(models)
        self.show_again(None, "")
        self.remarks(notes)

    def move_on(self, cleared: list[str]) -> None:
        """Take the last question's figures and word away: they belong to another address."""
        self.cleared, self._spoken = cleared, False
        self.show(Moment("idle"))
        self.hint(None)
        self.remarks(())

    def show(self, moment: Moment) -> None:
        """Show the figures of a moment."""
        c = self._controls
        c.status.value, c.rail.value = strip(moment), rail(moment)
        c.announcement.value = announce(moment)

    def hint(self, models: ModelList | None) -> None:
        """Say which model is asked where the verdict will stand; the place is kept for it."""
        if not self._spoken:
            chosen = models and not self._controls.model.value
            self._controls.said.value = hint(models.said if chosen and models else "")

    def say(self, word: str, sentence: str, sign: Sign) -> None:
        """Say something in the line under the rail, until the next question."""
        self._spoken = True
        self._controls.said.value = said(word, sentence, sign)

    def keep_verdict(self, verdict: Verdict) -> None:
        """Have a saved notebook say a verdict, and what to do, in the panel's place."""
        do = verdict.failures[0].do if verdict.failures else ""
        self._keep(verdict.question, verdict.sentence, LEVELS[verdict.level], do)

    def _keep(self, word: str, sentence: str, sign: Sign, do: str) -> None:
        if self.kept:
            line = f"{marked(sign, word)} {for_html(f'{sentence} {do}'.strip())}"
            self.kept.update(kept(f"<div>{line}</div>"))

    def end(self, exchange: Exchange) -> None:
        """Show how an exchange ended: its figures, its word, and what to do or to know."""
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
        """Say a verdict, and below it what came and what to do about it."""
        self.say(verdict.question, verdict.sentence, LEVELS[verdict.level])
        self.keep_verdict(verdict)
        if verdict.findings and (verdict.failures or not verdict.decided):
            self.trouble(verdict.findings[0], headed=False)

    def trouble(self, found: Finding, *, headed: bool = True) -> None:
        """Explain what is wrong, with a button where an address would mend it."""
        fix = found.fix if urlsplit(found.fix).scheme in ("http", "https") else ""
        self._note(trouble_note(found, headed=headed) + remarks_note(self.cleared), fix)

    def remarks(self, remarks: Sequence[str], *, fix: str = "") -> None:
        """Say what was changed or chosen on the person's behalf."""
        self._note(remarks_note([*self.cleared, *remarks]), fix)

    def say_found(self, found: Sequence[Found], *, here: str) -> None:
        """Say which servers answer, with a button for the only one where it is another one."""
        words = [f"{server.name} answers at {server.base_url}." for server in found]
        none = ["None of the usual ports answers. Start a server, or type its address."]
        others = [server.base_url for server in found if server.base_url != here]
        self.remarks(words or none, fix=others[0] if len(others) == len(found) == 1 else "")

    def say_waiting(self, base_url: str) -> None:
        """Say that another address waits for the end of the answer that is coming."""
        self.remarks([f"{base_url} takes effect when this answer has ended."])

    def show_again(self, exchange: Exchange | None, mark: str) -> None:
        """Show an answer in the panel itself, where a page that came late can see it."""
        again = self._controls.again
        shown = bool(exchange and (exchange.text or exchange.answer.reasoning))
        again.value = (
            bundle(exchange.text, exchange.answer.reasoning, mark=mark)["text/html"]
            if exchange and shown
            else ""
        )
        show(again, shown)

    def show_history(self) -> None:
        """Show everything that was asked so far in a table; a row shows its answer again."""
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
    """What a person typed and cannot be sent, as a finding."""
    return explained(
        "bad-call", f"{error.headline}.", expected=error.expected, came=error.came, do=error.do,
        blame="call",
    )  # fmt: skip


def our_fault(error: Exception) -> Finding:
    """A defect of our own, as a finding."""
    return explained(
        "our-fault", "The kit itself failed.", expected="no error of our own",
        came=f"{type(error).__name__}: {error}"[:500],
        do="This is a bug in endpointscope: please report it with this message. Then run the cell "
        "again.",
        blame="call",
    )  # fmt: skip
