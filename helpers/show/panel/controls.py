"""The panel's widgets and their places; the door to ipywidgets. What they do is panel.py's."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ipywidgets as widgets

_STYLE = (Path(__file__).parent / "panel.css").read_text(encoding="utf-8")
CARETS = {False: "caret-right", True: "caret-down"}


def _text(label: str, *classes: str, placeholder: str = "") -> widgets.Text:
    widget = widgets.Text(description=label, placeholder=placeholder, continuous_update=False)
    return _classed(widget, *classes)


def _button(label: str, tooltip: str, *classes: str, icon: str = "") -> widgets.Button:
    return _classed(widgets.Button(description=label, tooltip=tooltip, icon=icon), *classes)


def _html(*classes: str) -> widgets.HTML:
    return _classed(widgets.HTML(), *classes)


def _classed(widget: Any, *classes: str) -> Any:
    for name in classes:
        widget.add_class(name)
    return widget


def _model() -> widgets.Combobox:
    return _classed(
        widgets.Combobox(
            description="Model", placeholder="first one listed", ensure_option=False,
            continuous_update=False,
        ),
        "es-short", "es-mono",
    )  # fmt: skip


@dataclass
class Controls:
    """Every widget a person can touch or read, in the order that Tab visits them."""

    preset: Any = field(default_factory=lambda: widgets.Dropdown(description="Server"))
    base_url: Any = field(
        default_factory=lambda: _text("Base URL", "es-mono", placeholder="http://localhost:1337/v1")
    )
    find: Any = field(
        default_factory=lambda: _button(
            "Find", "ask this machine's usual ports which server answers"
        )
    )
    key: Any = field(
        default_factory=lambda: _text("Key from", "es-short", "es-mono", placeholder="no key")
    )
    key_state: Any = field(default_factory=lambda: _html("es-cut"))
    model: Any = field(default_factory=_model)
    model_state: Any = field(default_factory=lambda: _html("es-cut"))
    refresh: Any = field(default_factory=lambda: _button("Refresh", "ask for the list of models"))
    prompt: Any = field(
        default_factory=lambda: widgets.Textarea(
            description="Prompt", rows=3, continuous_update=True
        )
    )
    fold: Any = field(
        default_factory=lambda: _button(
            "Parameters",
            "system prompt, temperature, max tokens, seed",
            "es-fold",
            icon=CARETS[False],
        )
    )
    summary: Any = field(default_factory=lambda: _html("es-cut"))
    system: Any = field(default_factory=lambda: widgets.Textarea(description="System", rows=2))
    temperature: Any = field(default_factory=lambda: _text("Temperature", "es-figure", "es-mono"))
    max_tokens: Any = field(default_factory=lambda: _text("Max tokens", "es-figure", "es-mono"))
    seed: Any = field(default_factory=lambda: _text("Seed", "es-figure", "es-seed", "es-mono"))
    send: Any = field(
        default_factory=lambda: _button("Send", "send the prompt", "es-send", icon="play")
    )
    stop: Any = field(
        default_factory=lambda: _button("Stop", "end the answer", "es-inactive", icon="stop")
    )
    stream: Any = field(
        default_factory=lambda: widgets.Checkbox(description="Stream", indent=False)
    )
    status: Any = field(default_factory=_html)
    rail: Any = field(default_factory=_html)
    announcement: Any = field(default_factory=_html)
    note: Any = field(default_factory=lambda: _html("es-hidden"))
    fix: Any = field(default_factory=lambda: _button("", "use this address", icon="check"))
    parameters: Any = field(init=False)
    fix_row: Any = field(init=False)
    panel: Any = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = _box(
            "es-wide es-open es-hidden", self.system, self.temperature, self.max_tokens, self.seed
        )
        self.fix_row = _box("es-fix es-hidden", self.fix)
        grid = _box(
            "es-grid",
            _classed(self.preset, "es-left"),
            _box("es-left es-address", self.base_url, self.find),
            _classed(self.key, "es-key"),
            _box("es-tail es-key-state", self.key_state),
            _classed(self.model, "es-model"),
            _box("es-tail es-model-state", self.model_state, self.refresh),
            _classed(self.prompt, "es-wide"),
            _box("es-wide es-row", self.fold, self.summary),
            self.parameters,
            _box("es-wide es-row es-indent", self.send, self.stop, self.stream),
        )
        for typed in (
            self.preset, self.base_url, self.key, self.model, self.prompt, self.stream,
            self.system, self.temperature, self.max_tokens, self.seed,
        ):  # fmt: skip
            _acknowledge(typed)
        style = _classed(widgets.HTML(f"<style>{_STYLE}</style>"), "es-hidden")
        status = _box("es-status", self.status, self.rail, self.announcement)
        self.panel = _box("es-panel", style, grid, status, self.note, self.fix_row)

    def show(self, widget: Any, visible: bool) -> None:
        """Show a widget or take its place away."""
        (widget.remove_class if visible else widget.add_class)("es-hidden")

    def set_running(self, running: bool) -> None:
        """Dim the button that has nothing to do; a disabled one would lose the keyboard's focus."""
        for button, inactive in ((self.send, running), (self.stop, not running)):
            (button.add_class if inactive else button.remove_class)("es-inactive")


def _acknowledge(field: Any) -> None:
    """Answer each change of a field, also one that comes while a cell awaits.

    A page sends a field's next value when the kernel is idle after the last one, and ipykernel 7.4
    says nothing of the kind for what it takes in beside a cell: the field would be dead from then.
    """

    def take(message: Any) -> None:
        field._handle_msg(message)
        field.comm.publish_msg("status", execution_state="idle")

    field.comm.on_msg(take)


def view(widget: Any) -> dict[str, Any]:
    """Return the MIME part that shows a widget in a live notebook."""
    return {
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2, "version_minor": 0, "model_id": widget.model_id,
        }
    }  # fmt: skip


def _box(classes: str, *children: Any) -> widgets.Box:
    return _classed(widgets.Box(children), *classes.split())
