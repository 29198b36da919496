"""Whether the answers in an output match what a file asks now."""

from __future__ import annotations

from collections.abc import Mapping

from ...endpoint import Endpoint
from ...escaping import for_terminal
from .answers import Answers, OutputError
from .row import Row


def compare(
    answers: Answers, prompts: Mapping[str, str], asking: str, endpoint: Endpoint
) -> None:  # fmt: skip
    """Forget failures whose prompts have been fixed, and reject an output that does not match.

    prompts:  the fingerprints of what is asked now, by id
    asking:   the name of their file
    raises:   OutputError if an answer is to another prompt, or from another endpoint
    """
    # A failed prompt that was fixed since has no answer to lose.
    answers.forget([one for one in answers.failed.values() if _changed(one, prompts)])
    there = (answers.rows | answers.failed).values()
    kept = [one for one in there if _changed(one, prompts)]
    if kept:
        raise OutputError(
            f"{answers.path.name} to answer what {asking} asks now",
            f"{len(kept):,} of its {len(there):,} answers to prompts that have changed since, "
            f"such as “{for_terminal(kept[0].custom_id[:80])}”",
            "Name another output, or remove the answers to the changed prompts from this one.",
        )
    elsewhere = [one for one in there if one.endpoint not in ("", endpoint.base_url)]
    if elsewhere:
        raise OutputError(
            f"answers of {endpoint.name} in {answers.path.name}",
            f"those of {for_terminal(elsewhere[0].endpoint[:200])}",
            "Name another output for this endpoint.",
        )


def _changed(row: Row, prompts: Mapping[str, str]) -> bool:
    """Whether the file now asks something else under this id."""
    return bool(row.asked) and prompts.get(row.custom_id, row.asked) != row.asked
