"""The way to an endpoint as a table that fills, and the one address to copy, in lines."""

from __future__ import annotations

from collections.abc import Sequence

from ...checks.connect.known import Step
from ...checks.connect.spellings import Spelling
from ...checks.connect.walk import Connection
from ...escaping import for_html, for_terminal
from ...finding import Finding
from ..theme import EDGE, INK, LEVELS, ROW, STATES, TABLE, VERDICTS, Sign, marked

_DIM = f"color-mix(in srgb, {INK} 62%, transparent)"
_CELL = "text-align: left; vertical-align: top; line-height: 20px; padding: 4px 16px 4px 0"
_MONO = "font-family: var(--jp-code-font-family, monospace); background: none"
_LINE = f"{_MONO}; user-select: all; overflow-wrap: anywhere; font-size: 12.5px; padding: 0"
_BUTTON = (
    f"border: 1px solid color-mix(in srgb, {INK} 43%, transparent); border-radius: 2px; "
    f"background: transparent; color: {INK}; font: 12px/20px var(--jp-ui-font-family, sans-serif); "
    "padding: 1px 10px; margin: 0; cursor: pointer"
)
# Without a clipboard (a page over plain http) the line is selected and the page copies that.
_COPY = (
    "const line = this.parentNode.parentNode.querySelector('code');"
    "const done = () => { this.textContent = 'Copied';"
    " setTimeout(() => { this.textContent = 'Copy'; }, 1500); };"
    "const selected = () => { getSelection().selectAllChildren(line);"
    " document.execCommand('copy') && done(); };"
    "navigator.clipboard ? navigator.clipboard.writeText(line.textContent).then(done, selected)"
    " : selected();"
)


def line(step: Step) -> str:
    """One layer on one line of a terminal."""
    verdict = step.finding.verdict
    return f"{VERDICTS[verdict].mark} {step.layer:<11} {verdict:<10} {step.finding.says}"


def took(step: Step) -> str:
    """How long a layer took in milliseconds; "–" if it did not have to wait."""
    if step.took_s is None:
        return "–"
    milliseconds = step.took_s * 1e3
    return f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:,.0f}"


def plain(connection: Connection) -> str:
    """The whole result as lines for a terminal."""
    lines = [
        _stopped(connection) or connection.headline,
        "",
        *(line(step) for step in connection.steps),
    ]
    lines += [""] * bool(connection.spellings)
    lines += [f"{one.line}    ({one.what})" for one in connection.spellings]
    return for_terminal("\n".join(lines))


def page(connection: Connection, *, stopped: bool = False) -> str:
    """The headline, the one line, the layers and the other spellings, as HTML.

    stopped:  whether nothing is being checked although not all is
    """
    spellings = connection.spellings if not connection.now else ()
    return (
        f'<div class="endpointscope-connect mathjax_ignore" style="font-size: 13px; color: {INK}">'
        f"{_head(connection, stopped)}{_first(connection, spellings[:1])}"
        f"{_layers(connection, stopped)}{_others(spellings[1:])}</div>"
    )


def trouble(finding: Finding) -> str:
    """An explanation of a text that contains no address, as HTML."""
    behind = for_html(str(finding).removeprefix(finding.says))
    return (
        f'<div class="endpointscope-connect mathjax_ignore" style="font-size: 13px; color: {INK}">'
        f"{_headline(LEVELS['fail'], finding.says)}"
        f'<div style="line-height: 20px">{behind}</div></div>'
    )


def _head(connection: Connection, stopped: bool) -> str:
    if stopped and connection.now:
        return _headline(STATES["stopped"], _stopped(connection))
    if connection.now:
        return _headline(STATES["waiting"], f"Checking: {connection.now} …")
    return _headline(LEVELS[connection.verdict.level], connection.headline)


def _stopped(connection: Connection) -> str:
    """Where a walk stopped that was interrupted; "" if it went to its end."""
    return f"Stopped at: {connection.now}. Press Look to check again." if connection.now else ""


def _headline(sign: Sign, words: str) -> str:
    style = "font-size: 16px; line-height: 24px; margin: 4px 0"
    return f'<div role="status" style="{style}">{marked(sign, words)}</div>'


def _first(connection: Connection, spelling: Sequence[Spelling]) -> str:
    """The line to change or, if there is none, what to do."""
    verdict = connection.verdict
    if connection.now:
        return ""
    advice = verdict.failures[0].do if verdict.failures else ""
    if not spelling:
        return f'<div style="line-height: 20px">{for_html(advice)}</div>'
    moved = connection.base_url != connection.known.typed_base
    asks = "Change one line." if moved else advice or "This line is right."
    hint = f'<span style="color: {_DIM}">Click the line to select all of it, or press Copy.</span>'
    return (
        f'<div style="line-height: 20px">{for_html(asks)} {hint}</div>'
        f'<div style="display: flex; gap: 8px; align-items: center; margin: 4px 0 8px">'
        f'<code style="{_LINE}; font-size: 14px; padding: 3px 9px; border: 1px solid {EDGE}; '
        f'border-radius: 3px">{for_html(spelling[0].line)}</code><span>{_copy()}</span></div>'
    )


def _layers(connection: Connection, stopped: bool) -> str:
    heads = "".join(_head_cell(head) for head in ("layer", "verdict", "what was seen", "do"))
    findings = connection.findings
    first = next((found for found in findings if found.level == "fail"), None)
    rows = "".join(
        # The advice on the first failure is already above the table.
        _row(step, found, "" if found is first else found.do)
        for step, found in zip(connection.steps, findings, strict=True)
    )
    waiting = [connection.now] if connection.now else []
    rows += "".join(_empty(name, "stopped" if stopped else "looking …") for name in waiting)
    rows += "".join(
        _empty(name, "" if connection.now else "not reached") for name in connection.left
    )
    return (
        f'<table style="{TABLE}; width: 100%; table-layout: fixed; margin: 4px 0"><tbody>'
        f'<tr style="{ROW}">{heads}{_head_cell("ms", "right")}</tr>{rows}</tbody></table>'
    )


def _head_cell(words: str, align: str = "left") -> str:
    widths = {"layer": "88px", "verdict": "92px", "do": "34%", "ms": "60px"}
    width = f"; width: {widths[words]}" if words in widths else ""
    end = "; padding-right: 0" if align == "right" else ""
    type_ = f"font-size: 12px; font-weight: 400; color: {_DIM}"
    style = f"{_CELL}{end}; text-align: {align}; {type_}{width}"
    return f'<th style="{style}">{words}</th>'


def _row(step: Step, finding: Finding, do: str) -> str:
    verdict = finding.verdict
    tag = "b" if verdict in ("deviates", "ignored") else "span"
    more = finding.evidence if verdict not in ("pass", "skipped") else ""
    says = for_html(finding.says) + (
        f'<div style="color: {_DIM}; font-size: 12px">{for_html(more)}</div>' if more else ""
    )
    cells = (
        for_html(step.layer), marked(VERDICTS[verdict], verdict, tag), says, for_html(do),
    )  # fmt: skip
    return _cells(cells, took(step))


def _empty(layer: str, words: str) -> str:
    dim = f'<span style="color: {_DIM}">'
    return _cells((f"{dim}{for_html(layer)}</span>", "", f"{dim}{words}</span>", ""), "")


def _cells(cells: Sequence[str], figure: str) -> str:
    style = f"{_CELL}; overflow-wrap: anywhere"
    *first, says, do = cells
    # Most rows have no advice, so the evidence takes the full width.
    wide = [f'<td colspan="2" style="{style}">{says}</td>']
    apart = [f'<td style="{style}">{cell}</td>' for cell in (says, do)]
    rest = "".join([f'<td style="{style}">{cell}</td>' for cell in first] + (apart if do else wide))
    last = f"{_CELL}; text-align: right; padding-right: 0; font-variant-numeric: tabular-nums"
    return f'<tr style="{ROW}">{rest}<td style="{last}">{figure}</td></tr>'


def _others(spellings: Sequence[Spelling]) -> str:
    if not spellings:
        return ""
    rows = "".join(
        f'<tr style="{ROW}"><td style="{_CELL}; width: 40%">{for_html(one.what)}</td>'
        f'<td style="{_CELL}"><code style="{_LINE}">{for_html(one.line)}</code></td>'
        f'<td style="{_CELL}; text-align: right; padding-right: 0; width: 70px">{_copy()}</td></tr>'
        for one in spellings
    )
    return f'<table style="{TABLE}; width: 100%; margin: 12px 0 4px"><tbody>{rows}</tbody></table>'


def _copy() -> str:
    return f'<button type="button" style="{_BUTTON}" onclick="{_COPY}">Copy</button>'
