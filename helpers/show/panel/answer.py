"""The last answer, shown again, and what a notebook keeps for when there is no kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...client.exchange import Exchange
from ..stream.live import bundle

# Without a kernel JupyterLab shows "model not found" in place of the panel. This hides that, and is
# itself hidden while the panel is live; a viewer that removes styles shows the sentence.
_KEPT = (
    "<style>.jp-OutputArea:has(.es-panel) .jp-OutputArea-child:has(.endpointscope-kept),"
    ".jp-OutputArea:has(.endpointscope-kept) .jp-OutputArea-child:has(> .jupyter-widgets)"
    ":not(:has(.es-panel))"
    '{display: none}</style><div class="endpointscope-kept" style="font-size: 13px; '
    'line-height: 24px">'
)
_HINT = "Run this cell to use the panel's controls."


def kept(line: str = "", *, hint: str = _HINT) -> dict[str, Any]:
    """The replacement for the panel in a saved notebook.

    line:  what the panel said last, as HTML of our own making
    """
    html = f'{_KEPT}{line}<div style="opacity: 0.65">{hint}</div></div>'
    return {"text/html": html, "text/plain": ""}


@dataclass(frozen=True)
class Shown:
    """An answer as a cell shows it."""

    exchange: Exchange | None

    def __repr__(self) -> str:
        return repr(self.exchange) if self.exchange else "No answer yet: press Send."

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        if not self.exchange or not (self.exchange.text or self.exchange.answer.reasoning):
            return {"text/plain": repr(self)}
        return bundle(self.exchange.text, self.exchange.answer.reasoning)
