"""The verdict on a batch: whether every prompt has an answer, and what is odd about the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...finding import Finding
from ...wording import counted
from .batch import Batch
from .row import Row

QUESTION = "Did every prompt get an answer?"


def judge_batch(batch: Batch) -> list[Finding]:
    """The findings on a batch; the first one answers the question."""
    return [_first(batch), *_beside(batch)]


def _first(batch: Batch) -> Finding:
    have = f"{batch.prompts - batch.left:,} of {counted(batch.prompts, 'prompt')} answered"
    if batch.trouble:
        return Finding(
            batch.trouble.name, "fail", batch.trouble.says,
            f"{have}. {batch.trouble.evidence}".strip(), batch.trouble.do,
            batch.trouble.blame,
        )  # fmt: skip
    if batch.state != "done":
        read = have if batch.prompts else "while its file was read, so nothing was asked"
        return Finding(
            "batch-stopped", "unclear", "You stopped the batch.", read,
            "Run it again: it continues with what is left.",
        )  # fmt: skip
    if batch.failed:
        return _failed(batch, have)
    if batch.left:
        return Finding(
            "batch-limited", "unclear", f"Your limit left out {counted(batch.left, 'prompt')}.",
            have, "Run it again: it continues with the next ones.",
        )  # fmt: skip
    every = f"All {batch.prompts:,} prompts have" if batch.prompts != 1 else "The one prompt has"
    return Finding("batch-answered", "pass", f"{every} an answer.", _how(batch))


def _how(batch: Batch) -> str:
    """How many were asked now, and how fast."""
    if not batch.asked:
        return f"nothing was asked now: all of them were already in {batch.output.name}"
    there = f", {batch.before:,} were already there" if batch.before else ""
    return f"{batch.asked:,} asked in {batch.took_s:,.1f} s{there}"


def _failed(batch: Batch, have: str) -> Finding:
    count = len(batch.failed)
    kinds = Counter(row.kind for row in batch.failed)
    named = ", ".join(f"{number:,} {kind}" for kind, number in kinds.most_common(5))
    return Finding(
        "batch-failed", "fail",
        f"{count:,} of {counted(batch.prompts, 'prompt')} got no answer.", f"{named}; {have}",
        f"They are in {batch.errors.name}; retry_errors asks them again.",
    )  # fmt: skip


def _beside(batch: Batch) -> list[Finding]:
    found = []
    if cut := cut_rows(batch.rows):
        found.append(Finding(
            "batch-cut", "remark",
            f"{len(cut):,} of {counted(len(batch.rows), 'answer')} ended at the token limit.",
            f"such as “{cut[0].custom_id[:80]}”", "Raise max_tokens if you want them whole.",
        ))  # fmt: skip
    if batch.tally.answers and batch.tally.uncounted:
        found.append(Finding(
            "batch-uncounted", "remark",
            f"No tokens were counted for {counted(batch.tally.uncounted, 'answer')}.",
            "", "So the cost is unknown.",
        ))  # fmt: skip
    again = [row for row in batch.rows if row.tries > 1]
    if again:
        found.append(Finding(
            "batch-retried", "remark",
            f"{counted(len(again), 'prompt')} had to be asked more than once.",
            "the server failed, or the connection was lost",
        ))  # fmt: skip
    if batch.streamed:
        found.append(Finding(
            "batch-not-streamed", "remark", "Nothing was streamed: a batch asks for whole answers.",
            "stream was asked for", "Leave it out here; 03_stream and 05_speed look at streams.",
        ))  # fmt: skip
    if batch.lost:
        found.append(Finding(
            "batch-lost-worker", "remark", f"Lost on the way: {counted(batch.lost, 'worker')}.",
            "others asked their prompts again, and each has one answer",
            "Check the worker's log.",
        ))  # fmt: skip
    return found


def cut_rows(rows: Sequence[Row]) -> list[Row]:
    """The answers cut off by the token limit."""
    return [row for row in rows if row.finish_reason in ("length", "max_tokens")]
