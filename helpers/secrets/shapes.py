"""Names that hold secrets, texts that look like one, and secrets in an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from urllib.parse import parse_qsl, unquote

HIDDEN = "•••"
SHORTEST_ALONE = 8

_SECRET_NAME = re.compile(
    r"auth|cookie|token(?!s)|secret|passw|passphrase|(?:\b|_)(?:pwd|pass|pat)$|key$"
    r"|api[-_]?key(?!_env)|jwt|bearer"
    r"|^sig|signature|credential|^code$",
    re.I,
)
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_OPEN_NAME = re.compile(r"(www|proxy)-authenticate$|access-control-", re.I)
_USERINFO = re.compile(r"(?<=://)[^/?#\s\"'\\<>]+(?=@)")
_QUERY = re.compile(r"(?<=[?&;])([\w.%-]+)=([^&\s\"'\\<>#]+)")

PREFIX = r"(?:sk|gsk|rk|pk|xai|nvapi|pplx|glpat)[-_]"
_PREFIX = re.compile(rf"{PREFIX}.{{4}}")
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}")
_AWS = re.compile(r"A[A-Z]{3}(?=.*\d)[A-Z0-9]{16}")
_HEX = re.compile(r"(?=.*\d)(?=.*[A-Fa-f])[0-9A-Fa-f]{16,}")
_IN_TEXT = re.compile(
    rf"(?<![\w-])(?:{PREFIX}(?=[\w-]*(?:\d|[a-z][A-Z]))[\w-]{{13,}}(?:\.[\w-]+)*"
    r"|eyJ[\w-]{8,}\.[\w.-]{8,}"
    r"|(?:gh[a-z]_|github_pat_|hf_|r8_|npm_|AIza|AKIA)[A-Za-z0-9]{16,}\w*)"
)
_LONE_LETTER = re.compile(r"(?<=[A-Z])[a-z](?=[A-Z])")


def open_pairs(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers or parameters without those that hold a key itself; a "$NAME" may be shown."""
    return tuple(pair for pair in pairs if names_variable(pair[1]) or not gives_away(*pair))


def gives_away(name: str, value: str) -> bool:
    """Whether a header or a parameter holds a key itself, by its name or a word's shape."""
    return is_secret_name(name) or any(map(is_plain_key, value.split()))


def names_variable(value: str) -> bool:
    """Whether a value is "$NAME", which refers to an environment variable."""
    return bool(_VARIABLE.fullmatch(value))


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether a header, a query parameter or a cookie of this name holds a secret."""
    return bool(_SECRET_NAME.search(name)) and not _OPEN_NAME.match(name)


def looks_like_key(text: str) -> bool:
    """Whether a text given as a name or a host has the shape of a key."""
    if _PREFIX.match(text) or _JWT.search(text):
        return True
    return any(_is_random(part) for part in re.findall("[A-Za-z0-9]+", text))


def is_token(text: str) -> bool:
    """Whether a text is a JSON web token, which has dots like a host name."""
    return bool(_JWT.match(text))


def is_plain_key(text: str) -> bool:
    """Whether a text is a key in any context: by a provider's prefix, or as a JWT."""
    return bool(_JWT.match(text) or (len(text) >= 16 and _PREFIX.match(text)))


def is_key_for_model(text: str) -> bool:
    """Whether a text given as a model is a key, by stricter rules since models have odd names."""
    if any(mark in text for mark in "/: "):
        return False
    long = (part for part in re.findall("[A-Za-z0-9]+", text) if len(part) >= 20)
    return is_plain_key(text) or any(_is_random(part) for part in long)


def _is_random(part: str) -> bool:
    """Whether an unbroken run of letters and digits is random rather than words."""
    steps = sum(a.isdigit() != b.isdigit() for a, b in pairwise(part))
    return bool(
        len(part) >= 32
        or (len(part) >= 16 and steps >= 3)
        or (len(part) >= 20 and len(_LONE_LETTER.findall(part)) >= 2)
        or _AWS.fullmatch(part)
        or _HEX.fullmatch(part)
    )


def without_address(text: str, hide: Callable[[str], str] = lambda _: HIDDEN) -> str:
    """The text with user, password and secret query values hidden in every URL in it."""

    def shown(match: re.Match[str]) -> str:
        secret = _gives_away(unquote(match[1]), match[2])
        return f"{match[1]}={hide(match[2])}" if secret else match[0]

    return _QUERY.sub(shown, _USERINFO.sub(lambda found: hide(found[0]), text))


def without_keys(text: str) -> str:
    """The text without the keys in it, which are recognised by their shape alone."""
    return _IN_TEXT.sub(HIDDEN, text)


def keys_in(path: str) -> tuple[str, ...]:
    """The keys in the path of a URL, where a name of words is a model's or a deployment's."""
    return tuple(found for found in _IN_TEXT.findall(path) if not _is_of_words(found))


def path_without_keys(path: str) -> str:
    """The path of a URL without the keys in it."""
    return _IN_TEXT.sub(lambda match: match[0] if _is_of_words(match[0]) else HIDDEN, path)


def _is_of_words(text: str) -> bool:
    """Whether it is words and short numbers with hyphens between them, such as xai-grok-4-fast."""
    return all(map(_is_word, re.findall("[A-Za-z0-9]+", text)))


def _is_word(part: str) -> bool:
    steps = sum(a.isdigit() != b.isdigit() for a, b in pairwise(part))
    one_case = part.islower() or part.isupper() or part.istitle() or part.isdigit()
    return one_case and len(part) <= (20 if part.isalpha() else 8) and steps <= 2


def without_userinfo(proxy: str) -> str:
    """A proxy's address with user and password hidden, whatever characters they contain."""
    scheme, userinfo, host = parted(proxy)
    return f"{scheme}{HIDDEN}@{host}" if userinfo else proxy


def parted(proxy: str) -> tuple[str, str, str]:
    """A proxy's address split into scheme, user and password, and host."""
    scheme = re.match(r"[A-Za-z][\w+.-]*://|", proxy)
    before = scheme[0] if scheme else ""
    userinfo, _, host = proxy.removeprefix(before).rpartition("@")
    return before, userinfo, host


def in_address(typed: str) -> tuple[str, ...]:
    """The secrets in an address as a person types it: user, password, query values, path.

    A short password is a secret only with its user: alone it may be any word.
    """
    before, _, query = typed.partition("?")
    userinfo = (before.partition("://")[2] or before).rpartition("@")[0]
    password = userinfo.partition(":")[2]
    values = [value for name, value in parse_qsl(query) if _gives_away(name, value)]
    alone = [one for one in (password, unquote(password), *values) if len(one) >= SHORTEST_ALONE]
    in_path = keys_in((before.partition("://")[2] or before).partition("/")[2])
    return tuple(filter(None, (userinfo, unquote(userinfo), *alone, *in_path)))


def _gives_away(name: str, value: str) -> bool:
    """Whether a query's value may be a secret, by its name or by its shape."""
    mixed = re.fullmatch(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=]{16,}", value)
    return is_secret_name(name) or bool(mixed) or looks_like_key(value)
