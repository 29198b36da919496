"""Is it the server or the route? The same request over other routes, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from ..client.chat import ask
from ..client.exchange import Exchange
from ..endpoint import resolve
from ..finding import Finding
from ..server.builtin import opened
from ..wording import first_up

HELD_BACK = ("buffered", "one delta", "not SSE", "fake streaming")
AS_ASKED = "as first asked"
UNCOMPRESSED = "without compression"


@dataclass(frozen=True)
class Route:
    """One route that the same prompt was sent over, and the exchange."""

    name: str
    exchange: Exchange

    @property
    def word(self) -> str:
        """The verdict on its exchange, in a word."""
        return self.exchange.word

    @property
    def median_gap_s(self) -> float | None:
        """The median gap between chunks; None for fewer than two chunks."""
        gaps = self.exchange.timing.gaps_s
        return median(gaps) if gaps else None

    @property
    def answered(self) -> bool:
        """Whether a stream arrived over it at all, buffered or not."""
        return self.exchange.streamed and self.exchange.failure is None


async def other_routes(
    first: Exchange, *, second_base_url: str = "", second_api_key_env: str = ""
) -> list[Route]:
    """The same request unstreamed, without compression and to another address.

    second_base_url:     the same server reached another way: directly, or through its proxy
    second_api_key_env:  the key meant for that address; the first one's is not sent there
    returns:             [] if the first exchange failed in a way that asking again would repeat
    raises:              AddressError if the second address is invalid
    """
    if first.conclusive:
        return []
    identity = {**first.request.headers, "Accept-Encoding": "identity"}
    endpoint, request = first.endpoint, first.request
    routes = [
        Route("in one piece", await ask(endpoint, request.as_stream(False))),
        Route(UNCOMPRESSED, await ask(endpoint, replace(request, headers=identity))),
    ]
    if second_base_url:
        second = resolve(
            second_base_url, api_key_env=second_api_key_env, timeout_s=endpoint.limits.whole_s
        )
        again = await ask(await opened(second), request)
        routes.append(Route(f"at {second.name}", again))
    return routes


def where_it_lies(first: Exchange, routes: Sequence[Route]) -> Finding | None:
    """What holds a stream back, judged by the differences between routes; None if nothing does.

    A route that failed says nothing about what holds another one back.
    """
    if first.failure or not routes:
        return None
    failed = [route for route in routes if route.exchange.failure]
    if found := _difference(first.word, [route for route in routes if route.answered]):
        return found.concerning("routes")
    if failed:
        says = f"{first_up(failed[0].name)}, no answer came, so that route tells nothing."
        failure = failed[0].exchange.failure
        return Finding(
            "route-failed", "remark", says, failure.says if failure else "", about="routes"
        )  # fmt: skip
    return None


def _difference(word: str, streams: Sequence[Route]) -> Finding | None:
    held = [route.name for route in streams if route.word in HELD_BACK]
    free = [route.name for route in streams if route.word not in (*HELD_BACK, "unclear")]
    if word not in HELD_BACK:
        if word != "streamed" or not held:
            return None
        return Finding(
            "route-holds-back", "remark",
            f"It streams {AS_ASKED}, but not {held[-1]}.",
            do="Look at what differs between the two: a proxy, or its settings.",
        )  # fmt: skip
    if UNCOMPRESSED in free:
        return Finding(
            "compression-holds-back", "remark",
            "Compression holds the stream back: it streams without.",
            do="Switch compression off for text/event-stream.",
        )  # fmt: skip
    if free:
        return Finding(
            "route-holds-back", "remark",
            f"The route holds the stream back, not the server: {free[0]} it streams.",
            do="Switch off buffering in whatever lies on the first route.",
        )  # fmt: skip
    if unclear := [route for route in streams if route.word == "unclear"]:
        return _undecided(unclear[0])
    if not any(route.name.startswith("at ") for route in streams):
        return Finding(
            "no-route-streams", "remark", "It does not stream over any route that was tried.",
            do="Set second_base_url to the server's own address, without the proxy: that tells "
            "the server from the route.",
        )  # fmt: skip
    return Finding(
        "no-route-streams", "remark",
        "It does not stream over any route: the server itself holds the text back.",
        do="Look for the server's streaming switch.",
    )  # fmt: skip


def _undecided(route: Route) -> Finding:
    """What came unclear over one route neither blames nor clears another."""
    why = route.exchange.findings[0]
    return Finding(
        "routes-unclear", "remark",
        f"Whether it streams {route.name} is unclear, so the routes are not compared.",
        why.says, why.do,
    )  # fmt: skip
