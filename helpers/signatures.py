"""Functions that check their arguments against their signatures and say what they expect."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from .address.reading import LIKE_THIS, AddressError
from .errors import INTERRUPTED, CallError, shown_as
from .secrets.shapes import looks_like_key
from .type_hints import MANY, fits, meant
from .wire.parameters import MisnamedError
from .wording import kind_of

P = ParamSpec("P")
R = TypeVar("R")

# What to call each type, and how to get a value of it; a class missing here goes by its own name.
_CALLED: dict[str, tuple[str, str]] = {
    "str": ("text in quotation marks", "Write {name} in quotation marks."),
    "bool": ("True or False", "Write {name}=True or {name}=False."),
    "int": ("a whole number", "Write {name}=1, without quotation marks."),
    "float": ("a number", "Write {name}=1.5, without quotation marks."),
    "Path": ("a file's name", 'Write it in quotation marks, such as "x.har".'),
    "Mapping": ("a dictionary", 'Write {name}={{"name": "value"}}.'),
    "Exchange": (
        "an answer, as es.ask returns it", "Ask first: a = await es.ask(…), or b = es.load(FILE).",
    ),
    "Report": ("a report, as es.conformance returns it", "Make one: r = await es.conformance(…)."),
    "Reading": ("what was read of an answer", "Give a.reading, where a = await es.ask(…)."),
    "Finding": ("a finding", "Give a.findings, where a = await es.ask(…)."),
    "Verdict": ("a verdict", "Make one: v = cells.conclude(QUESTION, a.findings, a)."),
    "Replayed": ("a replay", "Make one: p = await es.replay(FILE)."),
    "Matrix": ("what clients made of an answer", "Make it: m = (await es.clients(a)).matrix."),
    "WatchedExchange": ("what passed a watch", "Give one of w.seen, where w = await es.watch(…)."),
    "ClientReading": ("what a client saw", "Make it: s = await cells.read_by_openai(a.recording)."),
    "Recording": ("a recording", "Give a.recording, where a = await es.ask(…)."),
    "Chat": ("a conversation, as es.chat returns it", "Make one: c = es.chat(…)."),
    "Beside": ("a view that follows the answer", "Make one: t = cells.LiveTimeline()."),
}  # fmt: skip
_CALLED |= dict.fromkeys(("Asked", "HasEndpoint", "HasHeadline"), _CALLED["Exchange"])
# The same for several in a list.
_SEVERAL: dict[str, tuple[str, str]] = {
    "str": ("texts in quotation marks", 'Write {name}=["a", "b"].'),
    "int": ("whole numbers", "Write {name}=[1, 2]."),
    "float": ("numbers", "Write {name}=[0.5, 1]."),
    "Exchange": ("answers, as es.ask returns them", _CALLED["Exchange"][1]),
    "Finding": ("findings", _CALLED["Finding"][1]),
    "Callable": ("Python functions", "Write {name}=[get_weather], without quotation marks."),
}
_ADDRESSES = ("base_url", "targets", "others")
# By a parameter's purpose, if that says more than its type.
_NAMED = {
    "model": ("a model's name in quotation marks", "Leave it out, or name one."),
    "api_key_env": (
        "the name of an environment variable in quotation marks",
        'Leave it out, or write api_key_env="MY_KEY".',
    ),
    "headers": (
        "headers in braces, names and values in quotation marks",
        'Write headers={"X-Name": "value"}.',
    ),
    "query": (
        "query parameters in braces, names and values in quotation marks",
        'Write query={"name": "value"}.',
    ),
    "prompt": (
        "a prompt in quotation marks, or a list of messages", 'Write it like this: "a poem".',
    ),
    **dict.fromkeys(_ADDRESSES, ("an address in quotation marks, or an endpoint", LIKE_THIS)),
}  # fmt: skip
_HELP = "See its help: put a question mark behind its name."
# Building an endpoint already checks its timeout.
_LEFT = frozenset({"timeout_s"})


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The function with its arguments checked; a string is read as the value it spells out.

    raises:  CallError, before the function runs
    """
    kinds = functools.cache(lambda: _kinds(function))

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: P.args, **named: P.kwargs) -> Any:
            given = _bound(function, *kinds(), args, named)
            try:
                return await function(*given.args, **given.kwargs)
            except MisnamedError as error:
                raise _with_own_names(error, kinds()[0], named) from None
            except asyncio.CancelledError as error:
                # Jupyter's Interrupt; where in this kit it came would help nobody.
                shown_as(error, INTERRUPTED)
                raise

        return awaited  # type: ignore[return-value]

    @functools.wraps(function)
    def called(*args: P.args, **named: P.kwargs) -> R:
        given = _bound(function, *kinds(), args, named)
        try:
            return function(*given.args, **given.kwargs)
        except MisnamedError as error:
            raise _with_own_names(error, kinds()[0], named) from None

    return called


def _bound(
    function: Callable[..., Any], signature: inspect.Signature, hints: Mapping[str, Any],
    args: tuple[Any, ...], named: Mapping[str, Any],
) -> inspect.BoundArguments:  # fmt: skip
    """The arguments of a call, each checked against its type hint."""
    try:
        given = signature.bind(*args, **named)
    except TypeError as error:
        raise _unbound(function, signature, args, named, str(error)) from None
    for name, value in given.arguments.items():
        hint = hints.get(name, Any)
        if signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            given.arguments[name] = tuple(_checked(name, one, hint) for one in value)
        else:
            given.arguments[name] = _checked(name, value, hint)
    return given


def _unbound(
    function: Callable[..., Any], signature: inspect.Signature, args: Sequence[Any],
    named: Mapping[str, Any], why: str,
) -> CallError:  # fmt: skip
    """The error for a call whose arguments the signature does not take."""
    # Those given already may come from a function in between, whose caller did not type them.
    known = [name for name in [*signature.parameters][len(args) :] if name not in named]
    unknown = next((name for name in named if name not in signature.parameters), "")
    takes = {one.kind for one in signature.parameters.values()}
    if unknown and inspect.Parameter.VAR_KEYWORD not in takes:
        return MisnamedError(unknown, known)
    came = why.replace("missing a required argument:", "nothing for")
    came = came.replace("too many positional arguments", "more values than have a place")
    return CallError(
        f"{function.__qualname__.removesuffix('.__init__')}{_shown(signature)}", came,
        "Names without “=…” are required; write the others as name=value.",
    )  # fmt: skip


def _with_own_names(
    error: MisnamedError, signature: inspect.Signature, named: Mapping[str, Any]
) -> MisnamedError:
    """The error of a function that got the argument passed on, with the names of this one, too."""
    if error.name not in named:
        return error
    own = [
        name for name, one in signature.parameters.items()
        if name != "self" and name not in named and one.kind is not one.VAR_KEYWORD
    ]  # fmt: skip
    return MisnamedError(error.name, [*dict.fromkeys([*own, *error.known])])


def _kinds(function: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, Any]]:
    signature, hints = inspect.signature(function), get_type_hints(function)
    loose = {name for name, one in signature.parameters.items() if one.kind is one.VAR_KEYWORD}
    return signature, {name: kind for name, kind in hints.items() if name not in loose}


def _shown(signature: inspect.Signature) -> str:
    """The parameters of a call without their types: "(report, folder=…)"."""
    named = [
        name if one.default is one.empty and one.kind is not one.VAR_POSITIONAL else f"{name}=…"
        for name, one in signature.parameters.items()
        if one.kind is not one.VAR_KEYWORD and name != "self"
    ]
    return f"({', '.join(named)})"


def _checked(name: str, value: Any, hint: Any) -> Any:
    found = meant(value, hint)
    if name in _LEFT or fits(found, hint):
        return found
    wanted, do = _NAMED.get(name) or _wanted(hint, name)
    error = AddressError if name in _ADDRESSES else CallError
    raise error(wanted if name in _NAMED else f"{name} to be {wanted}", _came(value, hint), do)


def _came(value: Any, hint: Any) -> str:
    """What was given; its value only for a choice of a few, since it may be a key."""
    if isinstance(value, str) and get_origin(hint) is Literal and not looks_like_key(value):
        return repr(value[:40])
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    pairs = next((get_args(one) for one in kinds if get_origin(one) is Mapping), ())
    for pair in value.items() if pairs and isinstance(value, Mapping) else ():
        for one, kind in zip(pair, pairs, strict=True):
            if not fits(one, kind):
                return f"a dictionary with {kind_of(one)} in it"
    inside = [get_args(one)[0] for one in kinds if get_origin(one) in MANY and get_args(one)]
    for one in value if inside and isinstance(value, list | tuple) else ():
        if not any(fits(one, kind) for kind in inside):
            return f"a list with {kind_of(one)} in it"
    return kind_of(value)


def _wanted(hint: Any, name: str) -> tuple[str, str]:
    """What a hint requires, in words, and what to do."""
    parts = [one for one in get_args(hint) if one not in (NoneType, Ellipsis)]
    if get_origin(hint) in (Union, UnionType):
        words = [_wanted(one, name) for one in parts if not _repeats(one, parts)]
        kinds = " or ".join(dict.fromkeys(word for word, _ in words))
        them = ", or a list of them" if any(_repeats(one, parts) for one in parts) else ""
        return f"{kinds}{them}", words[0][1]
    kind = get_origin(hint) or hint
    if kind in MANY and parts and parts[0] is not Any:
        return _several(parts[0], name)
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, parts))}", "Choose one of them."
    called = getattr(kind, "__name__", str(kind))
    wanted, do = _CALLED.get(called, (f"a {called}", _HELP))
    return wanted, do.format(name=name)


def _repeats(hint: Any, parts: Sequence[Any]) -> bool:
    """Whether a hint is a list of what another part of the same union is one of."""
    return get_origin(hint) in MANY and bool(set(get_args(hint)) & set(parts))


def _several(hint: Any, name: str) -> tuple[str, str]:
    """What a list of a type requires, in words, and what to do."""
    called = getattr(hint, "__name__", "")
    if called in _SEVERAL:
        wanted, do = _SEVERAL[called]
        return f"a list of {wanted}", do.format(name=name)
    one, do = _wanted(hint, name)
    return f"a list with {one} in each place", do
