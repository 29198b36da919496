"""A recorded request as something to run elsewhere: a curl command, a Python program."""

from __future__ import annotations

import ast
import json
import pprint
import re
import shlex
from textwrap import indent
from typing import Any
from urllib.parse import urlsplit

from ..client.exchange import Exchange
from ..endpoint import check_key_name, is_loopback
from ..wire.recording import Recording

_TIMES = (
    "--write-out '\\nheaders after %{time_starttransfer} s, end after %{time_total} s, "
    "status %{http_code}\\n'"
)
_BUILT_IN = re.compile(r"http://127\.0\.0\.1:\d+/(demo|replay)\b")


def as_curl(subject: Recording | Exchange, api_key_env: str = "") -> str:
    """Return the curl command that sends the same body to the same address.

    api_key_env:  the variable with the key; "" takes the exchange's own
    raises:       KeyNameError for what looks like a key instead of a name
    """
    recording, key_name = _request(subject, api_key_env)
    parts = ["curl --no-buffer --include"]
    if _is_near(recording.url):
        parts[0] += " --noproxy '*'"
    if any(mark in recording.url for mark in "[]{}"):
        parts[0] += " --globoff"
    parts[0] += f" {shlex.quote(recording.url)}"
    if recording.request_body:
        parts.append("--header 'Content-Type: application/json'")
    if key_name:
        parts.append(f'--header "Authorization: Bearer ${key_name}"')
    if recording.request_body:
        parts.append(f"--data-raw {shlex.quote(_body(recording))}")
    parts.append(_TIMES)
    return "\n".join([*_comments(subject), " \\\n  ".join(parts)])


def as_python(subject: Recording | Exchange, api_key_env: str = "") -> str:
    """Return a Python program, standard library only, that sends the same body.

    api_key_env:  the variable with the key; "" takes the exchange's own
    raises:       KeyNameError for what looks like a key instead of a name
    """
    recording, key_name = _request(subject, api_key_env)
    body = _literal(_body(recording))
    uses_json = body.startswith("json.")
    imports = [*(["json"] if uses_json else []), *(["os"] if key_name else []), "urllib.error"]
    headers = ['    "Content-Type": "application/json",\n'] if recording.request_body else []
    if key_name:
        headers.append(f'    "Authorization": f"Bearer {{os.environ[\'{key_name}\']}}",\n')
    # The program for an address of this machine passes by a proxy that the shell may name.
    proxies = "urllib.request.ProxyHandler({})" if _is_near(recording.url) else ""
    return "\n".join([
        *_comments(subject),
        *(f"import {name}" for name in imports),
        "import time",
        "import urllib.request",
        "",
        *([f"body = {body}"] if recording.request_body else []),
        f"headers = {{\n{''.join(headers)}}}",
        f"request = urllib.request.Request({recording.url!a}, "
        f"{'body.encode()' if recording.request_body else 'None'}, headers)",
        "began = time.monotonic()",
        "try:",
        f"    answer = urllib.request.build_opener({proxies}).open(request)",
        "except urllib.error.HTTPError as refused:",
        "    answer = refused",
        "print(answer.status, answer.reason)",
        "for line in answer:",
        "    at = time.monotonic() - began",
        '    print(f"{at:8.3f} s ", line.decode("utf-8", "backslashreplace"), end="", flush=True)',
        "",
    ])  # fmt: skip


def _request(subject: Recording | Exchange, api_key_env: str) -> tuple[Recording, str]:
    if isinstance(subject, Recording):
        return subject, check_key_name(api_key_env)
    return subject.recording, check_key_name(api_key_env or subject.endpoint.api_key_env)


def _comments(subject: Recording | Exchange) -> list[str]:
    """Return what the reader must know before running it."""
    recording = subject if isinstance(subject, Recording) else subject.recording
    comments = []
    if _BUILT_IN.match(recording.url):
        comments.append("# The built-in endpoint: this address ends with the notebook's kernel.")
    if isinstance(subject, Exchange):
        if subject.endpoint.query:
            comments.append("# Left out: the base URL's query, which may hold a key.")
        if subject.endpoint.userinfo:
            comments.append("# Left out: the base URL's user and password.")
    return comments


def _is_near(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def _body(recording: Recording) -> str:
    return recording.request_body.decode("utf-8", "replace")


def _literal(text: str) -> str:
    """Return a Python expression for exactly this text: readable JSON where that is the same."""
    spelled = {"separators": (",", ":"), "ensure_ascii": False}
    try:
        value: Any = json.loads(text)
        literal = pprint.pformat(value, width=88, sort_dicts=False)
        same = json.dumps(ast.literal_eval(literal), **spelled) == text  # type: ignore[arg-type]
    except (ValueError, RecursionError, MemoryError, SyntaxError):
        return ascii(text)
    if not same or not isinstance(value, dict):
        return ascii(text)
    inner = indent(literal, "    ")
    return f'json.dumps(\n{inner},\n    separators=(",", ":"), ensure_ascii=False,\n)'
