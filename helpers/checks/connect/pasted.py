"""What the user pasted: an address, a curl command, a line of settings, a piece of a program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from ...address.reading import LIKE_THIS, AddressError
from ...address.tidying import tidied
from ...endpoint import PRESETS, is_built_in
from ...secrets.shapes import gives_away, is_key_for_model, is_secret_name
from ...wire.parsing import as_object, parsed

_URL = re.compile(r"https?://(?:\[[\w:.%]+\])?[^\s\"'`<>\\^,;|)\]}]+", re.IGNORECASE)
# A line of settings in any usual spelling: export A=…, set A=…, $env:A = …, a: …, "a": …
# A name begins where a word does: from each letter of an image in base64 it would take minutes.
_SETTING = re.compile(
    r"(?<!\w)(\w*(?:base_?url|api_?base|host|endpoint|url))"
    r"[\"']?\s*[=:\s]\s*[\"']?([^\s\"',;]+)", re.IGNORECASE,
)  # fmt: skip
_PORT_SETTING = re.compile(
    r"(?:\b\w*port[\"']?\s*[=:]\s*[\"']?|(?:\b|_)port\s+)(\d{1,5})\b", re.IGNORECASE
)
_OF_AN_API = ("openaibaseurl", "openaiapibase", "baseurl", "apibase")
# A bare address in a command, a log or docker's list of containers.
_NO_SCHEME = re.compile(
    r"(?<![\w.@/-])((?:localhost|(?:\d{1,3}\.){3}\d{1,3}|\[[\da-f:]+\]|(?<!:)::1):\d{1,5}"
    r"(?:/[\w./-]*)?)(?!\d|->|:\d)",
    re.I,
)
# Two numbers with a colon, but no time of day.
_PUBLISHED = re.compile(r"(?<!\d)(?:(?=\d+->)|(?<!:))(\d{2,5})(?:->\d{1,5}/tcp|:\d{2,5}\b(?!:\d))")
_SAID_PORT = re.compile(r"(?:\bport\s*[:=]?\s*|(?<![\w:]):)(\d{2,5})\b", re.IGNORECASE)
_NAMED = re.compile(r"^\$(?:env:)?\{?([A-Za-z_]\w*)\}?$|^%([A-Za-z_]\w*)%$")
_SCHEME_WORD = re.compile(r"^(?:Bearer|Basic|Token|ApiKey)\s+", re.IGNORECASE)
_KEY_SETTING = re.compile(
    r"(?:(?<!\w)\w*(?:api_?key|token|secret)\w*[\"']?\s*[=:]\s*[\"']?|\bBearer\s+)(?!\$)[^\s\"',)]{6}",
    re.IGNORECASE,
)
_DIALS = re.compile(r"(?:\$\s*)?(?:nc|ncat|netcat|telnet|ping6?|nmap)\s+([^\n]+)")
_FROM_ENVIRONMENT = re.compile(
    r"(?:\benviron(?:\.get)?|\bgetenv|\bprocess\.env|\bENV)(?:\.|[\[(]\s*[\"']?)([A-Za-z_]\w{0,60})"
)
_CURL = re.compile(r"(?:\$\s*)?curl(?:\.exe)?\s+")
_LINE_GOES_ON = re.compile(r"[\\^`][ \t]*\r?\n")
# Options of curl that take a value other than the address.
_WITH_VALUE = re.compile(
    r"-[XdHuomAexwbcF]|--(?:request|data(?:-\w+)?|json|header|user|output|max-time|connect-timeout|"
    r"user-agent|referer|proxy|noproxy|cacert|cert|key|write-out|cookie|cookie-jar|form|retry|"
    r"unix-socket|abstract-unix-socket|"
    r"resolve|oauth2-bearer|url)"
)
_SENT_BY_ITSELF = frozenset({"content-type", "accept", "user-agent", "content-length", "host"})
_DATA = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json")


@dataclass(frozen=True)
class Pasted:
    """The address in a pasted text, and what else it says; a key in it is dropped.

    address:      to be parsed by `resolve`
    model:        named in a curl command's body
    api_key_env:  the variable that the text names as holding the key
    headers:      other headers of a curl command
    kind:         what the text was read as, "" for a plain address
    held_a_key:   whether it contained a key
    """

    address: str = field(repr=False)
    model: str = ""
    api_key_env: str = ""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    kind: str = ""
    held_a_key: bool = False


def read(text: str) -> Pasted:
    """The address in what was pasted.

    raises:  AddressError, which quotes nothing, since a key may be anywhere in the text
    """
    typed = text.strip()
    if _CURL.match(typed):
        return _curl(_CURL.sub("", typed, count=1))
    if command := _DIALS.match(typed):
        return _dialled(command[1])
    typed = tidied(typed)
    if held := _FROM_ENVIRONMENT.search(typed):
        return Pasted(f"${held[1]}")
    if _NAMED.match(typed):
        return Pasted(typed)
    if is_built_in(typed) or typed.casefold() in map(str.casefold, PRESETS):
        return Pasted(typed)
    alone = not re.search(r"\s|[,;]https?:", typed, re.IGNORECASE)
    if alone and (_URL.match(typed) or not re.search(r"[=\"'{(]", typed)):
        return Pasted(typed)
    return _settings(typed)


def _dialled(words: str) -> Pasted:
    """Host and port from a command that only tries a connection."""
    rest = [word for word in words.split() if not word.startswith("-")]
    host = next((word for word in rest if not word.isdigit()), "")
    if not host:
        raise AddressError("a command with a host", "one without", LIKE_THIS)
    behind = rest[rest.index(host) + 1 :][:1]
    return Pasted(":".join([host, *behind]), kind="a command that tries a connection")


def _settings(typed: str) -> Pasted:
    """The address in a line of settings, a piece of a program or a sentence."""
    held = bool(_KEY_SETTING.search(typed)) or any(
        is_key_for_model(word) for word in re.split(r"[\s\"'=,;()]+", typed)
    )
    settings = [found for found in _SETTING.finditer(typed) if _is_setting(found[1])]
    setting = min(settings, key=lambda found: _rank(found[1]), default=None)
    address = _address_in(typed, setting)
    if not address:
        raise AddressError(
            "an address, a curl command or a line such as OPENAI_BASE_URL=…",
            "only a key, which was discarded" if held else "text without an address",
            LIKE_THIS,
        )  # fmt: skip
    kind = f"the value of {setting[1]}" if setting else "the first address in a text"
    return Pasted(address.rstrip("."), kind=kind, held_a_key=held)


def _address_in(typed: str, setting: re.Match[str] | None) -> str:
    """The address that a setting gives, or that stands anywhere in the text; "" for none."""
    # A settings file holds other addresses, too, to which this one's key must not be sent.
    meant = setting and _rank(setting[1]) < len(_OF_AN_API) and setting[2]
    if url := _URL.search(meant or typed) or _URL.search(typed):
        return url[0]
    if setting:
        port = _PORT_SETTING.search(typed)
        alone = port and not re.search(r"[:/]", setting[2])
        return f"{setting[2]}:{port[1]}" if port and alone else setting[2]
    bare = _NO_SCHEME.search(typed) or _PUBLISHED.search(typed) or _SAID_PORT.search(typed)
    return bare[1] if bare else ""


def _rank(name: str) -> int:
    """How likely a setting's name is to hold an API's address; 0 is the most likely."""
    plain = re.sub("[_-]", "", name.lower())
    return next((n for n, word in enumerate(_OF_AN_API) if word in plain), len(_OF_AN_API))


def _is_setting(name: str) -> bool:
    return not is_secret_name(name) and name.casefold() != "localhost"


def _curl(typed: str) -> Pasted:
    try:
        words = shlex.split(_LINE_GOES_ON.sub(" ", typed).replace("$'", "'"))
    except ValueError:
        raise AddressError(
            "a whole curl command", "one with a quotation mark that is not closed",
            "Paste all of it, or the address alone.",
        ) from None  # fmt: skip
    found = Pasted("", kind="a curl command")
    for option, value in _options(words):
        if option in ("--unix-socket", "--abstract-unix-socket"):
            return Pasted("unix://", kind=found.kind)
        if option in ("", "--url"):
            found = replace(found, address=found.address or value)
        elif option in ("-H", "--header"):
            found = _with_header(found, value)
        elif option in ("-u", "--user", "--oauth2-bearer", "-b", "--cookie"):
            found = replace(found, held_a_key=found.held_a_key or not _variable(value))
        elif option in _DATA:
            found = replace(found, model=found.model or _model(value))
    if not found.address:
        raise AddressError("a curl command with an address", "one without", LIKE_THIS)
    return found


def _with_header(pasted: Pasted, line: str) -> Pasted:
    """The result so far with one more header; of a secret one, only a variable's name is kept."""
    name, value = (part.strip() for part in (line + ":").split(":", 1))
    value = value.removesuffix(":").strip()
    if not gives_away(name, value):
        kept = {} if name.lower() in ("", *_SENT_BY_ITSELF) else {name: value}
        return replace(pasted, headers=pasted.headers | kept)
    variable = _variable(value)
    if not variable:
        return replace(pasted, held_a_key=True)
    if name.lower() == "authorization":
        return replace(pasted, api_key_env=variable)
    return replace(pasted, headers=pasted.headers | {name: f"${variable}"})


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each curl option with its value; arguments without an option come with ""."""
    rest = iter(words)
    for word in rest:
        if word.startswith("--") and "=" in word:
            option, _, value = word.partition("=")
            yield option, value
        elif _WITH_VALUE.fullmatch(word):
            yield word, next(rest, "")
        elif re.match(r"-[HdXuom].", word):
            yield word[:2], word[2:]
        elif not word.startswith("-"):
            yield "", word


def _variable(value: str) -> str:
    """The variable that a header's value refers to, "" if it is a literal value."""
    found = _NAMED.match(_SCHEME_WORD.sub("", value))
    return (found[1] or found[2]) if found else ""


def _model(body: str) -> str:
    named = as_object(parsed(body)).get("model")
    return named if isinstance(named, str) else ""


def typed_path(address: str) -> str:
    """The path as it was typed, "" for none."""
    rest = address.partition("://")[2] if "://" in address else address
    try:
        return unquote(urlsplit(f"//{rest}").path)
    except ValueError:
        return ""
