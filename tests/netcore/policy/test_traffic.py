"""Counting bytes."""

from __future__ import annotations

from netcore.events import NetworkKind
from netcore.policy.traffic import CGIS, OTHERS, Count, Traffic


def test_bytes_are_counted_by_network_and_by_link():
    traffic = Traffic(NetworkKind.WIFI)
    traffic.wire("main", 10, 20)
    traffic.wire("short", 1, 2)
    traffic.on_network(NetworkKind.MOBILE)
    traffic.wire("main", 100, 200)
    assert traffic.by_kind() == {
        NetworkKind.WIFI: Count(11, 22),
        NetworkKind.MOBILE: Count(100, 200),
    }
    assert traffic.by_link() == {"main": Count(110, 220), "short": Count(1, 2)}


def test_coming_back_to_a_network_counts_on():
    traffic = Traffic(NetworkKind.WIFI)
    traffic.wire("main", 1, 0)
    traffic.on_network(NetworkKind.MOBILE)
    traffic.on_network(NetworkKind.WIFI)
    traffic.wire("main", 1, 0)
    assert traffic.by_kind()[NetworkKind.WIFI].sent == 2


def test_bodies_are_counted_by_cgi_or_else_by_cmdid():
    traffic = Traffic(NetworkKind.WIFI)
    traffic.task("/send", 3, 10, 20)
    traffic.task("/send", 3, 1, 2)
    traffic.task("", 6, 5, 0)
    assert traffic.by_cgi() == {"/send": Count(11, 22), "cmdid 6": Count(5, 0)}


def test_200_cgis_are_told_apart_and_the_rest_is_counted_together():
    assert CGIS == 200
    traffic = Traffic(NetworkKind.WIFI)
    for number in range(CGIS + 50):
        traffic.task(f"/{number}", 0, 1, 0)
    counts = traffic.by_cgi()
    assert len(counts) == CGIS + 1
    assert counts[OTHERS].sent == 50
    assert sum(each.sent for each in counts.values()) == CGIS + 50


def test_a_report_is_due_above_ten_kib_and_takes_what_gathered():
    traffic = Traffic(NetworkKind.WIFI)
    assert not traffic.wire("main", 4 * 1024, 6 * 1024)
    assert traffic.wire("main", 1, 0)
    assert traffic.take() == Count(4 * 1024 + 1, 6 * 1024)
    assert traffic.take().total == 0
    assert not traffic.wire("main", 1, 0)


def test_ten_seconds_are_the_other_bound():
    assert Traffic(NetworkKind.WIFI).settings.report_time == 10.0
