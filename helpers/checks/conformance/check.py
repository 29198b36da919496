"""A check: one question about an endpoint, judged from recordings alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...finding import Conformance, Requirement
from .shots import Shot, Shots

# Worst first: rows are shown in this order, and a later verdict is better than an earlier one.
VERDICTS: tuple[Conformance, ...] = (
    "deviates", "ignored", "refused", "absent", "unclear", "skipped", "tolerated", "pass",
)  # fmt: skip
HARMFUL: tuple[Conformance, ...] = ("deviates", "ignored")
MISSING: tuple[Conformance, ...] = ("refused", "absent")

# Each group, and the profile that depends on it.
GROUPS = {
    "chat": "chat",
    "parameters": "chat",
    "errors": "chat",
    "models": "chat",
    "usage": "chat",
    "text": "chat",
    "context": "chat",
    "streaming": "streaming",
    "tools": "tools",
    "structured": "structured",
    "embeddings": "embeddings",
    "responses": "responses",
    "messages": "messages",
    "completions": "completions",
}
PROFILES = tuple(dict.fromkeys(GROUPS.values()))
QUOTE = 500


@dataclass(frozen=True)
class Result:
    """What one check found.

    came:   one plain sentence
    quote:  the bytes that show it, cut at 500 characters
    label:  the recording that they are from
    """

    verdict: Conformance
    came: str
    quote: str = ""
    label: str = ""


Judge = Callable[[Shots], Result]


class Settled(Exception):
    """The request was refused, and that is the verdict."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.came)
        self.result = result


@dataclass(frozen=True)
class Check:
    """One question about an endpoint.

    requirement:  how binding OpenAI's reference makes it
    core:         undisputed, so it can be red by default; the others are remarks
    needs:        the labels of the recordings that it looks at
    also:         labels that it looks at if they exist
    gives:        the verdicts that its judge can reach, besides unclear and skipped if
                  what it needs was not answered or not asked
    key:          if this is refused or absent, the whole profile is
    expected, why, do:  what should happen, why it matters, and what to change
    source:       where the rule is written down
    """

    name: str
    group: str
    requirement: Requirement
    expected: str
    judge: Judge = field(repr=False)
    core: bool = False
    key: bool = False
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    gives: tuple[Conformance, ...] = ()
    why: str = ""
    do: str = ""
    source: str = ""

    @property
    def profile(self) -> str:
        """The profile that it belongs to."""
        return GROUPS[self.group]


REGISTER: dict[str, Check] = {}


def check(
    name: str, group: str, requirement: Requirement, expected: str, **facts: object
) -> Callable[[Judge], Judge]:
    """Register a judge as the check of this name."""

    def register(judge: Judge) -> Judge:
        REGISTER[name] = Check(name, group, requirement, expected, judge, **facts)  # type: ignore[arg-type]
        return judge

    return register


def passed(came: str, shot: Shot | None = None, quote: str = "") -> Result:
    """The result: it is as it should be."""
    return _result("pass", came, shot, quote)


def tolerated(came: str, shot: Shot | None = None, quote: str = "") -> Result:
    """The result: it differs, as it does on other working servers, and programs cope."""
    return _result("tolerated", came, shot, quote)


def deviates(came: str, shot: Shot | None = None, quote: str = "") -> Result:
    """The result: it is wrong."""
    return _result("deviates", came, shot, quote)


def ignored(came: str, shot: Shot | None = None, quote: str = "") -> Result:
    """The result: it was accepted and had no effect."""
    return _result("ignored", came, shot, quote)


def unclear(came: str, shot: Shot | None = None, quote: str = "") -> Result:
    """The result: this cannot be judged."""
    return _result("unclear", came, shot, quote)


def absent(came: str, shot: Shot | None = None, quote: str = "") -> Result:
    """The result: the endpoint does not have this."""
    return _result("absent", came, shot, quote)


def no_call(shot: Shot, came: str = "text came in place of a call") -> Result:
    """The result for an answer without a call, although one was asked for."""
    if not shot.text.strip():
        spent = "the token limit came first"
        return unclear(spent if shot.spent else "neither a call nor text came", shot)
    return ignored(came, shot, shot.text)


def turned_down(shot: Shot) -> Result | None:
    """The result if the answer is an error rather than the requested feature; None for an answer.

    Busy servers, and proxies without a server, say nothing about a feature: that is unclear.
    """
    status = shot.status
    if status == 200:
        if shot.error and shot.reading.outputs:
            return unclear("the answer broke off with an error", shot, shot.error)
        error = shot.error
        return _result("refused", "refused inside status 200", shot, error) if error else None
    if status in (429, 502, 503, 504) or status in (401, 402, 403, 407, 408):
        return unclear(f"status {status}", shot, shot.words)
    if status in (404, 405, 501) and not shot.is_chat:
        return absent(f"status {status}", shot, shot.words)
    if status is not None and 400 <= status < 500:
        return _result("refused", f"refused with status {status}", shot, shot.words)
    if status is not None and status >= 500:
        return deviates(f"status {status}: the server failed at the request", shot, shot.words)
    return unclear(f"status {status}", shot, shot.words)


def granted(shot: Shot) -> Shot:
    """The same recording, if it answers the request.

    raises:  Settled if the request was refused
    """
    if no := turned_down(shot):
        raise Settled(no)
    return shot


def beside_chat(shots: Shots, label: str) -> Shot:
    """The answer to a request that asks for more than plain chat.

    raises:  Lacking if even plain chat is not answered, Settled if this request was refused
    """
    shots.answered("chat")
    return granted(shots[label])


def _result(verdict: Conformance, came: str, shot: Shot | None, quote: str) -> Result:
    return Result(verdict, came, quote[:QUOTE], shot.label if shot else "")
