"""Timeouts for the parts of a request."""

from __future__ import annotations

from dataclasses import dataclass

from .address.reading import AddressError


@dataclass(frozen=True)
class Limits:
    """How long each part of a request may take, in seconds."""

    connect_s: float = 10.0
    first_chunk_s: float = 120.0
    silence_s: float = 60.0
    whole_s: float = 300.0

    @classmethod
    def within(cls, whole_s: float) -> Limits:
        """The usual limits, each cut to the time allowed for the whole request.

        raises:  AddressError if it is not a number above 0
        """
        # Negated like this, the comparison also rejects NaN.
        if not isinstance(whole_s, int | float) or not whole_s > 0:
            # An arbitrary object's str() may fail, so only its type is named.
            plain = whole_s is None or isinstance(whole_s, int | float | str)
            came = f"= {str(whole_s)[:20]}" if plain else f"of type {type(whole_s).__name__}"
            raise AddressError(
                "the seconds a request may take", f"timeout_s {came}",
                "Give more than 0, such as 300.", headline="This is not a time",
            )  # fmt: skip
        usual = cls()
        return cls(
            connect_s=min(usual.connect_s, whole_s),
            first_chunk_s=min(usual.first_chunk_s, whole_s),
            silence_s=min(usual.silence_s, whole_s),
            whole_s=whole_s,
        )
