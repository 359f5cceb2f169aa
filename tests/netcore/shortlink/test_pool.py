"""Which connections wait for another request, in virtual time."""

from __future__ import annotations

from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.shortlink.pool import IdleConnections, Key

TLS = TlsSettings()


def key(ip: str = "10.0.0.1", **changes) -> Key:
    values = {"port": 80, "host": "im.example", "proxy": None, "tls": TLS} | changes
    return Key(ip, **values)


A, B = key("10.0.0.1"), key("10.0.0.2")


def idle(*, most: int = 16, ban: float = 300.0) -> IdleConnections[str]:
    return IdleConnections(most=most, ban=ban)


def test_what_was_put_in_comes_out_once():
    pool = idle()
    assert pool.put(A, "a", 5.0, now=0.0) == []
    assert pool.take([A], now=1.0) == ("a", 1.0)
    assert pool.take([A], now=1.0) is None


def test_a_connection_waits_as_long_as_its_peer_allows():
    pool = idle()
    pool.put(A, "a", 5.0, now=0.0)
    assert pool.due() == 5.0
    assert pool.expire(4.9) == []
    assert pool.take([A], now=5.0) is None
    assert pool.expire(5.0) == ["a"]
    assert pool.due() == float("inf")


def test_the_latest_is_taken_first():
    pool = idle()
    for at, name in enumerate("abc"):
        pool.put(A, name, 60.0, now=float(at))
    assert [pool.take([A], now=9.0)[0] for _ in range(3)] == ["c", "b", "a"]


def test_the_first_key_that_has_one_wins():
    pool = idle()
    pool.put(B, "b", 60.0, now=0.0)
    assert pool.take([A, B], now=1.0) == ("b", 1.0)
    pool.put(B, "b", 60.0, now=2.0)
    pool.put(A, "a", 60.0, now=3.0)
    assert pool.take([A, B], now=4.0) == ("a", 1.0)


def test_all_parts_of_the_key_count():
    pool = idle()
    pool.put(A, "a", 60.0, now=0.0)
    for other in (
        key(port=81),
        key(host="other.example"),
        key(proxy=Proxy("http", "p", 1)),
        key(tls=TlsSettings(enabled=False)),
        key(tls=TlsSettings(pins=frozenset(["0" * 64]))),
    ):
        assert pool.take([other], now=1.0) is None
    endpoint = Endpoint("10.0.0.1", 80, "im.example", AddressSource.NEWDNS)
    assert pool.take([Key.of(endpoint, None, TlsSettings())], now=1.0) is not None


def test_the_oldest_gives_way_when_it_is_full():
    pool = idle(most=2)
    assert pool.put(A, "a", 60.0, now=0.0) == []
    assert pool.put(A, "b", 60.0, now=1.0) == []
    assert pool.put(B, "c", 60.0, now=2.0) == ["a"]
    assert len(pool) == 2


def test_a_pool_of_none_keeps_none():
    assert idle(most=0).put(A, "a", 60.0, now=0.0) == ["a"]


def test_one_that_its_peer_closed_leaves():
    pool = idle()
    pool.put(A, "a", 60.0, now=0.0)
    assert pool.remove("a")
    assert not pool.remove("a")
    assert pool.take([A], now=1.0) is None


def test_a_reused_one_that_did_badly_bans_reuse_for_five_minutes():
    pool = idle()
    pool.put(A, "a", 3600.0, now=0.0)
    assert pool.report(reused=True, good=False, now=10.0)
    assert pool.banned(10.0)
    assert pool.take([A], now=309.9) is None
    assert pool.put(A, "b", 60.0, now=100.0) == ["b"]
    assert pool.take([A], now=310.0) is not None


def test_a_new_one_that_did_badly_says_nothing_of_the_pool():
    pool = idle()
    assert not pool.report(reused=False, good=False, now=0.0)
    assert not pool.banned(0.0)


def test_a_reused_one_that_did_well_ends_the_ban():
    pool = idle()
    pool.report(reused=True, good=False, now=0.0)
    assert not pool.report(reused=False, good=True, now=1.0)
    assert pool.banned(1.0)
    assert not pool.report(reused=True, good=True, now=1.0)
    assert not pool.banned(1.0)


def test_a_ban_is_told_once():
    pool = idle()
    assert pool.report(reused=True, good=False, now=0.0)
    assert not pool.report(reused=True, good=False, now=100.0)
    assert pool.banned(399.0)  # it began anew


def test_clearing_forgets_the_ban_too():
    pool = idle()
    pool.put(A, "a", 60.0, now=0.0)
    pool.report(reused=True, good=False, now=0.0)
    assert pool.clear() == ["a"]
    assert not pool.banned(0.0)
    assert len(pool) == 0
