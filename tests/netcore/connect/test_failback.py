"""The way back from a backup address: when, and how."""

import asyncio
import random

import pytest

from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.failback import (
    BackupChecked,
    FailbackPolicy,
    FailbackSettings,
    candidate,
    check_back,
)
from netcore.connect.resolver import Answer
from netcore.connect.sources import Sources, SourcesSettings
from netcore.errors import ConnectError, DnsError
from netcore.observe import Observer

BACKUP = Endpoint("10.0.0.9", 1, "im.example", AddressSource.BACKUP)


def checks(policy, seconds, source=AddressSource.BACKUP, step=1.0, start=0.0):
    """When it says yes, asked each second."""
    found = []
    now = start
    while now <= start + seconds:
        if policy.due(source, now):
            found.append(now)
        now += step
    return found


def active(**settings):
    policy = FailbackPolicy(FailbackSettings(**settings))
    policy.on_active(True, 0.0)
    return policy


def test_on_a_backup_address_it_checks_each_two_and_a_half_minutes():
    assert checks(active(), 600.0) == [150.0, 300.0, 450.0, 600.0]


@pytest.mark.parametrize(
    "source", [AddressSource.DNS, AddressSource.NEWDNS, AddressSource.DEBUG, AddressSource.NULL]
)
def test_elsewhere_it_never_checks(source):
    assert checks(active(), 600.0, source) == []


def test_thirty_an_hour_are_the_limit():
    policy = active(period=10.0)
    found = checks(policy, 7200.0)
    assert found[:30] == [10.0 * n for n in range(1, 31)]
    assert found[30] == 10.0 + 3600.0
    for at in found:
        assert sum(at <= each < at + 3600.0 for each in found) <= 30


def test_inactive_it_rests_and_active_it_begins_anew():
    policy = active()
    policy.on_active(False, 100.0)
    assert policy.next_at == float("inf")
    assert checks(policy, 1000.0, start=100.0) == []
    policy.on_active(True, 1100.0)
    assert checks(policy, 200.0, start=1100.0) == [1250.0]


def test_a_sleep_is_not_made_up_for():
    policy = active()
    assert policy.due(AddressSource.BACKUP, 10_000.0)
    assert not policy.due(AddressSource.BACKUP, 10_001.0)
    assert policy.next_at == 10_050.0


def test_the_candidate_is_an_address_of_the_dns_on_a_port_of_the_link():
    found = {
        str(candidate(["10.0.0.1", "10.0.0.2"], [80, 443], BACKUP, random.Random(seed)))
        for seed in range(50)
    }
    assert found == {"10.0.0.1:80", "10.0.0.1:443", "10.0.0.2:80", "10.0.0.2:443"}


@pytest.mark.parametrize(
    ("addresses", "ports"), [([], [80]), (["10.0.0.1"], []), (["10.0.0.1", "10.0.0.9"], [80])]
)
def test_there_is_no_candidate_without_another_address(addresses, ports):
    assert candidate(addresses, ports, BACKUP, random.Random(1)) is None


class Names:
    kind = "test"

    def __init__(self, *addresses):
        self.addresses = addresses

    async def resolve(self, host, *, timeout=2.0):
        if not self.addresses:
            raise DnsError("none")
        return Answer(self.addresses)


def sources(*addresses):
    settings = SourcesSettings(longlink_hosts=["im.example"], longlink_ports=[80])
    found = Sources(settings, resolver=Names(*addresses), now=lambda: 100.0)
    found.on_network_change("home")
    return found


async def check(known, probe, timeout=10.0):
    observer = Observer()
    events = []
    observer.subscribe(events.append)
    found = await check_back(
        known, BACKUP, probe, rng=random.Random(1), timeout=timeout, observer=observer
    )
    (event,) = events
    assert isinstance(event, BackupChecked)
    assert event.host == "im.example"
    return found, event


async def test_a_good_address_is_found_and_forgiven():
    known = sources("10.0.0.1")
    for _ in range(3):
        known.ranking.report("10.0.0.1", 80, False, 0.0, 0.0)
    asked = []

    async def probe(endpoint):
        asked.append(endpoint)

    found, event = await check(known, probe)
    assert found == Endpoint("10.0.0.1", 80, "im.example", AddressSource.DNS)
    assert asked == [found]
    assert known.ranking.history("10.0.0.1", 80) is None
    assert (event.ok, event.address, event.error) == (True, "10.0.0.1:80", "")


@pytest.mark.parametrize("error", [ConnectError("refused"), OSError("reset"), EOFError()])
async def test_a_bad_address_is_not(error):
    async def probe(endpoint):
        raise error

    found, event = await check(sources("10.0.0.1"), probe)
    assert found is None
    assert not event.ok
    assert event.error


async def test_a_silent_address_ends_by_the_time_out():
    async def probe(endpoint):
        await asyncio.Event().wait()

    found, event = await check(sources("10.0.0.1"), probe, timeout=0.01)
    assert found is None
    assert "within 0.01 s" in event.error


async def test_without_a_dns_answer_nothing_is_tried():
    async def probe(endpoint):
        raise AssertionError

    found, event = await check(sources(), probe)
    assert found is None
    assert event.address == ""


async def test_a_link_with_ports_of_its_own_is_tried_on_those():
    asked = []

    async def probe(endpoint):
        asked.append(endpoint.port)

    for _ in range(3):
        await check_back(sources("10.0.0.1"), BACKUP, probe, rng=random.Random(1), ports=(443,))
    assert asked == [443] * 3


def test_the_numbers_are_mars_s():
    settings = FailbackSettings()
    assert (settings.period, settings.limit) == (150.0, 30)
    assert (settings.limit_window, settings.timeout) == (3600.0, 10.0)
