"""A conversation as files: for fine-tuning, to read, and to run elsewhere; no key is in them."""

from __future__ import annotations

import json
import pprint
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...checks.chat.own_message import plain
from ...checks.chat.turns import Conversation
from ...client.exchange import Exchange
from ...client.keys import secrets_of
from ...escaping import for_markdown
from ...places import out
from ...recordings import save_as, slug, write_private
from ...secrets.spellings import Secrets
from ...wire.recording import Recording
from ...wire.request import Request
from ..snippets import as_curl, headers_in_python, query_of
from .page import figures


def exported(conversation: Conversation, folder: Path | None = None) -> list[Path]:
    """Write a conversation as JSONL, Markdown, curl, Python and HAR, and return the files.

    folder:  by default a new one in out/chat/
    """
    held = replace(conversation, turns=[turn for turn in conversation.turns if turn.holds])
    texts = {"conversation.jsonl": as_jsonl(held), "conversation.md": as_markdown(held)}
    if not held.asked:
        # Loaded from a file, and nothing asked since: there is no request to write.
        folder = folder or _new_folder("imported")
        for name, text in texts.items():
            write_private(folder / name, text)
        return [folder / name for name in texts]
    last = held.asked[-1].exchange
    folder = folder or _new_folder(last.request.model)
    texts |= {
        "conversation.sh": f"{as_curl(last)}\n",
        "conversation.py": as_program(held),
    }
    hidden = Secrets(secrets_of(last.endpoint)).text
    for name, text in texts.items():
        write_private(folder / name, hidden(text))
    # In the order asked, so that when read back, each is the step that it was.
    recordings = sorted((one.recording for one in conversation.exchanges), key=_begun)
    save_as(recordings, last.endpoint, folder / "conversation.har")
    return [folder / name for name in (*texts, "conversation.har")]


def _new_folder(name: str) -> Path:
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    return out() / "chat" / f"{at}-{slug(name)}"


def _begun(recording: Recording) -> str:
    return recording.started_at


def as_jsonl(conversation: Conversation) -> str:
    """A conversation as a line of the fine-tuning format: messages, and tools if any.

    The server's own keys are left out, and so are answers that were replaced.
    """
    messages = [*_system(conversation), *map(dict, conversation.messages)]
    tools: Any = conversation.tools
    if asked := conversation.asked:
        tools = asked[-1].exchange.request.parameters.get("tools")
    line = {"messages": [*map(plain, messages)], **({"tools": [*tools]} if tools else {})}
    return json.dumps(line, ensure_ascii=False) + "\n"


def as_markdown(conversation: Conversation) -> str:
    """A conversation to read, with all its text escaped."""
    if asked := conversation.asked:
        first = asked[0].exchange
        lines = [f"# A conversation with {for_markdown(first.request.model)}", ""]
        lines += [f"At {for_markdown(first.endpoint.base_url)}.", ""]
    else:
        lines = ["# A conversation", ""]
    if system := _system(conversation):
        lines += [f"**System:** {for_markdown(str(system[0]['content']))}", ""]
    for number, turn in enumerate(conversation.turns, 1):
        lines += [f"## {number} · {for_markdown(turn.prompt)}", ""]
        for one in turn.rounds:
            lines += [
                f"`{_inline(done.call.name)}`: {for_markdown(done.says)}" for done in one.called
            ]
        lines += [for_markdown(turn.text), "", f"*{for_markdown(' · '.join(figures(turn)))}*", ""]
    return "\n".join(lines)


def as_program(conversation: Conversation) -> str:
    """A Python program with the openai client that holds the same conversation.

    Turns held elsewhere are included as messages; those asked here are asked again.
    """
    last = conversation.asked[-1].exchange
    request = last.request
    system = [] if request.api == "messages" else _system(conversation)
    begun = [message for turn in conversation.turns if turn.imported for message in turn.imported]
    given = {k: v for k, v in request.parameters.items() if k not in ("stream", "stream_options")}
    arguments = _client_arguments(last)
    return "\n".join([
        *(["import os", ""] if any("os.environ" in one for one in arguments) else []),
        "from openai import OpenAI",
        "",
        "client = OpenAI(",
        *(f"    {one}," for one in arguments),
        ")",
        f"messages = {_literal([*system, *begun])}",
        f"parameters = {_literal(given)}",
        f"prompts = {_literal([turn.prompt for turn in conversation.asked])}",
        "for prompt in prompts:",
        '    messages.append({"role": "user", "content": prompt})',
        *_asking(request),
        "",
    ])  # fmt: skip


def _client_arguments(last: Exchange) -> list[str]:
    """The arguments for creating the client, one per line."""
    key = last.endpoint.api_key_env
    key_said = f"os.environ[{key!r}]" if key else '"none"'
    headers, query = headers_in_python(last), query_of(last)
    lines = [f"base_url={last.endpoint.url!r}, api_key={key_said}"]
    if headers:
        pairs = ", ".join(f"{name!a}: {value}" for name, value in headers)
        lines.append(f"default_headers={{{pairs}}}")
    if query:
        lines.append(f"default_query={_literal(query)}")
    return lines


def _asking(request: Request) -> list[str]:
    """The lines that ask, print the answer and add it to the messages."""
    if request.api == "messages":
        # The client has no parameter for it, but sends it all the same.
        body = f'{{"model": {request.model!r}, "messages": messages, **parameters}}'
        return [
            f'    answer = client.post("/messages", cast_to=object, body={body})',
            '    print(answer["content"])',
            '    messages.append({"role": "assistant", "content": answer["content"]})',
        ]
    responses = request.api == "responses"
    field, create = ("input", "responses") if responses else ("messages", "chat.completions")
    ask = [
        f"    answer = client.{create}.create(",
        f"        model={request.model!r}, {field}=messages, extra_body=parameters",
        "    )",
    ]
    if responses:
        return [*ask, "    print(answer.output_text)", "    messages += answer.output"]
    return [
        *ask,
        "    message = answer.choices[0].message",
        "    print(message.content or message.tool_calls)",
        "    messages.append(message.model_dump(exclude_none=True))",
    ]


def _system(conversation: Conversation) -> list[dict[str, Any]]:
    """The system prompt as messages."""
    system: Any = conversation.system
    if asked := conversation.asked:
        request = asked[0].exchange.request
        first = request.messages[:1]
        system = request.parameters.get("system") or ""
        if first and first[0].get("role") == "system":
            system = first[0].get("content")
    return [{"role": "system", "content": system}] if system else []


def _inline(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum() or letter in "_-.")[:80]


def _literal(value: Any) -> str:
    """Plain data as Python writes it, in ASCII."""
    spelled = json.loads(json.dumps(value, default=str))
    text = pprint.pformat(spelled, width=88, sort_dicts=False)
    return text if text.isascii() else ascii(spelled)
