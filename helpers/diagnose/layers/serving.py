"""What the layers above HTTP show, in sentences: the path, the key, the models, the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...endpoint import Endpoint
from ...finding import Finding
from ...wording import counted, shortened
from ..names import same_model
from .reaching import as_deviation, judged


@dataclass(frozen=True)
class Tried:
    """One request that was tried, and the status it got; None if none came."""

    method: str
    path: str
    status: int | None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status or 'no answer'}"


def path_found(tried: Tried, random: int | None) -> Finding:
    """The path that was given is right."""
    if random == 200:
        return judged(
            "any-path", "tolerated", f"{tried}, and any other path gets 200, too.",
            "A wrong path looks right here, and shows nothing: copy the base URL exactly.",
        )  # fmt: skip
    return judged("path", "pass", f"{tried}; a path that cannot exist {random or 'no answer'}.")


def lacks_version(base_url: str, tried: Sequence[Tried]) -> Finding:
    """The path is right once this kit has added the version that was not typed."""
    ending = base_url.rpartition("/")[2]
    return judged(
        "lacks-version", "tolerated", f"The base URL ends in /{ending}; this kit adds it, other "
        "programs do not.", f'Write base_url = "{base_url}" in programs.', evidence=_listed(tried),
    )  # fmt: skip


def at_the_root(base_url: str, here: str, tried: Sequence[Tried]) -> Finding:
    """The API is where it was typed to be, and only this kit looked below /v1 first."""
    return judged(
        "at-the-root", "tolerated", f"The API is at {base_url} itself, not under /v1, which this "
        "kit adds to an address without a path.", f'Here type base_url = "{here}"; programs take '
        f"{base_url}.", evidence=_listed(tried), fix=here,
    )  # fmt: skip


def another_path(given: str, base_url: str, here: str, tried: Sequence[Tried]) -> Finding:
    """The API is under a different path than the one given; `here` is how this kit wants it."""
    where = given or "/"
    return replace(
        judged(
            "wrong-path", "deviates", f"The API is not under {where} but at {base_url}.",
            f'Change one line: base_url = "{here}".', evidence=_listed(tried), fix=here,
        ),
        expected=f"an API under {where}", came=str(tried[0].status),
    )  # fmt: skip


def in_a_circle(redirected: Finding) -> Finding:
    """A redirect back to where it came from."""
    return replace(
        redirected, name="redirect-circle", says="The address redirects in a circle.", fix="",
        do="No program gets an answer here. Have whoever runs the server, or the proxy in front "
        "of it, take the redirect out; rules for a final slash, and from http to https, do this.",
    )  # fmt: skip


def no_api(
    origin: str, tried: Sequence[Tried], *, page: bool, random: int | None, words: str,
    unreadable: Finding | None = None,
) -> Finding:  # fmt: skip
    """A web server without an API below any usual path.

    page:        whether a web page is where the API was looked for
    random:      the status of a path that cannot exist
    words:       what the server said where the list of models was looked for
    unreadable:  why nothing can be read from what came, or no program is let through
    """
    if unreadable is not None:
        return replace(as_deviation(unreadable), evidence=f"{unreadable.evidence} {_listed(tried)}")
    settings = "."
    quote = f" It says: “{short(words, 120)}”." if words else ""
    if page:
        says = f"At {origin} there is a web page, but no API under any usual path."
        settings = ", or has to be switched on in the settings."
    elif random == 200:
        says = f"{origin} answers 200 to any path, and there is no API under any of the usual ones."
    else:
        says = f"At {origin} there is no API under any usual path."
    return replace(
        judged(
            "no-api", "deviates", says, "Look up the base URL in the server's documentation. Where "
            "this is the page that people use, the API is often on another port or under another "
            f"name{settings}", evidence=f"{_listed(tried)}{quote}",
        ),
        expected="a list of models, or a chat that wants messages", came=str(tried[0].status),
    )  # fmt: skip


def silent_port(silence: Finding, waited_s: float) -> Finding:
    """A port that accepts connections and never answers, whatever it is asked."""
    return replace(
        silence, name="silent-port", evidence="",
        says=f"The port accepts, and answered nothing for {waited_s:.0f} s: neither a list of "
        "models, nor a chat, nor a path that cannot exist.",
        do="If it is loading a model, or busy with a long answer to somebody else, run this again "
        "in a minute; 01_ask waits as long as timeout_s says. Otherwise check the server's log "
        "and restart it: it accepts connections and serves none. And check the port: what listens "
        "there may not be the API.",
    )  # fmt: skip


def key_unknown(waited_s: float, patient_s: float) -> Finding:
    """A server that says nothing yet, so that its view of the key is unknown."""
    return judged(
        "key-unknown", "unclear", f"A chat without messages got no answer within {waited_s:.0f} s, "
        "so what it makes of a key is not known.",
        f"It may be loading its model: the chat below is given up to {patient_s:.0f} s.",
    )  # fmt: skip


def no_key_needed(named: str) -> Finding:
    """The endpoint answers without a key."""
    beside = f" {named} is still sent." if named else ""
    return judged("key", "pass", f"No key is needed.{beside}")


def any_key() -> Finding:
    """The endpoint requires a key and accepts any."""
    return judged(
        "any-key", "deviates", "A key is wanted, and any will do.",
        "Set a variable to any word where you start JupyterLab (export OPENAI_API_KEY=none) and "
        'give its name: api_key_env = "OPENAI_API_KEY".',
    )  # fmt: skip


def right_key(name: str, without: str) -> Finding:
    """The key is accepted, and something is refused without it."""
    return judged("key", "pass", f"The key in {name} is accepted; without one: {without}.")


def other_header(header: str, name: str) -> Finding:
    """The key is accepted in a different header than the one SDKs send."""
    return replace(
        judged(
            "key-header", "deviates", f"The key is accepted in the header {header}, but not as "
            "Authorization: Bearer.",
            f'Send it there: headers = {{"{header}": "${name}"}}, api_key_env = "". In the openai '
            f'SDKs: default_headers={{"{header}": key}}.',
        ),
        expected="Authorization: Bearer", came=header,
    )  # fmt: skip


def key_not_sent(meant_for: str) -> Finding:
    """The key was withheld because the walk left the address it was meant for."""
    return judged(
        "key-kept", "skipped", f"The key is meant for {meant_for}, so it was not sent here.",
        "If this address is right, type it and look again.",
    )  # fmt: skip


def key_refused(finding: Finding, asks: str) -> Finding:
    """No key, or the wrong one.

    asks:  the answer's WWW-Authenticate header
    """
    evidence = f"{finding.evidence} WWW-Authenticate: {asks[:120]}" if asks else finding.evidence
    return as_deviation(replace(finding, evidence=evidence))


def models_listed(names: Sequence[str], chosen: str, *, standard: bool) -> Finding:
    """A list of models, and the one that will be asked."""
    chosen = short(chosen)
    count = counted(len(names), "model")
    says = f"{count}; {chosen} is asked."
    if standard:
        return judged("models", "pass", says)
    return judged(
        "models-shape", "tolerated", f"{says} The list is not OpenAI's {{\"data\": […]}}.",
        "Programs that fill a menu from it may show nothing: type the model's name there.",
    )  # fmt: skip


def no_models(asked: str, why: str) -> Finding:
    """There is no list of models: why, and which model is asked instead."""
    return judged(
        "no-model-list", "tolerated", f"{why}: {short(asked)!r} is asked.",
        "" if asked != "default" else "Give the name that the server was started with as model.",
    )  # fmt: skip


def model_misspelled(typed: str, near: Sequence[str]) -> Finding:
    """A name that is not listed, and the listed ones that are close to it."""
    first, *others = map(short, near)
    also = f" Also close: {', '.join(others)}." if others else ""
    return replace(
        judged(
            "model-misspelled", "deviates", f"There is no model {typed!r}; there is {first!r}.",
            f'Change one line: model = "{first}".{also}',
        ),
        expected="a model's name as it is listed", came=repr(typed),
    )  # fmt: skip


def model_unlisted(typed: str, near: Sequence[str] = ()) -> Finding:
    """A name that is not listed and, as far as is known, not misspelled."""
    listed = f"The closest is {short(near[0])!r}." if near else "Choose one from the list."
    return judged(
        "model-unlisted", "tolerated", f"The model {typed!r} is not listed; the chat decides.",
        f"An alias works unlisted. If it is refused, or another model answers: {listed}",
    )  # fmt: skip


def any_model(answered: str) -> Finding:
    """A nonsense name was answered."""
    by = f" ({short(answered)} answered)" if answered else ""
    return judged(
        "any-model", "tolerated", f"A name that cannot exist still gets an answer{by}.",
        "A mistyped model name goes unnoticed here: check the model in the answer.",
    )  # fmt: skip


def names_checked(status: int | None) -> Finding:
    """A nonsense name was refused."""
    return judged("model-names", "pass", f"A name that cannot exist is refused ({status}).")


def answered(text: str, finish: str, *, streamed: bool, asked: str, model: str) -> Finding:
    """A tiny completion came."""
    how = "streamed" if streamed else "in one piece"
    says = f"“{short(text, 40)}” {how}, finish reason {finish or 'none'}."
    if model and not same_model(asked, model):
        asked, model = short(asked), short(model)
        return judged(
            "another-model", "tolerated", f"{says} {asked} was asked, {model} answered.",
            "A router or an alias does this. If you meant exactly that model, choose it from the "
            "list.",
        )  # fmt: skip
    return judged("chat", "pass", says)


def reasoned_only(tokens: int, *, seen_to: bool) -> Finding:
    """The few tokens went into reasoning.

    seen_to:  False if that is only likely, as nothing came at all
    """
    spent = f"the {tokens} tokens it was given went into reasoning before any text"
    likely = f"no text came within {tokens} tokens, as from a model that hides its thoughts"
    return judged(
        "reasoned-only", "tolerated", f"It answers, but {spent if seen_to else likely}.",
        "Give a reasoning model more tokens in your programs.",
    )  # fmt: skip


def not_now(finding: Finding) -> Finding:
    """An answer that a busy or rate-limiting server refused for the moment."""
    return replace(finding, level="unclear", verdict="unclear")


def warmed_up(first_s: float, later_s: float) -> Finding:
    """The first answer was slow, the second was not."""
    return judged(
        "cold-start", "tolerated",
        f"The first answer took {first_s:.1f} s, the second {later_s:.1f} s: it was loading.",
        "Give the first request after a pause more time: timeout_s, and the limits of proxies.",
    )  # fmt: skip


def surfaces(there: Sequence[str], absent: Sequence[str]) -> Finding:
    """Which APIs exist at this server."""
    missing = f" Not there: {', '.join(absent)}." if absent else ""
    return judged("surfaces", "pass", f"There: {', '.join(there) or 'none'}.{missing}")


def refused_for(finding: Finding, endpoint: Endpoint) -> Finding:
    """A completion that failed, as the diagnosis explains it."""
    return as_deviation(replace(finding, fix="" if endpoint.built_in else finding.fix))


def short(text: str, length: int = 60) -> str:
    """The beginning of what a server said, on one line."""
    return shortened(" ".join(text[: 4 * length].split()), length)


def _listed(tried: Sequence[Tried]) -> str:
    # The first one was typed, the last one decided.
    between = len(tried) - 3
    shown = [*tried[:2], *([f"{between} more"] if between > 0 else []), *tried[2:][-1:]]
    return ", ".join(map(str, shown)) + "."
