"""Presets: the contents of the parameter fields, saved in out/presets/, never with a key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...endpoint import CallError
from ...files import json_in
from ...places import out
from ...recordings import slug, write_private
from ...secrets.shapes import is_secret_name, looks_like_key
from ...secrets.spellings import Secrets


class PresetError(CallError):
    """A preset cannot be saved or found."""

    headline = "This is not a preset"


def kept() -> list[str]:
    """The names of the presets, in order."""
    return sorted(path.stem for path in _folder().glob("*.json"))


def keep(name: str, values: Mapping[str, str], body: Any, secrets: tuple[str, ...] = ()) -> str:
    """Save fields under a name, and return the name it was given.

    values:   the contents of the fields
    body:     the body's field, parsed
    secrets:  values that must not be saved
    raises:   PresetError for a name without letters, and if a key would be saved
    """
    called = slug(name)
    if not called:
        raise PresetError("a name of letters and digits", repr(name[:40]), "Name it: poet.")
    text = json.dumps(dict(values), ensure_ascii=False, indent=1)
    if Secrets(secrets).text(text) != text or any(_gives_away(*one) for one in _strings(body)):
        do = "Put the key into a variable, and type $ and its name in a header."
        raise PresetError("parameters without a key", "what looks like one", do)
    write_private(_folder() / f"{called}.json", text)
    return called


def load(name: str) -> dict[str, str]:
    """The contents for the fields, by name; any field not named is to be empty.

    raises:  PresetError if there is none of that name
    """
    try:
        found = json_in(_folder() / f"{slug(name)}.json")
        return {str(name): str(value or "") for name, value in found.items()}
    except (ValueError, AttributeError):
        do = f"There are: {', '.join(kept()) or 'none yet'}."
        raise PresetError("the name of a preset", repr(name[:40]), do) from None


def forget() -> int:
    """Delete all presets, and return how many there were."""
    names = kept()
    for name in names:
        (_folder() / f"{name}.json").unlink(missing_ok=True)
    return len(names)


def _folder() -> Path:
    return out() / "presets"


def _strings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a body, with the name that it is under."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _strings(one, str(key))
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one, name)
    elif isinstance(value, str):
        yield name, value


def _gives_away(name: str, value: str) -> bool:
    words = re.split(r"[\s,;]+", value)
    return is_secret_name(name) or any(map(looks_like_key, filter(None, words)))
