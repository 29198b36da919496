"""Hostile text does nothing in HTML, a terminal, Markdown or XML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from helpers import escaping

any_text = st.text(st.characters(), max_size=60) | st.text(
    "$\\()[]`<>&:#@|\r\n \x1b\ud83c", max_size=20
)
all_functions = pytest.mark.parametrize(
    "function",
    [
        escaping.for_html,
        escaping.for_attribute,
        escaping.for_terminal,
        escaping.for_markdown,
        escaping.for_xml,
        lambda text: escaping.for_source(text).replace("\r\n", "\n"),
    ],
)


class _Seen(HTMLParser):
    """The runs of text and the elements that a browser finds."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.elements: set[str] = set()
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        self.runs.append(data)


@all_functions
@given(text=any_text)
def test_any_text_can_be_encoded_afterwards(function, text):
    """Lone surrogates and control characters never reach a file, a socket or a terminal."""
    shown = function(text)
    assert shown == shown.encode().decode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


@given(text=any_text)
def test_a_source_keeps_every_other_character(text):
    """What came can be counted and compared; only what steers is another character."""
    shown = escaping.for_source(text)
    plain = escaping.encodable(text)
    assert len(shown) == len(plain)
    assert [a for a, b in zip(plain, shown, strict=True) if a != b and a.isprintable()] == []


@given(text=any_text)
def test_html_reads_as_the_same_text(text):
    """A browser shows what came and finds no element but ours."""
    seen = _Seen(escaping.for_html(text))
    assert "".join(seen.runs) == escaping.visible(text)
    assert seen.elements <= {"span"}


@pytest.mark.parametrize(
    "text", ["$x$", "$$x$$", r"\(x\)", r"\[x\]", r"\begin{a}x\end{a}", r"\ref{x}"]
)
def test_html_divides_every_sign_of_mathematics(text):
    """No run of text holds a whole delimiter together with what it delimits."""
    runs = _Seen(escaping.for_html(text)).runs
    assert [run for run in runs if len(run) > 1 and set(run) & set("$\\")] == []
    assert "".join(runs) == text


def test_an_attribute_keeps_its_quotes_and_lines():
    """A quote cannot end the attribute, and no element stands inside it."""
    assert escaping.for_attribute('"><b>\n$x$') == "&quot;&gt;&lt;b&gt;&#10;$x$"


def test_a_terminal_shows_escapes_and_obeys_none():
    """ESC and C1 become visible, line ends become LF, a bidi override is replaced."""
    assert escaping.for_terminal("a\x1b[31mred\r\nb\rc\x9b2J\u202e") == "a␛[31mred\nb\nc�2J�"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", ": :error::x"),
        ("x\n \t\u3000::set-output name=a::b", "x\n \t\u3000: :set-output name=a::b"),
        ("a\r::stop-commands::t", "a\n: :stop-commands::t"),
        ("x ##[error]y", "x ## [error]y"),
        ("##vso[task.complete]", "## vso[task.complete]"),
        ("std::string", "std::string"),
    ],
)
def test_a_terminal_gets_no_workflow_command(text, shown):
    """A line never begins with ::, after any white space, and ##[ stands nowhere."""
    assert escaping.for_terminal(text) == shown


@given(text=any_text)
def test_no_text_makes_a_workflow_command(text):
    """Whatever stands before it, what a runner looks for is not there."""
    shown = escaping.for_terminal(text)
    assert [line for line in shown.split("\n") if line.lstrip().startswith("::")] == []
    assert "##[" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "![x](http://127.0.0.1/y)",
        "[x](javascript:y)",
        "# x",
        "1. x",
        "    x",
        "| x | y |",
        "`x` **y** ~~z~~",
        "http://127.0.0.1/x www.example.com",
        "&lt;b&gt;",
    ],
)
def test_markdown_shows_the_text_as_it_came(text):
    """A GitHub-flavoured renderer finds one paragraph of text in it."""
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(escaping.for_markdown(text))
    seen = _Seen(rendered)
    assert seen.elements <= {"p", "span"}
    assert "".join(seen.runs).strip() == " ".join(text.split())


@given(text=any_text)
def test_markdown_stays_one_cell_of_a_table(text):
    """Nothing ends the cell or the line, and no mention or address stands in one run."""
    shown = escaping.for_markdown(text)
    table = MarkdownIt("commonmark").enable("table").render(f"|a|b|\n|-|-|\n|{shown}|z|\n")
    seen = _Seen(table)
    assert table.count("<td>") == 2
    assert seen.elements <= {"table", "thead", "tbody", "tr", "th", "td", "span", "br"}
    github = r"@\w|#\w|\$.|.\$|:(?=//)|:[\w+-]+:|www\."
    assert not re.search(github, "\n".join(seen.runs))


@given(text=any_text)
def test_xml_written_with_it_can_be_read(text):
    """The characters are those that XML 1.0 knows; the element's writer escapes them."""
    element = ElementTree.Element("failure")
    element.text = escaping.for_xml(text)
    again = ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8"))
    assert (again.text or "") == escaping.for_xml(text)


def test_two_halves_of_a_character_become_one():
    """A server that cuts a character into two surrogates loses nothing."""
    assert escaping.encodable("\ud83c\udf33") == "🌳"
    assert escaping.encodable("a\ud83cb") == "a�b"
