"""The layers one after another, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...client.keys import secrets_of
from ...client.models import UNLISTED
from ...diagnose.diagnosis import key_echoed
from ...endpoint import Endpoint, endpoint_of
from ...finding import Finding, Verdict, conclude
from ...secrets.spellings import Secrets
from ...server.builtin import opened
from ...signatures import checked
from . import (
    answers,
    greeting,
    key,
    models,
    names,
    pasted,
    paths,
    ports,
    proxies,
    security,
    surfaces,
)  # fmt: skip
from .known import Known, Layer, Step
from .spellings import Spelling, in_this_kit, spellings

QUESTION = "Where is it, and what does it need?"
LAYERS: tuple[tuple[str, Layer], ...] = (
    ("address", names.address),
    ("DNS", names.name),
    ("TCP", ports.ports),
    ("proxy", proxies.proxies),
    ("TLS", security.security),
    ("HTTP", greeting.greeting),
    ("path", paths.paths),
    ("key", key.key),
    ("models", models.models),
    ("chat", answers.answers),
    ("surfaces", surfaces.surfaces),
)

# The fields of a finding that may quote a server, even an address it redirected to.
_SAID = ("says", "evidence", "expected", "came", "quote", "do", "fix")

Watch = Callable[["Connection"], None]


@dataclass
class Connection:
    """The way to an endpoint as explored so far.

    steps:  the layers checked, in order
    now:    the layer being checked, "" when all are done
    """

    known: Known
    steps: list[Step] = field(default_factory=list)
    now: str = ""

    @property
    def findings(self) -> list[Finding]:
        """Each layer's finding, under its name; a wrong address comes with the one that works."""
        return [_with_base(step, self.known.to_type) for step in self.steps]

    @property
    def headline(self) -> str:
        """The one sentence that answers the question."""
        verdict = self.verdict
        if verdict.failures and self.answered:
            many, first = len(verdict.failures), verdict.failures[0].says
            if many > 1:
                return f"It answers, with {many} things to change. First: {_continued(first)}"
            return f"It answers, with one thing to change: {_continued(first)}"
        return verdict.headline

    @property
    def answered(self) -> bool:
        """Whether a completion came."""
        return self.known.full is not None and self.known.full.failure is None

    @property
    def left(self) -> list[str]:
        """The layers that were not reached."""
        layers = {step.layer.partition(" ")[0] for step in self.steps}
        return [name for name, _ in LAYERS if name not in layers and name != self.now]

    @property
    def base_url(self) -> str:
        """The base URL that works in this kit, "" if none was found."""
        return self.known.to_type

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that the other notebooks can ask."""
        known = self.known
        if not known.base or known.endpoint.built_in or known.base == known.typed_base:
            return known.endpoint
        return replace(known.asked_at(known.base), base_url=known.to_type)

    @property
    def spellings(self) -> tuple[Spelling, ...]:
        """The address as programs expect it, () if none was found."""
        known = self.known
        if not known.base:
            return ()
        if known.endpoint.built_in:
            return in_this_kit(known.endpoint.base_url, known.base)
        return spellings(
            known.base, here=known.to_type, key=known.key, key_name=known.key_name,
            key_header=known.key_header, model="" if known.model == UNLISTED else known.model,
            needs=known.needs,
        )  # fmt: skip

    @property
    def verdict(self) -> Verdict:
        """The answer to the question; red if what was typed does not work as it is."""
        return conclude(
            QUESTION, [*self._unfinished, *self.findings], base_url=self.endpoint.base_url,
            model=self.known.model, yes=self._yes,
        )  # fmt: skip

    @property
    def _unfinished(self) -> list[Finding]:
        """A finding in front of the others that not every layer was checked, [] at the end."""
        says = f"Not every layer has been checked yet: {self.now} is next."
        do = "Press Look to check again."
        return [Finding("not-finished", "unclear", says, do=do)] if self.now else []

    @property
    def _yes(self) -> str:
        key = {"none": "no key is needed", "any": "any key will do", "real": "the key is right"}
        about_key = key.get(self.known.key, "")
        built_in = self.known.endpoint.built_in
        where = f"It answers at {self.endpoint.base_url if built_in else self.known.base}"
        return f"{where}, and {about_key}" if about_key else where


@checked
async def connect(
    text: str | Endpoint,
    *,
    model: str = "",
    api_key_env: str = "",
    timeout_s: float = 300.0,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    prompt: str = "hi",
    stream: bool = True,
    extra_body: Mapping[str, Any] | None = None,
    usual_ports: bool = False,
    watch: Watch | None = None,
) -> Connection:
    """The way to an endpoint, layer by layer.

    text:         whatever was pasted: an address, a curl command, OPENAI_BASE_URL=…; or an
                  endpoint with everything set on it
    prompt:       of the completions, which have 16 tokens; stream=False asks only unstreamed
    extra_body:   added to their JSON
    usual_ports:  whether to try other ports on the same host if nothing answers on this one
    watch:        called when a layer begins and when it is done
    raises:       AddressError, KeyNameError; neither quotes what may be a key
    """
    named: str | Endpoint
    if isinstance(text, Endpoint):
        read, named = pasted.Pasted(text.base_url), text
    else:
        read = pasted.read(text)
        named = read.address
    endpoint = endpoint_of(
        named, model=model or read.model, api_key_env=api_key_env or read.api_key_env,
        timeout_s=timeout_s, headers={**read.headers, **(headers or {})}, query=query,
    )  # fmt: skip
    known = Known(read, await opened(endpoint), usual_ports, prompt, stream, dict(extra_body or {}))
    connection = Connection(known)
    await _walk(connection, watch or (lambda _: None))
    return connection


def _continued(says: str) -> str:
    """A sentence to follow a colon; an all-capitals name at its beginning stays as it is."""
    return says if says[1:2].isupper() else f"{says[:1].lower()}{says[1:]}"


def _with_base(step: Step, base: str) -> Finding:
    found = step.finding.concerning(step.layer)
    if not (found.fix and base):
        return found
    line = f'base_url = "{base}"'
    do = found.do if line in found.do else f"{found.do} That makes: {line}."
    return replace(found, fix=base, do=do)


def without(secrets: Secrets, finding: Finding) -> Finding:
    """A finding in which any secret that was sent, and that a server repeated, is starred out."""
    hidden: dict[str, Any] = {name: secrets.text(getattr(finding, name)) for name in _SAID}
    return replace(finding, **hidden)


async def _walk(connection: Connection, watch: Watch) -> None:
    secrets = Secrets(secrets_of(connection.known.endpoint))
    for name, layer in LAYERS:
        connection.now = name
        watch(connection)
        async for step in layer(connection.known):
            # Names in a certificate and a proxy's words come from a server, too.
            connection.steps.append(replace(step, finding=without(secrets, step.finding)))
            watch(connection)
        if not connection.known.reached:
            break
    if connection.known.echoed:
        connection.steps.append(Step("key", replace(key_echoed(), verdict="deviates")))
    connection.now = ""
    watch(connection)
