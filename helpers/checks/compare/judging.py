"""The findings of a comparison: each target's own, the limits, and an earlier run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...client.exchange import Exchange
from ...diagnose.stream.delivery import ENOUGH_S
from ...finding import Finding, explained
from ...wording import counted, first_up, ms
from ..ask import softened
from ..ratio import Ratio, unpaired
from .earlier import Earlier
from .proxied import PROXY_TIME, what_the_proxy_changed
from .speed import MEASURED, Measured, TargetSpeed, rate_said, speed_of, speeds
from .targets import Target, same_server
from .turns import COLD, Comparison

QUESTION = "Which server, which model?"
# Findings that any short answer has, including those that were asked to be short.
_OF_BREVITY = ("length", "too-short", "too-fast", "too-few-reads")


@dataclass(frozen=True)
class Tolerance:
    """By how much a target may be worse; 0 for no limit.

    ttft_ratio:  how many times as late its first text may come
    rate_loss:   what share of the rate it may lose
    """

    ttft_ratio: float = 0.0
    rate_loss: float = 0.0


def judge_comparison(
    compared: Comparison, limits: Tolerance | None = None, earlier: Earlier | None = None
) -> list[Finding]:
    """The finding that answers the question, then those on each target.

    earlier:  the values of an earlier run: each target is also compared with its own
    """
    limits = limits or Tolerance()
    summary = Finding("compared", "pass", headline(compared))
    found = [one for target in compared.targets for one in _own(compared, target)]
    found += what_the_proxy_changed(compared)
    for target in compared.targets:
        if target is not compared.first:
            found += _held(compared, target, limits)
        if earlier is not None:
            found += _as_before(compared, target, limits, earlier)
    return [summary, *_unasked(compared), *found]


def headline(compared: Comparison) -> str:
    """The sentence that answers the question."""
    first, rate, whole = (
        [one for one in speeds(compared, what) if one.middle is not None] for what in MEASURED[:3]
    )
    if len(first) < 2:
        if len(whole) < 2:
            return f"Only {whole[0].target.name} answered." if whole else "No target answered."
        return _sentence([_sooner(whole, "finishes", "whole answer")])
    if same_server(compared.targets):
        # If a proxy joins chunks, the rate is its own doing; the end of the text is what counts.
        changed = [found for found in what_the_proxy_changed(compared) if found.name == PROXY_TIME]
        sentences = [found.says.removesuffix(".") for found in changed]
        return _sentence([*sentences, _sooner(whole, "finishes", "whole answer")])
    return _sentence([_sooner(first, "answers", "first text"), *_writing(rate, whole)])


def _writing(rate: list[TargetSpeed], whole: list[TargetSpeed]) -> list[str]:
    """Who writes faster; if answers are too short for rates, who finishes sooner."""
    short = any((one.middle or 0.0) < ENOUGH_S for one in whole)
    if len(whole) > 1 and (short or (_too_few(rate) and not _too_few(whole))):
        return [_sooner(whole, "finishes", "whole answer")]
    return [_faster(rate)] if len(rate) > 1 else []


def _sentence(parts: list[str]) -> str:
    """The parts as one sentence; a target's name at its beginning keeps its spelling."""
    sentence = "; ".join(parts) + "."
    return first_up(sentence) if sentence.startswith(("first text:", "whole answer:")) else sentence


def _sooner(speeds: list[TargetSpeed], does: str, what: str) -> str:
    """Who comes first and who last, or that no difference was seen."""
    ordered = sorted(speeds, key=lambda one: one.middle or 0.0)
    best, worst = ordered[0], ordered[-1]
    figures = f"{ms(best.middle)} against {ms(worst.middle)}"
    if undecided := _undecided(speeds):
        return f"{what}: {undecided} ({figures})"
    return f"{best.target.name} {does} sooner than {worst.target.name}: {what} {figures}"


def _faster(speeds: list[TargetSpeed]) -> str:
    ordered = sorted(speeds, key=lambda one: -(one.middle or 0.0))
    best, worst = ordered[0], ordered[-1]
    figures = f"{rate_said(best.middle)} against {rate_said(worst.middle)}"
    if undecided := _undecided(speeds):
        return f"rate: {undecided} ({figures})"
    return f"{best.target.name} writes faster: {figures}"


def _undecided(speeds: list[TargetSpeed]) -> str:
    """Why none is called faster, "" if one is."""
    if any(one.ratio and one.ratio.seen for one in speeds):
        return ""
    if _too_few(speeds):
        return "too few answers to see a difference"
    uneven = any(one.ratio and one.ratio.uneven for one in speeds)
    return "too uneven to tell" if uneven else "no difference seen"


def _too_few(speeds: list[TargetSpeed]) -> bool:
    """Whether one of them has too few values for an interval."""
    return not all(one.ratio.known for one in speeds if one.ratio)


def _unasked(compared: Comparison) -> Iterator[Finding]:
    """Yield a finding if the comparison was stopped; what a failing target missed doesn't count."""
    sweep = compared.sweep
    asked = {*sweep.answered, *sweep.left_out}
    if left := len(sweep.questions) - len(asked):
        says = (
            f"It was stopped: {left} of {counted(len(sweep.questions), 'request')} were not sent."
        )
        yield Finding("stopped", "unclear", says, do="Press Go on, or run the cell again.")


def _own(compared: Comparison, target: Target) -> Iterator[Finding]:
    """The findings on a target's answers, each kind once, with the number of answers affected."""
    cold = compared.turn(target, COLD)
    judged = [*compared.warm(target).values(), *filter(None, [cold])]
    if not judged:
        says = f"{target.name} was not asked."
        yield Finding("not-asked", "unclear", says, do="Let the comparison run to its end.")
        return
    failed = [one for one in judged if one.failure]
    if failed:
        yield _failed(failed, len(judged)).concerning(target.name)
    else:
        counts = Counter(one.findings[0].name for one in judged)
        # If one answer was long enough for a verdict, that verdict counts.
        name, count = max(counts.items(), key=lambda one: (one[0] not in _OF_BREVITY, one[1]))
        shown = next(one.findings[0] for one in judged if one.findings[0].name == name)
        yield _counted(_as_short(softened(shown)), count, len(judged)).concerning(target.name)
    beside = [f for one in judged if not one.failure for f in one.findings[1:]]
    counts = Counter(found.name for found in beside)
    for name, found in {found.name: found for found in beside}.items():
        if found.name not in _OF_BREVITY:
            yield _counted(found, counts[name], len(judged)).concerning(target.name)


def _as_short(finding: Finding) -> Finding:
    """A finding that is unclear only because the answers are short is not worth a remark here."""
    return finding.at("pass") if finding.name in _OF_BREVITY else finding


def _failed(failed: list[Exchange], count: int) -> Finding:
    found = failed[0].failure or failed[0].findings[0]
    return _counted(found.at("fail"), len(failed), count)


def _counted(finding: Finding, count: int, of: int) -> Finding:
    if count == of:
        return finding
    beside = f"in {count} of {counted(of, 'answer')}"
    return replace(
        finding, evidence="; ".join(filter(None, (finding.evidence.rstrip("."), beside)))
    )


def _held(compared: Comparison, target: Target, limits: Tolerance) -> Iterator[Finding]:
    """Whether a target is worse than the first one by more than is allowed."""
    names = (target.name, compared.first.name)
    for what in ("first text", "rate"):
        ratio = speed_of(compared, target, what).ratio
        yield from _within(what, ratio, limits, *names)


def _as_before(
    compared: Comparison, target: Target, limits: Tolerance, earlier: Earlier
) -> Iterator[Finding]:
    """Whether a target is worse than it was before by more than is allowed."""
    if target.name not in earlier:
        yield Finding(
            "no-baseline", "unclear", f"The earlier run has no target {target.name}.",
            f"it has {', '.join(earlier)}", "Name the target as it was named then.",
            about=target.name,
        )  # fmt: skip
        return
    for what in ("first text", "rate"):
        now = speed_of(compared, target, what).values
        ratio = unpaired(earlier[target.name][what], now)
        yield from _within(what, ratio, limits, target.name, "in the earlier run")


def _within(
    what: Measured, ratio: Ratio | None, limits: Tolerance, name: str, other: str
) -> Iterator[Finding]:
    """The finding on one limit: red only if even the interval's better end exceeds it."""
    limit = limits.ttft_ratio if what == "first text" else limits.rate_loss
    if not limit:
        return
    late = what == "first text"
    # Expressed as how many times as bad, so that one rule works for both.
    most = limit if late else 1 / max(1e-9, 1 - limit)
    allowed = f"at most {limit:g} times as late" if late else f"a loss of at most {limit:.0%}"
    slug = "first-text" if late else "rate"
    if ratio is None or not ratio.known:
        yield Finding(
            f"{slug}-unknown", "unclear", f"Too few answers to judge {name}'s {what} by its limit.",
            str(ratio or "nothing measured"), "Ask more turns: turns=4 or more.", about=name,
        )  # fmt: skip
        return
    worse, best_case = (ratio.value, ratio.low) if late else (1 / ratio.value, 1 / ratio.high)
    sentence = (
        f"{name}'s first text comes {ratio.value:.3g} times as late as {other}"
        if late else f"{name} writes at {ratio.value:.0%} of the rate of {other}"
    )  # fmt: skip
    if best_case > most:
        do = f"Look at what differs between {name} and {other}, or allow more."
        yield explained(
            f"{slug}-worse", f"{sentence}.", expected=allowed, came=str(ratio), do=do
        ).concerning(name)  # fmt: skip
    elif worse > most:
        yield Finding(
            f"{slug}-near", "unclear", f"{sentence}, which may be chance.",
            f"allowed: {allowed}; measured: {ratio}", "Ask more turns: a longer run tells.",
            about=name,
        )  # fmt: skip
    else:
        yield Finding(
            f"{slug}-allowed", "pass", f"{sentence}, which is allowed.", str(ratio), about=name
        )  # fmt: skip
