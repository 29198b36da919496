"""What is typed after a command, read as a notebook's parameters."""

from __future__ import annotations

import argparse
import re
import shlex
from typing import Any

from ..secrets.shapes import is_secret_name, looks_like_key
from ..wire.literal import Unreadable, value_of
from .plan import Refused

# Fields of a target that stay text even if they look like numbers.
_WORDS = ("base_url", "model", "api_key_env", "name")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(\S.*)")


def typed(args: argparse.Namespace) -> dict[str, str]:
    """The notebooks' parameters as text, by name.

    raises:  Refused, which does not quote the text, since it may hold a key
    """
    flags = {
        "base_url": args.base_url, "model": args.model, "api_key_env": args.api_key_env,
        "timeout_s": None if args.timeout_s is None else str(args.timeout_s),
        "headers": repr(headers(args)) if args.headers else None,
        "query": repr(query(args)) if args.query else None,
        "targets": repr([*map(target, args.targets)]) if args.targets else None,
    }  # fmt: skip
    found = {name: text for name, text in flags.items() if text is not None}
    for pair in args.parameters:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise Refused("-p expects NAME=VALUE, such as -p stream=false.")
        if name in found:
            raise Refused(f"The parameter {name} was given twice.")
        found[name] = text
    return found


def headers(args: argparse.Namespace) -> dict[str, str]:
    """The headers as typed, by name."""
    return dict(map(_header, args.headers))


def query(args: argparse.Namespace) -> dict[str, str]:
    """The query parameters as typed, by name."""
    return dict(map(_query, args.query))


def target(text: str) -> dict[str, Any]:
    """A target as typed: an address, and NAME=VALUE for whatever is specific to it.

    raises:  Refused, which does not quote the text, since it may hold a key
    """
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        named = bool(equals) and name.isidentifier()
        name, value = (name, value) if named else ("base_url", word)
        if name in found or is_secret_name(name) or (name != "base_url" and looks_like_key(value)):
            words = []
        found[name] = value if name in _WORDS else _literal(value)
    if not words:
        raise Refused(
            "--target expects an address and NAME=VALUE, in quotes, such as "
            "--target 'localhost:8000 model=oak temperature=0'. A key is never typed here: "
            "api_key_env=… takes its variable's name."
        )
    return found


def _literal(text: str) -> Any:
    try:
        return value_of(text)
    except Unreadable:
        return text


def _header(text: str) -> tuple[str, str]:
    match = _HEADER.fullmatch(text.strip())
    if not match:
        raise Refused("--header expects 'NAME: VALUE', such as 'api-key: $AZURE_KEY'.")
    return match[1], match[2]


def _query(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Refused("--query expects NAME=VALUE, such as api-version=2024-10-21.")
    return name, value
