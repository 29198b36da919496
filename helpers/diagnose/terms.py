"""What each API calls the parts of an answer, for sentences that hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..wire.request import Api


@dataclass(frozen=True)
class Terms:
    """The words of one API.

    api:      its name
    answer:   what a full answer is called
    piece:    what the data of an event is called
    end:      what a complete answer ends with
    no_end:   what is missing if it did not end
    finish:   what the end is called if it comes late
    reasons:  what it gives where a chat gives a finish reason
    """

    api: str
    answer: str
    piece: str
    end: str
    no_end: str
    finish: str
    reasons: dict[str, str] = field(default_factory=dict)

    def why(self, reason: str | None) -> str:
        """Why an answer ended, in the API's own words."""
        return self.reasons.get(reason or "") or f"finish reason {reason!r}"


CHAT = Terms(
    "chat API",
    "a chat completion",
    "a chunk of a chat completion",
    "a finish reason at its end",
    "neither a finish reason nor [DONE]",
    "The finish reason",
)
RESPONSES = Terms(
    "Responses API",
    "a response of the Responses API",
    "an event of the Responses API",
    "response.completed, or another event that ends it",
    "no event that ends it",
    "The event that ends it",
    {
        "stop": "status 'completed'",
        "tool_calls": "status 'completed'",
        "length": "status 'incomplete', reason 'max_output_tokens'",
        "content_filter": "status 'incomplete', reason 'content_filter'",
    },
)
MESSAGES = Terms(
    "Messages API",
    "a message of the Messages API",
    "an event of the Messages API",
    "a stop reason, and message_stop at its end",
    "no stop reason",
    "The stop reason",
    {
        "stop": "stop reason 'end_turn'",
        "tool_calls": "stop reason 'tool_use'",
        "length": "stop reason 'max_tokens'",
        "content_filter": "stop reason 'refusal'",
    },
)
TERMS: dict[Api, Terms] = {"chat": CHAT, "responses": RESPONSES, "messages": MESSAGES}
