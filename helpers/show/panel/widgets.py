"""The panel's building blocks: fields, buttons, folds; the only module that knows ipywidgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

Widget = Any

_CARETS = {False: "caret-right", True: "caret-down"}
_LOOKS = ("layout", "style")


def text(label: str, classes: str = "", *, placeholder: str = "", live: bool = False) -> Widget:
    """A one-line field whose value is sent when it loses focus or, if live, when typed.

    Its label is 52 px wide unless a class says otherwise.
    """
    return _field(
        ipywidgets.Text, classes,
        description=label, placeholder=placeholder, continuous_update=live,
    )  # fmt: skip


def suggesting(label: str, classes: str = "", *, placeholder: str = "") -> Widget:
    """A one-line field that suggests values while the user types, and accepts any other."""
    return _field(
        ipywidgets.Combobox, classes,
        description=label, placeholder=placeholder, ensure_option=False, continuous_update=False,
    )  # fmt: skip


def with_slider(field: Widget, low: float, high: float, step: float) -> Widget:
    """A field with a slider that fills it; typing moves the slider, and empty dims it."""
    slider = _field(
        ipywidgets.FloatSlider, "es-unset",
        value=min(1.0, high) if low == 0 else 0.0, min=low, max=high, step=step, readout=False,
        tooltip=field.description,
    )  # fmt: skip
    both = box("es-slid", field, slider)
    following = False

    def slide(change: dict[str, Any]) -> None:
        if not following:
            field.value = f"{change['new']:g}"

    def follow(_: object) -> None:
        nonlocal following
        (slider.remove_class if field.value.strip() else slider.add_class)("es-unset")
        try:
            value = float(field.value.strip().replace(",", "."))
        except ValueError:
            return
        following = True
        slider.value = min(high, max(low, value))
        following = False

    slider.observe(slide, "value")
    field.observe(follow, "value")
    return both


def lines(label: str, classes: str = "", *, rows: int = 2, placeholder: str = "") -> Widget:
    """A field of several lines, whose value is sent letter by letter."""
    return _field(
        ipywidgets.Textarea, classes, description=label, rows=rows, placeholder=placeholder
    )


def dropdown(label: str) -> Widget:
    """A field for one of a few values."""
    return _field(ipywidgets.Dropdown, description=label)


def listbox(label: str) -> Widget:
    """A list of which eight lines are visible, and one may be chosen."""
    return _field(ipywidgets.Select, "es-listbox", description=label, rows=8)


def checkbox(label: str) -> Widget:
    """A box to tick."""
    return _field(ipywidgets.Checkbox, description=label, indent=False)


def button(label: str, tooltip: str, classes: str = "", *, icon: str = "") -> Widget:
    """A button."""
    return _made(ipywidgets.Button, classes, description=label, tooltip=tooltip, icon=icon)


def lone_button(label: str, tooltip: str) -> Widget:
    """A button outside any panel, as wide as its words."""
    return ipywidgets.Button(description=label, tooltip=tooltip, layout={"width": "auto"})


def html(classes: str = "", value: str = "") -> Widget:
    """A widget for HTML of our own making."""
    return _made(ipywidgets.HTML, classes, value=value)


def box(classes: str, *children: Widget) -> Widget:
    """Widgets in a box, laid out by the style sheet."""
    return _made(ipywidgets.Box, classes, children=children)


def show(widget: Widget, visible: bool) -> None:
    """Show a widget, or remove it from the layout."""
    (widget.remove_class if visible else widget.add_class)("es-hidden")


class Fold:
    """A button with a caret, and the box that it opens and closes.

    on_turn:  called after each turn
    """

    def __init__(self, label: str, tooltip: str, content: Widget, *, classes: str = "") -> None:
        self.button = button(label, tooltip, f"es-fold {classes}", icon=_CARETS[False])
        self.content = content
        self.on_turn: Callable[[], None] = lambda: None
        content.add_class("es-hidden")
        self.button.on_click(lambda _: self.turn(not self.open))

    @property
    def open(self) -> bool:
        """Whether its box is shown."""
        return bool(self.button.icon == _CARETS[True])

    def turn(self, opened: bool) -> None:
        """Open or close it."""
        self.button.icon = _CARETS[opened]
        show(self.content, opened)
        self.on_turn()


class Chooser:
    """A long list to search and to choose from; typing in the field above it narrows the list.

    on_choose:  called with the value of the line that was chosen
    """

    def __init__(self, label: str, hint: str) -> None:
        self.search = text("Search", placeholder=hint, live=True)
        self.list = listbox(label)
        self.content = box("es-wide es-chooser", self.search, self.list)
        self.on_choose: Callable[[str], None] = lambda _: None
        self._choices: Sequence[tuple[str, str]] = ()
        self._refilling = False
        self.search.observe(lambda _: self._refill(), "value")
        self.list.observe(self._chosen, "value")

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer (words, value) pairs in this order."""
        self._choices = choices
        self._refill()

    def _refill(self) -> None:
        wanted = self.search.value.casefold().split()
        self._refilling = True
        self.list.options = [
            (words, value)
            for words, value in self._choices
            if all(part in words.casefold() for part in wanted)
        ]
        # ipywidgets selects the first line by itself.
        self.list.index = None
        self._refilling = False

    def _chosen(self, change: dict[str, Any]) -> None:
        if change["new"] is not None and not self._refilling:
            self.on_choose(change["new"])


def view(widget: Widget) -> dict[str, Any]:
    """The MIME part that shows a widget in a live notebook."""
    return {
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2, "version_minor": 0, "model_id": widget.model_id,
        }
    }  # fmt: skip


_shared: dict[type[Widget], Widget] = {}


def _made(kind: type[Widget], classes: str = "", **state: Any) -> Widget:
    """A widget that shares its layout and style with all others of its kind.

    The style sheet defines the looks. With a layout and a style of its own, each would be three
    widgets to the kernel and the page, and each class that is added later is one more message.
    """
    looks = {name: _one(getattr(kind, name).klass) for name in _LOOKS if hasattr(kind, name)}
    return kind(_dom_classes=tuple(classes.split()), **looks, **state)


def _one(kind: type[Widget]) -> Widget:
    """The shared widget of a kind; a new one after `Widget.close_all()`."""
    if kind not in _shared or _shared[kind].comm is None:
        _shared[kind] = kind()
    return _shared[kind]


def _field(kind: type[Widget], classes: str = "", **state: Any) -> Widget:
    return _heard(_made(kind, classes, **state))


def _heard(field: Widget) -> Widget:
    """Report idle after each change of a field, even one that arrives while a cell awaits.

    A page sends a field's next value only once the kernel is idle after the last one, and
    ipykernel 7.4 does not report that for messages it handles beside a cell: without this, the
    field would be dead from then on.
    """

    def take(message: Any) -> None:
        field._handle_msg(message)
        field.comm.publish_msg("status", execution_state="idle")

    field.comm.on_msg(take)
    return field
