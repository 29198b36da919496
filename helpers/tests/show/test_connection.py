"""The doctor's page: inert whatever a server says, and lines that mean only themselves."""

from __future__ import annotations

import ast
import asyncio
import shlex
from typing import Any

import pytest

import helpers as es
from helpers.checks.connect import ports
from helpers.checks.connect.spellings import spellings
from helpers.checks.connect.walk import Connection, connect
from helpers.finding import CallFailed
from helpers.show.connect.page import page, plain
from helpers.tests.support.endpoint_server import JSON, serving
from helpers.tests.support.sockets import dead_port

HOSTILE = 'oak"</code><script>alert(1)</script>\n$(id); `id`'


@pytest.fixture(autouse=True)
def _no_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tests run does not matter."""
    monkeypatch.setattr(ports, "MARKS_OF_A_CONTAINER", ())


def looked(url: str, **how: Any) -> Connection:
    """Return what the doctor finds."""
    return asyncio.run(connect(url, **how))


def test_a_page_has_the_headline_the_line_and_every_layer() -> None:
    """In this order; one that was interrupted says where it stopped, and checks nothing more."""
    with serving() as server:
        found = looked(f"{server.root}/v2")
    shown = page(found)
    headline, line = shown.index("one thing to change"), shown.index(">Copy<")
    assert headline < line < shown.index("what was seen") < shown.index("export OPENAI_BASE_URL")
    for layer in ("DNS", "TCP IPv4", "proxy", "TLS", "HTTP", "path", "key", "models", "chat"):
        assert f">{layer}</td>" in shown
    found.now = "chat"
    assert "Checking: chat" in page(found)
    assert "Stopped at: chat." in page(found, stopped=True)
    assert plain(found).startswith("Stopped at: chat.")
    found.steps = found.steps[:3]
    assert "Unclear. Not every layer has been checked yet: chat is next." in repr(found.verdict)


def test_layers_that_were_not_reached_are_told() -> None:
    """And no line is offered where nothing works."""
    shown = page(looked(f"http://127.0.0.1:{dead_port()}/v1"))
    assert "not reached" in shown
    assert ">Copy<" not in shown
    assert "Start the server" in shown


def test_what_to_do_is_not_dimmed_beside_the_line() -> None:
    """Of a key that is asked for; only how the line is copied is said in dim letters."""
    shown = page(looked("demo:unauthorized"))
    advice, _, hint = shown.partition("Click the line")[0].rpartition("No key was sent. ")
    assert "Put yours into an environment variable" in hint
    assert advice.endswith('<div style="line-height: 20px">')
    assert hint.endswith('%, transparent)">')


def test_while_it_runs_it_says_where_it_is() -> None:
    """The table already holds all of its rows."""
    pages: list[str] = []
    with serving() as server:
        asyncio.run(connect(server.url, watch=lambda one: pages.append(page(one))))
    assert "Checking: address …" in pages[0]
    assert any("Checking: chat …" in shown for shown in pages)
    assert all(">surfaces<" in shown for shown in pages[:-1])
    assert "looking …" not in pages[-1]


def test_what_a_server_says_is_inert() -> None:
    """A model's name, an error's words, a header."""
    refused = (401, {**JSON, "WWW-Authenticate": "<script>x</script>"}, b'{"error": "<img src=x>"}')
    with (
        serving(names=(HOSTILE,)) as named,
        serving(allows=lambda _: False, refuses=refused) as refusing,
    ):
        shown = page(looked(named.url)) + page(looked(refusing.url))
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown


def test_lines_to_paste_mean_only_themselves() -> None:
    """A server may choose a model's name or an address, and a person pastes it into a shell."""
    lines = [
        one.line
        for one in spellings(
            "http://h/$(id)/v1", model=HOSTILE, needs={"SSL_CERT_FILE": "/a b/$(id).pem"}
        )
    ]
    model = next(line for line in lines if line.startswith("model = "))
    assert HOSTILE == ast.literal_eval(model.removeprefix("model = "))
    exports = [shlex.split(line) for line in lines if line.startswith("export")]
    assert ["export", "OPENAI_BASE_URL=http://h/$(id)/v1"] in exports
    assert ["export", "SSL_CERT_FILE=/a b/$(id).pem"] in exports


def test_a_redirect_to_what_is_no_plain_address_is_not_followed() -> None:
    """It would stand in a line that people paste."""
    away = (302, {"Location": "http://127.0.0.1:9/$(touch x)/v1/models"}, b"")
    with serving(before=lambda *_: away) as server:
        found = looked(server.url)
    assert not found.base_url
    assert () == found.spellings


def test_plain_lines_for_a_terminal() -> None:
    """The same, without colour."""
    with serving() as server:
        said = plain(looked(server.url))
    assert said.startswith(f"It answers at {server.url}")
    assert f'base_url = "{server.url}"' in said


def test_the_kits_name_shows_it_and_gives_it(displayed: Any) -> None:
    """`es.connect` fills its cell; what comes back goes on to `es.ask`."""
    with serving() as server:
        found = asyncio.run(es.connect(server.root))
        answer = asyncio.run(es.ask("hi", found.endpoint, model="oak-7b", show=False))
    assert (server.url, "hello") == (found.base_url, answer.text)
    assert any("It answers at" in repr(one["data"]) for one in displayed.outputs)
    assert found.verdict.passed


def test_a_text_without_an_address_is_explained_in_the_cell(displayed: Any) -> None:
    """The field stays, and the verdict is that of a wrong call."""
    found = asyncio.run(es.connect("my key is sk-oak-0123456789abcdef"))
    assert "This is not an address." in repr(displayed.outputs[-1]["data"])
    assert "sk-oak" not in repr(displayed.outputs[-1]["data"])
    with pytest.raises(CallFailed, match="not an address"):
        found.verdict.raise_if_failed()


def test_the_field_forgets_a_pasted_key() -> None:
    """After a look the address alone stands in it."""
    with serving() as server:
        text = f"curl {server.url}/models -H 'x-api-key: sk-oak-0123456789abcdef'"
        found = asyncio.run(es.connect(text, show=False))
    assert server.url == found.typed
    assert "sk-oak" not in repr(vars(found))
