"""The report: complete by itself, well-formed, escaped, in both languages."""

import math
import re
from html.parser import HTMLParser

import pytest

from app.diagnostics import report_plots as plots
from app.diagnostics.report import _WORDS as WORDS
from app.diagnostics.report import report

AT = 1_760_000_000.0
EVENTS = [
    {"event": "LinkStateChanged", "at": AT, "link": "main", "state": "CONNECTING"},
    {"event": "LinkStateChanged", "at": AT + 1, "link": "main", "state": "CONNECTED", "rtt": 0.02},
    {"event": "HeartbeatSent", "at": AT + 2, "interval": 210.0},
    {"event": "HeartbeatAnswered", "at": AT + 2.1, "rtt": 0.1},
    {"event": "TaskEnded", "at": AT + 3, "error_type": "OK", "cost": 0.2, "cgi": "/send"},
    {"event": "TaskEnded", "at": AT + 9, "error_type": "SOCKET", "cost": 5.0, "cgi": "/<b>&send"},
    {"event": "LinkStateChanged", "at": AT + 10, "link": "main", "state": "DISCONNECTED"},
]
DIAGNOSIS = {
    "verdict": {"finding": "dns_down", "values": {"host": "[address-1]"}},
    "results": [
        {"kind": "ping", "target": "t", "status": "ok", "rtt": 0.01, "detail": ""},
        {"kind": "no such kind", "status": "ok"},
    ],
}


def page(**changes):
    parts = {
        "id": "PH-1", "created": AT, "note": "", "history": {"events": EVENTS},
        "diagnoses": [DIAGNOSIS], "system": {"phobos": "1"}, "logs": [("logs/a.xlog", 3)],
    }  # fmt: skip
    return report(**{**parts, **changes})


class Tags(HTMLParser):
    """Sees to it that what is opened is closed, and notes every address."""

    def __init__(self):
        super().__init__()
        self.open, self.addresses, self.names = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "action")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags(text):
    seen = Tags()
    seen.feed(text)
    seen.close()
    assert seen.open == []
    return seen


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_complete_by_itself(language):
    text = page(language=language)
    seen = tags(text)
    assert seen.addresses == []
    assert "script" not in seen.names and "svg" in seen.names
    assert "default-src 'none'" in text
    assert "url(" not in text and "@import" not in text
    assert text.count("<svg") == 4
    for english, chinese in WORDS.values():
        if english in text and chinese in text:
            pytest.fail(f"{english} / {chinese}")


def test_it_says_the_verdict_in_its_language():
    assert "Your router answers, but DNS does not" in page()
    assert "路由器有应答，但 DNS 没有" in page(language="zh_CN")


def test_texts_are_escaped():
    text = page(note="<script>alert(1)</script> & more")
    tags(text)
    assert "<script" not in text
    assert "&lt;script&gt;" in text and "/&lt;b&gt;&amp;send" in text


@pytest.mark.parametrize(
    "events",
    [
        [],
        [{"event": "X"}],
        [{"event": "HeartbeatAnswered", "at": AT, "rtt": "fast"}],
        [{"event": "HeartbeatAnswered", "at": AT, "rtt": math.inf}],
        [{"event": "TaskEnded", "at": AT}],
        [{"event": "LinkStateChanged", "at": AT}],
        [{"event": "HeartbeatSent", "at": AT, "interval": 1e300}],
        [{"event": "HeartbeatAnswered", "at": 0, "rtt": 0.0}, {"event": "TaskEnded", "at": AT}],
        [{"event": "HeartbeatAnswered", "at": math.inf, "rtt": 0.1}, {"event": "X", "at": AT}],
        [{"event": "LinkStateChanged", "at": math.nan}, {"event": "LinkStateChanged", "at": -1e9}],
        [{"event": "TaskEnded", "at": AT, "cost": 10**400}, {"event": "TaskEnded", "at": 10**400}],
        [{"event": "TaskEnded", "at": AT, "cost": math.nan, "queue": {}}],
    ],
)
def test_odd_histories_give_a_page(events):
    tags(page(history={"events": events}, diagnoses=[{}, {"verdict": {"finding": "?"}}]))


@pytest.mark.parametrize(
    "diagnosis",
    [
        {"verdict": 7},
        {"results": "x"},
        {"results": [5, {"kind": "ping", "status": "ok", "rtt": 10**400}]},
        {"verdict": {"finding": "well", "values": 3}, "results": 9},
    ],
)
def test_odd_diagnoses_give_a_page(diagnosis):
    tags(page(diagnoses=[diagnosis]))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 10, [0, 5, 10]), (0, 0.3, [0, 0.1, 0.2, 0.3]), (0, 850, [0, 500]), (3, 3, [3])],
)
def test_ticks_are_round(low, high, ticks):
    assert plots.nice_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize("span", [1.0, 60.0, 3600.0, 86400.0, 30 * 86400.0])
def test_times_are_told_some_times_over_any_span(span):
    ticks = plots.time_ticks(AT, AT + span)
    assert 2 <= len(ticks) <= 8
    assert all(re.fullmatch(r"[\d: -]+", label) for _, label in ticks)
