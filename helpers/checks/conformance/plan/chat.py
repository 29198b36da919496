"""The plan's requests to the list of models and to chat, bad requests among them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ....client.models import LONGEST_NAME
from ....wire.parsing import objects
from ....wire.request import Request
from ....wire.surrogates import encodable
from ..shots import Shots
from . import prompts
from .step import LIMIT, TOKENS, Asking, Get, lack, raw, step

UNKNOWN_MODEL = "no-such-model-7f3a"
UNKNOWN_FIELD = "x_unknown_field"
NOWHERE = "/this-path-does-not-exist"
# A stop word that no answer holds.
NEVER = "</never>"
USAGE = {"include_usage": True}


@step("models", tokens=0)
def _models(asking: Asking, shots: Shots) -> Get:
    return Get("/models")


@step("model", tokens=0, after=("models",))
def _model(asking: Asking, shots: Shots) -> Get:
    listed = objects(shots["models"].value.get("data"))
    name = listed[0].get("id") if listed else None
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise lack("no model is listed")
    return Get(f"/models/{quote(encodable(name), safe='/')}")


@step("nowhere", tokens=0)
def _nowhere(asking: Asking, shots: Shots) -> Get:
    return Get(NOWHERE)


@step("chat")
def _chat(asking: Asking, shots: Shots) -> Request:
    return asking.chat()


@step("chat-2", after=("chat",))
def _chat_2(asking: Asking, shots: Shots) -> Request:
    return asking.chat()


@step("chat-3", after=("chat",))
def _chat_3(asking: Asking, shots: Shots) -> Request:
    return asking.chat()


@step("stream", after=("chat",))
def _stream(asking: Asking, shots: Shots) -> Request:
    return asking.chat(stream=True)


@step("stream-usage", after=("chat",))
def _stream_usage(asking: Asking, shots: Shots) -> Request:
    return asking.chat(stream=True, stream_options=USAGE)


@step("unicode", after=("chat",))
def _unicode(asking: Asking, shots: Shots) -> Request:
    return asking.chat(prompts.messages(prompts.UNICODE), stream=True)


@step("parts", after=("chat",), tokens=40)
def _parts(asking: Asking, shots: Shots) -> Request:
    system, user = prompts.poem(asking.prompt)
    words = user["content"]
    middle = words.find(" ") + 1
    parts = [{"type": "text", "text": piece} for piece in (words[:middle], words[middle:]) if piece]
    return asking.chat([system, {"role": "user", "content": parts}], limit=LIMIT)


@step("developer", after=("chat",), tokens=40)
def _developer(asking: Asking, shots: Shots) -> Request:
    system, user = prompts.poem(asking.prompt)
    return asking.chat([system | {"role": "developer"}, user], limit=LIMIT)


@step("turns", after=("chat",), tokens=60)
def _turns(asking: Asking, shots: Shots) -> Request:
    more = [{"role": "assistant", "content": "A tree."}, {"role": "user", "content": "And now?"}]
    return asking.chat([*prompts.poem(asking.prompt), *more], limit=LIMIT)


def _limited(asking: Asking, name: str, **changed: Any) -> Request:
    limits: dict[str, Any] = {"max_tokens": None, "max_completion_tokens": None, name: LIMIT}
    return asking.chat(**limits, **changed)


@step("max-tokens", after=("chat",), tokens=40)
def _max_tokens(asking: Asking, shots: Shots) -> Request:
    return _limited(asking, "max_tokens")


@step("max-completion-tokens", after=("chat",), tokens=40)
def _max_completion_tokens(asking: Asking, shots: Shots) -> Request:
    return _limited(asking, "max_completion_tokens", stream=True)


def stop_word(text: str, prompt: str) -> str:
    """A word from the middle of a text that is neither earlier in it nor in the prompt, or ""."""
    words = text.split()
    for place in range(min(3, len(words)), len(words) - 1):
        word = words[place]
        before = " ".join([prompt, *words[:place]])
        if len(word) >= 4 and word.isalpha() and word.casefold() not in before.casefold():
            return word
    return ""


def letters_only(text: str) -> str:
    """A string that is not in a text, although all of its letters are; "" for none."""
    letters = [letter for letter in dict.fromkeys(text) if letter.isascii() and letter.isalpha()]
    wanted = "".join(letters[5:1:-1])
    return wanted if len(wanted) == 4 and wanted not in text else ""


@step("stop", after=("chat",))
def _stop(asking: Asking, shots: Shots) -> Request:
    return asking.chat(stop=_word(asking, shots))


@step("stop-list", after=("chat",))
def _stop_list(asking: Asking, shots: Shots) -> Request:
    return asking.chat(stop=[NEVER, _word(asking, shots)])


@step("stop-stream", after=("chat",))
def _stop_stream(asking: Asking, shots: Shots) -> Request:
    return asking.chat(stop=_word(asking, shots), stream=True)


@step("stop-letters", after=("chat",))
def _stop_letters(asking: Asking, shots: Shots) -> Request:
    wanted = letters_only(shots.answered("chat").text)
    if not wanted:
        raise lack("the answer is too short to try it")
    return asking.chat(stop=wanted)


def _word(asking: Asking, shots: Shots) -> str:
    prompt = " ".join(message["content"] for message in prompts.poem(asking.prompt))
    if word := stop_word(shots.answered("chat").text, prompt):
        return word
    raise lack("the plain answer holds no word to stop at")


@step("n", after=("chat",), tokens=60)
def _n(asking: Asking, shots: Shots) -> Request:
    return asking.chat(limit=LIMIT, n=2)


@step("logit-bias", after=("chat",), tokens=40)
def _logit_bias(asking: Asking, shots: Shots) -> Request:
    # Any vocabulary has this token, and with this bias a model writes nothing else.
    return asking.chat(limit=LIMIT, logit_bias={"1000": 100})


@step("seed-1", after=("chat",))
def _seed_1(asking: Asking, shots: Shots) -> Request:
    # Even if the seed was refused, this still shows what the temperature does.
    return asking.chat(temperature=1, seed=asking.common.get("seed"))


@step("seed-2", after=("chat",))
def _seed_2(asking: Asking, shots: Shots) -> Request:
    return asking.chat(temperature=1, seed=42)


@step("seed-other", after=("chat",))
def _seed_other(asking: Asking, shots: Shots) -> Request:
    return asking.chat(temperature=1, seed=7)


@step("logprobs", after=("chat",), tokens=40)
def _logprobs(asking: Asking, shots: Shots) -> Request:
    return asking.chat(limit=LIMIT, logprobs=True, top_logprobs=2)


@step("logprobs-stream", after=("chat",), tokens=40)
def _logprobs_stream(asking: Asking, shots: Shots) -> Request:
    return asking.chat(limit=LIMIT, logprobs=True, top_logprobs=2, stream=True)


@step("unknown-field", after=("chat",), tokens=40)
def _unknown_field(asking: Asking, shots: Shots) -> Request:
    unknown: dict[str, Any] = {UNKNOWN_FIELD: 1}
    return asking.chat(limit=LIMIT, **unknown)


@step("effort", after=("chat",), tokens=40)
def _effort(asking: Asking, shots: Shots) -> Request:
    return asking.chat(limit=LIMIT, reasoning_effort="high" if asking.thinks else "low")


@step("json-object", after=("chat",))
def _json_object(asking: Asking, shots: Shots) -> Request:
    words = 'Answer with a JSON object that has the one key "tree".'
    return asking.chat(
        prompts.messages(words), limit=2 * TOKENS, response_format={"type": "json_object"}
    )


@step("json-schema", after=("chat",))
def _json_schema(asking: Asking, shots: Shots) -> Request:
    return asking.chat(
        prompts.messages("Say something."), response_format=prompts.colour_format()
    )  # fmt: skip


@step("json-schema-stream", after=("chat",))
def _json_schema_stream(asking: Asking, shots: Shots) -> Request:
    return asking.chat(
        prompts.messages("Say something."), response_format=prompts.colour_format(), stream=True
    )


@step("json-bad-format", after=("chat",), tokens=40)
def _json_bad_format(asking: Asking, shots: Shots) -> Request:
    return asking.chat(limit=LIMIT, response_format={"type": "sound"})


@step("model-unknown", after=("chat",), tokens=40)
def _model_unknown(asking: Asking, shots: Shots) -> Request:
    request = asking.chat(limit=LIMIT)
    return Request("chat", UNKNOWN_MODEL, request.messages, request.parameters)


@step("no-messages", tokens=0)
def _no_messages(asking: Asking, shots: Shots) -> Request:
    return raw(asking, "chat", model=asking.model)


@step("stream-no-messages", tokens=0)
def _stream_no_messages(asking: Asking, shots: Shots) -> Request:
    return raw(asking, "chat", model=asking.model, stream=True)


@step("bad-json", tokens=0)
def _bad_json(asking: Asking, shots: Shots) -> Request:
    return Request("chat", asking.model, raw=b'{"model":')


@step("wrong-type", tokens=40)
def _wrong_type(asking: Asking, shots: Shots) -> Request:
    return asking.chat(limit=LIMIT, temperature="hot")
