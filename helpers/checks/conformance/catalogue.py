"""All checks, in the order of their groups; importing the modules of `features` registers them."""

from __future__ import annotations

from collections.abc import Iterable

from ...endpoint import CallError
from ...wording import did_you_mean
from .check import GROUPS, PROFILES, REGISTER, Check
from .features import (
    cache,
    chat,
    chunks,
    context,
    embeddings,
    errors,
    limits,
    models,
    other_apis,
    parameters,
    responses,
    streaming,
    structured,
    text,
    tool_streams,
    tools,
    usage,
)

# The reference that the checks follow, and when they were last compared with it.
RULES = "OpenAI's API reference as read on 24 November 2026"
ALL = "all"

REGISTERED_BY = (
    chat, limits, parameters, errors, models, usage, text, context, cache, streaming, chunks, tools,
    tool_streams, structured, embeddings, responses, other_apis,
)  # fmt: skip


class ChoiceError(CallError):
    """A name among the chosen checks or profiles does not exist."""

    headline = "There is no such check"


def checks(skip: Iterable[str] = ()) -> list[Check]:
    """The checks, without those that are skipped by their name, group or profile.

    raises:  ChoiceError for an unknown name
    """
    left_out = {*skip}
    known = {*REGISTER, *GROUPS, *PROFILES}
    for name in left_out - known:
        raise _unknown(name, known)
    order = [*GROUPS]
    kept = [
        one for one in REGISTER.values() if not left_out & {one.name, one.group, one.profile}
    ]  # fmt: skip
    return sorted(kept, key=lambda one: order.index(one.group))


def profiles(chosen: str) -> tuple[str, ...]:
    """The profiles in "chat+tools"; all of them for "all".

    raises:  ChoiceError for an unknown profile
    """
    names = [name.strip() for name in chosen.split("+") if name.strip()]
    for name in names:
        if name != ALL and name not in PROFILES:
            raise _unknown(name, {ALL, *PROFILES})
    return PROFILES if ALL in names else tuple(names)


def _unknown(name: str, known: set[str]) -> ChoiceError:
    guess = did_you_mean(str(name), sorted(known)).strip() or f"There are {', '.join(PROFILES)}."
    return ChoiceError("a check, a group or a profile", repr(name)[:80], guess)
