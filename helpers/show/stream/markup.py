"""A model's Markdown as safe HTML, in parts that can be shown while it is still being written.

The HTML holds only elements and attributes named here: no raw HTML, no image, no id or class
from the model, and links only to http, https and mailto. Essential styles are inline, because an
untrusted notebook loses its style sheets.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from ... import escaping
from .mathematics import formula_length

FRAME = (
    '<div class="endpointscope-answer mathjax_ignore" dir="auto"{mark} '
    'style="font-size: 14px; line-height: 22px; max-width: 76ch; padding-inline-start: 12px; '
    'overflow-wrap: anywhere">'
)
# 44 parts, three folds and a note stay below the fifty outputs that JupyterLab shows of a cell.
CHUNK = 1300
GROWING_CHUNKS = 10
GROWTH = 1.5
MOST_CHUNKS = 44
LONG_BLOCK = 3000
# Nobody reads a longer answer, and a flood of markup would take a second for each of these.
MOST_RENDERED = 100_000
# What comes at once is laid out at once, and meanwhile the page does not move.
PLAIN_CHUNK = 32_000

_LINE_END = re.compile(r"\r\n?|\n")
_LINK = re.compile(r"(https?|mailto):", re.IGNORECASE)
_STYLES = {
    # JupyterLab aligns paragraphs and quotes to the left, whichever way their language is read.
    "paragraph_open": "margin: 0 0 10px; text-align: start",
    "bullet_list_open": "margin: 0 0 10px; padding-inline-start: 24px",
    "ordered_list_open": "margin: 0 0 10px; padding-inline-start: 28px",
    "blockquote_open": "margin: 0 0 10px; padding: 0; padding-inline-start: 12px; border: 0; "
    "border-inline-start: 4px solid rgba(128, 128, 128, 0.4)",
    # A wide table scrolls: if it wrapped anywhere, its words would be one letter per line.
    "table_open": "display: block; overflow-x: auto; overflow-wrap: break-word; margin: 0 0 10px; "
    "border-collapse: collapse",
}
_PRE = '<pre dir="ltr" style="margin: 0 0 10px; line-height: 20px; white-space: pre-wrap"><code>'
_HEADING_PX = {"h1": 20, "h2": 18, "h3": 16}


class _Renderer(RendererHTML):
    """Writes every piece of the model's text through escaping.for_html."""

    def text(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return escaping.for_html(tokens[idx].content)

    def mathematics(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        shown = escaping.for_html(tokens[idx].content)
        return f'<span style="white-space: pre-wrap">{shown}</span>'

    def code_inline(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return f"<code>{escaping.for_html(tokens[idx].content)}</code>"

    def code_block(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return f"{_PRE}{escaping.for_html(tokens[idx].content)}</code></pre>\n"

    def fence(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return self.code_block(tokens, idx)

    def heading_open(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        # Not <h1>: JupyterLab would list the model's headings among the notebook's own.
        tag = tokens[idx].tag
        return (
            f'<div role="heading" aria-level="{tag[1:]}" dir="auto" style="margin: 0 0 10px; '
            f'font-weight: 600; font-size: {_HEADING_PX.get(tag, 14)}px">'
        )

    def heading_close(self, *_: object) -> str:
        return "</div>\n"

    def link_open(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        href = escaping.for_attribute(str(tokens[idx].attrGet("href") or ""))
        return f'<a href="{href}" target="_blank" rel="noopener noreferrer nofollow">'

    def renderToken(  # noqa: N802 - the base class's name
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        token = tokens[idx]
        if token.type in _STYLES:
            token.attrSet("style", _STYLES[token.type])
            token.attrSet("dir", "auto")
        elif token.type in ("th_open", "td_open"):
            aligned = str(token.attrGet("style") or "text-align: start")
            token.attrSet("style", f"{aligned}; padding: 3px 12px 3px 0")
        return super().renderToken(tokens, idx, options, env)


def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough"]).disable("image")
    parser.inline.ruler.before("escape", "mathematics", _mathematics)
    parser.validateLink = lambda url: bool(_LINK.match(url))  # type: ignore[method-assign]
    return parser


def _mathematics(state: StateInline, silent: bool) -> bool:
    """Treat a formula as one piece of text, so that Markdown leaves its contents alone."""
    length = formula_length(state.src, state.pos, state.posMax)
    if length and not silent:
        state.push("mathematics", "", 0).content = state.src[state.pos : state.pos + length]
    state.pos += length
    return bool(length)


_MARKDOWN = _markdown()


def rendered(text: str, env: MutableMapping[str, Any] | None = None) -> str:
    """The HTML of Markdown; env keeps link references from one part to the next.

    Beyond `MOST_RENDERED` characters, the text is shown as it is.
    """
    if len(text) > MOST_RENDERED:
        return rendered(text[:MOST_RENDERED], env) + _unrendered(text[MOST_RENDERED:])
    return str(_MARKDOWN.render(escaping.encodable(text), {} if env is None else env))


def _unrendered(text: str) -> str:
    """The HTML of a text whose markup is shown as it is."""
    return f'<span style="white-space: pre-wrap">{escaping.for_html(text)}</span>'


def framed(markup: str, mark: str = "") -> str:
    """Safe HTML in the frame that gives an answer its look.

    mark:  of our own making; by it the page finds out whether it shows the whole answer
    """
    marked = f' data-endpointscope="{mark}"' if mark else ""
    return f"{FRAME.format(mark=marked)}{markup}</div>"


def folded(title: str, text: str) -> str:
    """Markdown as a fold that the reader can open."""
    return framed(
        f'<details style="margin: 0 0 10px"><summary style="cursor: pointer; opacity: 0.65">'
        f"{escaping.for_html(title)}</summary>{rendered(text)}</details>"
    )


@dataclass
class Part:
    """A stretch of the answer that is shown as one output."""

    text: str = ""
    html: str = ""


@dataclass
class Parts:
    """An answer as it grows: finished parts that no longer change, and the last one.

    A block is finished once a later one has begun on a complete line; until then its meaning can
    still change (a line of dashes makes the paragraph above it a heading). Very long blocks are
    divided, so that the cost of one more character does not depend on the answer's length.

    most:  how many parts there may be; the last one takes whatever is left
    """

    most: int = MOST_CHUNKS
    finished: list[Part] = field(default_factory=list)
    last: Part = field(default_factory=Part)
    _open: str = ""
    _taken: int = 0
    _prefix: str = ""
    _env: dict[str, Any] = field(default_factory=dict)

    def add(self, text: str) -> None:
        """Add more of the answer."""
        self._taken += len(text)
        self._open += text
        if self._taken > MOST_RENDERED:
            self._take_as_it_is()
        while self._advance():
            pass

    def _take_as_it_is(self) -> None:
        """Take the open text, and everything after it, without looking at its markup."""
        kept = max(0, MOST_RENDERED - (self._taken - len(self._open)))
        head, rest = self._open[:kept], self._open[kept:]
        self._open = head
        while self._advance():
            pass
        self.last.html += rendered(self._prefix + self._open, self._env) if self._open else ""
        self.last.text += self._open
        self._open = self._prefix = ""
        while rest:
            room = max(_room(len(self.finished), self.most), PLAIN_CHUNK) - len(self.last.text)
            cut = _plain_cut(rest, room)
            self.last.html += _unrendered(rest[:cut])
            self.last.text += rest[:cut]
            rest = rest[cut:]
            if cut > room and (rest or self.last.text.endswith("\n")):
                self._finish()

    def shown(self) -> Part:
        """The last part with the block that is still being written."""
        env = {"references": dict(self._env.get("references", {}))}
        markup = rendered(self._prefix + self._open, env) if self._open else ""
        return Part(self.last.text + self._open, self.last.html + markup)

    def _advance(self) -> bool:
        cut, prefix = divided(self._open, self._prefix)
        if not cut:
            return False
        self.last.html += rendered(self._prefix + self._open[:cut], self._env)
        self.last.text += self._open[:cut]
        self._open, self._prefix = self._open[cut:], prefix
        self._begin_next()
        return True

    def _begin_next(self) -> None:
        """Begin another part if the last one is full."""
        if len(self.last.text) >= _room(len(self.finished), self.most):
            self._finish()

    def _finish(self) -> None:
        self.finished.append(self.last)
        self.last = Part()


def _room(index: int, most: int) -> float:
    """How many characters the part of that index takes before the next one begins."""
    if index + 1 >= most:
        return float("inf")
    return CHUNK * GROWTH ** max(0, index - (most - GROWING_CHUNKS) + 1)


def _plain_cut(text: str, room: float) -> int:
    """Where text shown as it is goes on in the next part, if at all: behind a line.

    A line that goes on and on is cut anywhere.
    """
    if len(text) <= room:
        return len(text)
    start = max(int(room), 0)
    end = text.find("\n", start, start + PLAIN_CHUNK) + 1
    return end or min(len(text), max(int(room) + PLAIN_CHUNK, 1))


def divided(text: str, prefix: str = "") -> tuple[int, str]:
    """How much of the text is finished, and the lines that must be put before the rest.

    prefix:  lines that the text is parsed with, such as the opening of its code fence
    """
    if len(text) > 4 * LONG_BLOCK:
        # A flood in one piece is parsed a stretch at a time, or one line would have quadratic cost.
        text = text[: 4 * LONG_BLOCK]
    ends = [match.end() for match in _LINE_END.finditer(prefix + text)]
    starts = [0, *ends]
    tokens: list[Token] = []
    source = _LINE_END.sub("\n", escaping.encodable((prefix + text)[: starts[-1]]))
    _MARKDOWN.block.parse(source, _MARKDOWN, {}, tokens)
    blocks = [token for token in tokens if token.level == 0 and token.map and token.nesting >= 0]
    if len(blocks) > 1:
        return starts[blocks[-1].map[0]] - len(prefix), ""  # type: ignore[index]
    complete = starts[-1] - len(prefix)
    if len(text) < LONG_BLOCK or not blocks:
        return _hard_cut(text, complete), ""
    items = [t.map[0] for t in tokens if t.type == "list_item_open" and t.level == 1 and t.map]
    if len(items) > 1:
        return starts[items[-1]] - len(prefix), ""
    opening = _opening(blocks[0], _LINE_END.split(prefix + text, 2), len(ends))
    return _hard_cut(text, complete, limit=LONG_BLOCK if opening else 2 * LONG_BLOCK), opening


def _opening(block: Token, lines: list[str], complete_lines: int) -> str:
    """The lines that must precede the rest of this block to keep its meaning, or ""."""
    start, end = block.map or (0, 0)
    if start or end < complete_lines:
        return ""
    if block.type == "fence" and end - start == block.content.count("\n") + 1:
        return lines[0][: lines[0].find(block.markup)] + block.markup + "\n"
    if block.type == "table_open" and len(lines[0] + lines[1]) < LONG_BLOCK / 4:
        return f"{lines[0]}\n{lines[1]}\n"
    return ""


def _hard_cut(text: str, complete: int, *, limit: int = 2 * LONG_BLOCK) -> int:
    """Where to cut text that is too long and has no better place: at a line, or a word."""
    if len(text) < limit:
        return 0
    return complete if complete > 0 else text.rfind(" ", 0, limit) + 1 or limit
