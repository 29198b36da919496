"""How a value may be written: as it is, backwards, and encoded once or twice.

Forms are in lower case and are searched for in lower-cased text: twelve characters or more are
the secret whatever their case.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

# No encoding of a shorter value is searched for: its few letters would occur anywhere.
_SHORTEST_ENCODED = 8
SHORTEST_JUDGED = 12
SHORTEST_MASKED = 4
# A prefix of this length is as bad as the whole key, and so is a suffix of the second length, which
# has no provider's prefix in it.
_STEM = 16
_SHORTEST_END = 12
# From this many letters and digits on, a form is found with separators, eight bytes at a time.
LONG = 15
# The fewest letters and digits for a form to be searched with separators the slower way.
SHORTEST_APART = 10
_EIGHT = 8

_SMALL = bytes(range(256)).lower()
_BETWEEN = bytes(code for code in range(256) if not chr(code).isascii() or not chr(code).isalnum())


class Form(NamedTuple):
    """One way in which a value is written.

    text:   one character for each byte, in lower case unless the value is short
    stem:   the prefix that is as bad as the whole
    close:  its letters and digits only
    """

    text: str
    stem: str
    close: str
    value: str


def forms_of(value: str) -> list[Form]:
    """The forms in which a value may be written, before escaping."""
    small = len(value) >= SHORTEST_JUDGED
    texts = {_viewed(one) for one in _written(value)}
    return [_form(text.lower() if small else text, value) for text in sorted(texts)]


def parts_of(value: str) -> set[str]:
    """The forms of which even a fragment is searched for: some servers encode half a key."""
    data = _bytes(value)
    encoded = (*_in_hex(data), *_in_base64(data)) if len(value) >= SHORTEST_JUDGED else ()
    return {_viewed(one).lower() for one in (data, *encoded)}


def closed(view: str) -> bytes:
    """The ASCII letters and digits of a text, in lower case, and nothing else."""
    return view.encode("latin-1").translate(_SMALL, _BETWEEN)


def is_found_apart(form: Form) -> bool:
    """Whether a form is long enough to be searched for with separators between its letters."""
    return len(form.value) >= SHORTEST_JUDGED and len(form.close) >= SHORTEST_APART


def is_between(character: str) -> bool:
    """Whether a character is one that `closed` drops."""
    return not (character.isascii() and character.isalnum())


def eights(data: bytes) -> list[int]:
    """The consecutive groups of eight bytes, as numbers."""
    return memoryview(data)[: len(data) // _EIGHT * _EIGHT].cast("Q").tolist()


def all_eights(data: bytes) -> Iterator[int]:
    """Yield every run of eight bytes as a number; any 15 bytes of text contain one of `eights`."""
    for shift in range(_EIGHT):
        yield from eights(data[shift:])


def _form(text: str, value: str) -> Form:
    end = max(_STEM, (len(text) + 1) // 2)
    while len(closed(text[:end])) < LONG <= len(closed(text)):
        end += 1
    return Form(text, text[:end], closed(text).decode(), value)


def _written(value: str) -> set[bytes]:
    data = _bytes(value)
    name, colon, password = value.partition(":")
    found = {data}
    if colon and name and len(password) >= SHORTEST_MASKED:
        found.add(_bytes(password))
    if len(data) < _SHORTEST_ENCODED:
        return found
    if len(value) >= SHORTEST_JUDGED:
        end = value[-max(_SHORTEST_END, len(value) // 2) :]
        found |= {_bytes(one) for one in (end, value[::-1], codecs.encode(value, "rot13"))}
    return found | _encoded(data, small=len(value) < SHORTEST_JUDGED)


def _encoded(data: bytes, *, small: bool) -> set[bytes]:
    """The data in hex, in numbers and in the usual bases, and hex and base64 encoded again."""
    once = {*_in_hex(data), *_in_base64(data)}
    numbers = (b",".join(kind % byte for byte in data) for kind in (b"%d", b"%03o", b"0x%02x"))
    rare = {*_stable(base64.b32encode, data, 5, 8), *_in_base85(data), *numbers}
    if small:
        return once | rare
    twice = {form for inner in once for form in (*_in_hex(inner), *_in_base64(inner))}
    wide = _bytes_of_two(data)
    return once | rare | twice | {wide.hex().encode(), *_in_base64(wide)}


def _bytes_of_two(data: bytes) -> bytes:
    """The data as UTF-16, without the outer zero byte, which depends on the byte order."""
    return b"\0".join(bytes([byte]) for byte in data)


def _in_hex(data: bytes) -> Iterable[bytes]:
    return data.hex().encode(), data.hex().upper().encode()


def _in_base64(data: bytes) -> Iterator[bytes]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield from _stable(encode, data, 3, 4)


def _stable(
    encode: Callable[[bytes], bytes], data: bytes, group: int, letters: int
) -> Iterator[bytes]:
    """Yield the part of its encoding that stays the same whatever comes before and after.

    group, letters:  how many bytes are encoded as how many letters
    """
    for shift in range(group):
        encoded = encode(bytes(shift) + data)
        yield encoded[-(-shift * letters // group) : (shift + len(data)) * letters // group]


def _in_base85(data: bytes) -> Iterator[bytes]:
    """Yield the groups of five letters that stay the same, each encoding four whole bytes."""
    for encode in (base64.b85encode, base64.a85encode):
        for shift in range(4):
            whole = (shift + len(data)) // 4 * 5
            yield encode(bytes(shift) + data)[5 if shift else 0 : whole]


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _viewed(data: bytes) -> str:
    return data.decode("latin-1")
