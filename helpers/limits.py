"""How long each part of a request may take."""

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
        """Return the usual limits, none of them longer than the whole may take.

        raises:  AddressError for what is no number above 0
        """
        # Written so that it is also true of "not a number".
        if not isinstance(whole_s, int | float) or not whole_s > 0:
            # Whatever else was given may have no words for itself.
            plain = whole_s is None or isinstance(whole_s, int | float | str)
            came = f"= {str(whole_s)[:20]}" if plain else f"of type {type(whole_s).__name__}"
            raise AddressError(
                "the seconds a request may take", f"timeout_s {came}",
                "Give more than 0, such as 300.",
            )  # fmt: skip
        usual = cls()
        return cls(
            connect_s=min(usual.connect_s, whole_s),
            first_chunk_s=min(usual.first_chunk_s, whole_s),
            silence_s=min(usual.silence_s, whole_s),
            whole_s=whole_s,
        )
