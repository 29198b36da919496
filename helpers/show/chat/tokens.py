"""How sure a model was, as coloured text and as a table, with every token escaped."""

from __future__ import annotations

from dataclasses import dataclass

from ...checks.logprobs import Token
from ...escaping import for_attribute, for_html, for_terminal
from ...finding import Finding
from ..output import Bundle
from ..table import Table
from ..theme import LEVELS, marked

MOST_SHOWN = 2000
_TEXT = (
    "font-size: 14px; line-height: 24px; padding-left: 12px; white-space: pre-wrap; "
    "overflow-wrap: anywhere; max-width: 76ch"
)


@dataclass(frozen=True)
class Tokens:
    """The tokens of an answer: the surer the model was, the paler they are.

    finding:  whether the probabilities can be right
    """

    tokens: tuple[Token, ...]
    finding: Finding

    @property
    def table(self) -> Table:
        """Each token with its probability and its alternatives."""
        rows = [(repr(one.text), f"{one.probability:.1%}", _others(one)) for one in self._shown]
        records = tuple({"token": one.text, "logprob": one.logprob} for one in self.tokens)
        return Table(("token", "probability", "or else"), tuple(rows), records)

    @property
    def _shown(self) -> tuple[Token, ...]:
        return self.tokens[:MOST_SHOWN]

    def __repr__(self) -> str:
        says = for_terminal(str(self.finding))
        return f"{says}\n{self.table!r}" if self.tokens else says

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        says = marked(LEVELS[self.finding.level], str(self.finding), "span")
        text = "".join(map(_coloured, self._shown))
        left = len(self.tokens) - len(self._shown)
        more = f"<div>… {left:,} more</div>" if left else ""
        html = f'<div>{says}</div><div class="mathjax_ignore" style="{_TEXT}">{text}</div>{more}'
        return {"text/html": html, "text/plain": repr(self)}


def _coloured(token: Token) -> str:
    shade = 0.6 * (1 - token.probability)
    tip = for_attribute(f"{token.probability:.1%} · {_others(token)}")
    style = f"background: rgba(217, 102, 15, {shade:.2f})"
    return f'<span style="{style}" title="{tip}">{for_html(token.text)}</span>'


def _others(token: Token) -> str:
    """The alternatives, the likeliest first."""
    others = [Token(text, logprob) for text, logprob in token.others if text != token.text]
    return ", ".join(f"{one.text!r} {one.probability:.1%}" for one in others[:5])
