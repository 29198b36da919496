"""What --target means: an address with what is its own, and never a key."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.arguments import parser
from helpers.places import NOTEBOOKS
from helpers.run import plan
from helpers.run.typed import typed

COMPARE = NOTEBOOKS / "06_compare.ipynb"
KEY = "sk-0123456789abcdef0123"


def planned(*targets: str) -> plan.Planned:
    """Return the comparison that a command line plans."""
    options = [part for one in targets for part in ("--target", one)]
    asked = parser.parse(["run", "06_compare", *options])
    return plan.plan(COMPARE, typed(asked))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localhost:8000", {"base_url": "localhost:8000"}),
        (
            "localhost:8000 model=7 temperature=0.5 name='my oak'",
            {"base_url": "localhost:8000", "model": "7", "temperature": 0.5, "name": "my oak"},
        ),
        ("model=oak stop=[1]", {"model": "oak", "stop": [1]}),
        ("https://host/v1?api-version=1", {"base_url": "https://host/v1?api-version=1"}),
        ("replay:a.har effort=low", {"base_url": "replay:a.har", "effort": "low"}),
    ],
)
def test_a_target_is_an_address_and_its_own(text: str, expected: dict[str, Any]) -> None:
    """Numbers and lists are what they look like; names stay words."""
    assert expected == planned(text).parameters["targets"][0]


@pytest.mark.parametrize(
    "text",
    [
        f"localhost api_key={KEY}",
        f"localhost {KEY}",
        "localhost x=1 x=2",
        "'",
        f"localhost a={KEY}",
    ],
)
def test_a_key_and_a_slip_are_refused_without_the_text(text: str) -> None:
    """The sentence says what to type instead."""
    with pytest.raises(plan.Refused, match="--target expects") as refused:
        planned(text)
    assert KEY not in str(refused.value)


def test_another_notebook_has_no_targets() -> None:
    """It says which parameters it has."""
    asked = parser.parse(["run", "01_ask", "--target", "localhost"])
    with pytest.raises(plan.Refused, match="has no parameter 'targets'"):
        plan.plan(NOTEBOOKS / "01_ask.ipynb", typed(asked))


def test_every_target_is_known_beforehand() -> None:
    """Its address, its key's name: what is waited for, and kept out of the files."""
    both = planned("http://me:pw@localhost:1", "localhost:2 api_key_env=MINE")
    assert ["http://localhost:1/v1", "http://localhost:2/v1"] == [
        one.base_url for one in both.endpoints
    ]
    assert ["", "http://me:pw@localhost:1", "localhost:2"] == both.addresses
    assert ["MINE"] == both.key_names
    assert ["demo"] == [one.base_url for one in planned().endpoints]
