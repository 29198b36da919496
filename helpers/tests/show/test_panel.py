"""The panel without a page: what its fields mean and what Send does, against the real engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from helpers.client.exchange import Exchange
from helpers.endpoint import PRESETS, AddressError
from helpers.escaping import for_html, for_source
from helpers.finding import Finding, explained
from helpers.server.builtin import exchanges
from helpers.show.panel.controls import Controls
from helpers.show.panel.frontend import SessionRow, SessionTable
from helpers.show.panel.panel import Panel
from helpers.tests.support.capture_server import recording_server

SOON_S = 20


def a_panel(base_url: str = "demo:fast", prompt: str = "write a poem", **given: Any) -> Panel:
    """Return a panel that asks the built-in endpoint at full speed."""
    return Panel(base_url=base_url, prompt=prompt, **given)


def controls(panel: Panel) -> Controls:
    """Return the widgets that a person would touch."""
    return panel._controls


def played(play: Coroutine[Any, Any, None]) -> None:
    """Run a scene, and its loop until nothing a click began is left."""

    async def to_the_end() -> None:
        await play
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=SOON_S)

    asyncio.run(to_the_end())


async def until(condition: Callable[[], object]) -> None:
    """Wait until something has come true."""
    async with asyncio.timeout(SOON_S):
        while not condition():
            await asyncio.sleep(0.01)


async def chats(panel: Panel, mode: str) -> list[dict[str, Any]]:
    """Return what the engine saw of the chats in a mode."""
    return [
        seen
        for seen in await exchanges(panel.endpoint)
        if seen["mode"] == mode and seen["path"].endswith("/chat/completions")
    ]


@pytest.fixture(autouse=True)
def _in_a_cell(displayed: Any) -> None:
    """Keep what the panel displays."""


def test_a_prompt_of_a_program_can_be_sent_to_the_page() -> None:
    """No message to a page can carry a lone surrogate; a recorded body may hold one."""
    assert "oak\ufffd" == controls(Panel(prompt="oak\ud800")).prompt.value


def test_headless_the_endpoint_is_what_the_parameters_say() -> None:
    """Before anything is opened, every parameter stands in `panel.endpoint`."""
    panel = Panel(
        base_url="localhost:1337", model="oak", api_key_env="OAK", prompt="p", timeout_s=7
    )
    endpoint = panel.endpoint
    assert "http://localhost:1337/v1" == endpoint.base_url == controls(panel).base_url.value
    assert ("oak", "OAK", 7) == (endpoint.model, endpoint.api_key_env, endpoint.limits.whole_s)
    assert "g4f" == controls(panel).preset.value


def test_a_cell_and_a_click_ask_in_the_same_way(displayed: Any) -> None:
    """`panel.ask()` and Send leave the same answer, in `exchange`, `answer` and the outputs."""

    async def scene() -> None:
        panel = a_panel("demo:thinking+fast")
        await panel.show()
        assert "so endpointscope-tiny is used: the first listed one." in controls(panel).said.value
        asked = await panel.ask()
        assert "A tree stands still and grows." == asked.text.strip()
        controls(panel).send.click()
        await until(lambda: panel.exchange is not asked and "done" in controls(panel).status.value)
        assert asked.text == panel.exchange.text
        assert asked.text == panel.answer._repr_mimebundle_()["text/plain"]

    played(scene())
    texts = [o["data"]["text/plain"] for o in displayed.outputs if not o["update"]]
    assert any(text.startswith("Panel: ") for text in texts)


def test_the_model_that_the_panel_names_is_asked() -> None:
    """The list it was chosen from is asked for once, not again before every question."""

    async def scene() -> None:
        panel = a_panel("demo:fast+models-undated")
        await panel.show()
        for _ in range(2):
            asked = await panel.ask()
        assert asked.models
        assert "endpointscope-tiny" == asked.models.chosen == asked.request.model
        seen = await exchanges(panel.endpoint)
        paths = [one["path"] for one in seen if one["mode"] == "fast+models-undated"]
        assert 1 == sum(path.endswith("/models") for path in paths)

    played(scene())


def test_the_toggle_decides_unless_the_cell_does() -> None:
    """Send follows the Stream box; `ask(stream=…)` says it for one request only."""

    async def scene() -> None:
        panel = a_panel(stream=False)
        assert not (await panel.ask()).streamed
        assert (await panel.ask(stream=True)).streamed
        assert not (await panel.ask()).streamed
        assert "Panel: demo:fast, its first model, full." in repr(panel)
        assert "\x1b" not in repr(Panel(base_url="demo", model="\x1b[31mred"))
        held = repr(Panel(base_url="demo", model="sk-0123456789abcdefghij"))
        assert "what looks like a key" in held
        assert "0123456789" not in held

    played(scene())


def test_a_send_while_one_runs_does_nothing() -> None:
    """A double click, and a click in the middle: the server is asked once."""

    async def scene() -> None:
        panel = a_panel("demo:burst+no-done")
        await panel.connect()
        controls(panel).send.click()
        controls(panel).send.click()
        await until(lambda: panel.exchange and panel.exchange.text)
        first = panel.exchange
        controls(panel).send.click()
        controls(panel).stop.click()
        await until(lambda: "stopped" in controls(panel).status.value)
        assert first is panel.exchange
        assert 1 == len(await chats(panel, "burst+no-done"))

    played(scene())


def test_stop_keeps_what_came_and_closes_the_connection() -> None:
    """The text stands, the status says who ended it, the server saw the client go."""

    async def scene() -> None:
        panel = a_panel("demo:burst+no-usage")
        await panel.connect()
        controls(panel).send.click()
        await until(lambda: panel.exchange and panel.exchange.text.startswith("000000 000001"))
        controls(panel).stop.click()
        await until(lambda: "stopped" in controls(panel).status.value)
        assert panel.exchange.stopped
        assert "by you" in controls(panel).status.value
        await until(lambda: "es-inactive" in controls(panel).stop._dom_classes)
        (seen,) = await chats(panel, "burst+no-usage")
        assert "client closed" == seen["end"]

    played(scene())


def test_an_interrupted_cell_ends_its_request() -> None:
    """Cancelled in `await panel.ask()`: stopped at the server, said, and ready for the next."""

    async def scene() -> None:
        panel = a_panel("demo:burst+refuses-seed")
        await panel.connect()
        cell = asyncio.ensure_future(panel.ask())
        await until(lambda: panel.exchange and panel.exchange.text)
        cell.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cell
        assert "stopped" in controls(panel).status.value
        assert "es-inactive" in controls(panel).stop._dom_classes
        assert "client closed" == (await chats(panel, "burst+refuses-seed"))[0]["end"]
        controls(panel).base_url.value = "demo:thinking+fast"
        assert "A tree stands still and grows." == (await panel.ask()).text.strip()

    played(scene())


@pytest.mark.slow
def test_an_address_changed_in_the_middle_is_for_the_next() -> None:
    """The answer that is coming goes on to its end; the next one comes from the new address."""

    async def scene() -> None:
        panel = a_panel("demo:burst", model="m")
        controls(panel).named["max_tokens"].value = "3000"
        await panel.connect()
        first = asyncio.ensure_future(panel.ask())
        await until(lambda: panel.exchange and panel.exchange.text)
        controls(panel).base_url.value = "demo:thinking+fast"
        assert 3000 == len((await first).text.split())
        assert "demo:burst" == first.result().endpoint.base_url
        assert "demo:thinking+fast" == (await panel.ask()).endpoint.base_url

    played(scene())


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("prompt", "  \n", "Type what to ask, then Send."),
        ("temperature", "warm", "a number such as 0.7 as temperature"),
        ("max_tokens", "1.5", "a whole number as max_tokens"),
        ("base_url", "ftp://oak", "an http or https address"),
        ("base_url", "demo:nothing", "the name of a mode after demo:"),
    ],
)
def test_what_cannot_be_sent_is_explained_in_place(field: str, value: str, words: str) -> None:
    """Nothing is raised, nothing is sent, and the last answer's place is emptied."""

    async def scene() -> None:
        panel = a_panel()
        c = controls(panel)
        {**vars(c), **c.named}[field].value = value
        exchange = await panel.ask()
        assert exchange.failure
        assert "call" == exchange.failure.blame
        assert words in controls(panel).note.value
        assert "not sent" in controls(panel).status.value
        assert "No answer yet" in repr(Panel().answer)

    played(scene())


def test_only_what_was_set_is_sent() -> None:
    """Empty parameters are left out; a comma is a decimal point; the key goes to no one."""

    async def scene() -> None:
        with recording_server() as server:
            panel = Panel(base_url=server.url, prompt="hi", stream=False, model="m")
            await panel.ask()
            c = controls(panel)
            c.system.value, c.named["temperature"].value = "Be brief. ", "0,5"
            c.named["max_tokens"].value, c.named["seed"].value = "64", "7"
            await panel.ask()
        bare, full = (body for path, _, body in server.seen if path.endswith("/completions"))
        message = {"role": "user", "content": "hi"}
        assert {"model": "m", "messages": [message], "stream": False} == bare
        assert bare | {
            "messages": [{"role": "system", "content": "Be brief."}, message],
            "temperature": 0.5, "max_tokens": 64, "seed": 7,
        } == full  # fmt: skip
        assert all("authorization" not in headers for _, headers, _ in server.seen)

    played(scene())


def test_the_panel_asks_the_api_it_was_given() -> None:
    """The same page of a response: text, usage, end."""

    async def scene() -> None:
        panel = a_panel(api="responses")
        exchange = await panel.ask()
        assert "/responses" == exchange.request.path
        assert exchange.text
        assert exchange.usage
        assert (None, "stop") == (exchange.failure, exchange.answer.finish_reason)

    played(scene())


def test_a_refused_parameter_is_said_with_the_answer() -> None:
    """The request is repeated without it, and the note tells."""

    async def scene() -> None:
        panel = a_panel("demo:refuses-seed+thinking+fast")
        controls(panel).named["seed"].value = "7"
        exchange = await panel.ask()
        assert exchange.failure is None
        assert "seed was refused and left out" in controls(panel).note.value

    played(scene())


def test_the_fix_is_offered_as_a_button_and_applied() -> None:
    """Where /v1 is missing, one click puts it there and asks the list again."""

    async def scene() -> None:
        with recording_server(status=404, body=b"404 page not found") as server:
            panel = Panel(base_url=f"{server.url[:-3]}/chat/completions", model="m", prompt="hi")
            await panel.ask()
            c = controls(panel)
            assert f"Use {server.url}" == c.fix.description
            assert "es-hidden" not in c.fix_row._dom_classes
            server.status, server.body = 200, json.dumps({"data": [{"id": "oak"}]}).encode()
            c.fix.click()
            await until(lambda: "1 model" in c.model_state.value)
            assert (server.url, ("oak",)) == (c.base_url.value, c.model.options)
            assert "es-hidden" in c.fix_row._dom_classes

    played(scene())


def test_a_pasted_key_is_thrown_away_unseen(displayed: Any) -> None:
    """The field empties, the note says why, and no widget and no output holds the key."""
    key = "sk-proj-0123456789abcdefghij"
    panel = a_panel()
    controls(panel).key.value = key
    assert "" == controls(panel).key.value
    assert "what looks like a key itself, which was discarded" in controls(panel).note.value
    held = [w.get_state() for w in vars(controls(panel)).values() if hasattr(w, "get_state")]
    assert key not in repr(held) + repr(displayed.outputs)
    assert "" == panel.endpoint.api_key_env


def test_an_address_never_shows_its_password() -> None:
    """It is sent, and kept out of the field, of what stands beside it and of every repr."""
    panel = a_panel("http://ann:s3cret@oak.example/v1")
    assert "http://oak.example/v1" == controls(panel).base_url.value
    assert "ann:s3cret" == panel.endpoint.userinfo
    assert "s3cret" not in repr(panel) + repr(panel.endpoint) + controls(panel).key_state.value


def test_a_preset_fills_the_address_and_the_address_finds_its_preset() -> None:
    """Both fields always say the same; what is no preset is another address."""

    async def scene() -> None:
        panel = a_panel("demo")
        c = controls(panel)
        c.preset.value = "Ollama"
        assert "http://localhost:11434/v1" == c.base_url.value == panel.endpoint.base_url
        c.base_url.value = "demo:fast"
        assert "Other address" == c.preset.value
        c.base_url.value = "http://elsewhere:1"
        assert "Other address" == c.preset.value
        c.base_url.value = "localhost:1234"
        assert ("LM Studio", "http://localhost:1234/v1") == (c.preset.value, c.base_url.value)

    played(scene())


def test_the_folded_parameters_show_what_they_hold() -> None:
    """Closed, the line shows the values; open, it says what an empty field means."""
    panel = a_panel()
    c = controls(panel)
    c.named["temperature"].value, c.system.value = "0", "You answer in verse. " * 4
    assert "with temperature 0 · system prompt “You answer in verse." in c.summary.value
    c.parameters.button.click()
    assert "empty fields are not sent" in c.summary.value
    assert "with the responses API" in controls(a_panel(api="responses")).summary.value
    assert "es-hidden" not in c.parameters.content._dom_classes


def test_a_slider_and_its_field_say_the_same() -> None:
    """What is typed moves it, an empty field pales it, and sliding types."""
    field = (c := controls(a_panel())).named["temperature"]
    _, slider = next(
        one.children
        for one in c.parameters.content.children
        if field in getattr(one, "children", ())
    )
    assert "es-unset" in slider._dom_classes
    field.value = "0,5"
    assert (0.5, False) == (slider.value, "es-unset" in slider._dom_classes)
    slider.value = 0.7
    assert "0.7" == field.value
    field.value = "9"
    assert (2.0, "9") == (slider.value, field.value)
    field.value = ""
    assert "es-unset" in slider._dom_classes


def test_what_stands_in_the_body_counts_where_no_field_says_otherwise() -> None:
    """An empty field takes nothing out of it."""
    panel = a_panel(extra_body={"temperature": 0.3, "top_k": 4})
    assert (0.3, 4) == tuple(panel._fields.parameters[name] for name in ("temperature", "top_k"))
    controls(panel).named["temperature"].value = "1"
    assert 1.0 == panel._fields.parameters["temperature"]


def test_an_address_that_is_none_raises_where_a_cell_asks_for_it() -> None:
    """`panel.endpoint` below the panel says what is wrong with the field."""
    panel = a_panel("http://")
    with pytest.raises(AddressError, match="host name"):
        _ = panel.endpoint


def test_an_answer_is_shown_again_as_safely_as_it_came() -> None:
    """`panel.answer` is the exact text beside HTML in which nothing runs."""

    async def scene() -> None:
        panel = a_panel("demo:hostile+fast")
        exchange: Exchange = await panel.ask()
        shown = panel.answer._repr_mimebundle_()
        assert for_source(exchange.text) == shown["text/plain"]
        assert "<script" not in shown["text/html"]
        assert "<img" not in shown["text/html"]
        assert "<img" not in controls(panel).note.value + controls(panel).status.value

    played(scene())


def test_a_key_and_a_model_stay_with_their_server() -> None:
    """On another host both names are cleared and said; on the same one they stay."""

    async def scene() -> None:
        with recording_server() as server:
            panel = Panel(
                base_url="http://oak.example/v1", model="oak", api_key_env="OAK_KEY",
                headers={"api-key": "$OAK_KEY", "X-Tenant": "a"}, prompt="hi",
            )  # fmt: skip
            c = controls(panel)
            c.base_url.value = "http://oak.example/other/v1"
            assert ("OAK_KEY", "oak") == (c.key.value, c.model.value)
            c.base_url.value = server.url
            await until(lambda: "cleared" in c.note.value)
            assert ("", "", "X-Tenant: a") == (c.key.value, c.model.value, c.headers.value)
            for words in ("The model oak was cleared", "name OAK_KEY was cleared", "Headers with"):
                assert words in c.note.value

    played(scene())


def test_what_is_no_address_is_said_when_its_field_is_left() -> None:
    """No key is spoken of where none was typed, and no models stand there of a server before."""

    async def scene() -> None:
        c = controls(a_panel())
        c.model.options = ("oak",)
        c.base_url.value = "what is this"
        await until(lambda: "one address without spaces" in c.note.value)
        assert ("", ()) == (c.model_state.value, c.model.options)
        assert "key" not in c.note.value

    played(scene())


def test_leaving_a_field_sends_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of models is asked for with a key only when the person asks for it."""

    async def scene() -> None:
        with recording_server() as server:
            panel = Panel(base_url="demo", prompt="hi")
            c = controls(panel)
            c.base_url.value = server.url.replace("http://", "http://ann:s3cret-of-ann@")
            await until(lambda: "not asked" in c.model_state.value)
            assert [] == server.seen
            c.refresh.click()
            await until(lambda: server.seen)
            assert server.seen[0][1]["authorization"].startswith("Basic ")
            monkeypatch.setenv("OAK_KEY", "0123456789abcdef")
            c.key.value = "OAK_KEY"
            c.base_url.value = server.url + "/more"
            await until(lambda: "not asked" in c.model_state.value)
            assert 1 == len(server.seen)

    played(scene())


def test_a_fix_is_offered_only_over_http_and_without_the_key() -> None:
    """Whatever address a server names, it is no script and it gets no key."""

    async def scene() -> None:
        panel = Panel(base_url="http://oak.example/v1", api_key_env="OAK_KEY", prompt="hi")
        c = controls(panel)
        moved = explained("moved", "It moved.", expected="an answer", came="a 301", do="Use it.")
        for fix in ("javascript:alert(1)", "file:///etc/passwd", "demo:cut"):
            panel._readout.trouble(replace(moved, fix=fix))
            assert "es-hidden" in c.fix_row._dom_classes
        with recording_server() as server:
            panel._readout.trouble(replace(moved, fix=server.url))
            c.fix.click()
            await until(lambda: server.seen)
            assert "" == c.key.value
            assert "authorization" not in server.seen[0][1]

    played(scene())


def test_the_address_above_a_stream_is_the_streams() -> None:
    """One that is typed meanwhile waits, is said, and is taken at the end."""

    async def scene() -> None:
        panel = a_panel("demo:burst+no-done")
        c = controls(panel)
        c.named["max_tokens"].value = "3000"
        await panel.connect()
        asking = asyncio.ensure_future(panel.ask())
        await until(lambda: panel.exchange and panel.exchange.text)
        c.base_url.value = "demo:thinking+fast"
        assert "demo:burst+no-done" == c.base_url.value
        assert "demo:thinking+fast takes effect when this answer has ended." in c.note.value
        await asking
        assert "demo:thinking+fast" == c.base_url.value
        await until(lambda: "below came from demo:burst+no-done: " in c.note.value)
        assert panel.exchange.findings[0].says in c.said.value
        c.base_url.value = "demo:fast"
        assert "idle" in c.status.value
        assert panel.exchange.findings[0].says not in c.said.value

    played(scene())


def test_find_leaves_the_typed_address_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers is marked and offered; what was typed stays typed."""

    async def scene() -> None:
        with recording_server(body=b'{"data": [{"id": "oak"}]}') as server:
            # Whatever else runs on this machine is not to be found.
            for name in [name for name, url in PRESETS.items() if "localhost" in url]:
                monkeypatch.setitem(PRESETS, name, "http://127.0.0.1:9/v1")
            monkeypatch.setitem(PRESETS, "g4f", server.url)
            panel = Panel(base_url="http://127.0.0.1:9/v1", prompt="hi")
            c = controls(panel)
            c.find.click()
            await until(lambda: "g4f answers" in c.note.value)
        assert "http://127.0.0.1:9/v1" == c.base_url.value == panel.endpoint.base_url
        assert any("✓ answers" in label for label, _ in c.preset.options)
        assert f"Use {server.url}" == c.fix.description

    played(scene())


def test_faults_and_models_can_be_searched_and_chosen() -> None:
    """Every word narrows the list; choosing fills the field and leaves the list as it is."""

    async def scene() -> None:
        panel = a_panel()
        c = controls(panel)
        assert len(c.preset.options) <= 10
        c.fault.turn(True)
        c.faults.search.value = "thinks never answers"
        assert ["demo:thinks-only"] == [value for _, value in c.faults.list.options]
        c.faults.list.value = "demo:thinks-only"
        assert "demo:thinks-only" == c.base_url.value

        names = [f"oak-{number}" for number in range(500)]
        body = json.dumps({"data": [{"id": name} for name in names]}).encode()
        with recording_server(body=body) as server:
            c.base_url.value = server.url
            await until(lambda: "500 models" in c.model_state.value)
            c.models.list.value = "oak-77"
            assert ("oak-77", 500) == (c.model.value, len(c.models.list.options))
            c.models.search.value = "49"
            assert 15 == len(c.models.list.options)

    played(scene())


@pytest.mark.slow
def test_a_verdict_stands_until_the_next_question() -> None:
    """The line under the rail holds it, as inert as everything; then comes the next one's word."""

    async def scene() -> None:
        panel = a_panel("demo:cut")
        cut = await panel.ask()
        assert "<b>cut</b>" in controls(panel).said.value
        panel.conclude("Is it <b>good</b>?", [Finding("a", "pass", "It is.")])
        await panel.connect()
        said = controls(panel).said.value
        assert "✓" in said
        assert "<b>Is it &lt;b&gt;good&lt;/b&gt;?</b> Yes." in said
        panel.conclude("Is it good?", cut.findings)
        assert "✕" in controls(panel).said.value
        assert cut.findings[0].says in controls(panel).said.value
        assert cut.findings[0].says not in controls(panel).note.value
        assert "<dt>do</dt>" in controls(panel).note.value
        await panel.ask()
        assert "<b>cut</b>" in controls(panel).said.value

    played(scene())


def test_a_saved_notebook_says_the_verdict_and_what_to_do(displayed: Any) -> None:
    """Where the panel stood, whose own line goes with its kernel."""

    async def scene() -> None:
        panel = a_panel("demo:cut")
        await panel.show()
        cut = await panel.ask()
        panel.conclude("Is it <b>good</b>?", cut.findings)
        shown = [one["data"].get("text/html", "") for one in displayed.outputs]
        kept = [html for html in shown if "endpointscope-kept" in html][-1]
        assert "Is it &lt;b&gt;good&lt;/b&gt;?" in kept
        assert cut.findings[0].says in kept
        assert for_html(cut.findings[0].do) in kept

    played(scene())


def test_the_answer_that_failed_is_the_one_explained() -> None:
    """Of several the verdict shows the first that failed, and the first where none did."""

    async def scene() -> None:
        panel = a_panel("demo:cut")
        cut = await panel.ask()
        controls(panel).base_url.value = "demo:thinking+fast"
        whole = await panel.ask()
        for asked, shown in (((whole, cut), "error"), ((whole, None), "done")):
            panel.conclude("Is it good?", whole.findings, *asked)
            assert f"<b>{shown}</b>" in controls(panel).status.value

    played(scene())


def test_a_late_verdict_stays_off_a_newer_question() -> None:
    """Somebody pressed Send while the cell was still judging: their answer is coming now."""

    async def scene() -> None:
        panel = a_panel("demo:thinking+fast")
        first = await panel.ask()
        controls(panel).base_url.value = "demo:burst"
        controls(panel).send.click()
        await until(lambda: "streaming" in controls(panel).status.value)
        verdict = panel.conclude("Is it good?", first.findings, first)
        assert "Is it good?" == verdict.question
        assert "Is it good?" not in controls(panel).said.value
        assert "streaming" in controls(panel).status.value
        panel.stop()

    played(scene())


def test_send_replaces_every_answer_of_its_cell(displayed: Any) -> None:
    """Two answers stood there under their titles; one stands there then, in the first's place."""

    async def scene() -> None:
        panel = a_panel("demo:thinking+fast")
        await panel.ask(title="One")
        second = await panel.ask(title="Two")
        controls(panel).send.click()
        await until(lambda: panel.exchange is not second and "done" in controls(panel).status.value)

    played(scene())
    shown: dict[str, str] = {}
    for output in displayed.outputs:
        shown[output["transient"]["display_id"]] = output["data"]["text/plain"]
    assert 1 == sum("A tree stands still and grows." in text for text in shown.values())
    assert not {"One", "Two"} & set(shown.values())
    first, *_, last = shown.values()
    assert first
    assert "" == last


def test_ctrl_enter_sends_what_the_page_holds_and_esc_stops() -> None:
    """The shield brings the prompt along; other messages of a page do nothing."""

    async def scene() -> None:
        panel = a_panel("demo:burst+no-done+no-usage", prompt="")
        shield = controls(panel).shield
        for message in ("send", {"do": "open"}, {"do": ["stop"]}, None):
            shield._take(shield, message, [])
        shield._take(shield, {"do": "send", "prompt": "a tree"}, [])
        await until(lambda: panel.exchange and panel.exchange.text)
        assert ("a tree", True) == (panel.exchange.prompt, shield.running)
        shield._take(shield, {"do": "stop"}, [])
        await until(lambda: "stopped" in controls(panel).status.value)
        assert not shield.running

    played(scene())


def test_the_page_is_told_which_answer_stands_below() -> None:
    """The last output's mark is what the shield says; the answer shown again bears it too."""

    async def scene() -> None:
        panel = a_panel("demo:thinking+fast")
        exchange = await panel.ask()
        shown = controls(panel).shield.shown
        assert shown.endswith(f":{len(exchange.text)}")
        controls(panel).show_answer.click()
        again = controls(panel).again
        assert f'data-endpointscope="{shown}"' in again.value
        assert "A tree stands still and grows." in again.value
        await panel.ask()
        assert "" == again.value

    played(scene())


def test_a_session_row_is_picked_by_its_number() -> None:
    """What the page sends is checked: a row that is none calls nothing."""
    picked: list[int] = []
    table = SessionTable()
    rows = [SessionRow("19:40", "demo", "m\x1b[2J", "302 ms", "31 tok/s", "8 in", "streamed")] * 2
    table.on_pick, table.on_clear = picked.append, lambda: table.show(())
    table.show(rows)
    for row in (1, 2, -1, "0", True):
        table._take(table, {"do": "pick", "row": row}, [])
    assert [1] == picked
    assert "m␛[2J" == table.rows[0][2]
    table._take(table, {"do": "clear"}, [])
    assert [] == table.rows
