"""What a check found, in words."""

import math

import pytest

from netcore.sdt.result import CheckKind
from netcore.sdt.words import facts_of

PING = {"sent": 2, "received": 1, "loss": 0.5, "min": 0.0004, "max": 0.0381, "jitter": 0.0}
HOPS = [{"ttl": 1, "address": "10.0.0.1", "rtt": 0.001}, {"ttl": 2, "address": "", "rtt": None}]


@pytest.mark.parametrize(
    ("kind", "facts", "english", "chinese"),
    [
        (
            CheckKind.PING,
            PING,
            "1 of 2 came back, 0.4 to 38 ms",
            "发出 2 个，收到 1 个，0.4 至 38 毫秒",
        ),
        (CheckKind.GATEWAY, {"sent": 2, "received": 0}, "", ""),
        (CheckKind.DNS, {"addresses": ["9.9.8.2", "::1"]}, "9.9.8.2, ::1", "9.9.8.2、::1"),
        (
            CheckKind.TCP,
            {"connect": 0.02, "tls": 0.03, "version": "TLSv1.3", "noop": 0.0011},
            "TCP 20 ms, TLSv1.3 30 ms, noop 1.1 ms",
            "TCP 20 毫秒，TLSv1.3 30 毫秒，noop 1.1 毫秒",
        ),
        (
            CheckKind.TLS,
            {"version": "TLSv1.2", "days_left": 12.6},
            "TLSv1.2, the certificate is good for 13 more days",
            "TLSv1.2，证书还有 13 天到期",
        ),
        (CheckKind.TLS, {"version": "TLSv1.3"}, "TLSv1.3", "TLSv1.3"),
        (
            CheckKind.HTTP,
            {"status": 404, "connect": 0.02},
            "HTTP 404, TCP 20 ms",
            "HTTP 404，TCP 20 毫秒",
        ),
        (CheckKind.TRACEROUTE, {"hops": HOPS}, "10.0.0.1 > *", "10.0.0.1 > *"),
        (CheckKind.PATH_MTU, {"mtu": 1500, "limited_by": ""}, "1500 B", "1500 字节"),
        (
            CheckKind.PATH_MTU,
            {"mtu": 1300, "limited_by": "10.0.0.1"},
            "1300 B, limited by 10.0.0.1",
            "1300 字节，受 10.0.0.1 限制",
        ),
        (CheckKind.PORTAL, {"status": 200}, "", ""),
        (CheckKind.PORTAL, {"location": "http://x/"}, "http://x/", "http://x/"),
    ],
)
def test_what_was_found_is_told_in_both_languages(kind, facts, english, chinese):
    assert facts_of(kind, facts) == english
    assert facts_of(kind, facts, "zh_CN") == chinese


@pytest.mark.parametrize("kind", list(CheckKind))
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"sent": "x", "received": 1, "min": None, "max": math.inf},
        {"addresses": 5, "hops": [3], "mtu": None, "days_left": math.nan, "connect": "soon"},
        {"addresses": [1], "hops": "abc", "connect": 10**400, "days_left": "x"},
    ],
)
def test_odd_facts_of_a_file_tell_nothing_and_do_no_harm(kind, facts):
    assert isinstance(facts_of(kind, facts, "zh"), str)
