"""Redirects: those that a client follows and still has its answer."""

from __future__ import annotations

import pytest

from helpers.wire.redirect import followed, leads_to

HERE = "http://oak.example:8000/v1/chat/completions"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/v1/chat/completions/", f"{HERE}/"), ("/api?a=1#b", "http://oak.example:8000/api?a=1"),
        ("http://OAK.example:8000/x", "http://OAK.example:8000/x"), (HERE, ""),
        ("http://oak.example:8001/x", ""), ("https://oak.example:8000/x", ""),
        ("//elm.example", ""), ("/login?next=/v1", ""), ("", ""), ("http://[::x/v1", ""),
        ("http://oak.example:x/", ""),
        ("javascript:1", ""),
    ],
)  # fmt: skip
def test_a_redirect_is_followed_on_the_same_server_alone(location: str, target: str) -> None:
    """Not to itself, not to a login page, and only where the method is kept."""
    assert target == followed("POST", HERE, 307, location) == followed("POST", HERE, 308, location)
    assert "" == followed("POST", HERE, 301, location) == followed("POST", HERE, 302, location)
    assert target == followed("GET", HERE, 301, location) == followed("GET", HERE, 303, location)


def test_a_host_that_sounds_like_a_login_is_none() -> None:
    """Only the path says what a page is for."""
    assert followed("POST", "http://auth.example/v1", 307, "http://auth.example/v1/")


def test_port_0_is_not_the_usual_port() -> None:
    """It is another one, where nothing can listen."""
    assert "" == followed("POST", "http://oak.example/v1", 307, "http://oak.example:0/v1/")


def test_where_a_redirect_leads_is_a_web_address_or_nothing() -> None:
    """Whoever follows it."""
    assert "https://elm.example/v1" == leads_to(HERE, "https://elm.example/v1#x")
    assert "" == leads_to(HERE, "ftp://elm.example/")
