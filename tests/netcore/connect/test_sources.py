import asyncio
import json
import random

import pytest

from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.ipstack import LocalStack
from netcore.connect.resolver import FAILURE_KEPT, PATIENCE
from netcore.connect.sources import (
    EndpointReported,
    EndpointsChosen,
    NameResolved,
    Sources,
    SourcesSettings,
)
from netcore.errors import DnsError
from netcore.observe import Observer
from tests.netcore.connect.names import Names
from tests.support.virtual import run_virtual


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def make(names=None, *, stack=LocalStack.DUAL, seed=1, clock=None, label="wifi:home", **more):
    clock = clock or Clock()
    options = {k: more.pop(k) for k in ("new_dns", "folder", "observer") if k in more}
    more.setdefault("longlink_hosts", ["chat.example"])
    more.setdefault("longlink_ports", [8081])
    sources = Sources(
        SourcesSettings(**more),
        resolver=names or Names(chat_example=["10.0.0.1", "10.0.0.2"]),
        rng=random.Random(seed),
        now=clock,
        wall=clock,
        stack=stack if callable(stack) else lambda: stack,
        **options,
    )
    if label:
        sources.on_network_change(label)
    return sources


def told(endpoints):
    return sorted((str(each), each.source.name) for each in endpoints)


def many(count, prefix="10.0.0."):
    return [f"{prefix}{n}" for n in range(1, count + 1)]


# ---------------------------------------------------------------------------- order of sources


async def test_a_debug_address_is_the_only_one():
    names = Names(chat_example=["10.0.0.1"])
    sources = make(names, longlink_debug_ip="9.9.9.9", longlink_ports=[8081, 443])
    got = await sources.endpoints([], longlink=True)
    assert told(got) == [("9.9.9.9:443", "DEBUG"), ("9.9.9.9:8081", "DEBUG")]
    assert {each.host for each in got} == {"chat.example"}
    assert names.asked == []


async def test_a_host_s_debug_address_comes_before_the_link_s():
    sources = make(longlink_debug_ip="9.9.9.9", debug_ips={"chat.example": "8.8.8.8"})
    assert told(await sources.endpoints("chat.example", longlink=True)) == [
        ("8.8.8.8:8081", "DEBUG")
    ]


async def test_minor_links_short_links_and_cgis_have_debug_addresses_of_their_own():
    sources = make(
        longlink_debug_ip="9.9.9.9",
        minorlong_debug_ip="9.9.9.8",
        shortlink_debug_ip="9.9.9.7",
        shortlink_port=8080,
        cgi_debug={"/mars/x": ("9.9.9.6", 0), "/mars/y": ("9.9.9.5", 81)},
    )
    ask = sources.endpoints
    assert told(await ask("m", longlink=True, minor=True)) == [("9.9.9.8:8081", "DEBUG")]
    assert told(await ask("s", longlink=False)) == [("9.9.9.7:8080", "DEBUG")]
    assert told(await ask("s", longlink=False, cgi="/mars/x")) == [("9.9.9.6:80", "DEBUG")]
    assert told(await ask("s", longlink=False, cgi="/mars/y")) == [("9.9.9.5:81", "DEBUG")]


async def test_newdns_comes_before_the_dns_and_backup_tops_up():
    asked = []

    def new_dns(host, longlink, extra):
        asked.append((host, longlink, dict(extra)))
        return ["10.9.0.1"]

    names = Names(chat_example=["10.0.0.1"])
    sources = make(names, new_dns=new_dns, backup_ips={"chat.example": ["10.8.0.1"]})
    got = await sources.endpoints("chat.example", longlink=True, extra_info={"k": "v"})
    assert told(got) == [("10.8.0.1:8081", "BACKUP"), ("10.9.0.1:8081", "NEWDNS")]
    assert [each.source for each in got] == [AddressSource.NEWDNS, AddressSource.BACKUP]
    assert asked == [("chat.example", True, {"k": "v"})]
    assert names.asked == []


async def test_newdns_may_be_a_coroutine():
    async def new_dns(host, longlink, extra):
        await asyncio.sleep(0)
        return ["[2001:db8::9]", "not an address"]

    sources = make(new_dns=new_dns, backup_ips={"chat.example": ["10.8.0.1"]})
    got = await sources.endpoints("chat.example", longlink=True)
    assert told(got) == [("10.8.0.1:8081", "BACKUP"), ("[2001:db8::9]:8081", "NEWDNS")]


def _hangs(host, longlink, extra):
    return asyncio.sleep(30)


def _raises(host, longlink, extra):
    raise KeyError("a fault of the app")


def _refuses(host, longlink, extra):
    raise DnsError("no")


@pytest.mark.parametrize("new_dns", [_hangs, _raises, _refuses, lambda *a: [], lambda *a: None])
async def test_when_newdns_fails_or_is_late_the_dns_is_asked(new_dns):
    sources = make(new_dns=new_dns, new_dns_timeout=0.02)
    got = await sources.endpoints("chat.example", longlink=True)
    assert {each.source for each in got} == {AddressSource.DNS}


def test_newdns_has_two_seconds():
    async def scene():
        began = asyncio.get_running_loop().time()
        got = await make(new_dns=_hangs).endpoints("chat.example", longlink=True)
        assert asyncio.get_running_loop().time() - began == pytest.approx(2.0)
        assert {each.source for each in got} == {AddressSource.DNS}

    run_virtual(scene())


async def test_a_look_at_the_local_stack_holds_for_a_second():
    clock = Clock()
    looks = []
    names = Names(chat_example=["10.0.0.1", "2001:db8::1"])
    sources = make(names, clock=clock, stack=lambda: looks.append(clock.now) or LocalStack.DUAL)
    for step in (0.0, 0.9, 0.2):
        clock.now += step
        await sources.endpoints("chat.example", longlink=True)
    assert looks == [1000.0, 1001.1]


async def test_a_host_without_backup_addresses_has_its_dns_answer_as_such():
    names = Names(chat_example=["10.0.0.1"])
    sources = make(names, new_dns=lambda *a: ["10.9.0.1"])
    got = await sources.endpoints("chat.example", longlink=True)
    assert told(got) == [("10.0.0.1:8081", "BACKUP"), ("10.9.0.1:8081", "NEWDNS")]
    names.zone.clear()  # later the DNS is gone, the backup stays
    sources.new_dns = None
    got = await sources.endpoints("chat.example", longlink=True)
    assert told(got) == [("10.0.0.1:8081", "BACKUP")]


async def test_when_all_are_banned_the_last_dns_answer_is_tried_as_backup():
    clock = Clock()
    sources = make(clock=clock)
    for ip in ("10.0.0.1", "10.0.0.2"):
        for n in range(3):
            clock.now += 11
            sources.report(Endpoint(ip, 8081, "chat.example", AddressSource.DNS), False)
            assert n < 2 or sources.ranking.banned_for(ip, 8081, clock.now) == 360
    got = await sources.endpoints("chat.example", longlink=True)
    assert told(got) == [("10.0.0.1:8081", "BACKUP"), ("10.0.0.2:8081", "BACKUP")]


async def test_a_plain_address_that_is_banned_is_still_tried():
    known = Sources(SourcesSettings(longlink_ports=[80]), now=lambda: 0.0, wall=lambda: 0.0)
    known.on_network_change("home")
    known.ranking.order([], 0, 0.0)
    for at in (0.0, 20.0, 40.0):
        known.ranking.report("192.0.2.1", 80, False, at, 0.0)
    assert known.ranking.banned_for("192.0.2.1", 80, 41.0) > 0
    (found,) = await known.endpoints("192.0.2.1", longlink=True)
    assert (found.ip, found.source) == ("192.0.2.1", AddressSource.BACKUP)


async def test_no_address_at_all_is_an_error_that_names_the_hosts():
    sources = make(Names())
    with pytest.raises(DnsError, match=r"a\.example does not exist; b\.example does not exist"):
        await sources.endpoints(["a.example", "b.example"], longlink=False)


async def test_a_plain_address_is_used_as_it_is():
    names = Names()
    got = await make(names, shortlink_port=8080).endpoints("[2001:db8::5]", longlink=False)
    assert told(got) == [("[2001:db8::5]:8080", "DNS")]
    assert names.asked == []


# ---------------------------------------------------------------------------- how many


async def test_five_are_taken_and_a_sixth_from_backup_when_one_kind_filled_all():
    names = Names(chat_example=many(8))
    sources = make(names, backup_ips={"chat.example": many(3, "10.8.0.")})
    got = await sources.endpoints("chat.example", longlink=True)
    assert [each.source for each in got] == [AddressSource.DNS] * 5 + [AddressSource.BACKUP]


async def test_backup_fills_up_to_five():
    sources = make(backup_ips={"chat.example": many(9, "10.8.0.")})
    got = await sources.endpoints("chat.example", longlink=True)
    assert [each.source.name for each in got] == ["DNS"] * 2 + ["BACKUP"] * 3


async def test_two_hosts_share_five_places():
    names = Names(a_example=many(3), b_example=many(8, "10.1.0."))
    got = await make(names).endpoints(["a.example", "b.example"], longlink=True)
    assert [each.host for each in got[:5]] == ["a.example"] * 3 + ["b.example"] * 2
    assert len(got) == 5


async def test_inactive_hosts_share_four_places_and_backup_the_fifth():
    names = Names(a_example=many(8), b_example=many(8, "10.1.0."))
    sources = make(names, backup_ips={"a.example": ["10.8.0.1"], "b.example": ["10.8.0.2"]})
    sources.active = False
    got = await sources.endpoints(["a.example", "b.example"], longlink=True)
    assert [each.host for each in got[:4]] == ["a.example"] * 2 + ["b.example"] * 2
    assert [each.source for each in got] == [AddressSource.DNS] * 4 + [AddressSource.BACKUP]


async def test_backup_uses_the_low_priority_ports():
    sources = make(
        low_priority_ports=[80], longlink_ports=[443], backup_ips={"chat.example": ["10.8.0.1"]}
    )
    got = await sources.endpoints("chat.example", longlink=True)
    assert {(each.source.name, each.port) for each in got} == {("DNS", 443), ("BACKUP", 80)}


async def test_own_ports_replace_the_settings():
    got = await make().endpoints("chat.example", longlink=True, ports=[7000])
    assert {each.port for each in got} == {7000}


async def test_an_address_is_never_there_twice():
    for seed in range(20):
        sources = make(Names(chat_example=many(2)), seed=seed, backup_ips={"chat.example": many(3)})
        got = await sources.endpoints("chat.example", longlink=True)
        assert len({(each.ip, each.port) for each in got}) == len(got) == 3


# ---------------------------------------------------------------------------- IPv6


async def test_ipv6_can_be_switched_off_until_the_network_changes():
    names = Names(chat_example=["2001:db8::1", "10.0.0.1"])
    sources = make(names)
    assert len(await sources.endpoints("chat.example", longlink=True)) == 2
    sources.disable_ipv6()
    assert told(await sources.endpoints("chat.example", longlink=True)) == [
        ("10.0.0.1:8081", "DNS")
    ]
    sources.on_network_change("wifi:other")
    assert len(await sources.endpoints("chat.example", longlink=True)) == 2


async def test_where_only_ipv6_exists_v4_goes_through_nat64_and_is_ranked_as_v4():
    names = Names(chat_example=["10.0.0.1"], ipv4only_arpa=["64:ff9b:1::c000:aa"])
    clock = Clock()
    sources = make(names, stack=LocalStack.V6, clock=clock)
    got = await sources.endpoints("chat.example", longlink=True)
    assert told(got) == [("[64:ff9b:1::a00:1]:8081", "DNS")]
    sources.report(got[0], False)
    assert sources.ranking.history("10.0.0.1", 8081).failures == 1
    sources.forgive(got[0].ip)
    assert sources.ranking.history("10.0.0.1", 8081) is None
    sources.ban_by_server(got[0].ip)
    assert sources.ranking.banned_for("10.0.0.1", 8081, clock.now) == 1800
    await sources.endpoints("chat.example", longlink=True)
    assert names.asked.count("ipv4only.arpa") == 1
    sources.on_network_change("wifi:other")
    await sources.endpoints("chat.example", longlink=True)
    assert names.asked.count("ipv4only.arpa") == 2


async def test_a_prefix_of_the_network_before_is_not_used_on_this_one():
    names = Names(chat_example=["10.0.0.1"], ipv4only_arpa=["64:ff9b:1::c000:aa"])
    sources = make(names, stack=LocalStack.V6)
    real = sources._lookup.resolver.resolve

    async def resolve(host, **how):
        answer = await real(host, **how)
        if host == "ipv4only.arpa" and names.asked.count(host) == 1:
            sources.on_network_change("wifi:other")  # while the answer is under way
            names.zone["ipv4only.arpa"] = ["64:ff9b:2::c000:aa"]
            await asyncio.sleep(0)
        return answer

    sources._lookup.resolver.resolve = resolve
    await sources.endpoints("chat.example", longlink=True)
    got = await sources.endpoints("chat.example", longlink=True)
    assert told(got) == [("[64:ff9b:2::a00:1]:8081", "DNS")]


async def test_where_the_prefix_cannot_be_found_the_well_known_one_is_tried():
    names = Names(chat_example=["8.8.8.8"])
    clock = Clock()
    sources = make(names, stack=LocalStack.V6, clock=clock)
    for asked in (1, 1, 2):  # its failure is remembered for a while
        got = await sources.endpoints("chat.example", longlink=True)
        assert told(got) == [("[64:ff9b::808:808]:8081", "DNS")]
        assert names.asked.count("ipv4only.arpa") == asked
        clock.now += FAILURE_KEPT / 2


@pytest.mark.parametrize("stack", [LocalStack.DUAL, LocalStack.V4, LocalStack.NONE])
async def test_elsewhere_v4_stays_v4(stack):
    names = Names(chat_example=["8.8.8.8"])
    got = await make(names, stack=stack).endpoints("chat.example", longlink=True)
    assert told(got) == [("8.8.8.8:8081", "DNS")]
    assert "ipv4only.arpa" not in names.asked


async def test_where_only_ipv4_exists_v6_is_left_out_while_there_is_another():
    both = ["2001:db8::1", "10.0.0.1"]
    names = Names(chat_example=both, near=["::1", "10.0.0.1"], v6=["2001::1"])
    sources = make(names, stack=LocalStack.V4)
    got = await sources.endpoints("chat.example", longlink=True)
    assert told(got) == [("10.0.0.1:8081", "DNS")]
    assert len(await sources.endpoints("near", longlink=True)) == 2
    assert told(await sources.endpoints("v6", longlink=True)) == [("[2001::1]:8081", "DNS")]


# ---------------------------------------------------------------------------- learning


async def test_a_failing_address_goes_to_the_end_and_then_away():
    clock = Clock()
    sources = make(clock=clock)
    good, bad = (Endpoint(f"10.0.0.{n}", 8081, "chat.example", AddressSource.DNS) for n in (2, 1))
    sources.report(good, True)
    sources.report(bad, False)
    for _ in range(10):
        got = await sources.endpoints("chat.example", longlink=True)
        assert [each.ip for each in got] == ["10.0.0.2", "10.0.0.1"]
    for _ in range(2):
        clock.now += 11
        sources.report(bad, False)
    got = await sources.endpoints("chat.example", longlink=True)
    assert [(each.ip, each.source.name) for each in got] == [
        ("10.0.0.2", "DNS"),
        ("10.0.0.1", "BACKUP"),
    ]


def test_debug_addresses_are_not_ranked():
    sources = make()
    sources.report(Endpoint("9.9.9.9", 80, "h", AddressSource.DEBUG), False)
    assert sources.ranking.history("9.9.9.9", 80) is None


def test_the_ranking_is_kept_per_network_over_restarts(tmp_path):
    first = make(folder=tmp_path)
    first.report(Endpoint("10.0.0.1", 8081, "chat.example", AddressSource.DNS), False)
    first.save()
    again = make(folder=tmp_path)
    assert again.ranking.history("10.0.0.1", 8081).failures == 1
    elsewhere = make(folder=tmp_path, label="wifi:other")
    assert elsewhere.ranking.history("10.0.0.1", 8081) is None


def test_a_change_of_network_saves(tmp_path):
    sources = make(folder=tmp_path)
    sources.report(Endpoint("10.0.0.1", 8081, "chat.example", AddressSource.DNS), False)
    sources.on_network_change("")
    stored = json.loads((tmp_path / "ip_ranking.json").read_text())
    assert stored["networks"]["wifi:home"]["items"] == [["10.0.0.1", 8081, 1]]


@pytest.mark.parametrize("damage", ["", "{", '{"version":99}', "[]"])
def test_a_corrupt_ranking_is_set_aside_and_never_fatal(tmp_path, caplog, damage):
    (tmp_path / "ip_ranking.json").write_text(damage)
    sources = make(folder=tmp_path)
    assert sources.ranking.history("10.0.0.1", 8081) is None
    assert (tmp_path / "ip_ranking.json.damaged").read_text() == damage
    assert "set aside" in caplog.text


async def test_everything_is_told_to_observers():
    observer, seen = Observer(), []
    observer.subscribe(seen.append)
    sources = make(new_dns=_refuses, observer=observer)
    got = await sources.endpoints("chat.example", longlink=True)
    resolved = [each for each in seen if isinstance(each, NameResolved)]
    assert [(each.kind, len(each.addresses), each.error) for each in resolved] == [
        ("newdns", 0, "no"),
        ("names", 2, ""),
    ]
    chosen = seen[-1]
    assert isinstance(chosen, EndpointsChosen)
    assert chosen.addresses == tuple(map(str, got))
    assert chosen.sources == ("DNS", "DNS")
    sources.report(got[0], False)
    assert isinstance(seen[-1], EndpointReported)
    assert (seen[-1].ok, seen[-1].banned_for) == (False, 0.0)


async def test_the_dns_addresses_can_be_asked_for_unranked():
    sources = make()
    assert await sources.dns_addresses("chat.example") == ("10.0.0.1", "10.0.0.2")
    assert await sources.dns_addresses("missing.example") == ()


# ---------------------------------------------------------------------------- silence


class SilentFor(Names):
    """A DNS that says nothing about ``silent`` hosts until the time-out."""

    def __init__(self, *silent, **zone):
        super().__init__(**zone)
        self.silent = silent

    async def resolve(self, host, *, timeout=2.0):
        if host in self.silent:
            self.asked.append(host)
            await asyncio.sleep(timeout)
            raise DnsError(f"no address for {host}: nobody answered")
        return await super().resolve(host, timeout=timeout)


def taking(scene):
    """How long a scene took, in virtual seconds."""

    async def play():
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await scene(loop.time)
        return loop.time() - begun

    return run_virtual(play())


def test_addresses_of_newdns_are_used_at_once_beside_a_silent_dns():
    async def scene(now):
        names = SilentFor("chat.example")
        sources = make(names, new_dns=lambda *_: ["10.9.0.1"], clock=now)
        for _ in range(10):
            found = await sources.endpoints("chat.example", longlink=True)
            assert told(found) == [("10.9.0.1:8081", "NEWDNS")]
        assert names.asked == ["chat.example"]  # once, and its failure is remembered
        await sources.close()

    assert taking(scene) <= 10 * PATIENCE + 0.001


def test_the_dns_that_answers_late_serves_the_next_connect_as_backup():
    async def scene(now):
        class Late(Names):
            async def resolve(self, host, *, timeout=2.0):
                await asyncio.sleep(1.0)
                return await super().resolve(host, timeout=timeout)

        names = Late(chat_example=["10.0.0.1"])
        sources = make(names, new_dns=lambda *_: ["10.9.0.1"], clock=now)
        first = await sources.endpoints("chat.example", longlink=True)
        await asyncio.sleep(1.5)
        second = await sources.endpoints("chat.example", longlink=True)
        assert told(first) == [("10.9.0.1:8081", "NEWDNS")]
        assert told(second) == [("10.0.0.1:8081", "BACKUP"), ("10.9.0.1:8081", "NEWDNS")]
        await sources.close()

    taking(scene)


def test_a_silent_newdns_is_waited_for_once_and_asked_beside_the_dns_from_then_on():
    answers = []

    async def new_dns(*_):
        if not answers:
            await asyncio.sleep(60)
        return answers

    async def scene(now):
        sources = make(Names(chat_example=["10.0.0.1"]), new_dns=new_dns, clock=now)
        begun = now()
        await sources.endpoints("chat.example", longlink=True)
        assert now() - begun == pytest.approx(2.0)
        begun = now()
        for _ in range(10):
            found = await sources.endpoints("chat.example", longlink=True)
            assert told(found) == [("10.0.0.1:8081", "DNS")]
        assert now() - begun <= 10 * PATIENCE + 0.001
        await asyncio.sleep(3.0)  # the one that was asked beside has given up
        answers.append("10.9.0.1")
        found = await sources.endpoints("chat.example", longlink=True)
        assert ("10.9.0.1:8081", "NEWDNS") in told(found)
        await sources.close()

    taking(scene)


def test_a_silent_host_does_not_hold_up_another_that_is_known():
    async def scene(now):
        names = SilentFor("a.example", b_example=["10.0.0.2"])
        sources = make(names, clock=now)
        found = await sources.endpoints(["a.example", "b.example"], longlink=True)
        assert told(found) == [("10.0.0.2:8081", "DNS")]
        await sources.close()

    assert taking(scene) == pytest.approx(PATIENCE)


def test_where_only_ipv6_exists_a_silent_dns_holds_up_nothing_that_is_ipv6():
    async def scene(now):
        names = SilentFor("ipv4only.arpa", chat_example=["2001:db8::1", "10.0.0.1"])
        sources = make(names, stack=LocalStack.V6, clock=now)
        begun = now()
        await sources.endpoints("chat.example", longlink=True)
        assert now() - begun == pytest.approx(PATIENCE)
        await sources.close()
        assert names.asked.count("ipv4only.arpa") == 1

    taking(scene)


def test_what_nobody_knows_is_waited_for_and_says_why():
    async def scene(now):
        sources = make(SilentFor("chat.example"), clock=now)
        with pytest.raises(DnsError, match=r"no address for chat\.example: nobody answered"):
            await sources.endpoints("chat.example", longlink=True)
        await sources.close()

    assert taking(scene) == pytest.approx(2.0)
