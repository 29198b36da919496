"""What a conversation adds to the panel: buttons, its token counts, and presets."""

from __future__ import annotations

from ...escaping import for_attribute, for_html
from ...finding import Verdict
from ..panel import widgets
from ..panel.controls import Controls
from ..theme import LEVELS, marked


class TurnControls:
    """Buttons for the last turn, in a row below the status; presets among the parameters."""

    def __init__(self, controls: Controls) -> None:
        button = widgets.button
        self.again = button("Regenerate", "ask for the last answer again")
        self.edit = button("Edit last", "say something else in place of the last message")
        self.go_on = button("Continue", "let the last answer continue where it stopped")
        self.new = button("New conversation", "forget what was said")
        self._sums = widgets.html("es-cut es-summary")
        buttons = (self.again, self.edit, self.go_on, self.new)
        line = widgets.box("es-row es-indent es-wrap es-turns", *buttons, self._sums)
        self._verdict = widgets.html("es-wide es-verdict es-hidden")
        controls.panel.children = (*controls.panel.children, line, self._verdict)
        self.preset = widgets.suggesting("Preset", "es-grow", placeholder="choose or name one")
        self.keep = button("Keep", "keep these parameters under that name, without any key")
        folded = controls.parameters.content
        row = widgets.box("es-beside es-row", self.preset, self.keep)
        folded.children = (*folded.children, row)

    def offer_presets(self, names: list[str]) -> None:
        """Offer the existing presets."""
        self.preset.options = names

    def conclude(self, verdict: Verdict | None) -> None:
        """Say above the turns whether the conversation holds up; None shows nothing yet."""
        if verdict:
            first = verdict.findings[0]
            parts = [verdict.sentence, first.do if verdict.failures else ""]
            # A plain yes needs to say to what.
            parts += [verdict.findings[0].says] if verdict.level == "pass" else []
            question = marked(LEVELS[verdict.level], verdict.question)
            words = for_html(" ".join(filter(None, parts)))
            self._verdict.value = f'<div role="status" class="es-said">{question} {words}</div>'
        widgets.show(self._verdict, verdict is not None)

    def say(self, words: str, tip: str) -> None:
        """Show the conversation's token counts."""
        titled = f'class="es-dim" title="{for_attribute(tip)}"'
        self._sums.value = f"<span {titled}>{for_html(words)}</span>"
