"""The result of a measurement in plain words, and what to change on the server."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...client.exchange import Exchange
from ...wire.timing import percentile
from ...wording import rough_duration
from .curve import (
    ALL,
    borne,
    closed,
    fewer_at_last,
    first,
    first_s,
    held_up,
    in_one_piece,
    knee,
    lowest,
    over,
    quicker_later,
    slots,
)  # fmt: skip
from .figures import Figures, standstills_s
from .loading import Run
from .speed import Speed

# Less extra output than this, for twice the load, is no gain.
LITTLE = 1.1
# An answer that begins this many times later than its first text is reported separately.
THOUGHT = 1.5
# Servers, recognized by what they say about themselves or by their usual port: the name, the
# signs, the port, and how to raise the number of answers written at once.
_SERVERS = (
    ("llama.cpp", ("llama.cpp",), 8080, "Start llama-server with a higher --parallel (and more "
     "context: -c is shared by all)."),
    ("Ollama", ("fp_ollama",), 11434, "Set OLLAMA_NUM_PARALLEL higher and start Ollama again."),
    ("vLLM", ("vllm",), 8000, "Raise --max-num-seqs, or give the cache more room with "
     "--gpu-memory-utilization."),
    ("LM Studio", ("lmstudio", "lm studio"), 1234, "Raise “Max Concurrent Predictions” where the "
     "model is loaded."),
    ("SGLang", ("sglang",), 30000, "Raise --max-running-requests."),
    ("g4f", ("g4f",), 1337, "Its speed is that of the provider behind it: choose another one."),
)  # fmt: skip
ALONE = "It takes as long alone: a smaller model, shorter prompts or a faster machine would help."
_REFUSED = (
    "It is not slow: a limit refuses requests. Raise the limit of the account, the gateway or the "
    "server, or send less and wait as long as Retry-After says."
)
_SHARED = (
    "It writes them all at the same time and they share its speed: a faster machine, or a second "
    "one, serves more."
)
FAILS_ALONE = "It fails when it is asked alone, too: see the server's log, or ask it in 01_ask."
_ANY_SERVER = "Raise the number of requests that the server answers at once, or run a second one."


def plain_answer(speed: Speed) -> str:
    """How fast it is, in one to three sentences."""
    return " ".join(filter(None, (alone(speed), beyond(speed))))


def alone(speed: Speed) -> str:
    """How fast it is for a single user, in a sentence."""
    runs = closed(speed) or [run for run in speed.runs if speed.figures(run).n]
    if not runs:
        return "No request was answered, so there is no speed."
    return _alone(speed.figures(runs[0]), runs[0])


def beyond(speed: Speed) -> str:
    """How many it serves at once and what happens beyond that; "" if that was not seen."""
    sentences = (_capacity(speed), _rate(speed), _queue(speed), _otherwise(speed))
    return " ".join(filter(None, sentences))


def advice(speed: Speed) -> str:
    """What to change to serve more at once; "" if nothing was seen to wait."""
    high = speed.capacity.get("at once", (None, None))[1]
    run, fails = _over(speed), False
    if slots(speed) is None and (high is None or run is None):
        return ""
    if run:
        fails = speed.fails_more(run)
        if fails and speed.figures(run).failed.keys() == {"rate-limited"}:
            return _REFUSED
        if run is lowest(speed):
            return FAILS_ALONE if fails else ALONE
        if not fails and slots(speed) is None and _side_by_side(speed, run):
            return _SHARED
    known = server_of(speed.first) if speed.first else None
    if known:
        return known[1]
    return "" if speed.endpoint.own else _ANY_SERVER


def server_of(first: Exchange) -> tuple[str, str] | None:
    """The server's name and what raises its number of slots, if its answer reveals it."""
    text = " ".join((first.recording.header("server"), first.recording.text[-20_000:])).lower()
    port = urlsplit(first.endpoint.url).port if first.endpoint.near else None
    if first.endpoint.own:
        return None
    for name, words, _, do in _SERVERS:
        if any(word in text for word in words) or (name == "llama.cpp" and '"timings"' in text):
            return name, do
    return next(((name, do) for name, _, usual, do in _SERVERS if port == usual), None)


def _alone(figures: Figures, run: Run) -> str:
    begins_s, each = figures.ttft.p50, figures.each_per_s
    when = "" if run.shape.at_once == 1 else f" at {run.shape}"
    if begins_s is None:
        return f"An answer in one piece comes after {rough_duration(figures.e2e.p50)}{when}."
    if in_one_piece(figures):
        return f"The whole answer comes at once, after {rough_duration(begins_s)}{when}."
    rate = "" if each is None else f", then {each:,.0f} {figures.unit} a second"
    stood_s = standstills_s(run.samples)
    if 2 * len(stood_s) > figures.n:
        rate += f" with a stall of {rough_duration(percentile(stood_s, 50))}"
    sentence = f"First text after {rough_duration(begins_s)}{rate}{when}."
    answer_s = figures.ttfo.p50
    if answer_s and answer_s > THOUGHT * begins_s:
        sentence += f" It is reasoning: the answer itself begins after {rough_duration(answer_s)}."
    return sentence


def _capacity(speed: Speed) -> str:
    if "at once" not in speed.capacity:
        return ""
    low, high = speed.capacity["at once"]
    run = _over(speed)
    if high is not None and run is None:
        return ""
    limit = _limit(speed, run)
    if low is None and high is not None:
        return f"At only {high:.0f} at once, {limit}."
    if low is None:
        return ""
    if high is None:
        most = f"With {low:.0f} at once, the most that was tried, "
        return most + _kept(speed) if low > 1 else ""
    often = ""
    if run and _refuses(speed, run):
        # A rate limit counts requests over time, regardless of how many are in progress.
        per_s = max(speed.figures(one).requests_per_s for one in borne(speed) if speed.keeps(one))
        often = f", {per_s:.2g} requests a second,"
    return f"It serves {'about ' * (high - low > 1)}{low:.0f} at once{often} before {limit}."


def _limit(speed: Speed, run: Run | None) -> str:
    """What went wrong in a load that did not keep the limits."""
    goals = speed.goals
    if run is None:
        return ""
    found = speed.figures(run)
    if speed.fails_more(run):
        return "it refuses requests (429)" if _refuses(speed, run) else "requests fail"
    if run.unfinished > found.n:
        return "most get no answer in time"
    if goals.ttft_s and (first(found).p95 or 0) > goals.ttft_s:
        waits = "the answer takes" if in_one_piece(found) else "the first text waits"
        return f"{waits} longer than {rough_duration(goals.ttft_s)}"
    if goals.tpot_s and (found.tpot.p95 or 0) > goals.tpot_s:
        return f"a token takes longer than {rough_duration(goals.tpot_s)}"
    return "answers take too long"


def _kept(speed: Speed) -> str:
    what = "the answer" if in_one_piece(speed.figures(closed(speed)[-1])) else "the first text"
    return f"{what} still comes within {rough_duration(speed.goals.ttft_s)}."


def _rate(speed: Speed) -> str:
    low, high = speed.capacity.get("a second", (None, None))
    if low is None:
        return "" if high is None else f"It does not keep up with {high:g} requests a second."
    return f"It keeps up with {low:g} requests a second" + (
        f", not with {high:g}." if high is not None else ", the most that were tried."
    )


def _queue(speed: Speed) -> str:
    many, best = slots(speed), knee(speed)
    if many == 1:
        return "It writes one answer at a time: all others wait."
    if many:
        return f"It writes {many} answers at a time: beyond that requests queue."
    if best is None:
        return ""
    last = [run for run in borne(speed) if not speed.fails_more(run)][-1]
    grown, here = speed.figures(last), speed.figures(best)
    gain = grown.all_per_s / here.all_per_s - 1 if here.all_per_s else 0.0
    return (
        f"Beyond {best.shape.at_once} at once everybody waits longer and {here.unit} a second "
        + (
            f"grow by {gain:.0%} at most." if gain >= LITTLE - 1
            else "hardly grow." if gain > 1 / LITTLE - 1 else f"fall by {-gain:.0%}."
        )
    )  # fmt: skip


def _otherwise(speed: Speed) -> str:
    """Where the loads contradict each other, which means it changed during the measurement."""
    fewer, later = fewer_at_last(speed), quicker_later(speed)
    sentences = []
    if fewer:
        (most, last), shown = fewer, [speed.figures(run).together for run in fewer]
        sentences.append(
            f"At {most.shape} it wrote {shown[0]} answers at a time, at {last.shape} only "
            f"{shown[1]}: it does less as more is asked of it, or as time goes on."
        )
    if later:
        sentences.append(
            f"At {later.shape} the first text came sooner, after "
            f"{rough_duration(first_s(speed.figures(later)))}: it was still warming up before, or "
            "it is more than one machine."
        )
    return " ".join(sentences)


def _over(speed: Speed) -> Run | None:
    """The lowest load beyond its capacity; None if this process may have been the bottleneck."""
    run, ours = over(speed), held_up(speed)
    return None if run in ours and run is not lowest(speed) else run


def _refuses(speed: Speed, run: Run) -> bool:
    return speed.figures(run).failed.keys() == {"rate-limited"}


def _side_by_side(speed: Speed, run: Run) -> bool:
    return speed.figures(run).together >= ALL * run.shape.at_once
