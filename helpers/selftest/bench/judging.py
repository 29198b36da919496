"""What a recorded stream costs to read and to judge: `python -m helpers.selftest.bench.judging`.

It runs in its own process, so that the CPU time is the judge's alone. Shorter streams are read
more often, so that a round always covers the same number of chunks.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import process_time

from ...diagnose.diagnosis import diagnose
from ...server.stamped import spawned
from ...wire.reading import read
from ...wire.recording import Recording
from .reading import Cost, cost
from .recorded import even


@dataclass(frozen=True)
class JudgingCost:
    """The cost of a chunk in a stream of this length.

    parse:  for a reading alone
    judge:  for the word and the findings, including the reading they need
    """

    chunks: int
    parse: Cost
    judge: Cost


def measure(chunks: Sequence[int], *, rounds: int) -> tuple[JudgingCost, ...]:
    """The cost of streams of these lengths."""
    with spawned(f"{__package__}.judging", *map(str, (rounds, *chunks))) as output:
        found = json.loads(output.read())
    return tuple(
        JudgingCost(one["chunks"], Cost(**one["parse"]), Cost(**one["judge"])) for one in found
    )


def _judged(recording: Recording) -> object:
    return diagnose(read(recording))


def _measured(chunks: Sequence[int], rounds: int) -> list[JudgingCost]:
    recordings = [even(count) for count in chunks]
    ways: tuple[Callable[[Recording], object], ...] = (read, _judged)
    spent: dict[tuple[int, int], list[float]] = {}
    for number in range(1 + rounds):
        for place, recording in enumerate(recordings):
            for way, take in enumerate(ways):
                gc.collect()
                before_s = process_time()
                for _ in range(max(chunks) // chunks[place]):
                    take(recording)
                # The first round only warms up.
                if number:
                    spent.setdefault((place, way), []).append(process_time() - before_s)
    return [
        JudgingCost(
            count, *(cost(spent[place, way], max(chunks) // count * count) for way in (0, 1))
        )
        for place, count in enumerate(chunks)
    ]


if __name__ == "__main__":
    _rounds, *_chunks = map(int, sys.argv[1:])
    print(json.dumps([asdict(one) for one in _measured(_chunks, _rounds)]))
