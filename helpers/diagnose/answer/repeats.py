"""What an answer says more than once, repeated by something between the model and us."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ...finding import Finding
from ..observed import Observed, Part

# The same event this many times in a row is not a refrain.
RUN = 6
LONG = 80
WHOLE = 0.9


def of_the_repeats(observed: Observed) -> Iterator[Finding]:
    """Yield what was repeated: one chunk, every chunk, or the whole text."""
    longest = max(map(_longest_run, observed.parts.values()), default=0)
    if longest >= RUN:
        yield Finding(
            "chunks-repeated", "remark", "The same chunk came many times in a row.",
            f"{longest} times", "Look for a gateway that sends chunks again; a model that repeats "
            "itself does this, too.",
        )  # fmt: skip
    for (_, name), part in observed.parts.items():
        if _in_pairs(part.pieces):
            yield Finding(
                "each-chunk-twice", "fail", f"Each chunk of the {name} came twice.",
                f"{len(part.pieces)} chunks, in identical pairs",
                "Look for what writes the stream twice: two handlers, a gateway that merges a "
                "stream with its own copy, a retry. Programs show each word twice.",
            )  # fmt: skip
            continue
        before, last = "".join(part.pieces[:-1]), part.pieces[-1]
        if len(part.pieces) > 3 and len(before) > LONG // 4 and last == before:
            yield Finding(
                "text-again", "fail", f"The last chunk holds all of the {name} once more.",
                f"{len(before)} characters", "Send only what is new.",
            )  # fmt: skip
        elif (at := _starts_again(before + last)) > 0:
            yield Finding(
                "text-doubled", "remark", f"The {name} starts again from its beginning.",
                f"at character {at} of {len(before + last)}", "Look for a gateway that sends the "
                "answer once more at the end, retries in the middle, or adds deltas up twice.",
            )  # fmt: skip


def _longest_run(part: Part) -> int:
    """How often the same piece came in a row, 0 if fewer than RUN times."""
    pieces, step = part.pieces, RUN - 1
    if part.name != "text":
        return 0
    # A run that long has two equal neighbours where we look: at every fifth piece.
    if not any(a == b for a, b in zip(pieces[::step], pieces[1::step], strict=False)):
        return 0
    longest = max(sum(1 for _ in run) for _, run in groupby(pieces))
    return longest if longest >= RUN else 0


def _starts_again(text: str) -> int:
    """Where a text starts to repeat all that came before, word for word; 0 if it does not."""
    at = text.find(text[: LONG // 2], LONG // 2)
    again = text[at : 2 * at].rstrip()
    whole = at > 0 and len(again) >= WHOLE * at and text.startswith(again)
    return at if whole else 0


def _in_pairs(pieces: list[str]) -> bool:
    """Whether each piece is followed by its copy, and they are not all the same."""
    paired = len(pieces) >= 2 * RUN and len(pieces) % 2 == 0 and pieces[0] == pieces[1]
    return paired and pieces[::2] == pieces[1::2] and len({*pieces}) >= RUN
