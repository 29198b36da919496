"""The panel's fields, kept in sync: an address with its preset, its key and its models."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ...client.keys import key_state
from ...client.models import ModelList
from ...endpoint import (
    PRESETS,
    AddressError,
    CallError,
    Endpoint,
    KeyNameError,
    check_key_name,
    resolve,
    server_of,
    shown,
)
from ...escaping import encodable, for_attribute, for_html, visible
from ...secrets.shapes import open_pairs
from ...server.faults.catalogue import modes
from ...wire.request import Api
from . import typed
from .controls import Controls
from .status import key_line, models_line
from .values import Values
from .widgets import show

OTHER = "Other address"
MOST_MODELS = 1000


@dataclass(frozen=True)
class Given:
    """The initial contents of the panel's fields: a notebook's parameters.

    base_url:  an address, or an endpoint: the parts of it without a field are used, too
    """

    api: Api
    base_url: str | Endpoint = ""
    model: str = ""
    api_key_env: str = ""
    prompt: str = ""
    stream: bool = True
    headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    extra_body: Mapping[str, Any] | None = None

    @property
    def spelled(self) -> Given:
        """The same with an endpoint's parts in their own fields, but never a key itself."""
        one = self.base_url
        if isinstance(one, str):
            return self
        return replace(
            self, base_url=one.base_url, model=self.model or one.model,
            api_key_env=self.api_key_env or one.api_key_env,
            headers={**dict(open_pairs(one.headers)), **(self.headers or {})},
            query={**dict(open_pairs(one.query)), **(self.query or {})},
        )  # fmt: skip


class Fields(Values):
    """The panel's fields, kept in sync with each other.

    busy:        whether an answer is coming; an address typed meanwhile waits for its end
    on_address:  called after another address was accepted, with what was cleared for it
    on_waiting:  called with the address that waits
    on_error:    called with what is wrong with a value that was just typed
    """

    def __init__(
        self,
        controls: Controls,
        *,
        timeout_s: float,
        busy: Callable[[], bool],
        on_address: Callable[[list[str]], None],
        on_waiting: Callable[[str], None],
        on_error: Callable[[CallError], None],
    ) -> None:
        super().__init__(controls, timeout_s=timeout_s)
        self._waiting_url: str | None = None
        self._labelling = False
        self._busy = busy
        self._on_address = on_address
        self._on_waiting = on_waiting
        self._on_error = on_error

    def fill(self, given: Given) -> None:
        """Set every field to a notebook's parameters and follow what is typed from then on."""
        c = self._controls
        self._given = given.base_url if isinstance(given.base_url, Endpoint) else None
        given = given.spelled
        self.label_presets(answering=())
        self._take_url(str(given.base_url))
        self._take_key_name(given.api_key_env)
        self.api = given.api
        # A program's text may hold a lone surrogate, which no message to a page can.
        c.model.value, c.prompt.value = encodable(given.model), encodable(given.prompt)
        c.stream.value = given.stream
        c.headers.value = typed.as_headers(given.headers or {})
        c.query.value = typed.as_query(given.query or {})
        c.extra_body.value = typed.as_body(given.extra_body or {})
        self._summarize()
        self._follow()

    def label_presets(self, *, answering: Collection[str]) -> None:
        """Name the presets with their ports, and mark those whose servers were found to answer."""
        preset = self._controls.preset
        chosen = preset.value or OTHER
        # ipywidgets selects the first option whenever the options change.
        self._labelling = True
        labels = [(_label(name, url, name in answering), name) for name, url in PRESETS.items()]
        preset.options = [*labels, (OTHER, OTHER)]
        preset.value = chosen
        self._labelling = False

    def take_models(self, models: ModelList) -> None:
        """Offer the listed models and say how many there are."""
        c = self._controls
        names = models.names[:MOST_MODELS]
        c.model.options = names
        c.models.offer([(visible(name), name) for name in names])
        c.model.placeholder = visible(models.chosen) if models.names else "type the model's name"
        c.model_state.value = models_line(models)

    def forget_models(self, words: str) -> None:
        """Offer no models, and say why."""
        c = self._controls
        c.model.options, c.model.placeholder, c.model_state.value = (), "first one listed", words
        c.models.offer(())

    def say_key_state(self) -> None:
        """Show whether a key is set and where it will be sent."""
        try:
            endpoint = self.endpoint
        except CallError:
            return
        self._controls.key.placeholder = endpoint.api_key_env or "no key"
        self._controls.key_state.value = key_line(endpoint, key_state(endpoint))

    def use_address(self, base_url: str) -> None:
        """Put another address into its field, as if it had been typed."""
        self._controls.base_url.value = base_url

    def hold_as(self, other: Fields) -> None:
        """Take the contents of another panel's fields, and what it holds without a field."""
        mine, theirs = self._controls, other._controls
        self._given, self.api = other._given, other.api
        self._take_url(other._typed_url)
        for name in ("key", "model", "stream"):
            getattr(mine, name).value = getattr(theirs, name).value
        for name, field in theirs.kept.items():
            mine.kept[name].value = field.value
        self._key_error = other._key_error

    def take_waiting(self) -> None:
        """Apply the address that was typed while an answer was coming."""
        waiting, self._waiting_url = self._waiting_url, None
        if waiting is not None:
            self.use_address(waiting)

    def _follow(self) -> None:
        c = self._controls
        c.preset.observe(self._preset_chosen, "value")
        c.base_url.observe(self._url_typed, "value")
        c.key.observe(self._key_typed, "value")
        c.faults.on_choose = self.use_address
        c.models.on_choose = self._model_chosen
        for fold in (c.parameters, c.request):
            fold.on_turn = self._summarize
        c.fault.on_turn = self._list_faults
        for field in c.kept.values():
            field.observe(lambda _: self._summarize(), "value")

    def _list_faults(self) -> None:
        """Fill the list of faults when it is opened: hundreds of lines that few people look at."""
        faults = self._controls.faults
        if not faults.list.options:
            faults.offer([(f"{name} · {says}", f"demo:{name}") for name, says in modes().items()])

    def _take_url(self, url: str) -> None:
        """Keep what was typed, show it without its password, and select the matching preset."""
        self._typed_url = url
        url = _as_shown(url)
        c = self._controls
        c.base_url.value = url
        c.preset.value = next((name for name, one in PRESETS.items() if one == url), OTHER)
        self.say_key_state()

    def _take_key_name(self, name: str) -> None:
        try:
            self._controls.key.value = check_key_name(name)
        except KeyNameError as error:
            self._controls.key.value = ""
            self._key_error = error
            self._on_error(error)
        self.say_key_state()

    def _key_typed(self, change: dict[str, Any]) -> None:
        self._take_key_name(change["new"])
        # A user who sees the field emptied may go on without a key; a notebook's parameter may not.
        self._key_error = None

    def _model_chosen(self, name: str) -> None:
        self._controls.model.value = name

    def _preset_chosen(self, change: dict[str, Any]) -> None:
        if change["new"] != OTHER and not self._labelling:
            self.use_address(PRESETS[change["new"]])

    def _url_typed(self, change: dict[str, Any]) -> None:
        new, old = change["new"], self._typed_url
        if new == _as_shown(old):
            return
        if self._busy():
            # The address above a stream must stay the one that it comes from.
            self._waiting_url = new
            self._take_url(old)
            self._on_waiting(_as_shown(new))
            return
        cleared = self._clear_for(new, old)
        self._take_url(new)
        self._on_address(cleared)

    def _clear_for(self, new: str, old: str) -> list[str]:
        """Clear what belongs to another server; return what was cleared, in sentences."""
        c, cleared = self._controls, []
        if _server(new) == _server(old):
            return []
        if name := c.model.value:
            c.model.value = ""
            cleared.append(f"The model {name} was cleared: it belongs to {shown(old) or 'demo'}.")
        if name := c.key.value:
            c.key.value = ""
            cleared.append(f"The key's name {name} was cleared: name it again to send it there.")
        for field in (c.headers, c.query):
            kept = [line for line in field.value.splitlines() if "$" not in line]
            if kept != field.value.splitlines():
                field.value = "\n".join(kept)
                cleared.append(f"{field.description} with a variable's value were cleared too.")
        return cleared

    def _summarize(self) -> None:
        """Say what the folded fields contain."""
        c = self._controls
        opened, held = c.parameters.open or c.request.open, " · ".join(self.held)
        words = "empty fields are not sent" if opened else f"with {held}" if held else ""
        tip = for_attribute(words)
        c.summary.value = f'<span class="es-dim" title="{tip}">{for_html(words)}</span>'
        show(c.summary, bool(words))


def _server(address: str) -> tuple[str, str]:
    """The server that a key and a model belong to."""
    try:
        return server_of(resolve(address))
    except AddressError:
        return "", shown(address)


def _as_shown(address: str) -> str:
    """The base URL that a typed address becomes, or the address itself if it is invalid."""
    try:
        return resolve(address).base_url
    except AddressError:
        return shown(address)


def _label(name: str, base_url: str, answers: bool) -> str:
    port = urlsplit(base_url).port
    return f"{name} · {port}{' ✓ answers' if answers else ''}" if port else name
