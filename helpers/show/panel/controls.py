"""The panel's controls and their layout; panel.py gives them their behaviour."""

from __future__ import annotations

from pathlib import Path

from . import widgets
from .frontend import SessionTable, Shield
from .parameters import PARAMETERS, Parameter

_STYLE = (Path(__file__).parent / "panel.css").read_text(encoding="utf-8")
_UNSENT = "not sent"
_BODY_HINT = '{"top_k": 40}'


def style() -> widgets.Widget:
    """The style sheet of the controls, as an invisible widget."""
    return widgets.html("es-hidden", f"<style>{_STYLE}</style>")


class Controls:
    """Everything the user can touch or read, in Tab order."""

    def __init__(self) -> None:
        self._where_to_ask()
        self._what_to_ask()
        self._what_is_folded()
        self._what_is_said()
        self.panel = widgets.box("es-panel", style(), self._grid(), *self._below())

    def set_running(self, running: bool) -> None:
        """Dim the button that would do nothing; disabling it would lose the keyboard's focus."""
        for button, inactive in ((self.send, running), (self.stop, not running)):
            (button.add_class if inactive else button.remove_class)("es-inactive")
        self.shield.running = running

    def _where_to_ask(self) -> None:
        address = "http://localhost:1337/v1"
        self.preset = widgets.dropdown("Server")
        self.base_url = widgets.text("Base URL", "es-mono es-grow", placeholder=address)
        self.find = widgets.button("Find", "look for a server on this machine's usual ports")
        self.model = widgets.suggesting("Model", "es-mono es-grow", placeholder="first one listed")
        self.model_state = widgets.html("es-cut es-state-of")
        self.refresh = widgets.button("Refresh", "ask for the list of models")
        self.key = widgets.text("Key from", "es-mono es-grow", placeholder="no key")
        self.key_state = widgets.html("es-cut es-state-of")

    def _what_to_ask(self) -> None:
        self.prompt = widgets.lines("Prompt", "es-wide es-prompt")
        self.send = widgets.button("Send", "send the prompt: Ctrl+Enter", "es-send", icon="play")
        self.stop = widgets.button("Stop", "stop the answer: Esc", "es-inactive", icon="stop")
        self.stream = widgets.checkbox("Stream")

    def _what_is_folded(self) -> None:
        self.system = widgets.lines("System", "es-system")
        self.named: dict[str, widgets.Widget] = {}
        self.parameters = widgets.Fold(
            "Parameters", "system prompt, temperature, max tokens, stop, seed and others",
            widgets.box("es-wide es-parameters", self.system, *map(self._field, PARAMETERS)),
        )  # fmt: skip
        self.headers = widgets.lines("Headers", "es-mono", placeholder="api-key: $MY_KEY")
        self.query = widgets.lines("Query", "es-mono", placeholder="api-version=2024-10-21")
        self.extra_body = widgets.lines("Body", "es-mono", placeholder=_BODY_HINT)
        self.request = widgets.Fold(
            "Headers, query, body", "what else to send; $NAME stands for an environment variable",
            widgets.box("es-wide es-request", self.headers, self.query, self.extra_body),
        )  # fmt: skip
        self.faults = widgets.Chooser("Planted faults", "stall, usage, gzip …")
        self.fault = widgets.Fold(
            "Faults", "ask the built-in endpoint, with a fault planted", self.faults.content
        )
        self.models = widgets.Chooser("Listed models", "part of a name")
        self.model_list = widgets.Fold("", "every model", self.models.content, classes="es-browse")
        self.session = SessionTable()
        # In a box: an anywidget's page does not follow when its own classes change.
        past = widgets.box("es-history", self.session)
        self.history = widgets.Fold("History", "everything asked so far", past)
        self.summary = widgets.html("es-cut es-summary")

    @property
    def kept(self) -> dict[str, widgets.Widget]:
        """The fields that say how to ask, not whom: the ones that a preset saves."""
        more = {"headers": self.headers, "query": self.query, "extra_body": self.extra_body}
        return {"system": self.system, **self.named, **more}

    def _field(self, one: Parameter) -> widgets.Widget:
        """The field of a parameter, with its slider if it has one."""
        if one.offers:
            field = widgets.suggesting(one.label, "es-figure es-mono", placeholder=_UNSENT)
            field.options = one.offers
        else:
            # Beside a slider there is no room for the words.
            hint = one.hint or ("–" if one.slider else _UNSENT)
            field = widgets.text(one.label, "es-figure es-mono", placeholder=hint)
        self.named[one.name] = field.add_class(f"es-{one.name}")
        return widgets.with_slider(field, *one.slider) if one.slider else field

    def _what_is_said(self) -> None:
        self.shield = Shield()
        self.shield.add_class("es-page")
        self.status, self.rail = widgets.html(), widgets.html()
        # The page makes both live regions: one that came with its words would not be read out.
        self.announcement = widgets.html("es-unseen es-spoken")
        self.said = widgets.html("es-spoken")
        self.note = widgets.html("es-hidden")
        self.fix = widgets.button("", "use this address", icon="check")
        self.fix_row = widgets.box("es-fix es-hidden", self.fix)
        self.show_answer = widgets.button("Show answer", "show all of the last answer here")
        self.again = widgets.html("es-again es-hidden")

    def _grid(self) -> widgets.Widget:
        box = widgets.box
        folds = (self.parameters, self.request, self.fault)
        return box(
            "es-grid",
            box("es-row", self.preset),
            box("es-row", self.base_url, self.find),
            box("es-row", self.model, self.model_list.button, self.model_state, self.refresh),
            box("es-row", self.key, self.key_state),
            self.models.content,
            self.prompt,
            box(
                "es-wide es-row es-indent es-wrap",
                self.send, self.stop, self.stream,
                *(fold.button for fold in (*folds, self.history)), self.summary,
            ),
            *(fold.content for fold in folds),
        )  # fmt: skip

    def _below(self) -> tuple[widgets.Widget, ...]:
        box = widgets.box
        status = box(
            "es-status",
            self.shield, box("es-stale-row", self.show_answer),
            self.status, self.rail, self.announcement, self.said,
        )  # fmt: skip
        return status, self.note, self.fix_row, self.again, self.history.content
