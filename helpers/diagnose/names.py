"""Names of models, and whether two of them may mean the same model."""

from __future__ import annotations

import re

# Routers and placeholders, which may be answered by any model.
_ANY = ("", "auto", "default", "model", "tgi")
_DATED = re.compile(
    r"(?:[-@](?:\d{4}-?\d{2}-?\d{2}|\d{2}-\d{2}|\d{2}-\d{4}|\d{3,4}|latest|preview|exp))+(?:-v\d+)?$"
)
# How Bedrock begins its names.
_OWNER = re.compile(r"^(?:(?:us|eu|apac|global)\.)?(?:anthropic|amazon|cohere|meta|mistral)\.")
# A name continued with one of these is another model.
_SIBLINGS = ("mini", "nano", "lite", "micro", "pro", "max", "small", "medium", "large")

# Asked if no model is named: servers with one model accept any name, others refuse this one.
UNLISTED = "default"


def same_model(asked: str, answered: str) -> bool:
    """Whether two names may mean the same model.

    An owner, a date, :latest and a file's ending are optional. A tag, such as 3b, is part of the
    name if both have one.
    """
    (one, tag), (other, its_tag) = _core(asked), _core(answered)
    if one in _ANY:
        return True
    if tag and its_tag and not (tag.startswith(its_tag) or its_tag.startswith(tag)):
        return False
    return one == other or _goes_on(one, other) or _goes_on(other, one)


def _goes_on(short: str, long: str) -> bool:
    """Whether a longer name specifies a shorter one: gpt-4o-mini is not a form of gpt-4o."""
    rest = re.match(r"[-_@]([a-z]*)", long.removeprefix(short)) if long.startswith(short) else None
    return bool(short and rest) and rest[1] not in _SIBLINGS  # type: ignore[index]


def _core(name: str) -> tuple[str, str]:
    """A model's bare name, and the tag that distinguishes its size."""
    last = re.split(r"[/\\]", name.casefold().strip().rstrip("/"))[-1]
    bare, _, tag = last.removesuffix(".gguf").partition(":")
    variant = "" if tag in ("latest", "free") or tag.isdigit() else tag
    return _DATED.sub("", _OWNER.sub("", bare)), variant
