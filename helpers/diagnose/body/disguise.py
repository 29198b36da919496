"""An answer wrapped so that no client can read it: what it is wrapped in, and by what."""

from __future__ import annotations

from collections.abc import Iterable

from ...finding import Finding, explained
from ...wire.parsing import behind
from ...wire.server_error import server_error
from ..observed import Observed, quoted
from .wrappers import OF_A_BODY, OF_A_STREAM, OF_AN_EVENT, READ, Find, Wrapper


def body_disguised(observed: Observed) -> Finding | None:
    """A body that no client can use, although it contains an answer or an error."""
    body = observed.reading.body[:READ]
    return _found(OF_A_BODY, body, observed, quoted(body))


def events_disguised(observed: Observed) -> Finding | None:
    """Events, or lines, in which a chunk is wrapped so that no client recognises it."""
    reading = observed.reading
    if found := _found(OF_A_STREAM, reading.body[:READ], observed, quoted(reading.body)):
        return found
    events = (event.data for *_, event in reading.events)
    texts = reading.unparsed or [data for data in events if data.strip() not in ("[DONE]", "")]
    if not texts:
        return None
    return _found(OF_AN_EVENT, texts[0].encode("utf-8", "replace"), observed, texts[0][:200])


def more_behind(observed: Observed) -> Finding:
    """A complete answer with more text after its JSON."""
    text = observed.reading.body.decode("utf-8", "replace")
    return explained(
        "json-behind", "Something follows the answer's JSON, so programs fail to read it.",
        expected="one JSON object with the answer, and nothing else",
        came=f"{observed.came}, and more after it", quote=quoted((behind(text) or "").encode()),
        do="Look for what writes a second time: a handler that goes on after it has answered, an "
        f"error handler, or a retry in a gateway.{observed.kept()}",
    )  # fmt: skip


def _found(finders: Iterable[Find], body: bytes, observed: Observed, quote: str) -> Finding | None:
    wrapper = Wrapper(body, observed)
    disguise = next(filter(None, (find(wrapper) for find in finders)), None)
    if disguise is None:
        return None
    inner = server_error(disguise.inside)
    return explained(
        disguise.name, disguise.says, expected="events with one JSON chunk each"
        if observed.reading.sse or observed.reading.streamed else "one JSON object, in UTF-8",
        came=observed.came, do=disguise.do, quote=inner.message if inner else quote,
    )  # fmt: skip
