"""A model's Markdown becomes safe HTML, in parts that add up to the whole."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.show.stream import markup

BLOCKS = [
    "a line\nand another\n\n",
    "Title\n=====\n",
    "# heading `code`\n",
    "- one\n- two\n  - three\n\n",
    "* loose\n\n* list\n\n",
    "7. seven\n8. eight\n",
    "> quoted\nlazily\n\n",
    "```py\nx = '<b>'\n\ny\n```\n",
    "~~~\nnever closed by these ```\n~~~\n",
    "    indented code\n\n",
    "| a | b |\n|---|--:|\n| 1 | 2 |\n\n",
    "---\n",
    "tags\n#hash\n***bold*** text\n- item\n*emphasis*\n\n",
    "[ref]: https://example.com/ 'title'\n\n",
    "see [ref] and **strong** ~~gone~~\n\n",
    "<div onclick=x>html</div>\n\n",
    "\\begin{x} $y$ \\* &amp; &copy;\n\n",
    "\r\n\r\nold line ends\rhere\r\n\r\n",
    "\n\n",
]
documents = st.lists(st.sampled_from(BLOCKS), max_size=12).map("".join)
noise = st.text("ab \n\r\t#-*_`~>|[]()<>!:$\\&1.=\"'", max_size=80)
cuts = st.lists(st.integers(1, 40), max_size=60)

ELEMENTS = {"p", "div", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a", "span"}
ELEMENTS |= {"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"style", "href", "target", "rel", "start", "role", "aria-level", "dir"}


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def grown(text: str, sizes: list[int]) -> markup.Parts:
    """Return the parts of a text that came in pieces of these sizes, looked at after each."""
    parts = markup.Parts()
    for size in sizes:
        parts.add(text[:size])
        parts.shown()
        text = text[size:]
    parts.add(text)
    return parts


def everything(parts: markup.Parts) -> list[markup.Part]:
    """Return all parts in order, the last one as it is shown."""
    return [*parts.finished, parts.shown()]


@given(document=documents | noise, sizes=cuts)
def test_any_split_gives_the_html_of_the_whole(document, sizes):
    """How a document was cut on its way changes nothing, if what it refers to came before."""
    parts = everything(grown(document, sizes))
    defined = "[ref]" in document and not document.startswith("[ref]:")
    assert "".join(part.text for part in parts) == document
    if not defined:
        assert "".join(part.html for part in parts) == markup.rendered(document)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_line_means_nothing_before_it_is_complete(block):
    """One character at a time: `#` begins a heading, and `#hash` goes on with the paragraph."""
    document = f"before\n\n{block}after\n"
    parts = everything(grown(document, [1] * len(document)))
    assert "".join(part.html for part in parts) == markup.rendered(document)


@given(text=st.text(max_size=200), sizes=cuts, repeat=st.sampled_from([1, 40]))
def test_the_parts_join_to_the_text(text, sizes, repeat):
    """Every character that came is in exactly one part, in order."""
    parts = everything(grown(text * repeat, sizes))
    assert "".join(part.text for part in parts) == text * repeat


@given(text=noise | documents)
def test_only_our_elements_and_attributes_come_out(text):
    """Nothing that runs, fetches, submits or names can be written in Markdown."""
    for tag, attributes in _Tags(markup.rendered(text)).found:
        assert tag in ELEMENTS
        assert set(attributes) <= ATTRIBUTES


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#10;script:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//example.com",
        "/lab?reset",
        "#top",
        "\x01javascript:x",
    ],
)
def test_a_link_that_is_no_web_address_stays_text(target):
    """Only http, https and mailto become links."""
    assert "<a " not in markup.rendered(f"[x]({target}) [y](<{target}>) <{target}>")


def test_a_link_opens_apart_and_tells_nothing():
    """A web link opens a page of its own that gets neither opener nor referrer."""
    assert _Tags(markup.rendered("[x](https://example.com/?a='b'&c)")).found[1] == (
        "a",
        {
            "href": "https://example.com/?a='b'&c",
            "target": "_blank",
            "rel": "noopener noreferrer nofollow",
        },
    )


def test_an_image_becomes_a_link():
    """What would be fetched by looking at it is only offered."""
    found = markup.rendered("![tree](https://example.com/tree.png)")
    assert "<img" not in found
    assert '<a href="https://example.com/tree.png"' in found


def test_a_poem_keeps_its_lines():
    """A single line end of the model's is a line end on the page."""
    shown = markup.rendered("one\ntwo")
    assert shown == '<p style="margin: 0 0 10px; text-align: start" dir="auto">one<br />\ntwo</p>\n'


@pytest.mark.parametrize(
    "source",
    [
        r"\(x\,y\)", r"\[z_1 * 2 * 3\]", r"$$a_1 \\ *b* \frac{1}{2}$$", r"$x_i * y_i$",
        r"a \, b \; \{c\}", "\\[\na_1\n= b_1\n\\]",
    ],
)  # fmt: skip
def test_mathematics_is_shown_as_it_was_written(source):
    """No backslash is taken away and nothing in a formula becomes emphasis."""
    shown = markup.rendered(source)
    assert "<em" not in shown
    assert source == re.sub(r"<[^>]*>", "", shown).strip()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("it is $5, or *$6*", "it is $5, or <em>$6</em>"),
        (r"\*no\* \_no\_", "*no* _no_"),
        ("`$x` and *y*$", "<code>$x</code> and <em>y</em>$"),
    ],
)
def test_prices_and_escapes_are_no_mathematics(source, shown):
    """A dollar before a figure stays one, and Markdown's own escapes still work."""
    found = markup.rendered(source).replace("<span>$</span>", "$")
    assert shown in found


def test_a_flood_of_formulas_begun_costs_no_squares():
    """Openings without an end are looked at for a limited way each."""
    began = time.process_time()
    markup.rendered(r"\(" * 20_000 + "$a" * 20_000)
    assert time.process_time() - began < 5


def test_a_reference_works_in_later_parts():
    """A link defined in one part is a link in the next."""
    first = "[oak]: https://example.com/\n\n" + "words " * 400 + "\n\n"
    parts = everything(grown(first + "still the [oak]\n", [len(first)] + [4] * 4))
    assert len(parts) > 1
    assert '<a href="https://example.com/"' in parts[-1].html


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "```py\n" + "x = 1\n" * 4000,
        "word " * 5000,
        "- item\n" * 2000,
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 1500,
        "x" * 12000,
        "\n" * 12000,
        "some words in a paragraph\n\n" * 1000,
    ],
    ids=["fence", "line", "list", "table", "word", "nothing", "paragraphs"],
)
def test_the_cost_of_growing_is_linear(text):
    """What all updates hold together grows with the length, not with its square."""

    def updates(length: int) -> int:
        parts, size = markup.Parts(), 0
        for start in range(0, length, 500):
            parts.add(text[start : start + 500])
            shown = parts.shown()
            size += len(shown.html) + len(shown.text)
        return size

    assert updates(12_000) < 3 * 1.5 * updates(4_000)


def test_a_long_code_block_stays_code_in_every_part():
    """A fence that was divided goes on as code, and what follows its end is text again."""
    text = "~~~js\n" + "if (a < b) {}\n" * 600 + "~~~\n*after*\n"
    parts = everything(grown(text, [50] * 200))
    assert len(parts) > 2
    assert all(part.html.startswith("<pre") for part in parts[:-1])
    assert parts[-1].html.endswith("<em>after</em></p>\n")
    assert re.sub("<[^>]*>", "", "".join(part.html for part in parts)).count("if (") == 600


def test_text_after_a_long_code_block_is_text():
    """A fence that ends exactly where the text was divided does not go on."""
    code = "```\n" + "if (a < b) {}\n" * 300 + "```\n"
    parts = everything(grown(code + "*after*\n", [len(code)]))
    assert parts[-1].html.endswith("<em>after</em></p>\n")


def test_a_very_long_answer_has_no_huge_part():
    """What one more word costs stays bounded up to 200,000 characters."""
    parts = everything(grown("some words of an answer\n\n" * 8_000, [1000] * 200))
    assert max(len(part.text) for part in parts) < 60_000


@pytest.mark.slow
def test_a_long_table_keeps_its_columns_in_every_part():
    """Rows after a division stand under the same head."""
    text = "| name | size |\n|---|---|\n" + "| oak | 30 |\n" * 600 + "\nafter\n"
    parts = everything(grown(text, [400] * 30))
    assert all("<th" in part.html for part in parts[:-1])
    assert "".join(part.html for part in parts).count(">oak<") == 600


@pytest.mark.parametrize(
    "piece", ["|a|b|\r|-|-|\r", "[", "*a_ ", "[a](", "`", ">", "&", "- " * 50 + "\n", "![[]("]
)
def test_hostile_nesting_is_taken_in_its_stride(piece):
    """Text made to be expensive gives its parts like any other."""
    text = piece * (12_000 // len(piece))
    parts = everything(grown(text, [3000] * 3))
    assert "".join(part.text for part in parts) == text


@pytest.mark.parametrize("size", [5_000, 80_000])
def test_of_a_flood_the_beginning_alone_is_read_as_markdown(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows is shown as it came, and nothing of it is lost."""
    monkeypatch.setattr(markup, "MOST_RENDERED", 20_000)
    flood = "*a* <b>\n" * 10_000
    parts = markup.Parts()
    for at in range(0, len(flood), size):
        parts.add(flood[at : at + size])
    shown = [*parts.finished, parts.shown()]
    assert flood == "".join(part.text for part in shown)
    html = "".join(part.html for part in shown)
    assert html.count("<em>a</em>") < markup.MOST_RENDERED / 8 + 1
    assert html.count("*a* &lt;b&gt;") > 6_000
    at_once = markup.rendered(flood)
    assert at_once.count("<em>a</em>") < markup.MOST_RENDERED / 8 + 1
    assert "<b>" not in html + at_once


@pytest.mark.parametrize("size", [7_000, 800_000], ids=["in pieces", "at once"])
def test_a_flood_is_divided_between_lines(size: int) -> None:
    """No part is so large that the page stands still, and no line is cut but one without end."""
    flood = "".join(f"line {n} of a flood\n" for n in range(35_000))
    parts = everything(grown(flood, [size] * (len(flood) // size + 1)))
    assert flood == "".join(part.text for part in parts)
    assert len(parts) < markup.MOST_CHUNKS
    beyond = parts[20:]
    assert all(part.text.endswith("flood\n") for part in beyond)
    assert max(len(part.text) for part in beyond) < markup.PLAIN_CHUNK + 100
    endless = everything(grown("x" * 700_000, [size] * (700_000 // size + 1)))
    assert "x" * 700_000 == "".join(part.text for part in endless)
    assert max(len(part.text) for part in endless) < 3 * markup.PLAIN_CHUNK
