"""What a person has typed: the panel's fields read as an endpoint, a prompt and parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection
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
    shown,
)
from ...escaping import for_html
from ...server.faults.catalogue import modes
from .controls import CARETS, Controls
from .status import key_line, models_line

OTHER = "Other address"
MOST_MODELS = 1000
MOST_LETTERS = 80


class FieldError(CallError):
    """A field holds what cannot be sent."""

    headline = "A field cannot be sent"


class Fields:
    """The panel's fields, kept in step with each other.

    on_address:  called when the person chose or typed another address
    on_error:    called with what is wrong with a value that was just typed
    """

    def __init__(
        self,
        controls: Controls,
        *,
        timeout_s: float,
        on_address: Callable[[], None],
        on_error: Callable[[CallError], None],
    ) -> None:
        self._controls = controls
        self._timeout_s = timeout_s
        self._typed_url = ""
        self._key_error: KeyNameError | None = None
        self._on_address = on_address
        self._on_error = on_error

    def fill(
        self, *, base_url: str, model: str, api_key_env: str, prompt: str, stream: bool
    ) -> None:
        """Set every field to a notebook's parameters and follow what is typed from then on."""
        c = self._controls
        self.label_presets(answering=())
        self._take_url(base_url)
        self._take_key_name(api_key_env)
        c.model.value, c.prompt.value, c.stream.value = model, prompt, stream
        self._summarize()
        c.preset.observe(self._preset_chosen, "value")
        c.base_url.observe(self._url_typed, "value")
        c.key.observe(self._key_typed, "value")
        c.fold.on_click(self._fold)
        for field in (c.system, c.temperature, c.max_tokens, c.seed):
            field.observe(lambda _: self._summarize(), "value")

    @property
    def base_url(self) -> str:
        """Return the address as a message may show it."""
        return shown(self._typed_url) or "the built-in endpoint"

    @property
    def endpoint(self) -> Endpoint:
        """Return the endpoint the fields describe; raises AddressError, KeyNameError."""
        if self._key_error:
            raise self._key_error
        c = self._controls
        return resolve(
            self._typed_url, model=c.model.value, api_key_env=c.key.value, timeout_s=self._timeout_s
        )

    @property
    def prompt(self) -> str:
        """Return the prompt; raises FieldError for an empty one."""
        prompt: str = self._controls.prompt.value
        if not prompt.strip():
            raise FieldError("a prompt", "an empty field", "Type what to ask, then Send.")
        return prompt

    @property
    def stream(self) -> bool:
        """Return whether the toggle asks for a stream."""
        return bool(self._controls.stream.value)

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters as `client.chat.begin` names them; raises FieldError."""
        c = self._controls
        return {
            "system": c.system.value.strip(),
            "temperature": _number("temperature", c.temperature.value, float),
            "max_tokens": _number("max_tokens", c.max_tokens.value, int),
            "seed": _number("seed", c.seed.value, int),
        }

    def label_presets(self, *, answering: Collection[str]) -> None:
        """Name the presets with their ports, and mark those that were found to answer."""
        preset = self._controls.preset
        chosen = preset.value or OTHER
        labels = [(_label(name, url, name in answering), name) for name, url in PRESETS.items()]
        planted = [
            (f"demo:{name} · {says}"[:MOST_LETTERS], f"demo:{name}")
            for name, says in modes().items()
        ]
        preset.options = [*labels, (OTHER, OTHER), *planted]
        preset.value = chosen

    def take_models(self, models: ModelList) -> None:
        """Offer the listed models and say how many there are."""
        c = self._controls
        c.model.options = models.names[:MOST_MODELS]
        c.model.placeholder = models.chosen if models.names else "type the model's name"
        c.model_state.value = models_line(models)

    def say_key_state(self) -> None:
        """Show whether a key is set and where it will go."""
        try:
            endpoint = self.endpoint
        except CallError:
            return
        self._controls.key.placeholder = endpoint.api_key_env or "no key"
        self._controls.key_state.value = key_line(endpoint, key_state(endpoint))

    def use_address(self, base_url: str) -> None:
        """Put another address into its field, as if it had been typed."""
        self._controls.base_url.value = base_url

    def _take_url(self, typed: str) -> None:
        """Keep what was typed, show it without its password, and choose the preset it is."""
        self._typed_url = typed
        url = _as_shown(typed)
        self._controls.base_url.value = url
        known = {address: name for name, address in self._controls.preset.options}
        preset = next((name for name, address in PRESETS.items() if address == url), url)
        self._controls.preset.value = preset if preset in known else OTHER
        self.say_key_state()

    def _take_key_name(self, typed: str) -> None:
        try:
            self._controls.key.value = check_key_name(typed)
        except KeyNameError as error:
            self._controls.key.value = ""
            self._key_error = error
            self._on_error(error)
        self.say_key_state()

    def _key_typed(self, change: dict[str, Any]) -> None:
        self._take_key_name(change["new"])
        # Whoever sees the field emptied may go on without a key; a notebook's parameter may not.
        self._key_error = None

    def _preset_chosen(self, change: dict[str, Any]) -> None:
        if change["new"] != OTHER:
            self.use_address(PRESETS.get(change["new"], change["new"]))

    def _url_typed(self, change: dict[str, Any]) -> None:
        if change["new"] != _as_shown(self._typed_url):
            self._take_url(change["new"])
            self._on_address()

    def _fold(self, _: Any) -> None:
        c = self._controls
        opening = c.fold.icon == CARETS[False]
        c.fold.icon = CARETS[opening]
        c.show(c.parameters, opening)
        self._summarize()

    def _summarize(self) -> None:
        """Say what the folded fields hold."""
        c = self._controls
        named = (("temperature", c.temperature), ("max tokens", c.max_tokens), ("seed", c.seed))
        held = [f"{name} {field.value.strip()}" for name, field in named if field.value.strip()]
        if system := c.system.value.strip():
            held.append(f"system prompt “{system[:40]}{'…' * (len(system) > 40)}”")
        folded = c.fold.icon == CARETS[False]
        words = " · ".join(held) if held and folded else "empty fields are not sent"
        c.summary.value = f'<span class="es-dim">{for_html(words)}</span>'


def _number(name: str, typed: str, kind: type[float] | type[int]) -> float | None:
    try:
        return kind(typed.strip().replace(",", ".")) if typed.strip() else None
    except ValueError:
        what = "a whole number" if kind is int else "a number such as 0.7"
        do = "Correct the field, or empty it: what is empty is not sent."
        raise FieldError(f"{what} as {name}", repr(typed[:40]), do) from None


def _as_shown(typed: str) -> str:
    """Return the base URL that a typed address becomes, or the address where it becomes none."""
    try:
        return resolve(typed).base_url
    except AddressError:
        return shown(typed)


def _label(name: str, base_url: str, answers: bool) -> str:
    port = urlsplit(base_url).port
    return f"{name} · {port}{' ✓ answers' if answers else ''}" if port else name
