"""The keys anywhere in a request, recognised by their names and shapes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qsl, unquote

from .shapes import (
    PREFIX,
    SHORTEST_ALONE,
    in_address,
    is_key_for_model,
    is_plain_key,
    is_secret_name,
)

Headers = tuple[tuple[str, str], ...]

# Name and string pairs in JSON, at any depth, in lists, repeated, and in broken JSON.
_PAIR = re.compile(rb'"([^"\\]{1,80})"\s*+:\s*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.S)
_OPENED = re.compile(rb'"([^"\\]{1,80})"\s*+:\s*+(?=[\[{])')
_PIECE = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(\s*+:)?|[\[\]{}]', re.S)
# Fields that hold a value for another field: those of a schema, and of a list of headers.
_HOLDING = frozenset(("", "default", "const", "value", "values", "example", "examples"))
_MOST_PIECES = 400
# Every name of a secret, every shape of a key and every URL has one of these in it; counts of
# tokens do not.
_WORTH_A_LOOK = re.compile(
    rf"key|token(?!s\W{{1,6}}\d)|secret|pass|pwd|credential|auth|bearer|cookie|signature|:\\?/|\\u"
    rf"|eyJ|{PREFIX}".encode(),
    re.I,
)
_PART = re.compile(rb'name="([^"\r\n]{1,80})"\r?\n(?:[^\r\n]{1,200}\r?\n){0,4}\r?\n([^\r\n]+)')
# Some clients send keys in the body, which also holds the keys for tools on other servers.
_IN_BODY = re.compile(
    r"(?:^|_)(?:key|token|secret|pass(?:word|wd)?|pwd|credentials?|authorization|bearer|cookie|"
    r"auth|signature)$|apikey$|^authorization_|_auth$"
)
_NO_KEY = re.compile(r"(?:cache|public|primary|partition|sort|group|idempotency)_?key$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SAID = frozenset(("content", "text", "input", "prompt", "arguments", "instructions"))
# Placeholders for a key that is not needed are shorter.
_SHORTEST, _LONGEST_NAME = 6, 80
_NAMED = re.compile(r'(?:response|token|key|secret|signature|password)="?([^",\s]+)', re.I)
_NAME = "authorization"


def carried(target: str, headers: Headers, body: bytes) -> Headers:
    """A request's secrets, each as the authorization header of an endpoint with that key."""
    found = {*_in_headers(headers), *_in_target(target), *in_body(body)}
    return tuple((_NAME, value) for value in sorted(found))


def _in_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if not is_secret_name(name):
            yield from (word for word in value.split() if is_plain_key(word))
            yield from _in_url(value)
            continue
        if name.lower() == "cookie":
            values = (part.partition("=")[2].strip() for part in value.split(";"))
            yield from (form for one in values for form in {one, one.strip('"')})
            continue
        scheme, _, credential = value.rpartition(" ")
        yield credential
        yield from (one for one in _NAMED.findall(value) if len(one) >= SHORTEST_ALONE)
        if scheme.strip().lower() == "basic":
            yield from _decoded(credential)


def _in_target(target: str) -> Iterator[str]:
    """Yield the secrets in a path and its query, by their names or shapes."""
    path, _, query = target.partition("?")
    yield from (value for name, value in parse_qsl(query) if is_secret_name(name))
    yield from in_address(f"//host/?{query}")
    parts = map(unquote, path.split("/"))
    yield from (part for part in parts if is_plain_key(part) or is_key_for_model(part))


def in_body(body: bytes) -> Iterator[str]:
    """Yield the secrets in JSON or a form: by name, by shape, or in a URL."""
    if not _WORTH_A_LOOK.search(body):
        return
    if body[:1] not in b"[{":
        yield from _in_form(body)
    named = ""
    for found in _PAIR.finditer(body):
        name, text = found[1].decode("utf-8", "replace"), _unescaped(found[2])
        # A header may be written as {"name": "Authorization", "value": "…"}.
        secret = _is_secret(named if name == "value" else name)
        named = text if name in ("name", "key") and len(text) <= _LONGEST_NAME else ""
        if secret and _may_be_key(text) and not (name == "key" and _is_secret(text)):
            yield text
            yield text.rpartition(" ")[2]
        elif name not in _SAID:
            if is_plain_key(text):
                yield text
            yield from _in_url(text)
    seen = 0
    for found in _OPENED.finditer(body):
        named = found[1].decode("utf-8", "replace")
        if found.start() >= seen and (_is_secret(named) or _is_secret(named.removesuffix("s"))):
            below, seen = _below(body, found.end())
            yield from below


def _below(body: bytes, start: int) -> tuple[list[str], int]:
    """The values in a list or object with a secret's name, or in its schema, and where it ends."""
    depth, name, end = 0, "", start
    texts: list[str] = []
    for piece in islice(_PIECE.finditer(body, start), _MOST_PIECES):
        mark = piece[0]
        if piece[2]:
            name = piece[1].decode("utf-8", "replace")
        elif piece[1] is None:
            depth += 1 if mark in b"[{" else -1
        elif name in _HOLDING and _may_be_key(text := _unescaped(piece[1])):
            texts += text, text.rpartition(" ")[2]
        end = piece.end()
        if not depth:
            break
    return texts, end


def _in_form(body: bytes) -> Iterator[str]:
    """Yield the secrets in a form's fields, URL-encoded or multipart."""
    pairs = (pair.partition(b"=") for pair in body.split(b"&"))
    fields = [(name, value) for name, _, value in pairs if len(name) <= _LONGEST_NAME]
    for name, value in (*fields, *_PART.findall(body)):
        text = unquote(value.decode("utf-8", "replace").replace("+", " "))
        if _is_secret(name.decode("utf-8", "replace")) and _may_be_key(text):
            yield text


def _may_be_key(text: str) -> bool:
    """Whether a value is long enough for a key and not already masked with stars."""
    return len(text) >= _SHORTEST and bool(text.strip("*"))


def _is_secret(name: str) -> bool:
    """Whether a body's field holds a key by its name; prompt_cache_key and token counts do not."""
    plain = _CAMEL.sub("_", name).replace("-", "_").lower()
    return bool(_IN_BODY.search(plain)) and not _NO_KEY.search(plain)


def _unescaped(text: bytes) -> str:
    try:
        return str(json.loads(b'"%b"' % text, strict=False))
    except ValueError:
        return text.decode("utf-8", "replace")


def _in_url(text: str) -> Iterator[str]:
    """Yield the secrets in a text if it is a URL."""
    scheme, there, rest = text.partition("://")
    if there and scheme.isalpha() and not re.search(r"\s", text):
        query = rest.partition("#")[0].partition("?")[2]
        yield from in_address(f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}?{query}")


def _decoded(credential: str) -> Iterator[str]:
    """Yield the user and password of Basic authentication; a short password only with its user."""
    try:
        userinfo = base64.b64decode(credential).decode()
    except ValueError:
        return
    yield userinfo
    if len(password := userinfo.partition(":")[2]) >= SHORTEST_ALONE:
        yield password
