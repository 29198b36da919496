"""Is it the server or the route, and does Stop stop it? A closer look at one stream."""

from __future__ import annotations

from dataclasses import dataclass

from ..client.exchange import Exchange
from ..finding import Finding
from .routes import Route, other_routes, where_it_lies
from .stopping import StopReport, does_stop_stop

# Two other routes, three short answers and a stream closed early. A second address adds one.
REQUESTS = 6


@dataclass(frozen=True)
class CloserLook:
    """What other routes and closing early revealed about a stream.

    stopping:  None if the stream had failed for good, in which case nothing more was asked
    """

    first: Exchange
    routes: tuple[Route, ...] = ()
    stopping: StopReport | None = None

    @property
    def findings(self) -> list[Finding]:
        """The finding on the routes and the finding on Stop."""
        lies = where_it_lies(self.first, self.routes)
        stopping = [self.stopping.finding] if self.stopping else []
        return [*([lies] if lies else []), *stopping]

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges over the other routes."""
        return [route.exchange for route in self.routes]


async def look_closer(
    first: Exchange, *, second_base_url: str = "", second_api_key_env: str = ""
) -> CloserLook:
    """The same prompt over other routes, then a stream that is closed early.

    raises:  AddressError if the second address is invalid
    """
    if first.conclusive or first.failure:
        return CloserLook(first)
    routes = await other_routes(
        first, second_base_url=second_base_url, second_api_key_env=second_api_key_env
    )
    return CloserLook(first, tuple(routes), await does_stop_stop(first))
