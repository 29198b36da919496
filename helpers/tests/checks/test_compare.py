"""Targets compared: who they are, how they are asked, how sure a difference is, what is red."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from helpers.checks.compare.answers import answers
from helpers.checks.compare.earlier import EarlierRunError, earlier, to_json
from helpers.checks.compare.judging import Tolerance, headline, judge_comparison
from helpers.checks.compare.proxied import what_the_proxy_changed
from helpers.checks.compare.targets import Target, TargetError, targets_of
from helpers.checks.compare.turns import COLD, TOGETHER, TOOLS, Comparison
from helpers.checks.compare.wire import facts
from helpers.checks.ratio import paired, unpaired
from helpers.client.exchange import Exchange
from helpers.endpoint import resolve
from helpers.finding import Finding
from helpers.recordings import save_as
from helpers.tests.support.asked import exchange_of
from helpers.tests.support.judged import TEXT, events, paced
from helpers.tests.support.streams import event

USAGE = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": len(TEXT)}}


def stream(first_s: float, gap_s: float = 0.03, texts: Any = TEXT, **facts: Any) -> Exchange:
    """Return a stream that began and went on at a pace, with its usage."""
    *before, done = events(texts)
    usage = f"data: {json.dumps(USAGE)}\n\n".encode()
    return exchange_of(paced([*before, usage, done], first_s=first_s, gap_s=gap_s, **facts))


def target(name: str, *streams: Exchange) -> Target:
    """Return a target that answered so, the first time cold."""
    for label, one in zip((COLD, "1", "2", "3", "4"), streams, strict=False):
        one.recording.label = label
    return Target(name, resolve("http://127.0.0.1:9/v1", model="oak"), {}, streams)


def steady(
    name: str, first_s: float, gap_s: float = 0.03, cold_s: float = 0.0, **how: Any
) -> Target:
    """Return a target whose warm answers differ by a hair."""
    times = (first_s + cold_s, first_s, first_s * 1.01, first_s * 0.99, first_s)
    return target(name, *(stream(each, gap_s, **how) for each in times))


def compared(*targets: Target) -> Comparison:
    """Return a comparison of what came before."""
    return Comparison(targets, [""])


def named(found: list[Finding]) -> dict[str, Finding]:
    """Return findings by their names."""
    return {one.name: one for one in found}


def test_targets_are_named_by_what_is_not_alike() -> None:
    """Address, model or parameter; a name of one's own goes first."""
    both = targets_of(["localhost:1", {"base_url": "localhost:2", "name": "mine"}])
    assert ["localhost:1", "mine"] == [one.name for one in both]
    models = targets_of([{"model": "oak"}, {"model": "elm", "temperature": 0}], base_url="demo")
    assert ["oak", "elm · temperature 0"] == [one.name for one in models]
    assert {"temperature": 0} == models[1].parameters
    same = targets_of(["demo", "demo"])
    assert ["demo", "demo #2"] == [one.name for one in same]


def test_the_first_is_the_address_itself() -> None:
    """One more target beside it; through its proxy; or without anything the engine twice."""
    one = targets_of(["localhost:2"], base_url="localhost:1")
    assert ["http://localhost:1/v1", "http://localhost:2/v1"] == [t.endpoint.base_url for t in one]
    proxied = targets_of(base_url="localhost:1", proxied="localhost:2", model="oak")
    assert [("direct", "oak"), ("proxied", "oak")] == [(t.name, t.endpoint.model) for t in proxied]
    assert ["fast", "paced"] == [t.name for t in targets_of()]


def test_a_key_stays_with_its_address() -> None:
    """Another address names its own; a key itself is refused and not repeated."""
    given = {"base_url": "http://127.0.0.1:1/v1", "api_key_env": "MINE", "headers": {"x": "1"}}
    first, other, again = targets_of([{}, "http://127.0.0.1:2/v1", {"model": "oak"}], **given)
    assert ("MINE", (("x", "1"),)) == (first.endpoint.api_key_env, first.endpoint.headers)
    assert ("", ()) == (other.endpoint.api_key_env, other.endpoint.headers)
    assert "MINE" == again.endpoint.api_key_env
    with pytest.raises(TargetError, match="api_key, which was discarded") as refused:
        targets_of([{"base_url": "demo", "api_key": "sk-0123456789abcdef"}, "demo"])
    assert "sk-0" not in str(refused.value)


def test_one_target_is_none() -> None:
    """The sentence says how another is named."""
    with pytest.raises(TargetError, match="--target URL"):
        targets_of(base_url="localhost:1")
    with pytest.raises(TargetError, match="got 1: localhost:1"):
        targets_of("localhost:1")
    with pytest.raises(TargetError, match=r"es\.diff\(a, b\)"):
        targets_of([exchange_of(paced(events()))] * 2)


@pytest.mark.parametrize("turns", [0, -1, "2"])
def test_less_than_one_turn_is_refused(turns: Any) -> None:
    """Before anything is asked: no answer would be compared."""
    with pytest.raises(TargetError, match="turns=4"):
        Comparison(targets_of(["demo:fast", "demo"]), ["hi"], turns=turns)


def test_the_order_alternates() -> None:
    """Cold one by one, then together, then A B B A, and a tool call for each at the end."""
    asked = Comparison(targets_of(["demo:fast", "demo"]), ["hi"], turns=2)
    order = [(q.varied["turn"], q.varied["target"]) for q in asked.sweep.questions]
    assert order == [
        (COLD, 0), (COLD, 1), (TOGETHER, 0), (TOGETHER, 1), ("1", 0), ("1", 1), ("2", 1), ("2", 0),
        (TOOLS, 0), (TOOLS, 1),
    ]  # fmt: skip


def test_an_interval_knows_what_it_cannot_tell() -> None:
    """Twice as long is seen; scatter around 1 is not; two pairs tell nothing."""
    twice = paired([(1, 2), (2, 4.1), (1, 1.95), (3, 6)])
    assert twice
    assert twice.seen
    assert 1.9 < twice.low < twice.value < twice.high < 2.1
    chance = paired([(1, 1.3), (1, 0.8), (1, 1.1), (1, 0.9)])
    assert chance
    assert (False, False) == (chance.seen, chance.uneven)
    wild = paired([(1, 8), (1, 0.9), (1, 12), (1, 1.1)])
    assert wild
    assert (False, True) == (wild.seen, wild.uneven)
    few = paired([(1, 2), (1, 2)])
    assert few
    assert not few.known
    assert paired([]) is None
    tiny = paired([(1, 1.01)] * 4)
    assert tiny
    assert not tiny.seen


def test_an_unpaired_interval_is_the_textbooks() -> None:
    """Welch's, over logarithms; checked by hand for two samples of three."""
    found = unpaired([1.0, 2.0, 4.0], [2.0, 4.0, 8.0])
    assert found
    assert 2.0 == pytest.approx(found.value)
    # ln 2 ± t(4) · ln 2 · √(2/3)
    assert 2 ** (1 + 2.776 * (2 / 3) ** 0.5) == pytest.approx(found.high, rel=1e-3)


def test_who_is_sooner_is_said_with_figures() -> None:
    """And that no difference was seen where there is none."""
    told = headline(compared(steady("oak", 0.1), steady("elm", 0.3, gap_s=0.06)))
    assert told == (
        "oak answers sooner than elm: first text 130 ms against 360 ms; "
        "oak writes faster: 33.3 tok/s against 16.7 tok/s."
    )
    same = headline(compared(steady("oak", 0.1), steady("elm", 0.1)))
    assert same.startswith("First text: no difference seen (")


def test_answers_too_short_for_a_rate_are_told_by_their_end() -> None:
    """Of a quick one some answers have no rate, by chance; the sentence is the same each time."""
    paced = steady("paced", 0.3)
    burst = [stream(0.002, gap_s=0.0001) for _ in range(3)]
    for quick in (
        target("quick", *(stream(0.01, gap_s=0.001) for _ in range(5))),
        target("quick", *(stream(0.01, gap_s=0.001) for _ in range(2)), *burst),
    ):
        told = headline(compared(quick, paced))
        assert told.startswith("quick answers sooner than paced: first text ")
        assert "; quick finishes sooner than paced: whole answer " in told


def test_the_cold_answer_counts_for_nothing() -> None:
    """A gateway's first stream took seconds; the warm ones do not show it."""
    cold = compared(steady("oak", 0.1), steady("elm", 0.1, cold_s=3.0))
    assert "no difference seen" in headline(cold)


@pytest.mark.parametrize(
    ("first_s", "gap_s", "limits", "name", "level"),
    [
        (0.3, 0.03, Tolerance(ttft_ratio=1.5), "first-text-worse", "fail"),
        (0.3, 0.03, Tolerance(ttft_ratio=9), "first-text-allowed", "pass"),
        (0.1, 0.06, Tolerance(rate_loss=0.3), "rate-worse", "fail"),
        (0.1, 0.06, Tolerance(rate_loss=0.6), "rate-allowed", "pass"),
    ],
)
def test_worse_than_allowed_is_red(
    first_s: float, gap_s: float, limits: Tolerance, name: str, level: str
) -> None:
    """Only by as much as was said, and the finding names both."""
    both = compared(steady("oak", 0.1), steady("elm", first_s, gap_s))
    found = named(judge_comparison(both, limits))[name]
    assert (level, "elm") == (found.level, found.about)
    assert "oak" in found.says


def test_too_few_answers_are_no_ground() -> None:
    """One recording against one: unclear, not red."""
    both = compared(target("oak", stream(0.1)), target("elm", stream(9.0)))
    for one in both.targets:
        one.recorded[0].recording.label = "1"
    found = named(judge_comparison(both, Tolerance(ttft_ratio=1.5)))
    assert "unclear" == found["first-text-unknown"].level


def test_a_target_is_held_to_its_earlier_self(tmp_path: Path) -> None:
    """By name; the file that another wrote is refused in a sentence."""
    file = tmp_path / "compare.json"
    before = compared(steady("oak", 0.1), steady("elm", 0.1))
    file.write_text(json.dumps(to_json(before)))
    now = compared(steady("oak", 0.1), steady("elm", 0.4))
    found = judge_comparison(now, Tolerance(ttft_ratio=1.5), earlier(str(file)))
    red = [one for one in found if one.level == "fail"]
    assert {"elm"} == {one.about for one in red}
    assert any("in the earlier run" in one.says for one in red)
    file.write_text("[]")
    with pytest.raises(EarlierRunError, match="06_compare"):
        earlier(str(file))


def test_a_failing_target_stops_nobody() -> None:
    """It is red, the other one is judged as ever."""
    asked = Comparison(
        targets_of(["http://127.0.0.1:9/v1", "demo:fast"], model="m", max_tokens=8), ["hi"],
        turns=3, tools=False,
    )  # fmt: skip
    asyncio.run(asked.sweep.ask())
    found = judge_comparison(asked)
    assert [("127.0.0.1:9", "refused")] == [(f.about, f.name) for f in found if f.level == "fail"]
    assert "Only demo:fast answered." == found[0].says
    assert 3 == len(asked.warm(asked.targets[1]))


def proxy(*, directly: Exchange, through: Exchange) -> dict[str, Finding]:
    """Return what a proxy is found to have changed."""
    both = compared(target("direct", directly), target("proxied", through))
    return named(what_the_proxy_changed(both))


def test_a_proxy_that_adds_headers_and_fields_is_told() -> None:
    """By their names, as facts."""
    headers = (("Content-Type", "text/event-stream"), ("X-Gateway", "1"), ("Date", "now"))
    extra = stream(0.1, texts=TEXT, headers=headers)
    extra.recording.reads.insert(1, (0.1, event({"content": ""}).replace(b"{", b'{"cost": 1, ', 1)))
    extra.use(extra.recording)
    found = proxy(directly=stream(0.1), through=extra)
    assert "added: x-gateway" == found["proxy-headers"].evidence
    assert "cost" in found["proxy-fields"].evidence


def in_reads_of(count: int, of: Exchange, *, times: int = 1000) -> Exchange:
    """Return a stream in which so many chunks arrive together, so many times."""
    reads = of.recording.reads
    last = min(len(reads) // count, times) * count
    joined = [(reads[n + count - 1][0], b"".join(data for _, data in reads[n : n + count]))
              for n in range(0, last, count)]  # fmt: skip
    of.recording.reads[:] = [*joined, *reads[last:]]
    of.use(of.recording)
    return of


@pytest.mark.parametrize(
    ("gap_s", "count", "times", "level"),
    [(0.03, 4, 1000, "remark"), (0.003, 4, 1000, "remark"), (0.003, 2, 3, "pass")],
)
def test_a_proxy_that_joins_chunks_is_told(
    gap_s: float, count: int, times: int, level: str
) -> None:
    """As many chunks in fewer reads; a few that met, so close in time, are no fault of it."""
    through = in_reads_of(count, stream(0.1, gap_s), times=times)
    direct = stream(0.1, gap_s)
    both = compared(target("direct", direct, direct), target("proxied", through, through))
    found = named(what_the_proxy_changed(both))
    assert level == found["proxy-joins"].level


def test_a_proxys_cold_start_is_told_apart() -> None:
    """Its very first text, not those after."""
    direct, through = steady("direct", 0.1), steady("proxied", 0.11, cold_s=3.0)
    found = named(what_the_proxy_changed(compared(direct, through)))
    assert "came 3,010 ms later" in found["proxy-cold"].says


def test_texts_that_differ_from_turn_to_turn_prove_nothing() -> None:
    """Steady ones do, and where they part is said."""
    other = [*TEXT[:3], "storm ", *TEXT[4:]]
    [found] = answers(compared(steady("oak", 0.1), steady("elm", 0.1, texts=other)))
    assert found.steady
    assert len("The old oak st") == found.beginning
    assert "by more than chance" in found.says
    varied = target("elm", *(stream(0.1, texts=texts) for texts in (TEXT, TEXT, other)))
    [found] = answers(compared(steady("oak", 0.1), varied))
    assert found.same


def test_what_differs_on_the_wire_stands_first() -> None:
    """One row a fact, one value a target."""
    found = facts(compared(steady("oak", 0.1), steady("elm", 0.1, gap_s=0.06)))
    differs = [fact.differs for fact in found]
    assert sorted(differs, reverse=True) == differs
    assert "gaps" in [fact.name for fact in found if fact.differs]


def test_a_recording_is_a_target(tmp_path: Path) -> None:
    """Nothing is asked of it, and its cold answer stays apart."""
    old = steady("yesterday", 0.2, cold_s=1.0)
    file = save_as([one.recording for one in old.recorded], old.endpoint, tmp_path / "old.har")
    [now, then] = targets_of(["demo:fast", f"replay:{file}"])
    asked = Comparison([now, then], [""], tools=False)
    assert then.name.startswith("recorded")
    assert {0} == {question.varied["target"] for question in asked.sweep.questions}
    assert (4, True) == (len(asked.warm(then)), asked.turn(then, COLD) is not None)
