"""The page of one exchange that has passed: HTML in which the words of both sides are escaped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...checks.watch.watched import WatchedExchange
from ...escaping import for_html
from ...finding import Finding
from ...wording import counted, duration
from ..raw import raw_view
from ..stream.live import bundle
from ..theme import LEVELS, marked
from ..timeline.drawing import picture
from ..timeline.live import headline
from .rows import parameters

LONGEST = 4000
# For a long conversation, only its beginning and its end are shown.
FIRST, LAST = 4, 12


def page(watched: WatchedExchange) -> str:
    """Everything that is known about one exchange."""
    parts = [
        _head(watched),
        _about(watched),
        findings_html(watched.findings),
        _messages(watched),
        _answer(watched),
    ]
    if watched.recording.reads:
        parts.append(raw_view(watched.reading)._repr_mimebundle_()["text/html"])
    return "".join(parts)


def _head(watched: WatchedExchange) -> str:
    first = watched.findings[0] if watched.findings else None
    says = first.says.removesuffix(".") if first else watched.not_judged
    head = headline(watched.word, says, first.level if first else None)
    timed = first and watched.streamed and watched.recording.reads
    return head + (picture(watched.reading, verdict=f"{watched.word}: {says}") if timed else "")


def _about(watched: WatchedExchange) -> str:
    asked = [watched.title, watched.request.model, parameters(watched)]
    when = f"{watched.recording.started_at[11:19]} UTC"
    rows = {
        "asked": " · ".join(filter(None, asked)),
        "by": f"{watched.program or 'a program without a name'} at {when}",
        "took": duration(watched.figures.total_s or 0.0),
        "changed": "; ".join(watched.changes),
        "kept as": f"replay:{watched.file.name}" if watched.file else "",
    }
    lines = "".join(
        f"<dt>{name}</dt><dd>{for_html(words)}</dd>" for name, words in rows.items() if words
    )
    return (
        f'<div class="es-note mathjax_ignore" style="border: 0; padding: 0"><dl>{lines}</dl></div>'
    )


def findings_html(findings: tuple[Finding, ...]) -> str:
    """The findings on an answer that are not passes, one per line."""
    notable = [found for found in findings if found.level != "pass"]
    return (
        f'<div class="mathjax_ignore" style="margin: 6px 0">{"".join(map(_finding, notable))}</div>'
    )


def _finding(finding: Finding) -> str:
    beside = (
        f' <span class="es-dim">({for_html(finding.evidence)})</span>' if finding.evidence else ""
    )
    words = f"{for_html(finding.says)}{beside} {for_html(finding.do)}"
    return f"<div>{marked(LEVELS[finding.level], finding.name)} {words}</div>"


def _messages(watched: WatchedExchange) -> str:
    messages = watched.request.messages
    if not messages:
        return ""
    left_out = len(messages) - FIRST - LAST
    shown = [*enumerate(messages, 1)]
    if left_out > 0:
        note = f'<div class="es-dim">… {counted(left_out, "message")} left out …</div>'
        blocks = [*map(_message, shown[:FIRST]), note, *map(_message, shown[-LAST:])]
    else:
        blocks = [*map(_message, shown)]
    return _folded(f"messages · {len(messages)}", "".join(blocks))


def _message(numbered: tuple[int, Mapping[str, Any]]) -> str:
    number, message = numbered
    role = message.get("role")
    name = f"{number} · {role if isinstance(role, str) else 'no role'}"
    return f'<div class="es-dim">{for_html(name[:80])}</div><pre>{_cut(_text_of(message))}</pre>'


def _text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    rest = {k: v for k, v in message.items() if k not in ("role", "content") and v}
    lines: list[str] = [] if content is None else list(_parts(content))
    return "\n".join([*lines, *([json.dumps(rest, ensure_ascii=False)] if rest else [])])


def _parts(content: Any) -> Iterator[str]:
    for part in content if isinstance(content, list) else [content]:
        text = part.get("text") if isinstance(part, Mapping) else part
        yield text if isinstance(text, str) else json.dumps(part, ensure_ascii=False)


def _answer(watched: WatchedExchange) -> str:
    answer = watched.answer
    if not (answer.text or answer.reasoning or answer.tool_calls):
        return ""
    calls = "\n".join(f"{call.name}({call.arguments})" for call in answer.tool_calls)
    calls_html = f"<pre>{_cut(calls)}</pre>" if calls else ""
    text = (
        bundle(answer.text, answer.reasoning)["text/html"]
        if answer.text or answer.reasoning
        else ""
    )
    sizes = [counted(len(answer.text), "character")] if answer.text or not calls else []
    sizes += [counted(len(answer.tool_calls), "tool call")] if calls else []
    return _folded(" · ".join(["answer", *sizes]), text + calls_html)


def _folded(title: str, html: str) -> str:
    style = "cursor: pointer; font-size: 13px; line-height: 24px"
    return (
        f'<details class="mathjax_ignore"><summary style="{style}">{for_html(title)}</summary>'
        f"{html}</details>"
    )


def _cut(text: str) -> str:
    more = f"\n… {counted(len(text) - LONGEST, 'character')} more" if len(text) > LONGEST else ""
    return for_html(text[:LONGEST] + more)
