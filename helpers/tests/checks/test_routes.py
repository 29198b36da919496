"""Is it the server or the route? What a difference shows, and what shows nothing."""

from __future__ import annotations

import asyncio

import pytest

from helpers.checks.closer_look import look_closer
from helpers.checks.routes import UNCOMPRESSED, Route, other_routes, where_it_lies
from helpers.client.exchange import Exchange
from helpers.tests.support.asked import asked, exchange_of
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.judged import TEXT, events, paced, refusal, whole

GOOD = exchange_of(paced(events()))
HELD = exchange_of(whole(b"".join(events())))
SHORT = exchange_of(paced(events(TEXT[:2])))
DOWN = exchange_of(refusal(502, {"error": "down"}))
THERE = "at http://127.0.0.1:9/v1"


def said(first: Exchange, *routes: Route) -> tuple[str, str]:
    """Return the name and the words of what the routes show, "" for nothing."""
    found = where_it_lies(first, routes)
    return (found.name, f"{found.says} {found.evidence} {found.do}") if found else ("", "")


@pytest.mark.parametrize(
    ("first", "route", "name", "words"),
    [
        (HELD, Route(THERE, GOOD), "route-holds-back", "not the server"),
        (HELD, Route(UNCOMPRESSED, GOOD), "compression-holds-back", "text/event-stream"),
        (GOOD, Route(THERE, HELD), "route-holds-back", "It streams as first asked, but not at"),
        (HELD, Route(UNCOMPRESSED, HELD), "no-route-streams", "Set second_base_url"),
        (HELD, Route(THERE, HELD), "no-route-streams", "the server itself"),
        (GOOD, Route(THERE, DOWN), "route-failed", "tells nothing"),
        (HELD, Route(THERE, DOWN), "no-route-streams", "Set second_base_url"),
        (GOOD, Route(THERE, GOOD), "", ""),
        (DOWN, Route(THERE, GOOD), "", ""),
        (HELD, Route(UNCOMPRESSED, SHORT), "routes-unclear", f"streams {UNCOMPRESSED} is unclear"),
        (HELD, Route(THERE, SHORT), "routes-unclear", "too short to tell"),
        (SHORT, Route(THERE, HELD), "", ""),
    ],
)
def test_a_difference_between_routes_is_told(
    first: Exchange, route: Route, name: str, words: str
) -> None:
    """And nothing is concluded from a route that failed, or that came unclear: that is said."""
    came, text = said(first, route)
    assert name == came
    assert words in text


def test_a_remark_on_routes_is_never_red() -> None:
    """It says where to look; whether it streams is said already."""
    found = where_it_lies(HELD, [Route(THERE, GOOD)])
    assert found
    assert ("remark", "routes") == (found.level, found.about)


def test_a_route_is_named_by_what_came() -> None:
    """Its word, or why no answer came."""
    assert ("streamed", "buffered") == (Route("a", GOOD).word, Route("b", HELD).word)
    assert "proxy error" != Route("c", DOWN).word
    assert pytest.approx(0.03) == Route("a", GOOD).median_gap_s
    assert not Route("c", DOWN).answered


@pytest.mark.slow
def test_the_proxy_is_told_from_the_server() -> None:
    """Where the second address streams, the route to the first holds it back.

    A busy machine may leave unclear how any of them came; then nothing follows from it.
    """
    first = asked("demo:buffered")
    routes = asyncio.run(other_routes(first, second_base_url="demo"))
    assert ["in one piece", UNCOMPRESSED, "at the built-in endpoint"] == [r.name for r in routes]
    words = ["buffered", "answered", "buffered", "streamed"]
    came = [first.word, *(route.word for route in routes)]
    assert all(word in (wanted, "unclear") for word, wanted in zip(came, words, strict=True))
    untold = "" if came[0] == "unclear" else "routes-unclear" if came[-1] == "unclear" else None
    assert (untold if untold is not None else "route-holds-back") == said(first, *routes)[0]


@pytest.mark.parametrize(
    "body", [b'{"error": {"message": "no"}}'], ids=["refusal"]
)  # fmt: skip
@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_what_was_refused_is_not_asked_over_other_routes(status: int, body: bytes) -> None:
    """Once is enough: no other path, no Stop, no second address."""
    with recording_server(status=status, body=body) as server:
        first = asked(server.url)
        before = len(server.seen)
        deeper = asyncio.run(look_closer(first, second_base_url=server.url))
    assert before == len(server.seen)
    assert ([], None) == (deeper.findings, deeper.stopping)


def test_who_was_not_reached_is_not_asked_again() -> None:
    """Neither over other routes nor to be stopped."""
    nobody = asked("http://127.0.0.1:9")
    assert [] == asyncio.run(other_routes(nobody))
    assert "refused" == Route("at h", nobody).word
