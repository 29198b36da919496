"""What is compared: addresses, models, parameters and recordings as a person names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...client.exchange import Exchange
from ...endpoint import CallError, Endpoint, endpoint_of, is_replay, resolve
from ...recordings import RecordingError, load
from ...secrets.shapes import is_secret_name
from ...type_hints import meant
from ...wire.parameters import check_parameters

DIRECT, PROXIED = "direct", "proxied"
# The default targets: the built-in engine at full speed and at reading speed.
BUILT_IN = ({"base_url": "demo:fast", "name": "fast"}, {"base_url": "demo", "name": "paced"})
MOST = 8
# A key and the like go only to the address that they were given for.
_OF_THE_ADDRESS = ("api_key_env", "headers", "query")
_OF_THE_ENDPOINT = ("model", "timeout_s", *_OF_THE_ADDRESS)


class TargetError(CallError):
    """The input does not name targets that can be compared."""

    headline = "Nothing can be compared"


@dataclass(frozen=True)
class Target:
    """One of the things compared.

    name:        what sets it apart
    parameters:  of its requests, besides the prompt
    recorded:    the exchanges in a saved recording, in which case nothing is asked
    """

    name: str
    endpoint: Endpoint
    parameters: Mapping[str, Any] = field(default_factory=dict)
    recorded: tuple[Exchange, ...] = ()


def targets_of(
    targets: str | Sequence[str | Endpoint | Mapping[str, Any]] = (),
    *,
    base_url: str | Endpoint = "",
    proxied: str = "",
    extra_body: Mapping[str, Any] | None = None,
    **common: Any,
) -> list[Target]:
    """The targets, the first of which the others are compared with.

    targets:   addresses, endpoints, or dicts of base_url, model, api_key_env, headers, query,
               name; anything else in a dict is a parameter of its requests. Whatever is left out is
               taken from the other arguments
    base_url:  a target of its own, the first, unless there are two without it
    proxied:   the first target's address through a proxy
    raises:    TargetError, AddressError, KeyNameError, RecordingError
    """
    given = [_as_dict(one) for one in each(targets)]
    if not given and not base_url and not proxied:
        given = [*map(dict, BUILT_IN)]
    if len(given) < 2 and (base_url or proxied):
        given.insert(0, {"name": DIRECT} if proxied else {})
    if proxied:
        given.insert(1, {"base_url": proxied, "name": PROXIED})
    common = {"base_url": base_url, **common}
    whole = [_filled(one, common, extra_body or {}) for one in given]
    if not 2 <= len(whole) <= MOST:
        raise TargetError(
            f"2 to {MOST} targets",
            f"1: {_spelled(whole[0]['base_url'])}" if len(whole) == 1 else str(len(whole)),
            'Name a second one: targets=["http://localhost:8000/v1"], or --target URL on '
            "the command line; or proxied=URL for the same server through its proxy.",
        )
    return [_target(*one) for one in zip(_names(whole), whole, strict=True)]


def each(targets: Any) -> list[Any]:
    """The targets as a list; a single address becomes a list of one, and text may hold a list."""
    found = meant(targets, Sequence[Any])
    return [*found] if isinstance(found, Sequence) else [found]


def same_server(targets: Sequence[Target]) -> bool:
    """Whether the second target is the first one through a proxy."""
    return (targets[0].name, targets[1].name) == (DIRECT, PROXIED)


def _as_dict(given: str | Endpoint | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, Exchange):
        raise TargetError(
            "addresses, which are asked", "an answer that came already",
            "Two answers are compared by es.diff(a, b).",
        )  # fmt: skip
    model = given.model if isinstance(given, Endpoint) else ""
    return {"base_url": given, **({"model": model} if model else {})}


def _filled(
    given: Mapping[str, Any], common: Mapping[str, Any], extra_body: Mapping[str, Any]
) -> dict[str, Any]:
    """A target with its missing values filled in; a key only if the address is the same."""
    if secret := next(filter(is_secret_name, given), ""):
        raise TargetError(
            "the name of the variable that holds a target's key, as api_key_env",
            f"a value named {secret}, which was discarded",
            "Put the key into a variable where you start JupyterLab, and give that one's name.",
        )
    own = "base_url" in given and given["base_url"] != common["base_url"]
    kept = {n: v for n, v in common.items() if not (own and n in _OF_THE_ADDRESS)}
    body = {**extra_body, **dict(given.get("extra_body") or {})}
    return {**kept, **{n: v for n, v in given.items() if n != "extra_body"}, "extra_body": body}


def _target(name: str, given: Mapping[str, Any]) -> Target:
    rest = dict(given)
    address = rest.pop("base_url")
    known = {n: rest.pop(n) for n in _OF_THE_ENDPOINT if n in rest}
    rest.pop("name", None)
    extra_body = rest.pop("extra_body")
    check_parameters(rest, endpoint_of, extra_body=extra_body)
    parameters = {**extra_body, **rest}
    endpoint = endpoint_of(address, **known)
    if not is_replay(endpoint.base_url):
        return Target(name, endpoint, parameters)
    recorded = [Exchange.of(one) for one in load(endpoint.base_url) if one.method == "POST"]
    if not recorded:
        raise RecordingError("an answer in the recording", "none", "Name another file.")
    model = next((one.request.model for one in recorded if one.request.model), "")
    return Target(name, replace(endpoint, model=model), parameters, tuple(recorded))


def _names(given: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each target: its own, or else what differs between them."""
    names: list[str] = []
    for one in given:
        title = str(one.get("name") or _differing(one, given) or _address(one))
        twins = sum(name.rpartition(" #")[0] == title or name == title for name in names)
        names.append(f"{title} #{twins + 1}" if twins else title)
    return names


def _differing(one: Mapping[str, Any], given: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    if len({other["base_url"] for other in given}) > 1:
        parts.append(_address(one))
    if len({other.get("model", "") for other in given}) > 1 and one.get("model"):
        parts.append(str(one["model"]))
    bodies = [_body(other) for other in given]
    mine = _body(one)
    parts += [
        f"{name} {value}" for name, value in mine.items()
        if any(body.get(name) != value for body in bodies)
    ]  # fmt: skip
    return " · ".join(parts)


def _body(one: Mapping[str, Any]) -> dict[str, Any]:
    known = {"base_url", "name", "extra_body", "stream", "api", *_OF_THE_ENDPOINT}
    return {**one["extra_body"], **{n: v for n, v in one.items() if n not in known}}


def _address(one: Mapping[str, Any]) -> str:
    """A short name for an address: without its scheme; for a recording, the time it was made."""
    address = _spelled(one["base_url"])
    if is_replay(address):
        made = next((found.started_at for found in load(address)), "")
        return f"recorded {made[:16].replace('T', ' ')}".strip()
    endpoint = resolve(address).base_url
    return endpoint.partition("://")[2].removesuffix("/v1") or endpoint


def _spelled(named: str | Endpoint) -> str:
    return named.base_url if isinstance(named, Endpoint) else str(named)
