"""Checks of what leaks into the text, over every answer of the run."""

from __future__ import annotations

import re

from ....wording import counted
from ..check import Result, check, deviates, passed, tolerated, unclear
from ..plan.prompts import SYSTEM
from ..shots import Shot, Shots

# Markers that chat templates put around turns; answers about code may hold some of them.
_TEMPLATE = re.compile(
    r"<\|(?:im_end|im_start|eot_id|end_of_text|endoftext|start_header_id|end)\|>|</s>|\[/?INST\]"
    r"|<(?:start|end)_of_turn>|<｜end▁of▁sentence｜>"
)
_THINKING = re.compile(r"</?think(?:ing)?>")


@check(
    "text-no-template", "text", "should", "no token of the chat template in the text",
    needs=("chat",), gives=("pass", "deviates"), source="nothing; readers see it",
    why="Readers see <|im_end|> and the like; the answer often goes on past its end.",
    do="Use the model's own chat template, and its end-of-turn token as a stop token.",
)  # fmt: skip
def _text_no_template(shots: Shots) -> Result:
    return _searched(shots, _TEMPLATE, "a token of the template came")


@check(
    "text-no-thinking", "text", "should", "reasoning has a field of its own",
    needs=("chat",), gives=("pass", "deviates"), source="DeepSeek's and OpenRouter's documentation",
    why="Programs show the thoughts as the answer.",
    do="Switch on the server's reasoning parser, or cut <think> … </think> out.",
)  # fmt: skip
def _text_no_thinking(shots: Shots) -> Result:
    return _searched(shots, _THINKING, "<think> is in the text")


def _searched(shots: Shots, wanted: re.Pattern[str], came: str) -> Result:
    shots.answered("chat")
    answers = _answers(shots)
    for shot in answers:
        # A model may repeat what is in the prompt.
        found = wanted.search(shot.text)
        if found and found[0].encode() not in shot.recording.request_body:
            return deviates(came, shot, shot.text[max(found.start() - 60, 0) : found.end() + 60])
    return passed(f"none in {counted(len(answers), 'answer')}")


@check(
    "text-not-only-reasoning", "text", "should", "an answer holds more than reasoning",
    needs=("chat",), gives=("pass", "tolerated"), source="nothing; readers see nothing",
    why="Programs show nothing where the token limit was spent on thinking.",
    do="Raise max_tokens, or lower reasoning_effort.",
)  # fmt: skip
def _text_not_only_reasoning(shots: Shots) -> Result:
    shot = shots.answered("chat")
    if shot.answer.reasoning and not shot.text.strip():
        return tolerated("reasoning alone", shot, shot.answer.reasoning)
    return passed("text came" if shot.text.strip() else "no reasoning either", shot)


@check(
    "text-reasoning-field", "text", "feature", "reasoning comes in reasoning_content or reasoning",
    needs=("chat",), gives=("pass",), source="DeepSeek's and OpenRouter's documentation",
    why="Clients look in one of the two.", do="Nothing.",
)  # fmt: skip
def _text_reasoning_field(shots: Shots) -> Result:
    shot = shots.answered("chat")
    names = [name for name in ("reasoning_content", "reasoning") if shot.message.get(name)]
    if names:
        return passed(" and ".join(names), shot)
    return unclear("the model did not think, or not where it shows", shot)


@check(
    "text-no-prompt", "text", "should", "the prompt is not repeated before the answer",
    needs=("chat",), gives=("pass", "deviates"), source="nothing; readers see it",
    why="Base models and wrong templates cause this.", do="Use an instruct model and its template.",
)  # fmt: skip
def _text_no_prompt(shots: Shots) -> Result:
    shot = shots.answered("chat")
    if SYSTEM in shot.text:
        return deviates("the system prompt is in the answer", shot, shot.text)
    return passed("only the answer", shot)


@check(
    "text-whitespace", "text", "should", "the same white space at the start, streamed and in full",
    needs=("chat", "stream"), gives=("pass", "tolerated"),
    source="nothing; a difference only hints",
    why="Text stripped in one of the two runs words together.", do="Compare the two.",
)  # fmt: skip
def _text_whitespace(shots: Shots) -> Result:
    full, shot = shots.answered("chat"), shots.streamed("stream")
    one, other = _leading(full.text), _leading(shot.text)
    if one == other:
        return passed("the same", shot)
    return tolerated(f"{one!r} in full, {other!r} streamed", shot)


@check(
    "key-not-echoed", "text", "must", "no answer repeats the key that was sent",
    core=True, needs=("chat",), gives=("pass", "deviates"), source="good sense",
    why="Whoever reads the answers or the logs can read the key.",
    do="Have this fixed, and replace the key.",
)  # fmt: skip
def _key_not_echoed(shots: Shots) -> Result:
    shots["chat"]
    echoes = [shot for shot in shots if shot.recording.echoed]
    if echoes:
        return deviates(f"in {counted(len(echoes), 'answer')}; stars replace it", echoes[0])
    return passed(f"not in {counted(len(shots), 'answer')}")


def _answers(shots: Shots) -> list[Shot]:
    """Every answer of the run that has text."""
    asked = [shot for shot in shots if shot.status == 200 and shot.is_chat]
    return [shot for shot in asked if shot.text]


def _leading(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]
