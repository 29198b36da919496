"""A whole batch against a real server: nothing twice, nothing lost, every trouble by its name."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from helpers.checks.batch.answers import OutputError, errors_of
from helpers.checks.batch.batch import Batch
from helpers.checks.batch.crew import AWAY_TRIES
from helpers.checks.batch.judging import judge_batch
from helpers.checks.batch.plan import Plan, PlanError, allowed
from helpers.checks.batch.tally import Prices
from helpers.checks.prompt_file.job import Job
from helpers.checks.prompt_file.source import Source
from helpers.endpoint import resolve
from helpers.show.batch.figures import failed_table
from helpers.show.batch.page import plain
from helpers.tests.support.prompt_server import answer, failure, prompts_answered


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is asked again within moments."""
    monkeypatch.setattr("helpers.checks.batch.pace.FIRST_WAIT_S", 0.001)


def prompts(folder: Path, count: int, *, word: str = "oak") -> Path:
    """Return a file of so many prompts, "oak 0" the first."""
    path = folder / "in.jsonl"
    lines = (json.dumps({"id": f"p{n}", "prompt": f"{word} {n}"}) for n in range(count))
    path.write_text("\n".join(lines), "utf-8")
    return path


def run(
    path: Path, url: str, *, watch: Callable[[Batch], None] = lambda _: None, api: Any = "chat",
    more: Mapping[str, Any] | None = None, **plan: Any,
) -> Batch:  # fmt: skip
    """Return a batch that has run; its output lies beside the prompts."""

    async def whole() -> Batch:
        batch = Batch(
            Source(path, api=api, more=more or {}),
            resolve(url),
            path.with_name("out.jsonl"),
            Plan(**plan),
        )
        await batch.run(lambda: watch(batch))
        return batch

    return asyncio.run(whole())


def said(batch: Batch) -> dict[str, str]:
    """Return the level of each finding, by its name."""
    return {one.name: one.level for one in judge_batch(batch)}


def texts(path: Path) -> dict[str, str]:
    """Return what was answered, by id."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(lines) == len({line["custom_id"] for line in lines})
    return {
        line["custom_id"]: line["response"]["body"]["choices"][0]["message"]["content"]
        for line in lines
    }


def test_every_prompt_is_asked_once_and_not_again(tmp_path: Path) -> None:
    """The answers stand in OpenAI's format; a second run asks only what is new."""
    with prompts_answered(lambda prompt, _: answer(f"{prompt}!\nü")) as asked:
        first = run(prompts(tmp_path, 30), asked.url, prices=Prices(1, 2))
        assert {"batch-answered": "pass"} == said(first)
        assert {f"p{n}": f"oak {n}!\nü" for n in range(30)} == texts(first.output)
        assert first.forecast is not None
        assert 300 == first.forecast.tokens_in.middle if first.forecast.tokens_in else None
        again = run(prompts(tmp_path, 32), asked.url)
    assert (30, 2) == (again.before, again.asked)
    assert {1} == {*asked.times.values()}
    assert "oak" == asked.bodies[0]["model"]


def test_a_changed_prompt_and_another_endpoint_are_refused(tmp_path: Path) -> None:
    """Before anything is asked, with the number of answers that would not fit."""
    with prompts_answered() as asked, prompts_answered() as other:
        run(prompts(tmp_path, 3), asked.url)
        with pytest.raises(OutputError, match=f"got those of {asked.url}"):
            run(tmp_path / "in.jsonl", other.url)
        with pytest.raises(OutputError, match="3 of its 3 answers to prompts that have changed"):
            run(prompts(tmp_path, 3, word="elm"), asked.url)
    assert not other.times


def test_one_in_ten_that_fails_stands_apart(tmp_path: Path) -> None:
    """A server error is tried three times, a refusal once; `retry_errors` asks them again."""
    broken = True

    def says(prompt: str, _: int) -> Any:
        number = int(prompt.split()[1])
        if broken and not number % 10:
            return failure(500) if number else failure(400, "temperature is odd")
        return answer("" if number == 7 and broken else "An oak.")

    with prompts_answered(says) as asked:
        first = run(prompts(tmp_path, 40), asked.url)
        assert (1, 3, 3) == tuple(asked.times[f"oak {n}"] for n in (0, 10, 20))
        assert "fail" == said(first)["batch-failed"]
        kinds = {row.custom_id: row.kind for row in first.failed}
        assert {"p0", "p7", "p10", "p20", "p30"} == kinds.keys()
        assert ("refused-request", "no-text") == (kinds["p0"], kinds["p7"])
        errors = [json.loads(line) for line in errors_of(first.output).read_text().splitlines()]
        assert {400, 500, 200} == {line["response"]["status_code"] for line in errors}
        broken = False
        assert "fail" == said(run(tmp_path / "in.jsonl", asked.url))["batch-failed"]
        mended = run(tmp_path / "in.jsonl", asked.url, retry_errors=True)
    assert (5, {"batch-answered": "pass"}) == (mended.asked, said(mended))
    assert 40 == len(texts(mended.output))
    assert not errors_of(mended.output).exists()


def test_where_a_sample_has_no_answer_the_rest_is_not_asked(tmp_path: Path) -> None:
    """Whatever is wrong with each; the sentence is the last one's."""
    with prompts_answered(lambda *_: failure(400, "No temperature.")) as asked:
        batch = run(prompts(tmp_path, 100), asked.url)
    assert 20 == len(asked.times)
    assert "None of a sample of 20 got an answer." in judge_batch(batch)[0].evidence


@pytest.mark.slow
def test_a_storm_of_429_is_waited_for(tmp_path: Path) -> None:
    """It is no prompt's fault: none fails, each is answered once, fewer are asked at once."""

    def says(_: str, before: int) -> Any:
        return answer() if before else failure(429, "Slow down.", retry_after_ms="100")

    with prompts_answered(says) as asked:
        batch = run(prompts(tmp_path, 12), asked.url)
    assert (12, []) == (len(batch.rows), batch.failed)
    assert {"batch-answered": "pass"} == said(batch)
    assert {2} == {*asked.times.values()}


def test_a_server_that_wants_an_hour_is_left_alone(tmp_path: Path) -> None:
    """What came until then is kept, and the sentence is the server's."""

    def says(prompt: str, _: int) -> Any:
        late = int(prompt.split()[1]) > 3
        return failure(429, "Slow down.", retry_after="3600") if late else answer()

    with prompts_answered(says) as asked:
        batch = run(prompts(tmp_path, 30), asked.url, most=1)
    assert "fail" == said(batch)["rate-limited"]
    assert 0 < batch.left < 30
    assert not batch.failed


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "unauthorized"), (404, "wrong-path"), (500, "server-error")]
)
def test_where_all_fails_alike_the_rest_is_not_asked(
    tmp_path: Path, status: int, kind: str
) -> None:
    """After three refusals, or twenty failures, in a row."""
    with prompts_answered(lambda *_: failure(status)) as asked:
        batch = run(prompts(tmp_path, 200), asked.url, most=4)
    assert batch.trouble is not None
    assert kind in batch.trouble.name
    assert len(asked.times) < (10 if status < 500 else 40)


def test_an_error_with_200_is_the_status_that_it_names(tmp_path: Path) -> None:
    """Without one it is the server's: asked again, and after twenty in a row no more."""
    codes: dict[str, Any] = {"oak 0": 401, "oak 1": "429", "oak 2": "server_overloaded"}

    def says(prompt: str, before: int) -> Any:
        if before:
            return answer()
        return 200, {}, {"error": {"message": "No.", "code": codes.get(prompt)}}

    with prompts_answered(says) as asked:
        batch = run(prompts(tmp_path, 3), asked.url, most=1)
        assert {"oak 0": 1, "oak 1": 2, "oak 2": 2} == asked.times
        assert ["json-error"] == [row.kind for row in batch.failed]
    error = {"error": {"message": "No.", "code": None}}
    with prompts_answered(lambda *_: (200, {}, error)) as asked:
        (tmp_path / "elm").mkdir()
        assert run(prompts(tmp_path / "elm", 200), asked.url, most=4).unasked > 170


def test_a_server_that_restarts_behind_a_proxy_is_waited_for(tmp_path: Path) -> None:
    """One that ends with a prompt each time is asked for the others, too."""
    page = "<html><head><title>502 Bad Gateway</title></head><center>nginx</center></html>"

    def says(prompt: str, before: int) -> Any:
        broken = before < 4 or prompt == "oak 1"
        return (502, {"Content-Type": "text/html"}, page) if broken else answer()

    with prompts_answered(says) as asked:
        batch = run(prompts(tmp_path, 3), asked.url)
    assert {"p1": "proxy-error"} == {row.custom_id: row.kind for row in batch.failed}
    assert {"oak 0": 5, "oak 1": AWAY_TRIES, "oak 2": 5} == asked.times


def test_nobody_there_is_said_at_once(tmp_path: Path) -> None:
    """By the list of models, which is asked first where no model is named."""
    batch = run(prompts(tmp_path, 3), "http://127.0.0.1:9/v1")
    assert batch.trouble is not None
    assert "refused" == batch.trouble.name
    # A run that came to nothing leaves nothing to go on with.
    assert [tmp_path / "in.jsonl"] == list(tmp_path.iterdir())
    assert "3 not asked" in repr(failed_table(batch))
    # A zero beside a red verdict would say that nothing went wrong.
    assert not {"failed", "errors", "tokens"} & {*plain(batch).split()}


def test_a_failed_prompt_that_was_taken_out_or_mended_is_forgotten(tmp_path: Path) -> None:
    """The file that is asked now decides: what has no answer may change."""
    with prompts_answered(lambda prompt, _: failure(400) if "oak" in prompt else answer()) as asked:
        assert 2 == len(run(prompts(tmp_path, 2), asked.url).failed)
        mended = run(prompts(tmp_path, 1, word="elm"), asked.url)
    assert (1, [], {"batch-answered": "pass"}) == (len(mended.rows), mended.failed, said(mended))
    # A run whose file had fewer prompts leaves the others' failures where they are.
    assert "p1" in errors_of(mended.output).read_text("utf-8")


def test_stop_keeps_everything(tmp_path: Path) -> None:
    """What was under way is asked again by the next run, and only that."""
    with prompts_answered() as asked:
        first = run(
            prompts(tmp_path, 60), asked.url, most=4,
            watch=lambda batch: batch.stop() if batch.asked >= 30 else None,
        )  # fmt: skip
        assert ("stopped", {"batch-stopped": "unclear"}) == (first.state, said(first))
        assert 30 <= len(first.rows) < 60
        # What was on the disk before it was told so counts.
        assert (len(first.rows), 60) == (first.tally.answers, len(first.rows) + first.unasked)
        second = run(tmp_path / "in.jsonl", asked.url)
    assert {"batch-answered": "pass"} == said(second)
    assert 60 == len(texts(second.output))
    assert sum(asked.times.values()) <= 64


def test_stop_is_heard_before_anything_is_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While the files are read; a caller who goes away then leaves the output to the next one."""

    def stopped(batch: Batch) -> None:
        if batch.state == "reading":
            batch.stop()

    with prompts_answered() as asked:
        batch = run(prompts(tmp_path, 30), asked.url, watch=stopped)
        assert (0, "stopped", "unclear") == (
            len(asked.times), batch.state, said(batch)["batch-stopped"],
        )  # fmt: skip
        assert "stopped while the file was read: nothing was asked" == plain(batch)
        asyncio.run(left_alone(tmp_path, asked.url))
        assert not caplog.records
        assert {"batch-answered": "pass"} == said(run(tmp_path / "in.jsonl", asked.url))


async def left_alone(folder: Path, url: str) -> None:
    """Begin a batch, and end it while a file without end is read."""
    endless, seen = Source(folder / "in.jsonl"), threading.Event()
    jobs = endless.jobs

    def for_ever(watch: Callable[[], None]) -> Iterator[Job]:
        while True:
            seen.set()
            watch()
            yield replace(next(jobs()), custom_id=token_hex(8))

    object.__setattr__(endless, "jobs", for_ever)
    running = asyncio.create_task(Batch(endless, resolve(url), folder / "out.jsonl").run())
    await asyncio.to_thread(seen.wait)
    running.cancel()
    await asyncio.wait({running})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"prices": {"in": "x"}}, """for prices["in"], such as 0.15; got 'x'"""),
        ({"prices": {"in": True}}, "got True"),
        ({"budget": float("inf")}, "for budget, such as 0.15; got inf"),
        ({"most": 10**9}, "from 1 to 4,096 at once"),
    ],
)
def test_what_nobody_can_allow_is_said(given: dict[str, Any], sentence: str) -> None:
    """Before a file is read."""
    usual = {"retry_errors": False, "limit": 0, "prices": {}, "budget": 0.0, "most": 1}
    with pytest.raises(PlanError) as refused:
        allowed(**{**usual, **given})
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("budget", "name"), [(0.0004, "over-budget"), (0.00062, "budget-spent")])
def test_a_budget_ends_it(tmp_path: Path, budget: float, name: str) -> None:
    """Before the rest where a sample says so, on the way otherwise."""

    def says(prompt: str, _: int) -> Any:
        # The sample takes the even ones: the others cost more than it says.
        odd = int(prompt.split()[1]) % 2
        return answer(completion_tokens=50 if odd else 5)

    with prompts_answered(says) as asked:
        batch = run(
            prompts(tmp_path, 39), asked.url, budget=budget, prices=Prices(1, 1), most=1
        )  # fmt: skip
    assert "fail" == said(batch)[name]
    assert "call" == judge_batch(batch)[0].blame
    assert 20 <= len(batch.rows) < 39


def test_a_finish_reason_is_kept_short(tmp_path: Path) -> None:
    """It stands in each row of a table; the answer in the file is whole."""
    with prompts_answered(lambda *_: answer("An oak.", "f" * 50_000)) as asked:
        batch = run(prompts(tmp_path, 1), asked.url)
    assert 80 == len(batch.rows[0].finish_reason)
    assert batch.output.stat().st_size > 50_000


def test_a_limit_asks_so_many_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """Undecided as long as some are left."""
    with prompts_answered() as asked:
        first = run(prompts(tmp_path, 5), asked.url, limit=3)
        assert (3, {"batch-limited": "unclear"}) == (len(first.rows), said(first))
        assert 5 == len(run(tmp_path / "in.jsonl", asked.url, limit=3).rows)


def test_embeddings_are_kept_whole(tmp_path: Path) -> None:
    """With their tokens; an answer without a vector is a failure."""

    def says(prompt: str, _: int) -> Any:
        vector = [{"object": "embedding", "index": 0, "embedding": [0.25, -1e-7]}]
        data = [] if prompt == "oak 1" else vector
        return 200, {}, {"object": "list", "data": data, "usage": {"prompt_tokens": 4}}

    with prompts_answered(says) as asked:
        batch = run(prompts(tmp_path, 2), asked.url, api="embeddings")
    [row] = batch.rows
    assert ("p0", 4, ["no-vectors"]) == (
        row.custom_id, row.prompt_tokens, [one.kind for one in batch.failed],
    )  # fmt: skip
    kept = json.loads(batch.output.read_text("utf-8"))["response"]["body"]
    assert [0.25, -1e-7] == kept["data"][0]["embedding"]


def test_each_text_of_a_list_has_its_embedding(tmp_path: Path) -> None:
    """One that is missing would shift the others; a list of tokens is one text."""
    path = tmp_path / "in.jsonl"
    inputs: list[Any] = [["oak", "elm"], [1, 2, 3]]
    path.write_text("\n".join(json.dumps({"input": one}) for one in inputs), "utf-8")
    data = {"data": [{"index": 0, "embedding": [0.5]}]}
    with prompts_answered(lambda *_: (200, {}, data)) as asked:
        batch = run(path, asked.url)
    assert (["row-2"], ["1 of 2 embeddings came."]) == (
        [row.custom_id for row in batch.rows], [row.says for row in batch.failed],
    )  # fmt: skip


def test_cut_answers_and_a_stream_that_was_wanted_are_remarks(tmp_path: Path) -> None:
    """They are answers, but not whole ones, and none came as a stream."""
    with prompts_answered(lambda *_: answer("An o", "length")) as asked:
        batch = run(prompts(tmp_path, 2), asked.url, more={"stream": True, "stream_options": {}})
        assert {
            "batch-answered": "pass",
            "batch-cut": "remark",
            "batch-not-streamed": "remark",
        } == (said(batch))
        # Whether it is to be streamed is no part of what was asked.
        assert 0 == run(tmp_path / "in.jsonl", asked.url).asked
    assert not asked.bodies[0].keys() & {"stream", "stream_options"}


def test_an_answer_of_too_many_values_is_no_answer(tmp_path: Path) -> None:
    """It is judged before objects are made of it, and only its beginning is kept."""

    def says(*_: object) -> Any:
        status, headers, body = answer()
        return status, headers, {**body, "logprobs": [0] * 250_000}

    with prompts_answered(says) as asked:
        batch = run(prompts(tmp_path, 1), asked.url)
    assert ["too-many-values"] == [row.kind for row in batch.failed]
    assert batch.errors.stat().st_size < 5000
