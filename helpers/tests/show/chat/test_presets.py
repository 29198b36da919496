"""Parameters kept by name: found again, deleted in one step, and never with a key."""

from __future__ import annotations

from pathlib import Path

import pytest

import helpers as es
from helpers.places import OUT_VARIABLE
from helpers.show.chat import presets
from helpers.show.chat.presets import PresetError

KEY = "sk-oak-0123456789abcdef0123"


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is kept elsewhere."""
    monkeypatch.setenv(OUT_VARIABLE, str(tmp_path))


def test_what_was_kept_fills_the_fields_again(tmp_path: Path) -> None:
    """The parameters alone: address, model and key's name stay as they are."""
    chat = es.chat("demo:fast", system="You are a pirate.", extra_body={"top_p": 0.9})
    chat._controls.named["temperature"].value = "0.2"
    assert "two-words" == chat.keep_preset("Two words")
    other = es.chat("demo:fast", model="oak")
    other.use_preset("two-words")
    fields = other._fields.parameters
    assert ("You are a pirate.", 0.2, 0.9, None) == tuple(
        fields.get(name) for name in ("system", "temperature", "top_p", "seed")
    )
    assert "oak" == other.endpoint.model
    (file,) = (tmp_path / "presets").iterdir()
    assert 0o600 == file.stat().st_mode & 0o777
    assert (["two-words"], 1, []) == (presets.kept(), other.forget_presets(), presets.kept())


@pytest.mark.parametrize(
    "body", [{"api_key": "oak"}, {"metadata": {"note": f"use {KEY}"}}, {"stop": [KEY]}]
)
def test_a_key_is_not_kept(body: dict[str, object]) -> None:
    """By its name or by its shape; the message does not repeat it."""
    with pytest.raises(PresetError, match="without a key") as raised:
        es.chat("demo:fast", extra_body=body).keep_preset("oak")
    assert KEY not in str(raised.value)
    assert [] == presets.kept()


def test_the_endpoints_own_key_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even as a word of the system prompt."""
    monkeypatch.setenv("OAK", "plainwordsonly")
    chat = es.chat("http://127.0.0.1:9/v1", api_key_env="OAK", system="say plainwordsonly")
    with pytest.raises(PresetError, match="without a key"):
        chat.keep_preset("oak")


def test_choosing_and_keeping_in_the_panel() -> None:
    """As the functions do; what cannot be kept is said in the panel."""
    chat = es.chat("demo:fast", system="You are a pirate.")
    chat._buttons.preset.value = "pirate"
    chat._buttons.keep.click()
    assert "Kept as the preset pirate" in chat._controls.note.value
    other = es.chat("demo:fast")
    assert ("pirate",) == tuple(other._buttons.preset.options)
    other._buttons.preset.value = "pirate"
    assert "You are a pirate." == other._controls.system.value
    other._buttons.preset.value = "…"
    other._buttons.keep.click()
    assert "a name of letters" in other._controls.note.value


def test_a_name_that_is_none_is_said() -> None:
    """With the names that there are."""
    with pytest.raises(PresetError, match="none yet"):
        es.chat("demo:fast").use_preset("oak")
    with pytest.raises(PresetError, match="letters and digits"):
        es.chat("demo:fast").keep_preset("…")
