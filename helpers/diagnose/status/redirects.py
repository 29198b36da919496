"""Redirects: those that programs follow, and those that stop them."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...finding import Finding
from ...wire.head import REDIRECTED
from ...wire.redirect import followed, is_login, keeps, leads_to
from ..address import base_behind
from ..observed import Observed
from .refusal import Refusal

_NO_BASE = "No base URL avoids that: have the server answer at {} without a redirect."


def of_a_redirect(observed: Observed) -> Finding | None:
    """The remark that the answer came behind a redirect, with the address to use instead."""
    status, _, target = _behind(observed).partition(" ")
    if not target:
        return None
    base = base_behind(target, target)
    asked = observed.recording.url
    same = base in ("", base_behind(asked, asked))
    path = urlsplit(asked).path
    do = _NO_BASE.format(path) if same else f'Use the address it leads to: base_url = "{base}".'
    return Finding(
        REDIRECTED, "remark", f"The server redirects each request ({status}), so programs send it "
        "twice.", f"it leads to {target}", do, fix="" if same else base,
    )  # fmt: skip


def redirected(refusal: Refusal) -> Finding:
    """Where a redirect leads that was not followed, and why no program should."""
    observed, status = refusal.observed, refusal.status
    method, asked = refusal.recording.method, refusal.recording.url
    location = refusal.recording.header("location")
    target = leads_to(asked, location).partition("?")[0]
    follows = target != asked and bool(followed(method, asked, status, location))
    login = is_login(location) and not follows
    base = "" if login or not target else base_behind(asked, location)
    do = _advice(refusal, target, base, login=login)
    if _to_no_other_base(refusal, target, base):
        base = ""
    found = refusal.finding(REDIRECTED, f"The address redirects ({status}).", do, base)
    # A program that this kit watches follows it by itself.
    return found.at("remark") if follows and not _behind(observed) else found


def _advice(refusal: Refusal, target: str, base: str, *, login: bool) -> str:
    if _behind(refusal.observed):
        return (
            "One redirect leads to the next, and no answer comes: take them out of the server, or "
            "of what is in front of it."
        )
    if login:
        return (
            "It leads to a login page, so this address wants a browser. Look up the API's own "
            "address, or ask for access for programs."
        )
    if not target:
        return (
            "It does not say where to: Location is missing, or no web address. Look up the API's "
            "address in the server's documentation, or its rule for redirects."
        )
    if target == refusal.recording.url:
        return (
            "It leads to itself: take the redirect out of the server, or of what is in front of it."
        )
    if _to_no_other_base(refusal, target, base):
        path = urlsplit(refusal.recording.url).path
        if keeps(refusal.recording.method, refusal.status):
            return _NO_BASE.format(path)
        return (
            f"It leads to {target}, but turns a POST into a GET. Have the server answer at "
            f"{path} itself, or redirect with 307 or 308."
        )
    again = (
        "ask twice each time, and leave the key out where another host answers."
        if keeps(refusal.recording.method, refusal.status)
        else "may ask again without the prompt, or without the key."
    )
    return (
        f"Use the address it leads to: {base or 'it names none'}. Programs that follow it {again}"
    )


def _to_no_other_base(refusal: Refusal, target: str, base: str) -> bool:
    """Whether a redirect leads elsewhere below the same base URL."""
    asked = refusal.recording.url
    return target != asked and base == base_behind(asked, asked)


def _behind(observed: Observed) -> str:
    """The status and the target of the last redirect that was followed, "" if there was none."""
    odd = observed.recording.oddities
    return next((one.quote for one in odd if one.name == REDIRECTED), "")
