"""The table under the panel: everything that was asked so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...asked import forget, history
from ...client.exchange import Exchange
from .controls import Controls
from .page import SessionRow
from .status import session_row


class Session:
    """The table of what was asked so far.

    on_pick:  called with an exchange whose row was clicked
    """

    def __init__(self, controls: Controls, *, on_pick: Callable[[Exchange], None]) -> None:
        self._table = controls.session
        self._on_pick = on_pick

    def show(
        self,
        rows: Sequence[SessionRow],
        *,
        on_pick: Callable[[int], None] | None = None,
        on_clear: Callable[[], None] | None = None,
    ) -> None:
        """Show these rows; None keeps what a click did before."""
        self._table.on_pick = on_pick or self._table.on_pick
        self._table.on_clear = on_clear or self._table.on_clear
        self._table.show(rows)

    def show_history(self) -> None:
        """Show everything that was asked so far; a row shows its answer again."""
        rows = [session_row(exchange) for exchange in history()]
        self.show(rows, on_pick=lambda index: self._on_pick(history()[index]), on_clear=self._clear)

    def _clear(self) -> None:
        forget()
        self.show([])
