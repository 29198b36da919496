"""What streams in a cell, as a terminal and a CI log show it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from helpers.run.screen import Screen
from helpers.secrets.spellings import Secrets


class Terminal(io.StringIO):
    """A terminal that remembers what is written to it."""

    def isatty(self) -> bool:
        """Return that somebody watches."""
        return True


def printed(text: str) -> dict[str, Any]:
    """Return the message of a print."""
    return {"msg_type": "stream", "content": {"name": "stdout", "text": text}}


def shown(text: str, name: str | None = None, *, again: bool = False) -> dict[str, Any]:
    """Return the message of a display, or of its update."""
    kind = "update_display_data" if again else "display_data"
    transient = {"display_id": name} if name else {}
    return {"msg_type": kind, "content": {"data": {"text/plain": text}, "transient": transient}}


def streams(text: str, *, again: bool) -> dict[str, Any]:
    """Return the message of an answer that streams."""
    message = shown(text, "live", again=again)
    message["content"]["metadata"] = {"endpointscope": "text"}
    return message


def on(out: io.StringIO, *messages: dict[str, Any]) -> str:
    """Return what stands on a screen after these messages and the end of the cell."""
    screen = Screen(out, hide=lambda text: text)
    for message in messages:
        screen.show(message)
    screen.end_cell()
    return out.getvalue()


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_a_growing_display_prints_only_what_is_new(out: type[io.StringIO]) -> None:
    """The text stands there once, however often its display was updated."""
    growing = [
        shown("A", "poem"),
        *(shown("A tree\nsings"[:n], "poem", again=True) for n in range(2, 13)),
    ]
    assert on(out(), *growing) == "  │ A tree\n  │ sings\n"


def test_a_terminal_shows_text_before_its_line_ends() -> None:
    """Whoever watches sees words come, not lines."""
    out = Terminal()
    screen = Screen(out, hide=lambda text: text)
    screen.show(shown("A tr", "poem"))
    assert out.getvalue() == "  │ A tr"
    screen.show(shown("A tree", "poem", again=True))
    assert out.getvalue() == "  │ A tree"


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_several_handles_join_to_the_answer(out: type[io.StringIO]) -> None:
    """A long answer lies in several displays, of which the last one grows."""
    messages = [
        shown("one\ntwo\n", "a"), shown("thr", "b"), shown("three\n", "b", again=True),
        shown("four", "c"),
    ]  # fmt: skip
    assert on(out(), *messages) == "  │ one\n  │ two\n  │ three\n  │ four\n"


def test_a_long_paragraph_comes_in_lines_of_words() -> None:
    """A log shows life before a model ends its first line."""
    words = [f"word{n}" for n in range(60)]
    out = io.StringIO()
    screen = Screen(out, hide=lambda text: text)
    for word in words:
        screen.show(printed(f"{word} "))
    lines = [line.removeprefix("  │ ") for line in out.getvalue().splitlines()]
    assert len(lines) == 4
    assert " ".join(lines).split() == words[: len(" ".join(lines).split())]


def test_a_long_line_that_came_whole_stays_whole() -> None:
    """A table's row is not a paragraph that is still being written."""
    row = "cell   " * 40
    assert on(io.StringIO(), shown(f"head\n{row}|")) == f"  │ head\n  │ {row}|\n"


def test_a_status_is_printed_first_and_last() -> None:
    """What changes instead of growing would fill the log."""
    steps = [
        shown("0 chunks", "status"),
        *(shown(f"{n} chunks", "status", again=True) for n in range(1, 99)),
    ]
    assert on(io.StringIO(), *steps) == "  │ 0 chunks\n  │ 98 chunks\n"
    back = shown("0 chunks", "status", again=True)
    assert on(io.StringIO(), *steps, back) == "  │ 0 chunks\n"


def test_a_command_in_halves_stays_text_in_a_log() -> None:
    """A CI runner obeys lines that begin with two colons, however they were cut."""
    log = on(
        io.StringIO(), printed(":"), printed(":error::no"), printed("ne\n##"), printed("[group]x\n")
    )
    lines = log.splitlines()
    assert [line[:4] for line in lines] == ["  │ ", "  │ "]
    assert "##[" not in log


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_no_character_steers_the_terminal(out: type[io.StringIO]) -> None:
    """Escape sequences, carriage returns and bidi overrides are seen, not obeyed."""
    log = on(out(), printed("a\x1b[2Jb\rc\u202ed\x9be\n"))
    assert not set(log) & set("\x1b\r\u202e\x9b")
    assert log.splitlines()[1].startswith("  │ c")


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_two_cells_stand_apart(out: type[io.StringIO]) -> None:
    """An empty line parts what two cells wrote; a silent cell adds none."""
    written = out()
    screen = Screen(written, hide=lambda text: text)
    for message in (printed("one\n"), None, printed("two\n")):
        if message:
            screen.show(message)
        screen.end_cell()
    assert written.getvalue() == "  │ one\n  │\n  │ two\n"


@pytest.mark.parametrize("place", ["page", "live"])
@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_a_page_does_not_tell_a_streamed_answer_again(out: type[io.StringIO], place: str) -> None:
    """The lines that streamed stand there; what the page has beside them is printed."""
    turn = [
        shown("1 · you: sing", "page"),
        streams("A tree", again=False), streams("A tree\n\nA tree sings", again=True),
        streams("", again=True),
        shown("1 · you: sing\n\nA tree\n\nA tree sings\n\nstreamed", place, again=True),
    ]  # fmt: skip
    told = [line[4:] for line in on(out(), *turn).splitlines()]
    assert ["1 · you: sing", "A tree", "", "A tree sings"] == told[:4]
    assert "streamed" == told[-1]
    assert 1 == told.count("A tree sings")


def test_a_table_that_a_later_cell_shows_again_is_printed_once() -> None:
    """In the page it is below the panel and in the details; what is new is printed."""
    table, out = "answer  chunks\nfull    –", io.StringIO()
    again, new = shown(table), shown(f"{table}!")
    for value in (again, new):
        value["content"]["execution_count"] = 2
    screen = Screen(out, hide=lambda text: text)
    for message in (shown(table, "below"), again, new):
        screen.show(message)
        screen.end_cell()
    assert 1 == out.getvalue().count("full    –\n")
    assert "full    –!" in out.getvalue()


def test_the_second_prompt_stands_above_its_answer() -> None:
    """A page that changed instead of growing is printed when something streams below it."""
    turns = [
        shown("1 · you: sing", "page"), streams("A tree", again=False),
        shown("1 · you: sing\nA tree\nstreamed", "page", again=True),
        shown("2 · you: again", "page", again=True),
        streams("", again=True), streams("An oak", again=False),
        shown("2 · you: again\nAn oak\nstreamed", "page", again=True),
    ]  # fmt: skip
    told = [line[4:] for line in on(io.StringIO(), *turns).splitlines()]
    assert ["1 · you: sing", "A tree", "streamed"] == told[:3]
    assert ["2 · you: again", "An oak", "streamed"] == told[3:]


def test_a_silent_display_breaks_no_line() -> None:
    """A picture that grows beside an answer says nothing in a terminal."""
    silent = [shown("", "object"), shown("", "object", again=True)]
    pieces = [streams("An o", again=False), *silent, streams("An oak", again=True)]
    assert "  │ An oak\n" == on(io.StringIO(), *pieces)


def test_a_widget_is_not_printed() -> None:
    """Its text is a row of class names that tell a reader nothing."""
    message = shown("VBox(children=())")
    message["content"]["data"]["application/vnd.jupyter.widget-view+json"] = {}
    assert on(io.StringIO(), message) == ""


def test_a_group_folds_on_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group's own lines are ours; a hostile one inside stands behind the margin."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    out = io.StringIO()
    screen = Screen(out, hide=lambda text: text)
    screen.begin("01_ask")
    screen.show(printed("::endgroup::\n"))
    screen.end()
    commands = [line for line in out.getvalue().splitlines() if line.lstrip().startswith("::")]
    assert commands == ["::group::01_ask", "::endgroup::"]


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_a_key_that_grows_is_never_on_the_screen(out: type[io.StringIO]) -> None:
    """Its beginning waits; what turns out to be none is written."""
    written = out()
    screen = Screen(written, hide=lambda text: text, secrets=Secrets(["sk-birch-0123456789"]))
    for letter in "It is sk-birch-0123456789, sk-birds":
        screen.show(printed(letter))
        assert "sk-birch" not in written.getvalue()
    screen.end_cell()
    assert written.getvalue() == "  │ It is •••, sk-birds\n"
