"""A stream drawn while it runs and after: what stands out is said, and it stops growing."""

from __future__ import annotations

import re

import pytest

from helpers.client.exchange import Exchange
from helpers.endpoint import Endpoint
from helpers.finding import Finding
from helpers.show.timeline.drawing import picture
from helpers.show.timeline.layout import axis_step, lanes_of, running_scale_s
from helpers.show.timeline.live import LiveTimeline, headline, timeline
from helpers.tests.support import responses
from helpers.tests.support.recordings import read, reading_of
from helpers.tests.support.streams import DONE, at_once, event, streamed
from helpers.wire.request import chat
from helpers.wording import duration

STREAMED = (Finding("streamed", "pass", "It streams.", "40 chunks in 40 reads"),)


def said(markup: str) -> str:
    """Return the texts of the picture, one a line."""
    return "\n".join(re.findall(r"<text[^>]*>([^<]*)</text>", markup))


def test_a_running_stream_counts_and_has_a_now():
    """The lanes count what came, and the word is not there yet."""
    markup = timeline(read(streamed()[:31], end=""), now_s=1.45)
    assert "<b" in markup
    assert "30 chunks in 30 reads so far" in markup
    assert "now 1.45 s" in said(markup)


def test_before_anything_came_it_waits():
    """The waiting band grows with the time, and the word says so."""
    reading = read([], end="")
    reading.recording.headers_s = None
    assert "waiting" in timeline(reading, now_s=1.0)
    assert 1.0 == lanes_of(reading, now_s=1.0).waited_s


def test_times_and_ends_of_a_good_stream_are_marked():
    """TTFB, TTFT, the role's hollow circle and the full one of [DONE]."""
    drawn = lanes_of(read(streamed()))
    assert (0.229, 0.4, 0.23) == (drawn.headers_s, drawn.ttft_s, drawn.role_s)
    assert drawn.done_s == pytest.approx(1.6)
    assert [42, 43, 40] == [lane.count for lane in drawn.lanes]
    markup = timeline(read(streamed()))
    assert 2 == markup.count("<circle")
    assert {"TTFB 229 ms", "TTFT 400 ms", "[DONE]"} <= set(said(markup).split("\n"))


def test_many_at_one_instant_are_one_mark_with_its_number():
    """A buffered stream says how much came at once, in each lane."""
    lanes = lanes_of(read(at_once(streamed()))).lanes
    assert [lane.crowd[1] for lane in lanes] == [
        "7.0 kB in one read",
        "43 events at once",
        "40 chunks at once",
    ]


def test_a_good_stream_is_no_crowd():
    """Marks that merge on the screen did not come at once."""
    assert [None] * 3 == [lane.crowd for lane in lanes_of(read(streamed(4000))).lanes]


def test_chunks_that_share_reads_are_no_crowd():
    """A quarter of them at one instant is a way of streaming, not one piece."""
    reads = streamed()
    packed = [*reads[:1], *(one for n in (1, 11, 21, 31) for one in at_once(reads[n : n + 10]))]
    assert [None] * 3 == [lane.crowd for lane in lanes_of(read(packed)).lanes]


def test_one_chunk_says_how_long_it_was():
    """The whole text in one chunk, with events around it."""
    reads = [(0.2, event({"role": "assistant"})), (2.0, event({"content": "x" * 412}))]
    reading = read([*reads, (2.01, event({}, "stop"))])
    assert "412 characters in one chunk" in said(timeline(reading))


@pytest.mark.parametrize(("stall_s", "gap_s", "stalls"), [(1.2, 0.03, 1), (0.9, 0.03, 0),
                                                          (1.2, 0.2, 0)])  # fmt: skip
def test_a_stall_is_over_a_second_and_ten_medians(stall_s, gap_s, stalls):
    """A shorter silence, or one among slow chunks, is none."""
    drawn = lanes_of(read(streamed(stall_s=stall_s, gap_s=gap_s)))
    assert stalls == len(drawn.stalls)


def test_a_silence_that_still_lasts_is_boxed():
    """The person sees the stall while it is one, not only afterwards."""
    reading = read(streamed()[:21], end="")
    assert () == lanes_of(reading, now_s=1.9).stalls
    assert "! stall 1.53 s" in said(timeline(reading, now_s=2.5))


@pytest.mark.parametrize(("end", "words"), [
    ("eof", "✕ closed here: no finish_reason, no [DONE]"),
    ("broken", "✕ broken off here: no finish_reason, no [DONE]"),
    ("closed", "■ closed here by you"),
    ("limit", "✕ given up here: the time limit"),
])  # fmt: skip
def test_a_cut_says_who_ended_it(end, words):
    """Neither a finish reason nor [DONE] came: by them, by you, or by a limit."""
    assert words in said(timeline(read(streamed()[:20], end=end)))


def test_a_finished_stream_is_not_cut():
    """A finish reason alone is a proper end."""
    assert lanes_of(read([*streamed()[:20], (2.0, event({}, "stop"))])).cut is None


@pytest.mark.slow
def test_it_stops_growing():
    """Ten thousand chunks, dense or sparse, stay below 12 kB."""
    for gap_s in (0.001, 0.012, 0.0299):
        reading = read(streamed(10_000, gap_s=gap_s), end="")
        assert len(timeline(reading, now_s=10_000 * gap_s).encode()) < 12_000


def test_the_axis_steps_while_it_runs_and_fits_at_the_end():
    """The scale moves seldom while running; at the end the stream fills it."""
    assert [2.0, 5.0, 5.0, 10.0, 20.0, 60.0] == [*map(running_scale_s, (1, 2.1, 5, 6, 11, 21))]
    assert 900.0 == running_scale_s(601)
    assert lanes_of(read(streamed())).scale_s == pytest.approx(1.601 / 0.94)
    assert [0.5, 0.01, 50] == [axis_step(scale_s) for scale_s in (3.25, 0.05, 300)]


def test_times_are_said_as_a_person_says_them():
    """Milliseconds below a second, seconds above."""
    times = (0.0004, 0.0312, 0.9996, 2.613, 1234)
    assert ["0.4 ms", "31 ms", "1.00 s", "2.61 s", "1,234 s"] == [*map(duration, times)]


def test_hostile_words_do_nothing():
    """A server's words in the evidence stay words, in the line and in the label."""
    hostile = '"><script>run()</script>$x$\u202e'
    markup = headline("cut", hostile, "fail") + picture(read(streamed()), verdict=hostile)
    assert "<script" not in markup
    assert "$x$" not in re.sub(r'aria-label="[^"]*"', "", markup)
    assert "\u202e" not in markup


def test_the_picture_has_a_sentence():
    """Whoever cannot see it hears the same."""
    label = re.search(r'role="img" aria-label="([^"]*)"', timeline(read(streamed(stall_s=2))))
    assert label is not None
    assert "42 reads, 43 events, 40 chunks; TTFB 229 ms; TTFT 400 ms; stall of 2.03 s" in label[1]


@pytest.mark.parametrize("reads", [
    [], [(0.0, b"")], [(0.5, b"{}")], [(0.3, b"data: \xff\n\n")], [(0.3, b"data: [1]\n\n")],
    [(0.3, b'data: {"choices": [{"delta": []}]}\n\n')], [(0.3, b"data: [DONE]\n\n")],
])  # fmt: skip
def test_whatever_came_can_be_drawn(reads):
    """Nothing, no SSE, odd chunks: each has a picture, running and ended."""
    for end, now_s in (("eof", None), ("", 0.6)):
        assert "</svg>" in timeline(read(list(reads), end=end), now_s=now_s)


def test_the_live_picture_becomes_a_plot_in_its_place(displayed):
    """The same two outputs hold a line and an SVG, and at the end the word and a PNG."""
    live, reading = LiveTimeline(), read(streamed())
    live.show(reading, 0.5)
    live.show(reading, 0.6)
    live.close(STREAMED)
    first, last = displayed.outputs[:2], displayed.outputs[2:]
    assert [False, False, True, True] == [bool(one.get("update")) for one in displayed.outputs]
    assert "<svg" in first[1]["data"]["text/html"]
    assert "✓ streamed · It streams · 40 chunks in 40 reads" == last[0]["data"]["text/plain"]
    assert {"image/png", "text/plain"} == last[1]["data"].keys()
    shown = {"width": 1100, "alt": last[1]["data"]["text/plain"]}
    assert shown == last[1]["metadata"]["image/png"]


def test_where_nothing_came_no_picture_stands(displayed):
    """A server that does not answer has a word, and no empty axes."""
    live, reading = LiveTimeline(), read([], end="broken")
    reading.recording.headers_s = None
    live.show(reading, 0.1)
    live.close((Finding("refused", "fail", "Nothing answers."),))
    word, picture = displayed.outputs[-2:]
    assert "✕ refused · Nothing answers" == word["data"]["text/plain"]
    assert {"text/html": "", "text/plain": ""} == picture["data"]


def test_under_a_panel_only_the_word_and_its_counts_stand(displayed):
    """The panel has said what it means; to end it once more draws nothing."""
    exchange = Exchange(Endpoint("demo", "demo"), chat("hi", stream=True))
    exchange.use(read(streamed()).recording)
    live = LiveTimeline()
    live.end(exchange)
    drawn = len(displayed.outputs)
    live.end(exchange)
    assert drawn == len(displayed.outputs)
    said = displayed.outputs[0]["data"]["text/plain"]
    assert "✓ streamed · 40 chunks in 40 reads · median gap 30 ms" == said


def test_an_error_is_not_said_to_have_come_in_no_read(displayed):
    """Its picture shows that read, which brought no chunk."""
    exchange = Exchange(Endpoint("demo", "demo"), chat("hi", stream=True))
    exchange.use(read([(0.1, b'{"error": "no key"}')], status=401).recording)
    LiveTimeline().end(exchange)
    assert displayed.outputs[0]["data"]["text/plain"].endswith(" · no chunks")


def test_the_next_stream_takes_the_same_place(displayed):
    """After a plot the same outputs are live again."""
    live, reading = LiveTimeline(), read(streamed())
    live.show(reading, 0.5)
    live.close(STREAMED)
    live.show(reading, 0.5)
    assert 2 == sum(not one.get("update") for one in displayed.outputs)
    assert "<svg" in displayed.outputs[-1]["data"]["text/html"]
    assert "image/png" not in displayed.outputs[-1]["metadata"]


def test_a_response_ends_with_its_own_event():
    """Its name stands where a chat has [DONE]; without it the stream is cut."""
    events = responses.response()
    whole = lanes_of(reading_of(responses.streamed([*events, DONE])))
    cut = lanes_of(reading_of(responses.streamed([*events[:-1], DONE])))
    assert "completed" == whole.done
    assert whole.cut is None
    assert cut.cut
    assert "no response.completed" in cut.cut[1]
