"""Checks of a plain, unstreamed answer."""

from __future__ import annotations

from dataclasses import replace

from ....diagnose.diagnosis import diagnose
from ....finding import Conformance
from ....wire.parsing import objects
from ....wording import counted
from ..check import Result, beside_chat, check, deviates, passed, tolerated, turned_down, unclear
from ..shots import Shots

REASONS = ("stop", "length", "tool_calls", "content_filter", "function_call")
SCHEMA = "OpenAI's CreateChatCompletionResponse"
# The year 2286 in seconds; a time in milliseconds is far beyond it.
LATEST_S = 10_000_000_000
_OK_OR_NOT: tuple[Conformance, ...] = ("pass", "deviates")


@check(
    "chat-basic", "chat", "must", "status 200 and one JSON object that any JSON parser accepts",
    core=True, key=True, needs=("chat",), gives=(*_OK_OR_NOT, "absent", "refused"), source=SCHEMA,
    why="Without it no program gets an answer; a proxy or a login page may answer instead.",
    do="Open the base URL in a browser and see who answers; 02_connect finds the right one.",
)  # fmt: skip
def _chat_basic(shots: Shots) -> Result:
    shot = shots["chat"]
    if shot.status in (404, 405, 501) and not shot.no_such_model:
        return Result("absent", f"status {shot.status}", shot.words, "chat")
    if shot.status != 200:
        no = turned_down(shot) or unclear(f"status {shot.status}", shot, shot.words)
        asked = str(shot.sent.get("model"))[:80]
        return replace(no, came=f"it has no model {asked!r}") if shot.no_such_model else no
    first, *_ = diagnose(shot.reading)
    if first.name in ("another-api", "ndjson"):
        return deviates(first.says.removesuffix("."), shot, shot.beginning)
    if not shot.value and not shot.reading.sse:
        return deviates("the body is not a JSON object", shot, shot.beginning)
    if shot.reading.sse:
        return deviates("a stream came that was not asked for", shot, shot.beginning)
    if not shot.is_strict_json:
        return deviates("the body holds what JSON does not have, such as NaN", shot, shot.beginning)
    if not shot.choices and not shot.error:
        return deviates("a JSON object without an answer in it", shot, shot.beginning)
    return passed("one JSON object", shot)


@check(
    "chat-content-type", "chat", "should", "Content-Type: application/json",
    needs=("chat",), gives=("pass", "tolerated"), source="RFC 8259",
    why="Some clients look at the type before they read.", do="Send application/json.",
)  # fmt: skip
def _chat_content_type(shots: Shots) -> Result:
    shot = shots.answered("chat")
    media = shot.recording.media_type
    if media.partition("/")[2].rpartition("+")[2] == "json":
        return passed(media, shot)
    return tolerated(f"Content-Type {media or 'missing'}", shot)


@check(
    "chat-no-error-200", "chat", "must", "an error has an error's status, not 200",
    core=True, needs=("chat",), gives=_OK_OR_NOT, source=SCHEMA,
    why="No client raises anything: choices is missing and the program fails later.",
    do="Answer errors with 4xx or 5xx.",
)  # fmt: skip
def _chat_no_error_200(shots: Shots) -> Result:
    shot = shots["chat"]
    if shot.status != 200:
        return unclear(f"the answer has status {shot.status}", shot)
    error = shot.value.get("error")
    if error:
        return deviates("an error inside status 200", shot, shot.json_of(error))
    return passed("no error in it", shot)


@check(
    "chat-fields", "chat", "must", "id, object, created, model and choices, each of its type",
    core=True, needs=("chat",), gives=("pass", "tolerated", "deviates"), source=SCHEMA,
    why="Typed clients (Kotlin, C#, Go) refuse an answer without them; openai-python does not.",
    do="Fill in the fields.",
)  # fmt: skip
def _chat_fields(shots: Shots) -> Result:
    shot = shots.answered("chat")
    wrong = [name for name, right in envelope(shot.value, "chat.completion").items() if not right]
    if wrong:
        values = {name: shot.value.get(name, "missing") for name in wrong}
        return deviates(f"wrong or missing: {', '.join(wrong)}", shot, shot.json_of(values))
    if odd := oddity(shot.value):
        return tolerated(odd, shot, shot.json_of({"id": shot.value["id"]} | _created(shot.value)))
    return passed("all five are there", shot)


def envelope(value: dict[str, object], kind: str) -> dict[str, bool]:
    """For each of the five fields of an answer or a chunk, whether it matches the reference."""
    created = value.get("created")
    return {
        "id": isinstance(value.get("id"), str),
        "object": value.get("object") == kind,
        "created": isinstance(created, int | float) and not isinstance(created, bool),
        "model": isinstance(value.get("model"), str),
        "choices": isinstance(value.get("choices"), list),
    }


def oddity(value: dict[str, object]) -> str:
    """What is unusual in fields of the right type, "" for nothing."""
    created = value.get("created")
    if isinstance(created, float) and not created.is_integer():
        return "created has a fraction, which typed clients (Go, Kotlin) refuse"
    if isinstance(created, int | float) and created > LATEST_S:
        return "created is not in seconds"
    # TGI sends "", and so does Azure's filter.
    return "" if value.get("id") else "id is empty"


def _created(value: dict[str, object]) -> dict[str, object]:
    return {"created": value.get("created")}


@check(
    "chat-message", "chat", "must", "choices[0].message: role assistant, content a string or null",
    core=True, needs=("chat",), gives=("pass", "tolerated", "deviates"),
    source="OpenAI's ChatCompletionResponseMessage",
    why="Programs read choices[0].message.content.",
    do="Put the text into content, as one string.",
)  # fmt: skip
def _chat_message(shots: Shots) -> Result:
    shot = shots.answered("chat")
    if not shot.message:
        return deviates("the first choice has no message", shot, shot.json_of(shot.choices[:1]))
    content, role = shot.message.get("content"), shot.message.get("role")
    if isinstance(content, list) and objects(content):
        return tolerated("content is a list of parts", shot, shot.json_of(content))
    if content is not None and not isinstance(content, str):
        return deviates("content is neither text nor null", shot, shot.json_of(content))
    if role != "assistant":
        return tolerated(f"role is {role!r}", shot, shot.json_of(shot.message))
    if shot.choices[0].get("index") not in (0, None):
        return tolerated(f"the only choice has index {shot.choices[0]['index']!r}", shot)
    return passed("role and content are there", shot)


@check(
    "chat-text", "chat", "must", "an answer holds text, reasoning or a refusal",
    core=True, needs=("chat",), gives=_OK_OR_NOT, source=SCHEMA,
    why="An empty answer with status 200 is silence that no program notices.",
    do="Check the server's log; try the model's own chat template.",
)  # fmt: skip
def _chat_text(shots: Shots) -> Result:
    shot = shots.answered("chat")
    first = shot.answer.first
    if first.text.strip() or first.reasoning or first.refusal or first.tool_calls:
        return passed(f"{counted(len(first.text), 'character')} of text", shot, first.text)
    if shot.cut_by_length or shot.answer.finish_reason == "content_filter":
        return unclear(f"no text, finish reason {shot.answer.finish_reason}", shot)
    return deviates("no text, and nothing that explains it", shot, shot.json_of(shot.message))


@check(
    "chat-finish-reason", "chat", "must", f"finish_reason is one of {', '.join(REASONS)}",
    core=True, needs=("chat",), gives=("pass", "tolerated", "deviates"), source=SCHEMA,
    why="Only “length” tells a program that the answer was cut.",
    do="Map the engine's reasons (eos, max_tokens) to these names.",
)  # fmt: skip
def _chat_finish_reason(shots: Shots) -> Result:
    shot = shots.answered("chat")
    reason = shot.choices[0].get("finish_reason") if shot.choices else None
    if reason in REASONS:
        return passed(f"finish_reason {reason}", shot)
    if isinstance(reason, str) and reason:
        return tolerated(f"finish_reason is a word of its own: {reason!r}"[:120], shot)
    quote = shot.json_of({"finish_reason": reason})
    return deviates("finish_reason says nothing", shot, quote)


@check(
    "chat-strict-keys", "chat", "feature", "the keys refusal and logprobs are there, null",
    needs=("chat",), gives=("pass", "tolerated"), source=SCHEMA,
    why="The reference calls them required; hardly any client insists.", do="Nothing.",
)  # fmt: skip
def _chat_strict_keys(shots: Shots) -> Result:
    shot = shots.answered("chat")
    missing = [name for name in ("refusal",) if name not in shot.message]
    missing += [name for name in ("logprobs",) if shot.choices and name not in shot.choices[0]]
    if missing:
        return tolerated(f"left out: {', '.join(missing)}", shot)
    return passed("both are there", shot)


def _taken(shots: Shots, label: str) -> Result:
    """Whether a request in another form got a plain answer."""
    shot = beside_chat(shots, label)
    if not shot.answer.choices:
        return deviates("status 200 and no answer in it", shot, shot.beginning)
    return passed("answered", shot)


@check(
    "chat-content-parts", "chat", "should", "content may be a list of text parts",
    needs=("chat", "parts"), gives=("pass", "refused", "deviates"),
    source="OpenAI's ChatCompletionRequestUserMessageContentPart",
    why="Many programs always send parts, since images need them.",
    do="Send a plain string to this server.",
)  # fmt: skip
def _chat_content_parts(shots: Shots) -> Result:
    return _taken(shots, "parts")


@check(
    "chat-developer-role", "chat", "should", "a first message of role developer is accepted",
    needs=("chat", "developer"), gives=("pass", "refused", "deviates"),
    source="OpenAI's ChatCompletionRequestDeveloperMessage",
    why="Newer programs send developer in place of system.", do="Send role system.",
)  # fmt: skip
def _chat_developer_role(shots: Shots) -> Result:
    return _taken(shots, "developer")


@check(
    "chat-multi-turn", "chat", "should", "a conversation of several turns is accepted",
    needs=("chat", "turns"), gives=("pass", "refused", "deviates"),
    source="OpenAI's CreateChatCompletionRequest",
    why="Every chat has more than one turn.",
    do="Look at the model's chat template: some refuse turns in another order.",
)  # fmt: skip
def _chat_multi_turn(shots: Shots) -> Result:
    return _taken(shots, "turns")
