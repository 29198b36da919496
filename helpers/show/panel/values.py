"""The panel's fields read as an endpoint, a prompt and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...client.keys import own_secrets
from ...endpoint import CallError, Endpoint, KeyNameError, resolve, shown
from ...wire.request import Api, Request
from ...wording import counted
from . import parameters, typed
from .controls import Controls
from .typed import EmptyPrompt


class Values:
    """The contents of the panel's fields; whatever cannot be read raises a CallError."""

    def __init__(self, controls: Controls, *, timeout_s: float) -> None:
        self._controls = controls
        self._timeout_s = timeout_s
        # As it was typed, because the field does not show a password.
        self._typed_url = ""
        self._given: Endpoint | None = None
        self._key_error: KeyNameError | None = None
        self._before: tuple[Mapping[str, Any], ...] = ()
        self.api: Api = "chat"

    def take(self, request: Request) -> None:
        """Fill the fields from a request; the messages before its prompt are kept as they are."""
        c, rest = self._controls, dict(request.parameters)
        self._before, self.api = request.messages[:-1], request.api
        c.prompt.value, c.stream.value = request.prompt, rest.pop("stream", False) is True
        c.system.value = str(rest.pop("system", None) or "")
        for name, text in parameters.taken(rest).items():
            c.named[name].value = text
        c.extra_body.value = typed.as_body(rest)

    @property
    def base_url(self) -> str:
        """The address in a form that a message may show."""
        return shown(self._typed_url) or "the built-in endpoint"

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint the fields describe; raises AddressError, KeyNameError."""
        if self._key_error:
            raise self._key_error
        c = self._controls
        endpoint = resolve(
            self._typed_url, model=c.model.value, api_key_env=c.key.value,
            timeout_s=self._timeout_s, headers=self.headers, query=self.query,
        )  # fmt: skip
        return self._given.carried_to(endpoint) if self._given else endpoint

    @property
    def prompt(self) -> str:
        """The prompt; raises EmptyPrompt for an empty one."""
        prompt: str = self._controls.prompt.value
        if not prompt.strip():
            raise EmptyPrompt("a prompt", "an empty field", "Type what to ask, then Send.")
        return prompt

    @property
    def stream(self) -> bool:
        """Whether the toggle asks for a stream."""
        return bool(self._controls.stream.value)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters as `wire.request.chat` names them; raises FieldError."""
        c = self._controls
        return {
            **self.extra_body,
            "messages": self._before,
            "system": c.system.value.strip(),
            **parameters.sent({name: field.value for name, field in c.named.items()}),
        }

    @property
    def headers(self) -> dict[str, str]:
        """The extra headers; a value "$NAME" names a variable."""
        return typed.headers(self._controls.headers.value)

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; a value "$NAME" names a variable."""
        return typed.query(self._controls.query.value)

    @property
    def extra_body(self) -> dict[str, Any]:
        """The extra fields of the request's body."""
        return typed.body(self._controls.extra_body.value)

    @property
    def carries_secret(self) -> bool:
        """Whether a request would carry a key; if fields cannot be read, none can be sent."""
        try:
            values = self.headers | self.query
            return bool(own_secrets(self.endpoint)) or typed.carries_secret(values)
        except CallError:
            return False

    @property
    def held(self) -> list[str]:
        """The contents of the folded fields, in a few words each."""
        c = self._controls
        held = [
            f"{name.replace('_', ' ')} {field.value.strip()[:40]}"
            for name, field in c.named.items() if field.value.strip()
        ]  # fmt: skip
        if self._before:
            held.insert(0, f"{counted(len(self._before), 'message')} before")
        if self.api != "chat":
            held.insert(0, f"the {self.api} API")
        if system := c.system.value.strip():
            held.append(f"system prompt “{system[:40]}{'…' * (len(system) > 40)}”")
        for field in (c.headers, c.query, c.extra_body):
            if field.value.strip():
                held.append(field.description.lower())
        return held
