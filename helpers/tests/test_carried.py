"""What an endpoint carries goes along, whoever asks it: headers, query, limits, authorities."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import helpers as es
from helpers import cells
from helpers.client.models import list_models
from helpers.endpoint import CallError, Endpoint, Limits, resolve
from helpers.tests.support.capture_server import recording_server
from helpers.wire.bounds import Bounds

KEY = "sk-oak-0123456789abcdef0123"
IN_PATH = "sk-ash-0123456789abcdef0123"
HEADERS = {"X-Tenant": "oak", "api-key": "$OAK_KEY"}


@pytest.fixture(autouse=True)
def _in_a_cell(displayed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep what is shown and what is kept, and have a key."""
    monkeypatch.setenv("OAK_KEY", KEY)
    monkeypatch.setenv("ENDPOINTSCOPE_OUT", str(tmp_path))


async def _batch(endpoint: Endpoint) -> Any:
    file = Path("prompts.csv").resolve()
    file.write_text("text\nan oak\n", "utf-8")
    return await es.batch(file, endpoint, prompt="{{text}}", show=False)


async def _watch(endpoint: Endpoint) -> Any:
    watched = await es.watch(replace(endpoint, query=()), show=False)
    try:
        return await es.ask("hi", replace(watched.through, query=endpoint.query), show=False)
    finally:
        watched.stop()


async def _models(endpoint: Endpoint) -> Any:
    # The server answers every request alike, with no list.
    with suppress(CallError):
        await es.models(endpoint)


async def _chat(endpoint: Endpoint) -> Any:
    chat = es.chat(endpoint)
    await chat.say("hi")
    return await chat.beside().say("hi")


WAYS: dict[str, Callable[[Endpoint], Any]] = {
    "ask": lambda one: es.ask("hi", one, show=False),
    "models": _models,
    "connect": lambda one: es.connect(one, show=False),
    "panel": lambda one: es.panel(one, prompt="hi").ask(),
    "chat": _chat,
    "compare": lambda one: es.compare([one, one], turns=1, tools=False, show=False),
    "sweep": lambda one: es.sweep("hi", one, show=False),
    "speed": lambda one: es.speed(
        one, at_once=[1], requests=1, own_error=False, seconds=2, show=False
    ),
    "batch": _batch,
    "watch": _watch,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_request_carries_what_its_endpoint_does(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own headers, a key in one of them, the query's parameters, and a key in the path."""
    monkeypatch.chdir(tmp_path)
    # A program that is watched sends its own path.
    base = "" if way == "watch" else f"/{IN_PATH}/v1"
    with recording_server() as server:
        one = resolve(f"{server.url}{base}", model="m", headers=HEADERS, query={"v": "1"})
        asyncio.run(WAYS[way](one))
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(IN_PATH.encode() in data for data in kept)
    asked = [seen for seen in server.seen if "/chat/completions" in seen[0] or way == "models"]
    assert asked
    for path, headers, _ in asked:
        assert ("oak", KEY) == (headers.get("x-tenant"), headers.get("api-key"))
        assert path.endswith("?v=1")
        assert base in path


def test_a_panel_keeps_what_it_has_no_field_for() -> None:
    """Of the same server; what is itself a key goes along without standing in a field."""
    given = replace(
        resolve("https://user:pw@oak.example/v1", headers={"api-key": KEY, "X-Tenant": "oak"}),
        limits=Limits(whole_s=7), bounds=Bounds(), ca_file="ca.pem", direct=True,
    )  # fmt: skip
    panel = es.panel(given)
    assert given == replace(panel.endpoint, headers=given.headers)
    assert dict(given.headers) == dict(panel.endpoint.headers)
    assert "X-Tenant: oak" == panel._controls.headers.value
    elsewhere = resolve("https://elm.example/v1")
    assert elsewhere == given.carried_to(elsewhere)


def test_what_is_said_beside_an_endpoint_counts() -> None:
    """A model of its own, and one more header."""
    with recording_server() as server:
        one = resolve(server.url, model="m", headers={"X-Tenant": "oak"})
        asked = asyncio.run(es.ask("hi", one, model="n", headers={"X-B": "b"}, show=False))
        asyncio.run(list_models(asked.endpoint))
    _, headers, body = server.seen[0]
    assert ("n", "oak", "b") == (body["model"], headers["x-tenant"], headers["x-b"])
    assert {"oak"} == {headers["x-tenant"] for _, headers, _ in server.seen}


def test_a_program_and_a_command_carry_it_too() -> None:
    """A key by the name of its variable."""
    with recording_server() as server:
        one = resolve(server.url, model="m", headers=HEADERS, query={"v": "1"})
        asked = asyncio.run(es.ask("hi", one, show=False))
    for said in (cells.program(asked), cells.curl(asked)):
        assert KEY not in said
        assert "X-Tenant" in said
        assert "OAK_KEY" in said
        assert "?v=1" in said
