"""What exactly came, with its times: complete to the byte, bounded, and inert."""

from __future__ import annotations

import re

from helpers.show.raw import raw_view
from helpers.tests.support.recordings import SSE, recorded
from helpers.tests.support.streams import streamed
from helpers.wire.reading import read
from helpers.wire.recording import Recording


def texts(view) -> list[str]:
    """Return what the rows hold."""
    return [row.text for row in view.rows]


def test_each_event_has_its_time_and_its_read():
    """An event that spans reads came with the read that completed it."""
    view = raw_view(
        read(recorded([(0.1, b"data: a\n\nda"), (0.2, b"ta: b\n"), (0.3, b"\n: hi\n\n")]))
    )
    assert [(0.1, 1), (0.3, 3), (0.3, 3)] == [(row.at_s, row.read) for row in view.rows]
    assert ["data: a", "data: b", ": hi"] == texts(view)
    assert "    100.0 ms  read 1    data: a" in repr(view)


def test_every_line_end_of_the_standard_ends_lines():
    """CR LF is one line end, CR another, and blank lines between events are no events."""
    body = b"event: x\r\ndata: a\r\n\r\ndata: b\r\rdata: c\n\n\n\ndata: d"
    assert ["event: x\ndata: a", "data: b", "data: c", "data: d"] == texts(
        raw_view(read(recorded([(0.1, body)])))
    )


def test_damaged_bytes_can_be_seen():
    """What is no UTF-8 stands as its bytes."""
    assert ["data: \\xff\\xfeé"] == texts(
        raw_view(read(recorded([(0.1, b"data: \xff\xfe\xc3\xa9\n\n")])))
    )


def test_long_streams_and_long_data_are_cut_and_say_so():
    """200 at the start, 50 at the end; 2000 characters of one."""
    view = raw_view(read(recorded(streamed(1000))))
    assert 251 == len(view.rows)
    assert "… 753 events left out …" == view.rows[200].text
    assert "[DONE]" in view.rows[-1].text
    long = raw_view(read(recorded([(0.1, b"data: " + b"x" * 20_000 + b"\n\n")]))).rows[0].text
    assert (2000, "… cut: 20.0 kB in all") == (long.index(" … cut"), long[2001:])


def test_a_body_that_is_no_stream_is_shown_too():
    """The status and the headers first, then its lines."""
    body = b"<html>\n<b>bad gateway</b>\n</html>"
    view = raw_view(read(recorded([(0.2, body)], headers=(("Content-Type", "text/html"),))))
    assert ["<html>", "<b>bad gateway</b>", "</html>"] == texts(view)
    assert "200 OK  (229 ms after send)" == view.head[1]
    assert "Content-Type: text/html" in view.head


def test_secrets_in_headers_are_not_shown():
    """A cookie opens a door as a key does."""
    view = raw_view(read(recorded(streamed(), headers=(*SSE, ("Set-Cookie", "session=abc")))))
    assert "Set-Cookie: redacted" in view.head


def test_nothing_came_is_said():
    """Without an answer there is the request and a word."""
    view = raw_view(read(Recording("POST", "http://127.0.0.1:9/v1")))
    assert ("POST http://127.0.0.1:9/v1", "no answer came") == view.head
    assert () == view.rows


def test_hostile_bytes_do_nothing():
    """Markup, mathematics and terminal sequences are shown as what they are."""
    reads = [(0.1, b"data: </pre><script>x</script> $y$ \x1b[2J\n\n")]
    shown = raw_view(read(recorded(reads)))._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert not re.search(r"\$y\$", shown["text/html"])
    assert "\x1b" not in shown["text/plain"]
    assert shown["text/html"].startswith("<details")
