"""Is a long prompt cut silently? Prompts of length L, 2 L and 4 L, with a code word at each end."""

from __future__ import annotations

from ..check import Result, check, deviates, passed, turned_down, unclear
from ..plan.long_prompts import FIRST, LAST, LENGTHS
from ..shots import Shot, Shots

LABELS = tuple(f"context-{length}" for length in LENGTHS)
# If doubling the prompt raises the count by less than a twentieth, it has stopped growing.
_STANDS_STILL = 1.05


@check(
    "context-not-cut", "context", "should", "a prompt that does not fit is refused, not cut",
    needs=("chat", LABELS[0]), also=LABELS[1:], gives=("pass", "deviates"),
    source="what OpenAI does: 400 context_length_exceeded",
    why="The model never sees the beginning: rules and documents are lost, and nothing says so.",
    do="Ollama: OLLAMA_CONTEXT_LENGTH, or num_ctx in a Modelfile (in a request it does nothing).",
)  # fmt: skip
def _context_not_cut(shots: Shots) -> Result:
    shots.answered("chat")
    taken: list[Shot] = []
    for label in LABELS:
        if taken and label not in shots:
            break
        shot = shots[label]
        no = turned_down(shot)
        if no and no.verdict == "refused":
            return passed(f"{_words_sent(shot)} words of prompt are refused", shot, shot.words)
        if no:
            return unclear(no.came, shot, no.quote)
        taken.append(shot)
    counts = [shot.answer.usage.prompt_tokens if shot.answer.usage else None for shot in taken]
    if len(counts) < 2 or any(count is None for count in counts):
        return unclear("the tokens of the prompts are not counted", taken[-1])
    return _grown([count or 0 for count in counts], taken)


def _grown(counts: list[int], taken: list[Shot]) -> Result:
    """Whether the counts grow with the prompts; a cut is reported only if the code words agree."""
    last = taken[-1]
    if counts[-1] > _STANDS_STILL * counts[-2]:
        return passed(f"{counts[-1]:,} tokens were taken", last)
    first_lost, last_found = FIRST not in last.text, LAST in last.text
    if first_lost and last_found:
        came = f"cut at {counts[-1]:,} tokens: the first word is lost, the last one found"
        return deviates(came, last, last.text)
    return unclear(f"prompts stop growing at {counts[-1]:,} tokens; the model does not tell", last)


def _words_sent(shot: Shot) -> str:
    return f"{len(str(shot.sent.get('messages')).split()):,}"
