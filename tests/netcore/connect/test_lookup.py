"""Who is asked for a host's addresses, and what is told and kept of the answers."""

from __future__ import annotations

from netcore.connect.addresses import SourcesSettings
from netcore.connect.endpoint import AddressSource
from netcore.connect.lookup import Lookup
from tests.netcore.connect.names import Names


def make(names, new_dns=None):
    told = []
    lookup = Lookup(
        SourcesSettings(new_dns_timeout=0.02),
        names,
        new_dns,
        lambda: 7.0,
        None,
        lambda *news: told.append(news),
    )
    return lookup, told


async def test_a_numeric_host_is_its_own_address_and_nobody_is_asked():
    lookup, told = make(Names(), lambda *_: ["10.9.0.1"])
    assert await lookup.addresses("[2001:db8::1]", True, {}) == (
        ("2001:db8::1",),
        AddressSource.DNS,
    )
    assert told == []


async def test_newdns_comes_first_and_its_answer_is_not_kept_as_the_dns_s():
    names = Names(a_example=["10.0.0.1"])
    lookup, told = make(names, lambda *_: ["10.9.0.1", "name.example", "10.9.0.1"])
    assert await lookup.addresses("a.example", True, {}) == (("10.9.0.1",), AddressSource.NEWDNS)
    assert names.asked == []
    assert lookup.last_answer("a.example") is None
    assert told == [("a.example", 0.0, ("10.9.0.1",), "")]


async def test_without_an_answer_of_newdns_the_dns_is_asked_and_both_are_told():
    lookup, told = make(Names(a_example=["10.0.0.1"]), lambda *_: 1 / 0)
    assert await lookup.addresses("a.example", True, {}) == (("10.0.0.1",), AddressSource.DNS)
    assert [news[2] for news in told] == [(), ("10.0.0.1",)]
    assert "division" in told[0][3]


async def test_the_dns_s_last_answer_outlives_a_failure():
    names = Names(a_example=["10.0.0.1"])
    lookup, told = make(names)
    await lookup.ask_dns("a.example")
    names.zone.clear()
    assert await lookup.addresses("a.example", True, {}) == ((), AddressSource.DNS)
    assert lookup.last_answer("a.example") == ["10.0.0.1"]
    assert told[-1][3] == "a.example does not exist"
