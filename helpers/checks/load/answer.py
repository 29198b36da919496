"""What a person wants to know of a load, in plain words, and what to change on the server."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...client.exchange import Exchange
from ...wire.timing import Percentiles
from .figures import Figures
from .loading import Run
from .sweep import Speed

# A first text that takes so many times as long as alone has waited in a queue.
QUEUED = 2.0
# Nearly as many as were asked for: the rest is chance.
ALL = 0.85
# So much more output for twice the load is no gain.
LITTLE = 1.1
# Fewer requests of a load say nothing of where it bends.
FEW = 5
# By what a server says of itself, or the port it usually has: its name, and what raises the number
# of answers that it writes at once.
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
_ALONE = "Alone it takes as long: a smaller model, shorter prompts or a faster machine would help."
_REFUSED = (
    "A limit refuses them, it is not slow: raise that of the account, the gateway or the server, "
    "or send less and wait as long as Retry-After says."
)
_SHARED = (
    "It writes them all at the same time, and they share what it has: a faster machine or a second "
    "one serves more."
)
_ANY_SERVER = "Raise the number of requests that the server answers at once, or run a second one."


def closed(speed: Speed) -> list[Run]:
    """The loads of so many at once that were heard, the lowest first."""
    runs = [run for run in speed.runs if run.shape.closed and speed.figures(run).n]
    return sorted(runs, key=lambda run: run.shape.at_once)


def lowest(speed: Speed) -> Run | None:
    """The load that tells how fast it is alone."""
    runs = closed(speed) or [run for run in speed.runs if run.samples]
    return runs[0] if runs else None


def held_up(speed: Speed) -> list[Run]:
    """The loads whose figures may be this process's own, which was the bottleneck."""
    return [run for run in speed.runs if run.client.is_bottleneck(speed.figures(run).ttft)]


def only_alone(speed: Speed) -> bool:
    """Whether this process bore the lowest load, and not all of those above it."""
    ours = held_up(speed)
    return bool(ours) and lowest(speed) not in ours


def not_told(speed: Speed) -> str:
    """At which higher loads nothing is told of the server, "" where there is none."""
    if not only_alone(speed):
        return ""
    loads = " and ".join(sorted((str(run.shape) for run in held_up(speed)), key=len))
    return f"At {loads} this process was the bottleneck: what the server bears is not told."


def knee(speed: Speed) -> Run | None:
    """The load beyond which more requests mostly wait; None where the highest load is the best.

    source:  the most output for the time that an answer takes, Kleinrock's power
    """
    runs = [run for run in closed(speed) if not speed.fails_more(run)]
    powers = [(_power(speed.figures(run)), place) for place, run in enumerate(runs)]
    few = len(runs) < 2 or min(len(run.samples) for run in runs) < FEW
    if few or only_alone(speed):
        return None
    best = max(powers)[1]
    return runs[best] if best < len(runs) - 1 else None


def slots(speed: Speed) -> int | None:
    """How many answers the server writes at the same time; None where no more were asked for."""
    runs = closed(speed)
    if not runs or not waited(speed) or only_alone(speed):
        return None
    # A lower load may show fewer by chance; the highest one fills every place that there is.
    many, asked = speed.figures(runs[-1]).together, runs[-1].shape.at_once
    return many if 0 < many < ALL * asked else None


def waited(speed: Speed) -> bool:
    """Whether a first text took surely longer under the highest load than alone."""
    first_s = [_first_s(speed.figures(run)) for run in closed(speed)]
    return bool(first_s) and first_s[-1] > QUEUED * first_s[0]


def plain_answer(speed: Speed) -> str:
    """How fast it is in a sentence or three."""
    return " ".join(filter(None, (alone(speed), beyond(speed))))


def alone(speed: Speed) -> str:
    """How fast it is for whoever is alone with it, in a sentence."""
    runs = closed(speed) or [run for run in speed.runs if speed.figures(run).n]
    if not runs:
        return "No request was answered, so there is no speed."
    return _alone(speed.figures(runs[0]), runs[0])


def beyond(speed: Speed) -> str:
    """How many it serves at once, and what happens beyond, "" where that was not seen."""
    if only_alone(speed):
        return ""
    return " ".join(filter(None, (_capacity(speed), _rate(speed), _queue(speed))))


def advice(speed: Speed) -> str:
    """What to change for more at once, "" where nothing was seen to wait."""
    high = speed.capacity.get("at once", (None, None))[1]
    over = _over(speed)
    if only_alone(speed) or (slots(speed) is None and high is None):
        return ""
    if over and over.shape == closed(speed)[0].shape and not speed.fails_more(over):
        return _ALONE
    if over and speed.fails_more(over) and speed.figures(over).failed.keys() == {"rate-limited"}:
        return _REFUSED
    if over and not speed.fails_more(over) and slots(speed) is None and _side_by_side(speed, over):
        return _SHARED
    known = server_of(speed.first) if speed.first else None
    if known:
        return known[1]
    return "" if speed.endpoint.own else _ANY_SERVER


def server_of(first: Exchange) -> tuple[str, str] | None:
    """The server's name and what raises its number of slots, as far as its answer tells."""
    said = " ".join((first.recording.header("server"), first.recording.text[-20_000:])).lower()
    port = urlsplit(first.endpoint.url).port if first.endpoint.near else None
    if first.endpoint.own:
        return None
    for name, words, _, do in _SERVERS:
        if any(word in said for word in words) or (name == "llama.cpp" and '"timings"' in said):
            return name, do
    return next(((name, do) for name, _, usual, do in _SERVERS if port == usual), None)


def seconds(value: float | None) -> str:
    """A time as it is said aloud: 0.3 s, 12 ms."""
    if value is None:
        return "–"
    return f"{value * 1000:.0f} ms" if value < 0.0995 else f"{value:.2g} s"


def _alone(found: Figures, run: Run) -> str:
    first, each = found.ttft.p50, found.each_per_s
    when = "" if run.shape.at_once == 1 else f" at {run.shape}"
    if first is None:
        return f"An answer in one piece comes after {seconds(found.e2e.p50)}{when}."
    if _in_one_piece(found):
        return f"The whole answer comes at once, after {seconds(first)}{when}."
    rate = "" if each is None else f", then {each:,.0f} {found.unit} a second"
    return f"First text after {seconds(first)}{rate}{when}."


def _capacity(speed: Speed) -> str:
    if "at once" not in speed.capacity:
        return ""
    low, high = speed.capacity["at once"]
    limit = _limit(speed)
    if low is None and high is not None:
        return f"Already at {high:.0f} at once {limit}."
    if low is None:
        return ""
    if high is None:
        most = f"With {low:.0f} at once, the most that was tried, "
        return most + _kept(speed) if low > 1 else ""
    return f"It serves {'about ' * (high - low > 1)}{low:.0f} at once before {limit}."


def _limit(speed: Speed) -> str:
    """What was exceeded, by the first load that did not keep the limits."""
    goals, run = speed.goals, _over(speed)
    found = speed.figures(run) if run else None
    if run and found and speed.fails_more(run):
        refused = found.failed.keys() == {"rate-limited"}
        return "it refuses requests (429)" if refused else "requests fail"
    if found and goals.ttft_s and (_first(found).p95 or 0) > goals.ttft_s:
        waits = "the answer takes" if _in_one_piece(found) else "the first text waits"
        return f"{waits} longer than {seconds(goals.ttft_s)}"
    if goals.tpot_s and found and (found.tpot.p95 or 0) > goals.tpot_s:
        return f"a token takes longer than {seconds(goals.tpot_s)}"
    return "answers take too long"


def _kept(speed: Speed) -> str:
    what = "the answer" if _in_one_piece(speed.figures(closed(speed)[-1])) else "the first text"
    return f"{what} still comes within {seconds(speed.goals.ttft_s)}."


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
    last = [run for run in closed(speed) if not speed.fails_more(run)][-1]
    grown, here = speed.figures(last), speed.figures(best)
    gain = grown.all_per_s / here.all_per_s - 1 if here.all_per_s else 0.0
    return (
        f"Beyond {best.shape.at_once} at once everybody waits longer and {here.unit} a second "
        + (f"grow by {gain:.0%} at most." if gain >= LITTLE - 1 else "hardly grow.")
    )


def _over(speed: Speed) -> Run | None:
    """The lowest load that did not keep the limits."""
    return next((run for run in closed(speed) if not speed.keeps(run)), None)


def _side_by_side(speed: Speed, run: Run) -> bool:
    return speed.figures(run).together >= ALL * run.shape.at_once


def _first_s(found: Figures) -> float:
    return _first(found).p50 or 0.0


def _first(found: Figures) -> Percentiles:
    """When the first text came: that of an answer in one piece comes with its end."""
    return found.ttft if found.ttft.n else found.e2e


def _in_one_piece(found: Figures) -> bool:
    return found.each_per_s is None and _first(found).p50 == found.e2e.p50


def _power(found: Figures) -> float:
    return found.all_per_s / found.e2e.p50 if found.e2e.p50 else 0.0
