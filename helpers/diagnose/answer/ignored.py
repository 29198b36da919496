"""What was asked for and is missing from the answer, or is in it without having been asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...wire.request import choices_asked
from ..observed import Observed

# A token's logprob, in the chat API's form or that of the old completions.
_LOGPROB = re.compile(rb'"(logprob|token_logprobs)"\s*:\s*[-\d\[NI]')


def of_what_was_asked(observed: Observed) -> Iterator[Finding]:
    """Yield the evidence that the server ignored a part of the request."""
    wanted, came = choices_asked(observed.recording), observed.answer.choices
    # A recording made elsewhere may lack its request, and so the number of choices wanted.
    if not observed.recording.request_body or wanted is None:
        return
    if len(came) > wanted:
        indices = ", ".join(str(choice.index) for choice in came[:4])
        yield Finding(
            "more-choices", "fail", "More choices came than were asked for.",
            f"{len(came)} instead of {wanted}, with the indices {indices}, …",
            "Give the choice one index, 0: programs that sort by it show a part of the text.",
        )  # fmt: skip
    elif len(came) == 1 and came[0].index != 0:
        yield Finding(
            "index-not-0", "remark", "The only choice does not have the index 0.",
            f"index {came[0].index}",
            "Number the choices from 0: programs that sort them by index show nothing.",
        )  # fmt: skip
    if not observed.finished or observed.reading.api not in ("chat", "completions"):
        return
    if len(came) < wanted:
        yield Finding(
            "fewer-choices", "remark", "Fewer choices came than were asked for.",
            f"{len(came)} instead of {wanted}",
            "Many servers ignore n: ask as often as you need choices.",
        )  # fmt: skip
    asked = observed.request.parameters.get("logprobs")
    if asked and observed.answer.text.strip() and not _LOGPROB.search(observed.reading.body):
        yield Finding(
            "no-logprobs", "remark", "Logprobs were asked for and did not come.", "",
            "The server ignores logprobs: look for its switch, or ask another one for them.",
        )  # fmt: skip
