"""The command `clients`: real clients on a recording, an endpoint, or every mode of the wire."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ..checks.clients.findings import judge_clients, name_of
from ..checks.clients.matrix import Matrix, ServedRecording, matrix, served
from ..checks.clients.registry import ALL, Reader, chosen
from ..checks.clients.shipped import FILE, over_all_modes, ship
from ..client.chat import ask
from ..client.exchange import Exchange
from ..endpoint import resolve
from ..escaping import for_terminal
from ..finding import conclude
from ..recordings import load
from ..server.builtin import opened
from ..show.clients import ClientsView
from ..wire.request import chat
from .plan import Refused

QUESTION = "Which programs will work with it?"
PROMPT = "write a poem about a tree"


def run(args: argparse.Namespace, **options: Any) -> int:
    """Print how the readers fared; 1 if the endpoint is to blame, 2 if none was tried.

    options: for an address: model, api_key_env, headers, query
    raises:  CallError for a reader, a file or an address that does not exist
    """
    readers = chosen(args.readers or ([ALL] if args.all_modes else []))
    return asyncio.run(_run(args, readers, options))


async def _run(
    args: argparse.Namespace, readers: Sequence[Reader], options: Mapping[str, Any]
) -> int:
    if args.all_modes:
        made = await over_all_modes(readers, limit_s=args.limit_s, progress=_note)
        ship(made, args.json or FILE)
        print(ClientsView(made))
        return 0
    given, exchanges = await _given(args.source, options)
    made = await matrix(given, readers, limit_s=args.limit_s, progress=_note)
    if args.json:
        args.json.write_text(json.dumps(made.to_dict(), indent=1, ensure_ascii=False), "utf-8")
    print(ClientsView(made))
    return _concluded(made, exchanges, args)


def _concluded(made: Matrix, exchanges: Sequence[Exchange], args: argparse.Namespace) -> int:
    verdict = conclude(
        QUESTION, judge_clients(made, *exchanges, require=args.require), base_url=args.source
    )
    print(f"\n{for_terminal(repr(verdict))}")
    if verdict.failures:
        return 2 if verdict.failures[0].blame == "call" else 1
    return 0 if verdict.decided else 2


async def _given(
    source: str, options: Mapping[str, Any]
) -> tuple[list[ServedRecording], list[Exchange]]:
    """The answers in a HAR file that some reader can read, or one that is asked for now.

    raises:  Refused for a file without any
    """
    if source.endswith(".har") or source.startswith("replay:"):
        loaded = [served(one, f"exchange {number}") for number, one in enumerate(load(source))]
        if streams := [one for one in loaded if one.kind]:
            return streams, []
        raise Refused(f"Expected a chat or a response in {source}; it holds none.")
    exchange = await ask(await opened(resolve(source, **options)), chat(PROMPT), forgiving=True)
    answered = exchange.recording.status == 200
    return [served(exchange.recording, name_of(exchange), exchange.findings)] * answered, [exchange]


def _note(label: str, done: int, of: int) -> None:
    """Print how far a reader is, now and then."""
    if done in (0, of) or not done % 20:
        print(for_terminal(f"{label}: {done} of {of}"), file=sys.stderr, flush=True)
