"""A conversation to take along: for fine-tuning, to read, and to run elsewhere; no key is in it."""

from __future__ import annotations

import json
import pprint
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...checks.chat.own_message import plain
from ...checks.chat.turns import Conversation, Turn
from ...client.exchange import Exchange
from ...client.keys import secrets_of
from ...escaping import for_markdown
from ...places import out
from ...recordings import save_as, slug, write_private
from ...secrets.spellings import Secrets
from ..snippets import as_curl, headers_in_python, query_of
from .page import figures


def exported(conversation: Conversation, folder: Path | None = None) -> list[Path]:
    """Write a conversation as JSONL, Markdown, curl, Python and HAR, and return the files.

    folder:  a new one in out/chat/ where none is named
    """
    turns = [turn for turn in conversation.turns if turn.holds]
    last = turns[-1].exchange
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    folder = folder or out() / "chat" / f"{at}-{slug(last.request.model)}"
    texts = {
        "conversation.jsonl": as_jsonl(turns),
        "conversation.md": as_markdown(turns),
        "conversation.sh": f"{as_curl(last)}\n",
        "conversation.py": as_program(turns),
    }
    hidden = Secrets(secrets_of(last.endpoint)).text
    for name, text in texts.items():
        write_private(folder / name, hidden(text))
    recordings = [one.recording for one in conversation.exchanges]
    save_as(recordings, last.endpoint, folder / "conversation.har")
    return [folder / name for name in (*texts, "conversation.har")]


def as_jsonl(turns: list[Turn]) -> str:
    """Return a conversation as a line of the fine-tuning format: messages, and tools if any.

    The server's own keys are left out, and so is what was answered before and replaced.
    """
    tools = turns[-1].exchange.request.parameters.get("tools")
    line = {"messages": list(map(plain, _messages(turns))), **({"tools": tools} if tools else {})}
    return json.dumps(line, ensure_ascii=False) + "\n"


def as_markdown(turns: list[Turn]) -> str:
    """Return a conversation to read, in which no word is alive."""
    first = turns[0].exchange
    lines = [f"# A conversation with {for_markdown(first.request.model)}", ""]
    lines += [f"At {for_markdown(first.endpoint.base_url)}.", ""]
    if system := _system(first):
        lines += [f"**System:** {for_markdown(str(system[0]['content']))}", ""]
    for number, turn in enumerate(turns, 1):
        lines += [f"## {number} · {for_markdown(turn.prompt)}", ""]
        for one in turn.rounds:
            lines += [
                f"`{_inline(done.call.name)}`: {for_markdown(done.says)}" for done in one.called
            ]
        lines += [for_markdown(turn.text), "", f"*{for_markdown(' · '.join(figures(turn)))}*", ""]
    return "\n".join(lines)


def as_program(turns: list[Turn]) -> str:
    """Return a Python program with the openai client that holds the same conversation."""
    last = turns[-1].exchange
    request, responses = last.request, last.request.api == "responses"
    given = {k: v for k, v in request.parameters.items() if k not in ("stream", "stream_options")}
    key = last.endpoint.api_key_env
    key_said = f"os.environ[{key!r}]" if key else '"none"'
    said, create = ("input", "responses") if responses else ("messages", "chat.completions")
    after = (
        ["    print(answer.output_text)", "    messages += answer.output"]
        if responses
        else [
            "    message = answer.choices[0].message",
            "    print(message.content or message.tool_calls)",
            "    messages.append(message.model_dump(exclude_none=True))",
        ]
    )
    headers = headers_in_python(last)
    uses_os = key or any("os.environ" in value for _, value in headers)
    beside = [
        *(["    default_headers={" + ", ".join(f"{n!a}: {v}" for n, v in headers) + "},"]
          if headers else []),
        *([f"    default_query={_literal(query)},"] if (query := query_of(last)) else []),
    ]  # fmt: skip
    return "\n".join([
        *(["import os", ""] if uses_os else []),
        "from openai import OpenAI",
        "",
        "client = OpenAI(",
        f"    base_url={last.endpoint.url!r}, api_key={key_said},",
        *beside,
        ")",
        f"messages = {_literal(_system(turns[0].exchange))}",
        f"parameters = {_literal(given)}",
        f"prompts = {_literal([turn.prompt for turn in turns])}",
        "for prompt in prompts:",
        '    messages.append({"role": "user", "content": prompt})',
        f"    answer = client.{create}.create(",
        f"        model={request.model!r}, {said}=messages, extra_body=parameters",
        "    )",
        *after,
        "",
    ])  # fmt: skip


def _messages(turns: list[Turn]) -> list[dict[str, Any]]:
    said = [*_system(turns[0].exchange), *(message for turn in turns for message in turn.messages)]
    return [dict(message) for message in said]


def _system(exchange: Exchange) -> list[dict[str, Any]]:
    """What the model was told before all else."""
    said = exchange.request.messages
    system = exchange.request.parameters.get("system")
    told = [{"role": "system", "content": system}] if system else []
    return [*told, *(dict(one) for one in said[:1] if one.get("role") == "system")]


def _inline(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum() or letter in "_-.")[:80]


def _literal(value: Any) -> str:
    """Return plain data as Python writes it, in ASCII."""
    spelled = json.loads(json.dumps(value, default=str))
    text = pprint.pformat(spelled, width=88, sort_dicts=False)
    return text if text.isascii() else ascii(spelled)
