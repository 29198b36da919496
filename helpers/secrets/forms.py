"""How a value may be written: whole, in its letters' case, backwards, and encoded, twice too.

All of it is in small letters, and sought in what was made small: a form of twelve characters is
the secret, whichever of its letters are capitals.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

# Of shorter values no encoding is sought: it would be a few letters that stand anywhere.
_SHORTEST_ENCODED = 8
SHORTEST_JUDGED = 12
SHORTEST_MASKED = 4
# As much of a key's beginning is as bad as the key, and so much of its end, where no prefix is.
_STEM = 16
_SHORTEST_END = 12
# So many letters and figures are found with anything between them, and by eight bytes at a time.
LONG = 15
# So many, where there is nothing quicker to tell by.
SHORTEST_APART = 10
_EIGHT = 8

_SMALL = bytes(range(256)).lower()
_BETWEEN = bytes(code for code in range(256) if not chr(code).isascii() or not chr(code).isalnum())


class Form(NamedTuple):
    """One way in which a value is written.

    text:   one character for each byte, in small letters unless the value is short
    stem:   so much of its beginning is as bad as the whole
    close:  its letters and figures, without what stands between them
    """

    text: str
    stem: str
    close: str
    value: str


def forms_of(value: str) -> list[Form]:
    """Return how a value is written without escapes."""
    small = len(value) >= SHORTEST_JUDGED
    texts = {_viewed(one) for one in _written(value)}
    return [_form(text.lower() if small else text, value) for text in sorted(texts)]


def closed(view: str) -> bytes:
    """Return the letters and figures of a text, in small letters, and nothing between them."""
    return view.encode("latin-1").translate(_SMALL, _BETWEEN)


def is_found_apart(form: Form) -> bool:
    """Whether its letters are sought with anything between them, though they are few."""
    return len(form.value) >= SHORTEST_JUDGED and len(form.close) >= SHORTEST_APART


def is_between(character: str) -> bool:
    """Whether a character is none that `closed` keeps."""
    return not (character.isascii() and character.isalnum())


def eights(data: bytes) -> list[int]:
    """Return each eighth run of eight bytes, as a number."""
    return memoryview(data)[: len(data) // _EIGHT * _EIGHT].cast("Q").tolist()


def all_eights(data: bytes) -> Iterator[int]:
    """Yield every run of eight bytes, as a number: one of 15 bytes or more holds an eighth one."""
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
    """Return it in hex, in numbers and in the usual bases, and these in hex or base64 again."""
    once = {*_in_hex(data), *_in_base64(data)}
    numbers = (b",".join(kind % byte for byte in data) for kind in (b"%d", b"%03o", b"0x%02x"))
    rare = {*_stable(base64.b32encode, data, 5, 8), *_in_base85(data), *numbers}
    if small:
        return once | rare
    twice = {form for inner in once for form in (*_in_hex(inner), *_in_base64(inner))}
    wide = _bytes_of_two(data)
    return once | rare | twice | {wide.hex().encode(), *_in_base64(wide)}


def _bytes_of_two(data: bytes) -> bytes:
    """Return it as UTF-16 has it, without the byte that what stands before decides."""
    return b"\0".join(bytes([byte]) for byte in data)


def _in_hex(data: bytes) -> Iterable[bytes]:
    return data.hex().encode(), data.hex().upper().encode()


def _in_base64(data: bytes) -> Iterator[bytes]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield from _stable(encode, data, 3, 4)


def _stable(
    encode: Callable[[bytes], bytes], data: bytes, group: int, letters: int
) -> Iterator[bytes]:
    """Yield the part of its encoding that stays, whatever stands before and after.

    group, letters:  so many bytes are written in so many letters
    """
    for shift in range(group):
        encoded = encode(bytes(shift) + data)
        yield encoded[-(-shift * letters // group) : (shift + len(data)) * letters // group]


def _in_base85(data: bytes) -> Iterator[bytes]:
    """Yield the groups of five letters that stay, since each writes four bytes as one number."""
    for encode in (base64.b85encode, base64.a85encode):
        for shift in range(4):
            whole = (shift + len(data)) // 4 * 5
            yield encode(bytes(shift) + data)[5 if shift else 0 : whole]


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _viewed(data: bytes) -> str:
    return data.decode("latin-1")
