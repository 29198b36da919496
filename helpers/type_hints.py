"""Whether a value matches a type hint, and which value a string spells out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from .wire.literal import Unreadable, typed_as

MANY = (Sequence, Iterable, AbstractSet, list, tuple)
# The type to read a string as, for a hint that does not accept a string.
_READ_AS: dict[Any, type] = {bool: bool, int: int, float: float, Mapping: dict, dict: dict}


def meant(value: Any, hint: Any) -> Any:
    """The value, converted to the hinted type if it spells one out; otherwise unchanged.

    A string is read as if it were typed in a cell, since `papermill -p` passes only strings and
    numbers: "false" is False, "[1, 2]" is a list. One value becomes a list if several are wanted.
    """
    if fits(value, hint):
        return value
    return next((one for one in _readings(value, hint) if fits(one, hint)), value)


def _readings(value: Any, hint: Any) -> Iterator[Any]:
    for one in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        kind = get_origin(one) or one
        several = kind in MANY
        read_as = list if several else _READ_AS.get(kind)
        # On a command line, 0 and 1 mean False and True.
        if read_as and isinstance(value, (str, int) if read_as is bool else str):
            with suppress(Unreadable):
                yield typed_as(str(value), read_as)
        if several and isinstance(value, str | int | float):
            yield [value]


def fits(value: Any, hint: Any) -> bool:
    """Whether a value matches a type hint; a hint not known here accepts everything."""
    origin = get_origin(hint)
    if hint in (Any, object) or isinstance(hint, TypeVar):
        return True
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in get_args(hint))
    if origin is Literal:
        return value.__class__ is str and value in get_args(hint)
    kind = origin or hint
    if not isinstance(kind, type):
        return True
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool)
    if kind is Mapping or kind is dict:
        return isinstance(value, Mapping) and _pairs_fit(value, get_args(hint))
    if kind in MANY:
        return _all_fit(value, kind, get_args(hint))
    return _is(value, kind)


def _all_fit(value: Any, kind: type[Any], inside: tuple[Any, ...]) -> bool:
    """Whether a value is a collection of a type; a string counts as one value, a mapping never."""
    # A list in place of a tuple means the same.
    right = isinstance(value, list | tuple if kind is tuple else kind)
    if isinstance(value, str | bytes | Mapping) or not right:
        return False
    # An iterator must not be consumed here: it can be read only once.
    known = inside and isinstance(value, Sequence | AbstractSet)
    return all(fits(one, inside[0]) for one in value) if known else True


def _pairs_fit(value: Mapping[Any, Any], inside: tuple[Any, ...]) -> bool:
    """Whether every key and every value matches its type."""
    if len(inside) < 2:
        return True
    return all(fits(name, inside[0]) and fits(one, inside[1]) for name, one in value.items())


def _is(value: Any, kind: type[Any]) -> bool:
    """Whether a value is an instance of a class; a protocol's members are not checked."""
    try:
        return isinstance(value, kind)
    except TypeError:
        return True
