"""A wrong address: the base URL most likely meant, and where a redirect leads."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from ..endpoint import AddressError, is_replay, resolve
from .observed import Observed


def about_path(observed: Observed) -> tuple[str, str]:
    """What to do about a wrong path, and the base URL to use instead."""
    endpoint = observed.endpoint
    if endpoint is None or is_replay(endpoint.base_url):
        return "Look up the path in the server's documentation.", ""
    if endpoint.built_in:
        return "This fault was asked for by name.", ""
    if not endpoint.url.endswith("/v1"):
        likely = _likely_base(endpoint.url)
        return f"OpenAI-compatible servers usually answer under /v1: try {likely}.", likely
    return (
        "Look up the path in the server's documentation. If it has no /v1, paste the full address: "
        f"{endpoint.url.removesuffix('/v1')}/chat/completions.",
        "",
    )


def _likely_base(url: str) -> str:
    """The most likely address that ends in /v1; a path prefix that was typed is kept."""
    root, version, _ = f"{url}/".partition("/v1/")
    if version:
        return f"{root}/v1"
    return re.sub(r"/v\d+$", "", url) + "/v1"


def base_behind(url: str, location: str) -> str:
    """The base URL that a redirect's target belongs to, "" if it cannot be used."""
    target = urljoin(url, location) if location else ""
    if not target.startswith(("http://", "https://")):
        return ""
    try:
        return resolve(target).base_url
    except AddressError:
        return ""
