"""The MCP server as an agent meets it: started by the SDK's own client, over stdio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.environment import installation
from helpers.places import OUT_VARIABLE, home
from helpers.run import agents, cli
from helpers.tests.support.capture_server import recording_server

KEY = "sk-proj-0123456789abcdefghij"


@pytest.mark.slow
def test_an_agent_gets_verdicts_and_a_key_only_goes_home(tmp_path: Path) -> None:
    """Each tool answers with JSON; no other host and no answer sees the key."""
    with recording_server() as home_of_key, recording_server() as other:
        asked = asyncio.run(_session(tmp_path, home_of_key.url, other.url))
    assert [
        "ask", "batch", "clients", "compare", "conformance", "connect", "replay", "speed", "stream",
        "sweep",
    ] == asked["tools"]  # fmt: skip
    assert "hello" == asked["ask"]["answers"][1]["text"]
    assert [f"Bearer {KEY}"] * 2 == [one[1].get("authorization") for one in home_of_key.seen[-2:]]
    assert other.seen
    assert not [one for one in other.seen if KEY in json.dumps(one)]
    assert KEY not in json.dumps(asked)
    assert "cut" == asked["stream"]["findings"][0]["name"]
    recording = Path(asked["stream"]["recording"])
    assert recording.is_relative_to(tmp_path)
    assert recording.is_file()
    assert "cut" == asked["replay"]["word"]
    assert asked["replay"]["passed"]
    assert asked["clients"]["passed"]
    assert "got '/etc/hosts'" in asked["refused"]
    assert "requests at once from 1 to 16; got 400" in asked["too many"]
    assert "Expected parameters of the API; got most" in asked["clash"]
    assert asked["speed"]["passed"]
    assert [1, 2] == [one["max_concurrency"] for one in asked["speed"]["figures"]["benchmarks"]]
    first, second = asked["compare"]["recordings"]
    assert Path(first).is_relative_to(tmp_path)
    assert first != second
    assert {"demo:fast", "demo:fast+cut"} == {*asked["compare"]["figures"]["targets"]}
    assert [0, 1] == [one["temperature"] for one in asked["sweep"]["answers"]]
    assert all(one["text"] for one in asked["sweep"]["answers"])
    assert ["All 2 prompts have an answer."] == asked["batch"]["passes"]
    # Times and all: the second call asked nothing.
    assert asked["batch"]["answers"] == asked["batch again"]["answers"]


async def _session(out: Path, home_url: str, other_url: str) -> dict[str, Any]:
    """What each tool answered, and how a call that may not be was refused."""
    # Here, since its import takes every process longer than all tests of this room.
    from mcp import Client, StdioServerParameters

    server = StdioServerParameters(
        command=sys.executable, args=["-m", "helpers", "mcp", "--key", f"MY_KEY@{home_url}"],
        cwd=home(), env={**os.environ, OUT_VARIABLE: str(out), "MY_KEY": KEY},
    )  # fmt: skip
    async with Client(server) as client:
        found: dict[str, Any] = {
            "tools": sorted(tool.name for tool in (await client.list_tools()).tools)
        }

        async def call(name: str, **arguments: Any) -> Any:
            return await client.call_tool(name, arguments)

        found["ask"] = (await call("ask", base_url=home_url)).structured_content
        found["other"] = (await call("ask", base_url=other_url)).structured_content
        stream = (await call("stream", base_url="demo:fast+cut")).structured_content
        found["stream"] = stream
        replayed = await call("replay", recording=stream["recording"])
        found["replay"] = replayed.structured_content
        read = await call("clients", recording="tree.har", readers=["curl"])
        found["clients"] = read.structured_content
        few = {"base_url": "demo:fast", "max_tokens": 12}
        speed = await call("speed", at_once=[1, 2], requests=3, **few)
        found["speed"] = speed.structured_content
        too_many = await call("speed", at_once=[400])
        found["too many"] = too_many.content[0].text
        compared = await call("compare", targets=["demo:fast", "demo:fast+cut"], turns=1)
        found["compare"] = compared.structured_content
        parameters = {"temperature": [0, 1], "max_tokens": 12}
        swept = await call("sweep", prompts=["hi"], base_url="demo:fast", parameters=parameters)
        found["sweep"] = swept.structured_content
        clash = await call("sweep", prompts=["hi"], parameters={"most": 10**9})
        found["clash"] = clash.content[0].text
        for name in ("batch", "batch again"):
            said = {"prompts": ["hi", "a tree"], "base_url": home_url}
            found[name] = (await call("batch", **said)).structured_content
        refused = await call("replay", recording="/etc/hosts")
        found["refused"] = refused.content[0].text
        return found


def test_without_the_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name, and as a wrong call."""
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.delitem(sys.modules, "helpers.run.agents.server", raising=False)
    monkeypatch.delattr(agents, "server", raising=False)
    assert 2 == cli.main(["mcp"])
    said = capsys.readouterr()
    assert "pip install 'endpointscope[mcp]'" in said.err
    assert "" == said.out
    assert "mcp" in installation.EXTRAS
