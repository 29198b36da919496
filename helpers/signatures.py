"""Functions that say what they want when they are given something else, by their signatures."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from .address import LIKE_THIS, AddressError, CallError
from .secrets.shapes import looks_like_key
from .typed import KINDS

P = ParamSpec("P")
R = TypeVar("R")

# What a kind is called, and how one comes by it; a class that is not here is called by its name.
_CALLED: dict[str, tuple[str, str]] = {
    "str": ("text in quotation marks", "Write {name} in quotation marks."),
    "bool": ("True or False", "Write {name}=True or {name}=False."),
    "int": ("a whole number", "Write {name} as digits, such as 1."),
    "float": ("a number", "Write {name} as digits, such as 1.5."),
    "Path": ("a file's name", 'Write it in quotation marks, such as "x.har".'),
    "Mapping": ("pairs in braces", 'Write {name}={{"name": "value"}}.'),
    "Exchange": (
        "an answer, as es.ask returns it", "Ask first: a = await es.ask(…), or b = es.load(FILE).",
    ),
    "Report": ("a report, as es.conformance returns it", "Make one: r = await es.conformance(…)."),
    "Reading": ("what was read of an answer", "Give a.reading, of a = await es.ask(…)."),
    "Finding": ("findings", "Give a.findings, of a = await es.ask(…)."),
    "Verdict": ("a verdict", "Make one: v = cells.conclude(QUESTION, a.findings, a)."),
    "Replayed": ("a replay", "Make one: p = await es.replay(FILE)."),
    "Matrix": ("what clients made of an answer", "Make it: m = (await es.clients(a)).matrix."),
    "Seen": ("what passed a watch", "Give w.seen, of w = await es.watch(…)."),
    "ClientReading": ("what a client saw", "Make it: s = await cells.read_by_openai(a.recording)."),
    "Recording": ("a recording", "Give a.recording, of a = await es.ask(…)."),
}  # fmt: skip
_CALLED["Asked"] = _CALLED["Told"] = _CALLED["Exchange"]
_ADDRESSES = ("base_url", "targets", "others")
# By what it is for, where that says more than what it is.
_NAMED = {name: (kind.expected, kind.do) for name, kind in KINDS.items()} | {
    "prompt": (
        "a prompt in quotation marks, or a list of messages", 'Write it like this: "a poem".',
    ),
    **dict.fromkeys(_ADDRESSES, ("an address in quotation marks, or an endpoint", LIKE_THIS)),
}  # fmt: skip
# An endpoint says by itself how long it may take.
_LEFT = frozenset({"timeout_s"})
_MANY = (Sequence, Iterable, AbstractSet, list, tuple)


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which tells whoever passes another kind of thing what it wants.

    raises:  CallError, before anything else is done
    """
    kinds = functools.cache(lambda: _kinds(function))

    def check(args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        signature, hints = kinds()
        try:
            given = signature.bind(*args, **named).arguments
        except TypeError as error:
            told = str(error).replace("missing a required argument:", "nothing for")
            raise CallError(
                f"{function.__name__}{_shown(signature)}", told,
                "Each name in brackets that has no “=” is needed.",
            ) from None  # fmt: skip
        for name, value in given.items():
            several = signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
            for one in value if several else (value,):
                _check(name, one, hints.get(name, Any))

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: P.args, **named: P.kwargs) -> Any:
            check(args, named)
            return await function(*args, **named)

        return awaited  # type: ignore[return-value]

    @functools.wraps(function)
    def called(*args: P.args, **named: P.kwargs) -> R:
        check(args, named)
        return function(*args, **named)

    return called


def _kinds(function: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, Any]]:
    signature, hints = inspect.signature(function), get_type_hints(function)
    loose = {name for name, one in signature.parameters.items() if one.kind is one.VAR_KEYWORD}
    return signature, {name: kind for name, kind in hints.items() if name not in _LEFT | loose}


def _shown(signature: inspect.Signature) -> str:
    """The names in a call, without their kinds: "(report, folder=…)"."""
    named = [
        name if one.default is one.empty and one.kind is not one.VAR_POSITIONAL else f"{name}=…"
        for name, one in signature.parameters.items()
        if one.kind is not one.VAR_KEYWORD
    ]
    return f"({', '.join(named)})"


def _check(name: str, value: Any, hint: Any) -> None:
    if fits(value, hint):
        return
    wanted, do = _NAMED.get(name) or _wanted(hint, name)
    error = AddressError if name in _ADDRESSES else CallError
    raise error(wanted if name in _NAMED else f"{name} to be {wanted}", _came(value, hint), do)


def _came(value: Any, hint: Any) -> str:
    """What was given, by its kind alone: a word may be a key, where it is not one of a few."""
    if value is None:
        return "None"
    if isinstance(value, str) and get_origin(hint) is Literal and not looks_like_key(value):
        return repr(value[:40])
    return f"a value of type {type(value).__name__}"


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of the kind that a hint names; what is not known here fits."""
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
    if kind in _MANY:
        return _all_fit(value, kind, get_args(hint))
    return _is(value, kind)


def _all_fit(value: Any, kind: type[Any], inside: tuple[Any, ...]) -> bool:
    """Whether a value holds several of a kind; a text is one, and pairs are none."""
    # Whoever writes brackets for parentheses means the same.
    right = isinstance(value, list | tuple if kind is tuple else kind)
    if isinstance(value, str | bytes | Mapping) or not right:
        return False
    # What can be gone through once only is left to whoever needs it.
    known = inside and isinstance(value, Sequence | AbstractSet)
    return all(fits(one, inside[0]) for one in value) if known else True


def _pairs_fit(value: Mapping[Any, Any], inside: tuple[Any, ...]) -> bool:
    """Whether each name and each value is of its kind."""
    if len(inside) < 2:
        return True
    return all(fits(name, inside[0]) and fits(one, inside[1]) for name, one in value.items())


def _is(value: Any, kind: type[Any]) -> bool:
    """Whether a value is of a class; what a protocol says of its members is not looked at."""
    try:
        return isinstance(value, kind)
    except TypeError:
        return True


def _wanted(hint: Any, name: str) -> tuple[str, str]:
    """What a hint asks for in words, and what to do."""
    parts = [one for one in get_args(hint) if one not in (NoneType, Ellipsis)]
    if get_origin(hint) in (Union, UnionType):
        words = [_wanted(one, name) for one in parts]
        said = " or ".join(dict.fromkeys(word for word, _ in words))
        return said, words[0][1]
    kind = get_origin(hint) or hint
    if kind in _MANY and parts and parts[0] is not Any:
        inside, do = _wanted(parts[0], name)
        return f"several in a list: {inside}", do
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, parts))}", "Choose one of them."
    called = getattr(kind, "__name__", str(kind))
    wanted, do = _CALLED.get(
        called, (f"a {called}", "See its help: put a question mark behind it.")
    )
    return wanted, do.format(name=name)
