"""What the panel says: status and rail, the verdict's line, a note with its fix, an old answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...client.exchange import Exchange
from ...endpoint import CallError
from ...finding import Finding, Level, explained
from ..stream.live import bundle
from .controls import Controls
from .status import Moment, announce, hint, rail, remarks_note, said, strip, trouble_note
from .widgets import show


class Board:
    """The places of the panel in which something is said.

    fix:      the base URL that the button beside the note puts in place, "" for none
    cleared:  what was cleared for another address: said beside every note until the next question
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._concluded = False
        self.fix = ""
        self.cleared: list[str] = []

    def start_over(self) -> None:
        """Forget the verdict and what was cleared: another question is asked."""
        self.cleared, self._concluded = [], False

    def moment(self, moment: Moment) -> None:
        """Show where an exchange stands."""
        c = self._controls
        c.status.value, c.rail.value = strip(moment), rail(moment)
        c.announcement.value = announce(moment)

    def say(self, word: str, sentence: str, *, level: Level) -> None:
        """Show the verdict's line under the rail."""
        self._concluded = True
        self._controls.said.value = said(word, sentence, level)

    def hint(self, words: str) -> None:
        """Show a hint where the verdict will stand; the place is kept for it."""
        if not self._concluded:
            self._controls.said.value = hint(words)

    def again(self, exchange: Exchange | None, *, mark: str = "") -> None:
        """Show an answer once more, in the panel itself; None takes it away.

        mark:  that of the output it stands for
        """
        again = self._controls.again
        answer = exchange.answer if exchange else None
        shown = bool(answer and (mark or answer.text or answer.reasoning))
        again.value = (
            bundle(answer.text, answer.reasoning, mark=mark)["text/html"]
            if shown and answer
            else ""
        )
        show(again, shown)

    def trouble(self, trouble: Finding, *, headed: bool = True) -> None:
        """Show what went wrong, what to do, and the button that does it."""
        self.fix = trouble.fix if urlsplit(trouble.fix).scheme in ("http", "https") else ""
        self._note(trouble_note(trouble, headed=headed) + remarks_note(self.cleared))

    def remarks(self, remarks: list[str], *, fix: str = "") -> None:
        """Show sentences that are worth knowing."""
        self.fix = fix
        self._note(remarks_note([*self.cleared, *remarks]))

    def _note(self, note: str) -> None:
        c = self._controls
        c.note.value = note
        show(c.note, bool(note))
        c.fix.description = f"Use {self.fix}"
        show(c.fix_row, bool(self.fix))


def bad_call(error: CallError) -> Finding:
    """What a person asked for and cannot be done, as a finding."""
    return explained(
        "bad-call", f"{error.headline}.", expected=error.expected, came=error.came, do=error.do,
        blame="call",
    )  # fmt: skip


def our_fault(error: Exception) -> Finding:
    """A failure of our own, as a finding."""
    return explained(
        "our-fault", "The kit itself failed.", expected="no error of our own",
        came=f"{type(error).__name__}: {error}"[:500],
        do="This is a defect of endpointscope: please report it with these words. Run the cell "
        "again.",
        blame="call",
    )  # fmt: skip
