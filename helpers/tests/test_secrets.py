"""What is secret: found in every spelling, starred wherever it is cut, and nothing else touched."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.secrets.masks import BodyMask, Mask, masked_reads, masked_texts
from helpers.secrets.shapes import (
    HIDDEN,
    in_address,
    is_secret_name,
    open_pairs,
    without_address,
    without_userinfo,
)
from helpers.secrets.spellings import Secrets
from helpers.tests.support.spelled import KEY, RARE, SPELLINGS, given_away
from helpers.tests.support.streams import event

SECRETS = Secrets([KEY])


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_a_secret_is_starred_in_every_spelling(spelled: str) -> None:
    """Every byte keeps its place, and what stands around it stays."""
    said = f"before {spelled} after"
    starred = SECRETS.text(said)
    assert len(said) == len(starred)
    assert starred.startswith("before ")
    assert starred.endswith(" after")
    assert not given_away(starred)
    assert given_away(said)


@pytest.mark.parametrize("spelled", RARE.values(), ids=RARE)
def test_a_rare_spelling_is_starred_whole_and_in_pieces(spelled: str) -> None:
    """Three letters with something between them may be gone before it is known what they are."""
    data = f"before {spelled} after".encode()
    assert given_away(data)
    for size in (len(data), 1, 5):
        pieces = [(0.0, data[at : at + size]) for at in range(0, len(data), size)]
        starred = b"".join(read for _, read in masked_reads(pieces, SECRETS))
        assert len(data) == len(starred)
        assert starred.startswith(b"before ")
        assert starred.endswith(b" after")
        assert sum(map(str.isalnum, starred.decode("latin-1"))) <= len("beforeafter") + 4


def entry(text: str, place: int) -> dict[str, object]:
    """Return a token of logprobs, among others that stand in an order of their own."""
    said = [{"token": one, "logprob": -1, "bytes": [*one.encode()]} for one in (text, "Oak", "ash")]
    return {**said[0], "top_logprobs": said[place % 3 :] + said[: place % 3]}


@pytest.mark.parametrize(("at_once", "size"), [(1, 10_000), (2, 50), (len(KEY), 7)])
def test_a_key_in_logprobs_is_starred(at_once: int, size: int) -> None:
    """In tokens, in their bytes, and in what else might have stood there; it stays JSON."""
    tokens = ["Hi ", *(KEY[at : at + 3] for at in range(0, len(KEY), 3)), " end"]
    entries = [entry(token, place) for place, token in enumerate(tokens)]
    lines = [entries[at : at + at_once] for at in range(0, len(entries), at_once)]
    data = b"".join(b"data: %s\n\n" % json.dumps({"content": line}).encode() for line in lines)
    pieces = [(0.0, data[at : at + size]) for at in range(0, len(data), size)]
    body = b"".join(read for _, read in masked_reads(pieces, SECRETS))
    came = [one for line in body.split(b"\n\n") if line for one in json.loads(line[6:])["content"]]
    assert [entries[0], entries[-1]] == [came[0], came[-1]]
    for one in came[1:-1]:
        for said in (one, *one["top_logprobs"]):
            assert {"*"} == {*said["token"]}
            assert {ord("*")} == {*said["bytes"]}


def apart(of: str) -> bytes:
    """Return a stream in which a key's parts stand in places of one kind, each in a line."""
    parts = [KEY[:9], KEY[9:15], KEY[15:]]
    made = {
        "names": lambda n, part: event({"tool_calls": [call(n, name=part)]}),
        "ids": lambda n, part: event({"tool_calls": [call(n, called=part)]}),
        "arguments": lambda n, part: event({"tool_calls": [call(n, said=json.dumps({"a": part}))]}),
        "reasoning and text": lambda n, part: event({("content", "reasoning")[n % 2]: part}),
        "an error's fields": lambda n, part: (
            f'{{"{FIELDS[n]}": "{json.dumps(part)[1:-1]}"}}\n'.encode()
        ),
        "models": lambda n, part: event({"content": "x"}, model=part),
        "alternatives": lambda n, part: event({"content": "x"}, others=alternatives(part)),
        "text that is no JSON": lambda n, part: f"data: {part}\n\n".encode(),
        "lists": lambda n, part: event({"content": [part]}),
        "escaped names": lambda n, part: event({"content": part}).replace(b"nten", b"\\u006eten"),
        "bytes of other tokens": lambda n, part: event(
            {"content": "x"}, others={"token": "x", "bytes": [*part.encode()]}
        ),
        "comments": lambda n, part: f": {part}\n".encode() + event({"content": "x"}),
        "ids of events": lambda n, part: f"id: {part}\n".encode() + event({"content": "x"}),
    }
    return b"".join(made[of](n, part) for n, part in enumerate(parts)) + event({"content": "!"})


def call(number: int, *, name: str = "f", called: str = "", said: str = "{}") -> dict[str, object]:
    """Return a tool call of a chunk."""
    function = {"name": name, "arguments": said}
    return {
        "index": number,
        "id": called or f"call-{number}",
        "type": "function",
        "function": function,
    }


def alternatives(part: str) -> dict[str, object]:
    """Return a token of logprobs beside which a part of a key might have stood."""
    tokens = [{"token": one, "bytes": [*one.encode()]} for one in ("a", part)]
    return {"content": [{**tokens[0], "top_logprobs": tokens}]}


FIELDS = ("message", "type", "code")
PLACES = (
    "an error's fields", "names", "ids", "arguments", "reasoning and text", "models",
    "alternatives", "text that is no JSON", "comments", "ids of events", "lists",
    "escaped names", "bytes of other tokens",
)  # fmt: skip


@pytest.mark.parametrize("of", PLACES)
def test_a_key_in_pieces_is_starred_wherever_the_pieces_are(of: str) -> None:
    """Whatever else each line says; and nothing of that is starred."""
    data = apart(of)
    for size in (len(data), 13):
        pieces = [(0.0, data[at : at + size]) for at in range(0, len(data), size)]
        body = b"".join(read for _, read in masked_reads(pieces, SECRETS)).decode()
        assert not any(word in body for word in ("birch", "0123", "oak>", "elm", "98, 105, 114"))
        assert '"content": "!"' in body


def test_texts_that_follow_each_other_hide_nothing() -> None:
    """Such as the values of headers."""
    assert ["n", "*" * 9, "*" * 17, "1"] == masked_texts(["n", KEY[:9], KEY[9:], "1"], SECRETS)


@pytest.mark.parametrize(
    "between",
    [
        "</b><b>", "\x1b[0m", "\\u001b[1m", "\\u0332", "\\u0000", "&#8288;", "%0A", "&#xfe0f;",
        "<!-- > -->", "]]><![CDATA[",
    ],
)  # fmt: skip
def test_a_tag_and_a_colour_between_its_letters_hide_no_secret(between: str) -> None:
    """A page, and a terminal, show the letters beside each other."""
    starred = SECRETS.text(f"before {between.join(KEY)} after")
    assert starred == "before " + "*" * (len(starred) - 13) + " after"


def test_a_piece_out_of_its_middle_is_starred() -> None:
    """Of twelve characters, with a figure; fewer, or words alone, stay."""
    key = Secrets(["sk-proj-Zx9Qw8Er7Ty6Ui5Op4As-of-my-own-project"])
    assert "is ************!" == key.text("is 8Er7Ty6Ui5Op!")
    assert "is 8Er7Ty6Ui5O, of-my-own-project" == key.text("is 8Er7Ty6Ui5O, of-my-own-project")


def test_reads_of_one_byte_hide_nothing() -> None:
    """The lines they make up are looked through, too."""
    data = b"".join(event({"content": KEY[at : at + 5]}) for at in range(0, len(KEY), 5))
    body = b"".join(read for _, read in masked_reads([(0.0, bytes([b])) for b in data], SECRETS))
    assert {"*"} == {*"".join(str(delta["content"]) for delta in deltas(body))}


@pytest.mark.parametrize("between", [" ", "-", ", ", "\n"])
def test_letters_apart_are_starred_in_deltas_of_one_each(between: str) -> None:
    """The JSON around them stays what it was."""
    data = b"".join(event({"content": one}) for one in between.join(KEY))
    body = b"".join(read for _, read in masked_reads([(0.0, data)], SECRETS))
    text = "".join(str(delta["content"]) for delta in deltas(body))
    assert set(text) == {"*"}


@pytest.mark.parametrize(
    "said",
    [
        "birch 0123 oak", "elm=9+>kao", "sk birch", "skbirch0123oak", "73 6b 2d 22 62",
        "It took 0123 days. Oak 9, elm.", "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAE",
    ],
)  # fmt: skip
def test_what_only_resembles_a_secret_is_shown(said: str) -> None:
    """Its words alone, a few of its letters, and other people's encodings."""
    assert said == SECRETS.text(said) == SECRETS.hide(said)


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_a_secret_cut_anywhere_is_starred_the_same(spelled: str) -> None:
    """Into two pieces at every third place, and into single bytes."""
    data = f"before {spelled} after".encode()
    whole = SECRETS.masked(data)
    cuts = [[data[:cut], data[cut:]] for cut in range(1, len(data), 3)]
    for pieces in [*cuts, [bytes([byte]) for byte in data]]:
        reads = masked_reads([(float(n), piece) for n, piece in enumerate(pieces)], SECRETS)
        assert [len(piece) for piece in pieces] == [len(read) for _, read in reads]
        assert whole == b"".join(read for _, read in reads)


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_a_reader_sees_no_part_of_a_secret(spelled: str) -> None:
    """A possible beginning is held back until it is known what it is."""
    text = f"before {spelled} after"
    for cut in range(1, len(text), 3):
        mask = Mask(SECRETS)
        assert SECRETS.hide(text) == mask.feed(text[:cut]) + mask.feed(text[cut:]) + mask.close()
    mask = Mask(SECRETS)
    assert SECRETS.hide(text) == "".join(map(mask.feed, text)) + mask.close()


def test_what_is_no_secret_is_shown_at_once_and_whole() -> None:
    """Words that begin like a key wait for one piece, and the last of them for the end."""
    mask = Mask(Secrets(["sk-birch-0123456789"]))
    assert ["It i", "", "s tree.", ""] == [mask.feed(one) for one in ("It is", "", " tree.", "s")]
    assert "s" == mask.close()


@pytest.mark.parametrize("cut", range(1, len(KEY)))
@pytest.mark.parametrize("spell", [json.dumps, lambda part: f'"{escaped(part)}"'])
def test_a_key_split_over_deltas_is_starred_in_each(cut: int, spell: object) -> None:
    """However the network cuts the events; the JSON around it stays what it was."""
    data = b"".join(delta_of(part, spell) for part in ("Oak " + KEY[:cut], KEY[cut:] + " elm", "!"))
    for size in (len(data), 7, 90):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        body = b"".join(read for _, read in masked_reads([(0.0, one) for one in pieces], SECRETS))
        text = "".join(delta["content"] for delta in deltas(body))
        assert text.startswith("Oak ***")
        assert text.endswith("*** elm!")
        assert set(text) == set("Oak elm!*")


def test_a_key_of_one_letter_a_delta_is_starred() -> None:
    """In the arguments of a tool and beside another choice, too."""
    parts = [event({"tool_calls": [{"index": 1, "function": {"arguments": c}}]}) for c in KEY]
    other = [event({"content": "leaf "})] * len(KEY)
    mask = BodyMask(SECRETS)
    pieces = [one for pair in zip(parts, other, strict=True) for one in pair]
    reads = [read for piece in pieces for read in mask.feed(piece)] + mask.close()
    calls = [delta["tool_calls"][0]["function"] for delta in deltas(b"".join(reads[::2]))]
    assert {"*"} == {*"".join(call["arguments"] for call in calls)}
    assert other == reads[1::2]
    assert {KEY} == mask.found


@pytest.mark.parametrize("mine", [0, 1])
def test_a_key_in_one_of_two_choices_of_each_chunk_is_starred(mine: int) -> None:
    """The words of the choice beside it stand between its pieces, and stay."""
    chunks = []
    for part in (KEY[:6], KEY[6:13], KEY[13:]):
        said = ["leaf ", "leaf "]
        said[mine] = part
        choices = [{"index": n, "delta": {"content": one}} for n, one in enumerate(said)]
        chunks.append(f"data: {json.dumps({'choices': choices})}\n\n".encode())
    reads = masked_reads([(0.0, chunk) for chunk in chunks], SECRETS)
    lines = [json.loads(read[6:])["choices"] for _, read in reads]
    assert {"*"} == {*"".join(line[mine]["delta"]["content"] for line in lines)}
    assert ["leaf "] * 3 == [line[1 - mine]["delta"]["content"] for line in lines]


def test_a_read_without_a_beginning_is_given_at_once() -> None:
    """Only what may be the start of a key waits, and an endless line does not wait for ever."""
    mask = BodyMask(SECRETS, least=4)
    plain = event({"content": "birches"})
    assert [plain] == mask.feed(plain)
    assert [] == mask.feed(event({"content": 'sk-"b'}))
    assert 2 == len(mask.feed(plain))
    mask.feed(event({"content": "s"}))
    given = sum(len(mask.feed(b"x" * 10_000)) for _ in range(20))
    assert given > 10


def test_what_is_looked_through_again_does_not_grow_with_the_body() -> None:
    """Escapes that never end might go on to a key for ever."""
    mask = BodyMask(SECRETS)
    for _ in range(10):
        mask.feed(b"%25" * 2000)
    assert len(mask._tail) <= SECRETS.reach


@pytest.mark.parametrize("written", [repr, lambda chunk: json.dumps(json.dumps(chunk))])
def test_a_key_in_chunks_for_a_lenient_reader_is_starred(written: Callable[[object], str]) -> None:
    """A reader joins the texts of Python's dicts and of JSON in strings, too."""
    key = "sk-birch-0123-oak-9-elm"
    parts = [key[:9], key[9:13], key[13:]]
    chunks = [{"id": "c", "choices": [{"delta": {"content": part}, "n": 1}]} for part in parts]
    data = "".join(f"data: {written(one)}\n\n" for one in chunks).encode()
    for size in (len(data), 13):
        pieces = [(0.0, data[at : at + size]) for at in range(0, len(data), size)]
        body = b"".join(read for _, read in masked_reads(pieces, Secrets([key]))).decode()
        assert not any(part in body for part in parts)
        assert 3 == body.count("content")


def test_a_key_in_lines_of_bare_text_is_starred() -> None:
    """With a brace in them, too, which makes no object of them."""
    for begins in ("", "fn {x}: ", 'a {"b"} '):
        data = f"data: {begins}{KEY[:9]}\n\ndata: {KEY[9:]} {{\n\n".encode()
        shown = masked_reads([(0.0, data)], SECRETS)[0][1].decode()
        assert f"data: {begins}{'*' * 9}\n\n" in shown
        assert KEY[9:] not in shown


def test_a_text_spread_over_an_object_and_one_in_utf_16_are_starred() -> None:
    """As JavaScript's {...text} gives it, and as servers on Windows send it; it stays JSON."""
    apart = json.dumps({"error": "no", "key": {str(n): one for n, one in enumerate(KEY)}})
    for encoding in ("utf-8", "utf-16", "utf-32-le"):
        body = masked_reads([(0.0, apart.encode(encoding))], SECRETS)[0][1]
        came = json.loads(body.decode(encoding))
        assert "no" == came["error"]
        assert {"*"} == {*"".join(came["key"].values())}


def test_half_of_a_key_is_starred_too() -> None:
    """A stream that breaks, or an answer that was cut, ends in the middle of it."""
    long = "sk-birch-" + "0123456789abcdef" * 3
    assert "is " + "*" * 30 + "!" == Secrets([long]).text(f"is {long[:30]}!")
    assert f"is {long[:11]}!" == Secrets([long]).text(f"is {long[:11]}!")
    for half in (long[:28].encode(), long[28:].encode()):
        shown = Secrets([long]).text(f"is {b64encode(half).decode()}!")
        assert sum(map(str.isalnum, shown)) < 8


@pytest.mark.parametrize("value", ["", "abc", "sk-no-key-required", "1234", "Password", "content"])
def test_a_dummy_and_the_words_of_the_wire_are_no_secrets(value: str) -> None:
    """Stars over them would hide nothing and break every answer."""
    said = '{"content": "1234 password sk-no-key-required abc"}'
    assert said == Secrets([value]).text(said)
    assert not Secrets([value])


@pytest.mark.parametrize("sign", "\u200b\u00ad\ufeff")
def test_unseen_signs_between_its_letters_hide_no_secret(sign: str) -> None:
    """A reader copies them with it."""
    assert "is •••." == SECRETS.hide(f"is {sign.join(KEY)}.")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("tree", "trees in the street"), ("7391", '{"created":1773915678}'),
        ("73915268", "0739152680"), ("key1", "monkey12"),
    ],
)  # fmt: skip
def test_a_short_key_is_no_part_of_a_word(key: str, said: str) -> None:
    """By itself it is starred; inside of a word or a number it would break what it stands in."""
    assert said == Secrets([key]).text(said)
    assert f"a {'*' * len(key)}." == Secrets([key]).text(f"a {key}.")


def test_a_short_number_is_a_key_in_words_and_a_count_in_json() -> None:
    """Stars over a count would make a good answer none, and the server's fault."""
    said = '{"a": 7391, "usage":{"tokens":7391},"text":"key 7391", "api_key": 7391}'
    hidden = '{"a": 7391, "usage":{"tokens":7391},"text":"key ****", "api_key": ****}'
    assert hidden == Secrets(["7391"]).text(said)


@pytest.mark.parametrize("said", ["Birch7Ab", "QmlyY2g3QW", "4269726368374162"])
def test_the_capitals_of_a_short_key_are_its_own(said: str) -> None:
    """And cut in two it is found; in other letters it may be a word."""
    short = Secrets(["Birch7Ab"])
    assert "is •••" == short.hide(f"is {said}")
    reads = masked_reads([(0.0, said[:3].encode()), (1.0, said[3:].encode())], short)
    assert {"*"} == set(b"".join(read for _, read in reads).decode())
    assert "is birch7ab" == short.hide("is birch7ab")


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_keep_their_length(data: bytes, cut: int) -> None:
    """And come out once each, in their order."""
    reads = masked_reads([(0.0, data[:cut]), (1.0, data[cut:])], SECRETS)
    assert [len(data[:cut]), len(data[cut:])] == [len(read) for _, read in reads]
    assert given_away(data) or data == b"".join(read for _, read in reads)


@given(st.text(st.characters(), max_size=100))
def test_any_text_without_a_secret_is_shown_as_it_is(text: str) -> None:
    """Half of a surrogate pair included."""
    mask = Mask(SECRETS)
    assert text == mask.feed(text) + mask.close() or "�" in mask.feed(text)
    assert text == SECRETS.text(text) == SECRETS.hide(text)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("Authorization", True), ("x-api-key", True), ("Ocp-Apim-Subscription-Key", True),
        ("Set-Cookie", True), ("X-Auth-Token", True), ("sig", True), ("code", True),
        ("api_key_2", True), ("X-JWT", True), ("x_pass", True), ("X-Compass", False),
        ("api_key_env", False),
        ("x-ratelimit-remaining-tokens", False), ("WWW-Authenticate", False),
        ("api-version", False), ("Content-Type", False),
        ("Access-Control-Allow-Credentials", False),
    ],
)  # fmt: skip
def test_a_name_tells_whether_its_value_is_secret(name: str, secret: bool) -> None:
    """Of a header, a query parameter and a cookie alike."""
    assert secret == is_secret_name(name)


def test_a_value_tells_that_it_is_a_key_whatever_its_name() -> None:
    """And one that only begins as a variable is none."""
    pairs = (("X-Org", "oak"), ("X-Team", "sk-oak-0123456789abc"), ("api-key", "$OAK_KEY"))
    assert (pairs[0], pairs[2]) == open_pairs((*pairs, ("api-key", "$ecret-0123")))


def test_a_proxys_password_may_hold_anything() -> None:
    """A slash in it is no path's."""
    assert f"http://{HIDDEN}@oak:3128" == without_userinfo("http://me:b/i@rch@oak:3128")
    assert ["oak:3128", "http://oak"] == [*map(without_userinfo, ("oak:3128", "http://oak"))]


def test_an_address_in_a_text_gives_nothing_away() -> None:
    """Neither its user and password nor a query value that is named or shaped like a key."""
    said = "see https://me:pw@oak/v1?api-key=abc&n=1&v=AbC0dEf1GhI2jKl3 now"
    hidden = f"see https://{HIDDEN}@oak/v1?api-key={HIDDEN}&n=1&v={HIDDEN} now"
    assert hidden == without_address(said)
    typed = f"https://me:{quote(KEY, safe='')}@oak/v1?sig=birch-0123"
    assert {KEY, "birch-0123", f"me:{KEY}"} <= {*in_address(typed)}


def escaped(part: str) -> str:
    """Return a text as JSON made of numbers."""
    return "".join(f"\\u{ord(one):04x}" for one in part)


def delta_of(part: str, spell: object) -> bytes:
    """Return a chunk with this content in this spelling."""
    assert callable(spell)
    return event({"content": "?"}).replace(b'"?"', spell(part).encode())


def deltas(body: bytes) -> list[dict[str, object]]:
    """Return the deltas of a stream's chunks."""
    events = [one.removeprefix(b"data: ") for one in body.split(b"\n\n") if one]
    return [json.loads(one)["choices"][0]["delta"] for one in events]
