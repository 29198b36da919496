"""The one noun of the kit: an endpoint, and how what a person types becomes one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from .secrets.shapes import is_key_for_model, is_token, looks_like_key
from .wire.bounds import Bounds

OPENAI_HOST = "api.openai.com"
BUILT_IN = "demo"
REPLAY = "replay"
# The code of the error with which a replay answers what its file holds no answer to.
NOT_RECORDED = "not_recorded"
LIKE_THIS = "Type it like http://localhost:1337/v1."

PRESETS: dict[str, str] = {
    "Built-in endpoint": BUILT_IN,
    "g4f": "http://localhost:1337/v1",
    "Ollama": "http://localhost:11434/v1",
    "llama.cpp": "http://localhost:8080/v1",
    "vLLM": "http://localhost:8000/v1",
    "LM Studio": "http://localhost:1234/v1",
    "LiteLLM": "http://localhost:4000/v1",
    "OpenAI": "https://api.openai.com/v1",
}
_PRESET_BY_NAME = {name.casefold(): base_url for name, base_url in PRESETS.items()}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(/*)")
_COLON_FORGOTTEN = re.compile(r"(https?)//", re.IGNORECASE)
_OPERATIONS = ("/chat/completions", "/completions", "/models", "/embeddings", "/responses")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class CallError(ValueError):
    """What a person asked for cannot be done: what was expected, what came, what to do."""

    headline = "This cannot be asked"

    def __init__(self, expected: str, came: str, do: str) -> None:
        super().__init__(f"Expected {expected}; came {came}. {do}")
        self.expected, self.came, self.do = expected, came, do

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the sentences, since the frames tell a reader nothing."""
        return [f"{self.headline}. {self}"]


class AddressError(CallError):
    """What was typed cannot become an address."""

    headline = "This is no address"


class KeyNameError(CallError):
    """What was given as a variable's name is none; the value itself is never in the message."""

    headline = "This is no variable's name"


class ModelNameError(KeyNameError):
    """What was given as a model is a key; the value itself is never in the message."""

    headline = "This is no model's name"


@dataclass(frozen=True)
class Limits:
    """How long each part of a request may take, in seconds."""

    connect_s: float = 10.0
    first_chunk_s: float = 120.0
    silence_s: float = 60.0
    whole_s: float = 300.0

    @classmethod
    def within(cls, whole_s: float) -> Limits:
        """Return the usual limits, none of them longer than the whole may take."""
        usual = cls()
        return cls(
            connect_s=min(usual.connect_s, whole_s),
            first_chunk_s=min(usual.first_chunk_s, whole_s),
            silence_s=min(usual.silence_s, whole_s),
            whole_s=whole_s,
        )


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, which model, and the name of the variable that holds the key.

    base_url:     what a person reads and types: "http://localhost:1337/v1", "demo", "demo:cut"
    url:          where requests go; "" for an address that the engine has yet to open
    api_key_env:  a variable's name, never its value; "" when no key is sent
    headers, query:  sent with every request beside the usual ones, such as Azure's api-key and
                  api-version; a value "$NAME" stands for an environment variable's, which is a key
    direct:       whether proxy variables are passed over, as they are for this machine
    ca_file:      the authorities that are trusted in place of the usual ones; "" for those
    bounds:       how much of an answer is read; raise one by replace(endpoint, bounds=Bounds(…))
    """

    base_url: str
    url: str
    model: str = ""
    api_key_env: str = ""
    limits: Limits = Limits()
    bounds: Bounds = field(default_factory=Bounds)
    notes: tuple[str, ...] = ()
    direct: bool = False
    ca_file: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    userinfo: str = field(default="", repr=False)

    @property
    def built_in(self) -> bool:
        """Whether the kit's own engine serves this address; such an endpoint gets no key."""
        return is_built_in(self.base_url)

    @property
    def name(self) -> str:
        """Return what to call it in a sentence."""
        return "the built-in endpoint" if self.base_url == BUILT_IN else self.base_url

    @property
    def loopback(self) -> bool:
        """Whether requests stay on this machine."""
        return is_loopback(urlsplit(self.url).hostname or "")

    @property
    def near(self) -> bool:
        """Whether requests stay on this machine or in a private network."""
        return _is_near(urlsplit(self.url).hostname or "")

    @property
    def key_in_the_clear(self) -> bool:
        """Whether a key would travel unencrypted beyond this machine."""
        secret = bool(self.api_key_env or self.userinfo)
        return secret and self.url.startswith("http://") and not self.loopback

    def with_model(self, model: str) -> Endpoint:
        """Return the same endpoint asked for another model."""
        return replace(self, model=model)


def resolve(
    base_url: str,
    *,
    model: str = "",
    api_key_env: str = "",
    timeout_s: float = 300.0,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Endpoint:
    """The endpoint that a person means by what they typed.

    base_url:  an address in any usual spelling, a preset's name, "" or "demo" for the built-in one
    headers, query:  as in `Endpoint`; "$NAME" stands for an environment variable
    raises:    AddressError, KeyNameError; both say what to type instead
    """
    # Written so that it is also true of "not a number".
    if not timeout_s > 0:
        raise AddressError(
            "the seconds a request may take",
            f"timeout_s = {timeout_s:g}",
            "Give more than 0, such as 300.",
        )
    limits = Limits.within(timeout_s)
    key_name = check_key_name(api_key_env)
    model = _model_name(model)
    typed = base_url.strip().strip("\"'`<>").strip()
    typed = _PRESET_BY_NAME.get(typed.casefold(), typed)
    own = tuple((headers or {}).items()), tuple((query or {}).items())
    if not typed or is_built_in(typed):
        passed_on = _is_passed_on(typed)
        unused = key_name and not passed_on
        return Endpoint(
            base_url=typed or BUILT_IN,
            url="",
            model=model,
            api_key_env=key_name if passed_on else "",
            limits=limits,
            notes=("The built-in endpoint never receives a key.",) if unused else (),
            headers=own[0],
            query=own[1],
        )
    notes: list[str] = []
    parts = _split(typed, notes)
    host, authority = _authority(parts, notes)
    path = _path(parts.path, notes)
    userinfo = unquote(parts.netloc.rpartition("@")[0])
    if userinfo:
        notes.append("User and password are sent as Basic authentication and not shown.")
    if host == OPENAI_HOST and parts.scheme == "https" and not key_name:
        key_name = "OPENAI_API_KEY"
    url = f"{parts.scheme}://{authority}{path}"
    return Endpoint(
        base_url=url, url=url, model=model, api_key_env=key_name, limits=limits,
        notes=tuple(notes), headers=own[0], query=(*parse_qsl(parts.query), *own[1]),
        userinfo=userinfo,
    )  # fmt: skip


def is_built_in(base_url: str) -> bool:
    """Whether an address is opened by the kit's own engine: demo, demo:NAME, replay:FILE."""
    return base_url == BUILT_IN or base_url.startswith((f"{BUILT_IN}:", f"{REPLAY}:"))


def is_replay(base_url: str) -> bool:
    """Whether an address plays a recording."""
    return base_url.startswith(f"{REPLAY}:")


def _is_passed_on(base_url: str) -> bool:
    """Whether an address puts a fault in front of another server: demo:NAME@URL."""
    return base_url.startswith(f"{BUILT_IN}:") and "@" in base_url


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_key_name(name: str) -> str:
    """Return the variable's name without spaces around it.

    raises:  KeyNameError when the value looks like a key instead of a name
    """
    name = name.strip()
    if not name:
        return ""
    if not _VARIABLE.fullmatch(name) or looks_like_key(name):
        raise KeyNameError(
            "the name of an environment variable, such as OPENAI_API_KEY",
            "what looks like a key itself, and was discarded",
            "Put the key into a variable where you start JupyterLab (export MY_KEY=…) and type "
            "MY_KEY here.",
        )
    return name


def _model_name(model: str) -> str:
    model = model.strip()
    if is_key_for_model(model):
        raise ModelNameError(
            "a model's name, such as gpt-4o-mini",
            "what looks like a key, and was discarded",
            "Put the key into a variable (export MY_KEY=…) and give that variable's name as "
            "api_key_env.",
        )
    return model


def _split(typed: str, notes: list[str]) -> SplitResult:
    """Return the address's parts, with the scheme that was typed or the likeliest one."""
    if re.match(r"(?:\$\s*)?curl(?:\.exe)?\s|\w+=https?:", typed):
        raise AddressError(
            "an address", "a command, or a line of settings",
            "Give the address in it alone. 02_connect and the doctor (python3 -m helpers doctor) "
            "read the whole of it.",
        )  # fmt: skip
    if re.search(r"\s", typed):
        raise AddressError("one address without spaces", repr(shown(typed)), LIKE_THIS)
    typed = _COLON_FORGOTTEN.sub(r"\1://", typed, count=1)
    if re.fullmatch(r":?\d{1,5}", typed):
        typed = "localhost:" + typed.lstrip(":")
    match = _SCHEME.match(typed)
    if match and (match[2].startswith("//") or match[1].lower() in ("http", "https")):
        scheme, rest = match[1].lower(), typed[match.end() :]
        if scheme not in ("http", "https"):
            raise AddressError(
                "an http or https address", f"{scheme}://",
                f"Type http://{shown(rest)} or https://{shown(rest)}.",
            )  # fmt: skip
        if match[2] != "//":
            notes.append(f"Read as {scheme}:// with two slashes.")
    else:
        rest = f"[{typed}]" if _is_ip6(typed) else typed.lstrip("/")
        scheme = "http" if _is_near(urlsplit(f"//{rest}").hostname or "") else "https"
        notes.append(f"No scheme was typed: {scheme}:// is used.")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        parts.port  # noqa: B018 - the property raises on a port that cannot be one
    except ValueError:
        # Python's own words quote what stands for the port: a password, where one holds a slash.
        raise AddressError(
            "a host and a port",
            "a port that is no number up to 65535, or a stray bracket",
            f"{LIKE_THIS} In a password, / is typed as %2F, ? as %3F and # as %23.",
        ) from None
    return parts


def _authority(parts: SplitResult, notes: list[str]) -> tuple[str, str]:
    """Return the host and the host with its port, ready for an URL."""
    host = (parts.hostname or "").lower()
    # The host's own spelling: in lower case a key has lost half of its shape.
    typed = parts.netloc.rpartition("@")[2].partition(":")[0]
    if looks_like_key(typed) if "." not in host else is_token(typed):
        raise AddressError("an address", "what looks like a key, and was discarded", LIKE_THIS)
    if "@" in parts.path and "." not in host and not is_loopback(host):
        raise AddressError("a password without a slash", "an @ behind a slash", LIKE_THIS)
    if not host or not re.fullmatch(r"[\w.:%-]+", host) or ".." in host:
        raise AddressError("a host name in the address", repr(shown(host)), LIKE_THIS)
    if host in ("0.0.0.0", "::"):  # noqa: S104 - read here, never bound
        notes.append(f"{host} is where a server listens; 127.0.0.1 is where it is reached.")
        host = "127.0.0.1"
    bracketed = f"[{host}]" if ":" in host else host
    return host, bracketed if parts.port is None else f"{bracketed}:{parts.port}"


def _path(path: str, notes: list[str]) -> str:
    """Return the path below which the API lies, without a slash at its end."""
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    while path.endswith("/v1/v1"):
        path = path.removesuffix("/v1")
        notes.append("/v1 stood there twice; once is enough.")
    for operation in _OPERATIONS:
        if path.endswith(operation):
            notes.append(f"{operation} was taken off: the base URL ends before it.")
            return path.removesuffix(operation)
    if not path:
        notes.append("/v1 was added: OpenAI-compatible servers answer below it.")
        return "/v1"
    return path


def _is_near(host: str) -> bool:
    """Whether a host is this machine or a private network, where plain http is usual."""
    if is_loopback(host) or "." not in host or host.endswith((".local", ".internal", ".lan")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _is_ip6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def shown(typed: str) -> str:
    """Return typed text as a message may quote it: no password, no query, at most 80 characters."""
    scheme = re.match(r"(?:[A-Za-z][\w+.-]*://)?", typed)
    before, at, after = typed[scheme.end() if scheme else 0 :].rpartition("@")
    # Behind a question mark it is a query that holds the @, or a password that was not escaped.
    kept = "…" if at and re.search("[?#]", before) else re.split("[?#]", after)[0]
    # A host may be long and odd, but has dots; what has none is quoted only if it is no key.
    kept = " ".join("…" if is_key_for_model(word) else word for word in kept.split(" "))
    return f"{scheme[0] if scheme else ''}{kept}"[:80]
