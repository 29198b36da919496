"""A recorded request as something to run elsewhere: a curl command, a Python program."""

from __future__ import annotations

import ast
import json
import pprint
import re
import shlex
from textwrap import indent
from typing import Any
from urllib.parse import urlencode, urlsplit

from ..client.exchange import Exchange
from ..client.keys import is_secret_pair
from ..endpoint import Pairs, check_key_name, is_loopback
from ..wire.recording import Recording

_TIMES = (
    "--write-out '\\nheaders after %{time_starttransfer} s, end after %{time_total} s, "
    "status %{http_code}\\n'"
)
_BUILT_IN = re.compile(r"http://127\.0\.0\.1:\d+/(demo|replay)\b")


def as_curl(subject: Recording | Exchange, api_key_env: str = "") -> str:
    """The curl command that sends the same body to the same address.

    api_key_env:  the variable with the key; "" uses the exchange's own
    raises:       KeyNameError if it looks like a key instead of a name
    """
    recording, key_name = _request(subject, api_key_env)
    url = _url(subject)
    parts = ["curl --no-buffer --include"]
    if _is_near(recording.url):
        parts[0] += " --noproxy '*'"
    if any(mark in url for mark in "[]{}"):
        parts[0] += " --globoff"
    parts[0] += f" {shlex.quote(url)}"
    if recording.request_body:
        parts.append("--header 'Content-Type: application/json'")
    if key_name:
        parts.append(f'--header "Authorization: Bearer ${key_name}"')
    for name, value in _headers(subject):
        one = f'"{name}: {value}"' if value[:1] == "$" else shlex.quote(f"{name}: {value}")
        parts.append(f"--header {one}")
    if recording.request_body:
        parts.append(f"--data-raw {shlex.quote(_body(recording))}")
    parts.append(_TIMES)
    return "\n".join([*_comments(subject), " \\\n  ".join(parts)])


def as_python(subject: Recording | Exchange, api_key_env: str = "") -> str:
    """A Python program, standard library only, that sends the same body.

    api_key_env:  the variable with the key; "" uses the exchange's own
    raises:       KeyNameError if it looks like a key instead of a name
    """
    recording, key_name = _request(subject, api_key_env)
    body = _literal(_body(recording))
    uses_json = body.startswith("json.")
    headers = ['    "Content-Type": "application/json",\n'] if recording.request_body else []
    if key_name:
        headers.append(f'    "Authorization": f"Bearer {{os.environ[\'{key_name}\']}}",\n')
    headers += [f"    {name!a}: {value},\n" for name, value in headers_in_python(subject)]
    uses_os = any("os.environ" in header for header in headers)
    imports = [*(["json"] if uses_json else []), *(["os"] if uses_os else []),
               "time", "urllib.error", "urllib.request"]  # fmt: skip
    # For an address on this machine, the program bypasses any proxy that the shell names.
    proxies = "urllib.request.ProxyHandler({})" if _is_near(recording.url) else ""
    return "\n".join([
        *_comments(subject),
        *(f"import {name}" for name in imports),
        "",
        *([f"body = {body}"] if recording.request_body else []),
        f"headers = {{\n{''.join(headers)}}}",
        f"request = urllib.request.Request({_url(subject)!a}, "
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


def headers_in_python(subject: Recording | Exchange) -> list[tuple[str, str]]:
    """The extra headers, each with the Python expression for its value."""
    return [
        (name, f"os.environ[{value[1:]!r}]" if value[:1] == "$" else ascii(value))
        for name, value in _headers(subject)
    ]


def query_of(exchange: Exchange) -> dict[str, str]:
    """The query's parameters, except those that are keys."""
    return dict(_readable((*exchange.endpoint.query, *exchange.request.query.items())))


def _request(subject: Recording | Exchange, api_key_env: str) -> tuple[Recording, str]:
    if isinstance(subject, Recording):
        return subject, check_key_name(api_key_env)
    return subject.recording, check_key_name(api_key_env or subject.endpoint.api_key_env)


def _comments(subject: Recording | Exchange) -> list[str]:
    """What the reader must know before running it."""
    recording = subject if isinstance(subject, Recording) else subject.recording
    comments = []
    if _BUILT_IN.match(recording.url):
        comments.append("# The built-in endpoint: this address ends with the notebook's kernel.")
    if isinstance(subject, Exchange):
        if _readable(subject.endpoint.query) != subject.endpoint.query:
            comments.append("# Left out: what of the query is a key.")
        if _readable(subject.endpoint.headers, variables=True) != subject.endpoint.headers:
            comments.append("# Left out: headers that hold a key itself.")
        if subject.endpoint.userinfo:
            comments.append("# Left out: the base URL's user and password.")
        if subject.endpoint.path_keys:
            comments.append("# Left out: the key in the base URL's path, in place of each •••.")
    return comments


def _readable(pairs: Pairs, *, variables: bool = False) -> Pairs:
    """The pairs that may be shown: no key, but its variable's name if one is known."""
    named = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*") if variables else None
    return tuple(
        (name, value) for name, value in pairs
        if (named and named.fullmatch(value)) or not is_secret_pair(name, value)
    )  # fmt: skip


def _headers(subject: Recording | Exchange) -> Pairs:
    """The extra headers, with a key replaced by its variable's name."""
    if isinstance(subject, Recording):
        return ()
    own = (*subject.endpoint.headers, *subject.request.headers.items())
    return _readable(own, variables=True)


def _url(subject: Recording | Exchange) -> str:
    """The address with its query, leaving out any key."""
    if isinstance(subject, Recording):
        return subject.url
    query = urlencode(query_of(subject))
    return f"{subject.recording.url}{'?' * bool(query)}{query}"


def _is_near(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def _body(recording: Recording) -> str:
    return recording.request_body.decode("utf-8", "replace")


def _literal(text: str) -> str:
    """A Python expression for exactly this text: readable JSON if that is equivalent."""
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
