"""The one address that works, as each kind of program wants it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...endpoint import is_loopback
from ...wire.dialled import place

_VERSION = re.compile(r"/v\d+$")


@dataclass(frozen=True)
class Spelling:
    """One line to copy, and for whom it is."""

    what: str
    line: str


def spellings(
    base_url: str, *, key_name: str = "", any_key: bool = False, model: str = "",
    needs: Mapping[str, str] | None = None,
) -> tuple[Spelling, ...]:  # fmt: skip
    """The lines that programs need for an endpoint.

    key_name:  the variable that holds the key; "" for none
    any_key:   whether a key is needed, and any will do
    needs:     environment variables that the connection needs
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    key = f"${{{key_name}}}" if key_name and key_name != "OPENAI_API_KEY" else ""
    lines = [
        Spelling("this kit, and the openai SDKs", f'base_url = "{base_url}"'),
        Spelling("programs that read the environment", f"export OPENAI_BASE_URL={base_url}"),
    ]
    if key:
        lines.append(Spelling("… and the key", f'export OPENAI_API_KEY="{key}"'))
    elif not key_name:
        why = "any will do" if any_key else "none is needed, but programs want one"
        lines.append(Spelling(f"… and a key ({why})", "export OPENAI_API_KEY=none"))
    if _VERSION.search(parts.path):
        root = _VERSION.sub("", base_url)
        lines.append(Spelling("programs that append /v1 by themselves", root))
    if is_loopback(host):
        inside = base_url.replace(parts.netloc, place("host.docker.internal", parts.port), 1)
        lines.append(Spelling("from inside a container on this machine", inside))
    if model:
        lines.append(Spelling("the model", model))
    for name, value in (needs or {}).items():
        lines.append(Spelling(_WHY.get(name, "the environment"), f"export {name}={value}"))
    return tuple(lines)


_WHY = {
    "NO_PROXY": "so that no proxy stands in the way",
    "SSL_CERT_FILE": "so that the certificate is trusted",
}
