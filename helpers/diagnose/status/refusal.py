"""An answer with an error status, and what it says about the key that was sent or missing."""

from __future__ import annotations

import re
from functools import cached_property

from ...finding import Finding, explained
from ...wire.builders.completion import full_answer
from ...wire.server_error import ServerError
from ..observed import Observed

ABOUT_KEY = r"\bapi[ _-]?keys?\b|\bbearer\b|\bauthenticat|\bunauthori[sz]ed\b|no connected db"
# No two servers word a context overflow alike; each pattern is one found in a real server.
_TOO_LONG = "|".join((
    r"context[ _]?(length|window|size)|\bn_ctx\b|context shift is disabled|kv[ -]?cache is full",
    r"\b(prompt|inputs?|messages?|conversation)\b[^.]{0,60}\b(too (long|large)|exceed)",
    r"exceed[^.]{0,60}\b(number of|input|prompt|context|max\w*) tokens?",
    r"too many (input |prompt )?tokens",
    r"\binputs?\b[^.]{0,60}\b(must|at most|less than)\b[^.]{0,30}(\d|tokens)",
    r"request too large\b[^.]{0,60}\btokens?\b",
    r"(reduce|shorten) (the )?(length|size) of (the|your) (messages|prompt|input|conversation)",
))  # fmt: skip
# "Too long" may also be about a name, "too many tokens" about the answer or a rate per minute.
_LONG_ELSEWHERE = (
    r"max_(completion_|output_)?tokens\b|(output|completion) tokens|per (minute|day)|\bTPM\b"
)
_ROLES = r"roles? must alternate|system (role|message|prompt)s?\b.{0,40}\b(not|only|must|first)"
_LOGIN = r"\b(log|sign)[ -]?(in|on)\b|\bsso\b|type=.?password"
NO_KEY_SENT = (
    "No key was sent. Put yours into an environment variable where you start JupyterLab, and give "
    "the variable's name: the parameter api_key_env, or “Key from” in a panel."
)
LIKE_OLLAMA = (
    " Ollama answers like this, without a word, to a host name that is not this machine's: start "
    "it with OLLAMA_HOST=0.0.0.0."
)
_BY_A_PAGE = (
    " A web page came, so what asks may be a proxy in front of the API, with a key or a login of "
    "its own."
)


class Refusal:
    """An answer with an error status, with its facts computed once."""

    def __init__(self, observed: Observed) -> None:
        self.observed = observed
        self.recording = observed.recording
        self.status = observed.recording.status or 0
        self.words = observed.words

    @cached_property
    def error(self) -> ServerError | None:
        """The error in the body, if it has the shape of one."""
        return full_answer(self.observed.reading.body).error

    @cached_property
    def code(self) -> str:
        """The body's own code and type, in lower case."""
        return f"{self.error.code} {self.error.type}".lower() if self.error else ""

    @property
    def is_page(self) -> bool:
        """Whether a web page came: pages are written by a proxy, JSON by the server."""
        return self.observed.is_page

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return self.observed.request.model

    def says(self, pattern: str) -> bool:
        """Whether the server's words match."""
        return bool(re.search(pattern, self.words, re.I))

    def finding(self, name: str, says: str, do: str, fix: str = "") -> Finding:
        """A failure that quotes the server."""
        recording, endpoint = self.recording, self.observed.endpoint
        asked = endpoint.name if endpoint and endpoint.built_in else recording.url
        return explained(
            name, says,
            expected=f"an answer from {recording.method} {asked}",
            came=f"{self.status} {recording.reason}".strip(), do=do, quote=self.words, fix=fix,
        )  # fmt: skip


def too_long(refusal: Refusal) -> Finding | None:
    """The finding on a prompt that exceeds the context; None for another refusal."""
    named = "context_length" in refusal.code or refusal.says(r"context[ _]?(length|window|size)")
    worded = refusal.says(_TOO_LONG) and not refusal.says(_LONG_ELSEWHERE)
    if not named and not worded:
        return None
    return refusal.finding(
        "prompt-too-long", "The prompt is longer than the model's context.",
        "Shorten the prompt, or start the server with a longer context (Ollama: num_ctx, "
        "llama.cpp: --ctx-size, vLLM: --max-model-len).",
    )  # fmt: skip


def refused_order(refusal: Refusal) -> Finding | None:
    """The finding on a chat template that rejects this order of roles; None for another refusal."""
    if not refusal.says(_ROLES):
        return None
    return refusal.finding(
        "refused-roles", f"The model's chat template refuses these roles ({refusal.status}).",
        "Leave the system prompt empty, or start the server with a chat template that takes it "
        "(llama.cpp: --chat-template, vLLM: --chat-template).",
    )  # fmt: skip


def about_the_key(refusal: Refusal) -> Finding:
    """What is wrong with the key: it is missing, wrong, or the server asked for something else."""
    sent = refusal.observed.key_name
    asks = refusal.recording.header("www-authenticate").lower()
    if asks.startswith("basic"):
        return refusal.finding(
            "basic-auth", "Something in front of the API asks for a user name and a password.",
            "That is HTTP Basic authentication; an API key does not help. Ask whoever runs it to "
            'exempt the API\'s path, or send it: headers = {"Authorization": "$NAME"}, with '
            "“Basic …” in the environment variable NAME.",
        )  # fmt: skip
    if asks.startswith(("digest", "negotiate", "ntlm")) or (not asks and _is_login_page(refusal)):
        return refusal.finding(
            "login-wanted", f"Something in front of the API asks for a login ({refusal.status}).",
            "An API key does not help there: ask whoever runs it to exempt the API's path, or for "
            "the address behind it.",
        )  # fmt: skip
    endpoint = refusal.observed.endpoint
    page = _BY_A_PAGE if refusal.is_page else ""
    if sent:
        name = endpoint.api_key_env if endpoint else ""
        do = (
            f"Check the value of {name or 'the key'} and that it is meant for this address. A "
            f"changed variable is seen only after JupyterLab is restarted.{page}"
        )
        return refusal.finding(
            "unauthorized", f"The endpoint refused the key ({refusal.status}).", do
        )
    silent = refusal.status == 403 and not refusal.words
    return refusal.finding(
        "unauthorized", f"The endpoint asks for a key ({refusal.status}).",
        f"{NO_KEY_SENT}{LIKE_OLLAMA if silent else ''}{page}",
    )  # fmt: skip


def _is_login_page(refusal: Refusal) -> bool:
    """Whether a page for people to log in came: a proxy that checks keys writes one, too."""
    text = refusal.observed.reading.body[:20_000].decode("utf-8", "replace")
    return refusal.is_page and bool(re.search(_LOGIN, text, re.I))
