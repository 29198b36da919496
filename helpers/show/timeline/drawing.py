"""A timeline drawn as SVG: lanes, marks, guides and the axis."""

from __future__ import annotations

from ...escaping import for_attribute, for_html
from ...wire.reading import Reading
from ...wording import duration
from ..theme import BLUE
from .layout import Lane, Lanes, lanes_of, place

_DIM = "color-mix(in srgb, var(--jp-ui-font-color0, #7A7A7A) 62%, transparent)"
_FULL = "var(--jp-ui-font-color0, #7A7A7A)"
_LABELS_PX = 124
_TOP, _STEP, _HALF, _AXIS = 30, 26, 7, 97


def picture(reading: Reading, *, now_s: float | None = None, verdict: str = "") -> str:
    """The picture alone, as SVG that is as wide as the cell."""
    drawn = lanes_of(reading, now_s=now_s)
    label = for_attribute(f"{verdict}. {drawn.sentence}" if verdict else drawn.sentence)
    parts = [_lane(drawn, lane, n) for n, lane in enumerate(drawn.lanes)]
    return (
        f'<svg role="img" aria-label="{label}" height="118" style="display: block; '
        f"overflow: visible; width: calc(100% - {_LABELS_PX + 20}px); margin: 0 20px 6px "
        f'{_LABELS_PX}px; font-size: 12px; font-variant-numeric: tabular-nums">'
        f"{_guides(drawn)}{''.join(parts)}{_crowds(drawn)}{_stalls(drawn)}{_ends(drawn)}"
        f"{_axis(drawn)}</svg>"
    )


def _y(row: int) -> int:
    return _TOP + _STEP * row


def _x(at_s: float, drawn: Lanes) -> float:
    """A time's position in percent of the width."""
    return round(min(at_s / drawn.scale_s, 1.0) * 100, 2)


def _lane(drawn: Lanes, lane: Lane, row: int) -> str:
    y, waited = _y(row), _x(drawn.waited_s, drawn)
    path = "".join(_run(*run) for run in lane.runs)
    if lane.crowd:
        middle = place(lane.crowd[0], drawn.scale_s)
        path += _run(middle - 1, middle + 1)
    return (
        f'<rect x="0" y="{y - _HALF}" width="{waited:g}%" height="{2 * _HALF}" fill="#7A7A7A" '
        f'fill-opacity="0.17"/>'
        f'<line x1="0" x2="100%" y1="{y}" y2="{y}" stroke="#7A7A7A" stroke-opacity="0.35"/>'
        f'<text x="{-_LABELS_PX}" y="{y + 4}" style="fill: {_FULL}; font-size: 13px">'
        f"{lane.name}</text>"
        f'<text x="-14" y="{y + 4}" style="fill: {_DIM}; font-size: 13px" text-anchor="end">'
        f"{lane.count:,}</text>"
        f'<svg y="{y - _HALF}" width="100%" height="{2 * _HALF}" viewBox="0 0 480 14" '
        f'preserveAspectRatio="none" overflow="visible"><path d="{path}" fill="{lane.colour}" '
        f'stroke="{lane.colour}" stroke-width="2" vector-effect="non-scaling-stroke"/></svg>'
    )


def _run(first: int, last: int) -> str:
    """Marks that touch as one bar: a line for a single mark, a box for several."""
    return f"M{first} 0v14" if first == last else f"M{first} 1h{last - first}v12H{first}z"


def _guides(drawn: Lanes) -> str:
    parts = []
    if drawn.headers_s is not None:
        parts.append(_guide(_x(drawn.headers_s, drawn), _FULL, 'stroke-dasharray="2 3"'))
        parts.append(_text(_x(drawn.headers_s, drawn), 12, f"TTFB {duration(drawn.headers_s)}",
                           side=-1, colour=_DIM))  # fmt: skip
    taken = 0.0
    if drawn.ttft_s is not None:
        x = _x(drawn.ttft_s, drawn)
        left = x > 88 and x - _x(drawn.headers_s or 0.0, drawn) > 22
        parts.append(_guide(x, _FULL))
        parts.append(_text(x, 12, f"TTFT {duration(drawn.ttft_s)}", side=-1 if left else 1))
        taken = x + 14
    if drawn.now_s is not None:
        x = _x(drawn.now_s, drawn)
        parts.append(_guide(x, BLUE))
        if x >= taken and not 90 < x < taken + 10:
            side = -1 if x > 90 else 1
            parts.append(_text(x, 12, f"now {duration(drawn.now_s)}", side=side))
    return "".join(parts)


def _guide(x: float, colour: str, more: str = "") -> str:
    return (
        f'<line x1="{x:g}%" x2="{x:g}%" y1="17" y2="{_AXIS - 3}" style="stroke: {colour}" '
        f'stroke-width="1.5" {more}/>'
    )


def _text(x: float, y: int, text: str, *, side: int, colour: str = _FULL, dx: int = 4) -> str:
    """A label right (1), left (-1) or centred (0) at a position, clear of lines."""
    anchor = {1: "start", -1: "end", 0: "middle"}[side]
    return (
        f'<text x="{x:g}%" dx="{side * dx}" y="{y}" text-anchor="{anchor}" style="fill: {colour}; '
        "stroke: var(--jp-layout-color0, transparent); stroke-width: 5px; paint-order: stroke"
        f'">{for_html(text)}</text>'
    )


def _crowds(drawn: Lanes) -> str:
    parts = []
    for row, lane in enumerate(drawn.lanes):
        if lane.crowd is None:
            continue
        x, words = _x(lane.crowd[0], drawn), lane.crowd[1]
        near_done = row == 1 and drawn.done_s is not None and abs(_x(drawn.done_s, drawn) - x) < 8
        dx = 62 if drawn.side == 1 and near_done else 9
        parts.append(_text(x, _y(row) + 4, words, side=drawn.side, dx=dx))
    return "".join(parts)


def _stalls(drawn: Lanes) -> str:
    parts = []
    for start_s, end_s in drawn.stalls:
        start, end = _x(start_s, drawn), _x(end_s, drawn)
        parts.append(
            f'<rect x="{start:g}%" y="{_y(2) - _HALF}" width="{end - start:g}%" height="14" '
            'fill="#D9660F" fill-opacity="0.14" stroke="#D9660F" stroke-dasharray="3 2"/>'
        )
        if end - start > 12:
            middle = (start + end) / 2
            parts.append(_text(middle, _y(2) + 4, f"! stall {duration(end_s - start_s)}", side=0))
    return "".join(parts)


def _ends(drawn: Lanes) -> str:
    parts = []
    if drawn.role_s is not None:
        parts.append(
            f'<circle cx="{_x(drawn.role_s, drawn):g}%" cy="{_y(1)}" r="4" stroke="{BLUE}" '
            'stroke-width="1.5" style="fill: var(--jp-layout-color0, transparent)"/>'
        )
    if drawn.done_s is not None:
        x = _x(drawn.done_s, drawn)
        parts.append(f'<circle cx="{x:g}%" cy="{_y(1)}" r="4.5" fill="{BLUE}"/>')
        parts.append(_text(x, _y(1) + 4, drawn.done, side=1, dx=9))
    if drawn.cut is not None:
        parts.append(_text(_x(drawn.cut[0], drawn), _y(1) + 4, drawn.cut[1], side=1, dx=10))
    return "".join(parts)


def _axis(drawn: Lanes) -> str:
    line = 'stroke="#7A7A7A" stroke-opacity="0.6"'
    parts = [f'<line x1="0" x2="100%" y1="{_AXIS}" y2="{_AXIS}" {line}/>']
    parts.append(
        f'<text x="{-_LABELS_PX}" y="{_AXIS + 12}" style="fill: {_DIM}">seconds since send</text>'
    )
    for at_s in drawn.axis_s:
        x = _x(at_s, drawn)
        parts.append(f'<line x1="{x:g}%" x2="{x:g}%" y1="{_AXIS}" y2="{_AXIS + 4}" {line}/>')
        anchor = "start" if at_s == 0 else "middle"
        parts.append(
            f'<text x="{x:g}%" y="{_AXIS + 16}" style="fill: {_DIM}" text-anchor="{anchor}">'
            f"{at_s:.6g}</text>"
        )
    return "".join(parts)
