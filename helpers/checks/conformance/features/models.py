"""Checks of the list of models, of paths, and of which model answers."""

from __future__ import annotations

from ....diagnose.names import same_model
from ....wire.parsing import objects
from ....wording import counted
from ..check import Result, absent, check, deviates, passed, tolerated, unclear
from ..shots import Shots

LIST = "OpenAI's ListModelsResponse"
MODEL = "OpenAI's Model"


@check(
    "models-list", "models", "should", 'GET /models gives {"object": "list", "data": […]}',
    needs=("models",), gives=("pass", "tolerated", "absent", "deviates"), source=LIST,
    why="Programs fill their choice of models from it.",
    do='Wrap the list as {"object": "list", "data": […]}; meanwhile type the model\'s name.',
)  # fmt: skip
def _models_list(shots: Shots) -> Result:
    shot = shots["models"]
    if shot.status in (404, 405, 501):
        return absent(f"status {shot.status}", shot, shot.words)
    if shot.status != 200:
        # Some keys may be used to chat but not to list models.
        return unclear(f"status {shot.status}", shot, shot.words)
    if not isinstance(shot.body, dict | list):
        return deviates("status 200, and no JSON", shot, shot.words)
    if isinstance(shot.body, list):
        return tolerated("a bare array", shot, shot.json_of(shot.body[:2]))
    listed = objects(shot.value.get("data"))
    if not listed:
        return tolerated("no model in data", shot, shot.json_of(shot.value))
    if not all(isinstance(one.get("id"), str) and one["id"] for one in listed):
        return deviates("a model without an id", shot, shot.json_of(listed[:2]))
    if shot.value.get("object") != "list":
        return tolerated('object is not "list"', shot)
    return passed(counted(len(listed), "model"), shot, shot.json_of(listed[0]))


@check(
    "models-fields", "models", "should", "each model has id, object, created and owned_by",
    needs=("models",), gives=("pass", "tolerated"), source=MODEL,
    why="Strictly typed clients (Kotlin, C#) refuse the whole list.", do="Fill in the fields.",
)  # fmt: skip
def _models_fields(shots: Shots) -> Result:
    shot = shots["models"]
    listed = objects(shot.value.get("data"))
    if not listed:
        return unclear("no model is listed", shot)
    kinds: dict[str, type] = {"id": str, "object": str, "created": int, "owned_by": str}
    lacking = [
        one for one in listed if not all(isinstance(one.get(n), k) for n, k in kinds.items())
    ]
    if lacking:
        came = f"{len(lacking)} of {len(listed)} lack one"
        return tolerated(came, shot, shot.json_of(lacking[0]))
    return passed(f"in {counted(len(listed), 'model')}", shot)


@check(
    "models-retrieve", "models", "feature", "GET /models/{id} gives a model of the list",
    needs=("models", "model"), gives=("pass", "tolerated", "absent"),
    source="OpenAI's /models/{model}",
    why="Some programs ask whether a model is there.", do="Ask for the list.",
)  # fmt: skip
def _models_retrieve(shots: Shots) -> Result:
    listed, shot = objects(shots["models"].value.get("data")), shots["model"]
    if shot.status in (404, 405, 501):
        return absent(f"status {shot.status} for a listed model", shot, shot.words)
    if shot.status != 200:
        return unclear(f"status {shot.status}", shot, shot.words)
    if listed and shot.value.get("id") == listed[0].get("id"):
        return passed("the same model", shot)
    return tolerated("a different object from the one in the list", shot, shot.words)


@check(
    "model-unknown-refused", "models", "should", "a model that does not exist is refused",
    needs=("chat", "model-unknown"), gives=("pass", "tolerated", "deviates"),
    source="what OpenAI does",
    why="You may not be measuring the model that you think.", do="Read “model” in the answer.",
)  # fmt: skip
def _model_unknown_refused(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["model-unknown"]
    status = shot.status or 0
    if status in (429, 502, 503, 504):
        return unclear(f"status {status}", shot, shot.words)
    if status >= 500:
        return deviates(f"status {status} in place of a refusal (4xx)", shot, shot.words)
    if status >= 400:
        return passed(f"status {status}", shot, shot.words)
    if shot.error:
        return passed("refused inside status 200", shot, shot.error)
    return tolerated(f"any name is accepted; {shot.answer.model!r} answered"[:200], shot)


@check(
    "model-echo", "models", "should", "the answer names its model",
    needs=("chat",), gives=("pass", "tolerated", "deviates"),
    source="OpenAI's CreateChatCompletionResponse",
    why="Logs and bills go by it.", do="Fill in the model that answered.",
)  # fmt: skip
def _model_echo(shots: Shots) -> Result:
    shot = shots.answered("chat")
    asked, came = str(shot.sent.get("model", "")), shot.value.get("model")
    if not isinstance(came, str) or not came:
        return deviates(f"model is {came!r}"[:80], shot)
    if same_model(asked, came):
        return passed(came, shot)
    return tolerated(f"{asked!r} was asked, {came!r} answered"[:200], shot)


@check(
    "path-unknown", "models", "should", "a path that does not exist gets 404",
    needs=("nowhere",), gives=("pass", "tolerated"), source="RFC 9110",
    why="Where everything is 200, a wrong address looks like success.",
    do="Look at the body before you trust a 200 of this server.",
)  # fmt: skip
def _path_unknown(shots: Shots) -> Result:
    shot = shots["nowhere"]
    if shot.status == 200:
        return tolerated("status 200", shot, shot.words)
    return passed(f"status {shot.status}", shot)
