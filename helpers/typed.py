"""Whether what somebody passed for a part of an endpoint is of the kind that it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .address import LIKE_THIS, AddressError, CallError


class Kind(NamedTuple):
    """What a parameter has to be, and what to write instead of anything else."""

    type: type[Any]
    expected: str
    do: str


KINDS = {
    "model": Kind(str, "a model's name in quotation marks", "Leave it out, or name one."),
    "api_key_env": Kind(
        str, "the name of an environment variable in quotation marks",
        'Leave it out, or write api_key_env="MY_KEY".',
    ),
    "headers": Kind(Mapping, "headers in braces", 'Write headers={"X-Name": "value"}.'),
    "query": Kind(Mapping, "query parameters in braces", 'Write query={"name": "value"}.'),
}  # fmt: skip


def check_kinds(
    base_url: object, timeout_s: object, *, headers: object, query: object, **named: object
) -> None:
    """See that an endpoint can be made of this, whatever its parts say.

    raises:  CallError; AddressError, which is one, for the address and the time
    """
    if not isinstance(base_url, str):
        raise AddressError(
            "an address in quotation marks, or an endpoint",
            f"a value of type {type(base_url).__name__}", LIKE_THIS,
        )  # fmt: skip
    # Written so that it is also true of "not a number".
    if not isinstance(timeout_s, int | float) or not timeout_s > 0:
        # Whatever else was given may have no words for itself.
        plain = timeout_s is None or isinstance(timeout_s, int | float | str)
        came = f"= {str(timeout_s)[:20]}" if plain else f"of type {type(timeout_s).__name__}"
        raise AddressError(
            "the seconds a request may take", f"timeout_s {came}", "Give more than 0, such as 300.",
        )  # fmt: skip
    of_pairs = {"headers": headers, "query": query}
    given_pairs = {name: {} if given is None else given for name, given in of_pairs.items()}
    for name, given in {**named, **given_pairs}.items():
        kind = KINDS[name]
        if not isinstance(given, kind.type):
            came = f"{name} of type {type(given).__name__}"
            raise CallError(kind.expected, came, kind.do)
