"""What the texts have in common, and whether a target even repeats itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from ...wording import counted
from ..watch.comparing import shared
from .targets import Target
from .turns import Comparison

# The most text compared word by word: the cost grows with the square of its length.
LONGEST = 5000


@dataclass(frozen=True)
class Alike:
    """A target's answer to one prompt beside the first target's.

    before, after:  the texts, the first target's first
    beginning:      how many characters they share at their beginning
    alike:          the share of words that match, from 0 to 1
    steady:         whether both targets said the same in every turn; None after one turn
    """

    prompt: int
    target: Target
    before: str
    after: str
    beginning: int
    alike: float
    steady: bool | None

    @property
    def same(self) -> bool:
        """Whether the texts are identical to the character."""
        return self.before == self.after

    @property
    def says(self) -> str:
        """What that means, in a sentence."""
        if self.same:
            return f"The same {counted(len(self.before), 'character')}."
        differ = (
            f"They share the first {counted(self.beginning, 'character')}, and "
            f"{self.alike * 100:.0f}% of the words are alike"
        )
        if self.steady is None:
            return f"{differ}; one turn does not tell whether that is chance."
        if self.steady:
            return f"{differ}, although each repeats itself: they differ by more than chance."
        return f"{differ}; a target's own answers differ from turn to turn, too."


def answers(compared: Comparison) -> list[Alike]:
    """Every other target's answers beside the first target's, prompt by prompt."""
    others = [target for target in compared.targets if target is not compared.first]
    return [found for target in others for found in _of(compared, target)]


def _of(compared: Comparison, target: Target) -> Iterator[Alike]:
    for prompt in range(len(compared.prompts)):
        before, after = (_texts(compared, one, prompt) for one in (compared.first, target))
        if before and after:
            one, other = before[0], after[0]
            words = one[:LONGEST].split(), other[:LONGEST].split()
            alike = SequenceMatcher(None, *words, autojunk=False).ratio()
            repeated = len(before) > 1 and len(after) > 1
            steady = len({*before}) == len({*after}) == 1 if repeated else None
            yield Alike(prompt, target, one, other, shared(one, other), alike, steady)


def _texts(compared: Comparison, target: Target, prompt: int) -> list[str]:
    """The complete warm answers to a prompt."""
    warm = compared.warm(target).items()
    return [one.text for (_, asked), one in warm if asked == prompt and not one.failure]
