"""The one address that works, as each kind of program expects it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ...endpoint import is_loopback
from ...wire.network import place

_VERSION = re.compile(r"/v\d+$")


@dataclass(frozen=True)
class Spelling:
    """One line to copy, and what it is for."""

    what: str
    line: str


def spellings(
    base_url: str, *, here: str = "", key: str = "", key_name: str = "", key_header: str = "",
    model: str = "", needs: Mapping[str, str] | None = None,
) -> tuple[Spelling, ...]:  # fmt: skip
    """The lines that programs need for an endpoint.

    here:        how this kit wants the base URL, "" for the same
    key:         what it wants: "none", "any", "real", "" for unknown
    key_name:    the variable that holds the key
    key_header:  the header for the key, if it is not Authorization
    needs:       environment variables that the connection needs
    """
    parts = urlsplit(base_url)
    lines = [
        *_in_programs(base_url, here or base_url),
        Spelling("programs that read the environment", exported("OPENAI_BASE_URL", base_url)),
        *_key(key, key_name, key_header),
    ]
    if _VERSION.search(parts.path):
        root = _VERSION.sub("", base_url)
        lines.append(Spelling("programs that append /v1 by themselves", root))
    if is_loopback(parts.hostname or ""):
        inside = base_url.replace(parts.netloc, place("host.docker.internal", parts.port), 1)
        lines.append(Spelling("from inside a container on this machine", inside))
    if model:
        lines.append(Spelling("the model", f"model = {_in_python(model)}"))
    for name, value in (needs or {}).items():
        lines.append(Spelling(_WHY.get(name, "so that it is reached"), exported(name, value)))
    return tuple(lines)


def _in_programs(base_url: str, here: str) -> list[Spelling]:
    """The line for this kit and that for the SDKs, which are nearly always the same."""
    sdks = Spelling("the openai SDKs", f"base_url = {_in_python(base_url)}")
    if here != base_url:
        return [Spelling("this kit", f"base_url = {_in_python(here)}"), sdks]
    return [replace(sdks, what="this kit, and the openai SDKs")]


def in_this_kit(typed: str, url: str) -> tuple[Spelling, ...]:
    """The lines for an address that the built-in engine serves."""
    return (
        Spelling("this kit", f"base_url = {_in_python(typed)}"),
        Spelling(
            "programs on this machine, for as long as this runs", f"base_url = {_in_python(url)}"
        ),
    )


def _in_python(value: str) -> str:
    """A string as a Python literal: a server chose some of these, and people paste them."""
    return json.dumps(value, ensure_ascii=False)


def exported(name: str, value: str) -> str:
    """A shell line that sets a variable to exactly this value."""
    return f"export {name}={shlex.quote(value)}"


def _key(key: str, name: str, header: str) -> list[Spelling]:
    if key == "none":
        line = "export OPENAI_API_KEY=none"
        return [Spelling("… and, where a program insists on a key", line)]
    if key == "any":
        return [Spelling("… and a key: any will do", "export OPENAI_API_KEY=none")]
    if header:
        return [Spelling("this kit: the key's header", f'headers = {{"{header}": "${name}"}}')]
    if name:
        lines = [Spelling("this kit: the key's variable", f'api_key_env = "{name}"')]
        if name != "OPENAI_API_KEY":
            line = f'export OPENAI_API_KEY="${name}"'
            lines.append(Spelling("… and the key", line))
        return lines
    return []


_WHY = {
    "NO_PROXY": "so that no proxy is in the way",
    "SSL_CERT_FILE": "so that the certificate is trusted",
}
