"""Each verdict proven in a network that is broken in just that way (namespaces, nftables)."""

import json
import shutil

import pytest

from tests.netcore.sdt.world import FAR, GOOD, HOST, PORTAL, World

pytestmark = pytest.mark.netns


def without(*names, **other):
    return {**{name: what for name, what in GOOD.items() if name not in names}, **other}


def finding(diagnosis):
    return diagnosis["verdict"]["finding"]


def results(diagnosis, kind):
    return [each for each in diagnosis["results"] if each["kind"] == kind]


def test_all_is_well_and_the_way_is_traced():
    with World() as world:
        diagnosis = world.diagnose(trace=True)
    assert finding(diagnosis) == "well"
    (route,) = results(diagnosis, "traceroute")
    assert [hop["address"] for hop in route["facts"]["hops"]] == ["10.77.0.1", FAR]
    assert route["facts"]["reached"]
    assert {each["status"] for each in diagnosis["results"]} == {"ok"}


def test_a_narrow_link_on_the_way_shows_as_the_path_mtu():
    with World() as world:
        for side, other in (("router", "internet"), ("internet", "router")):
            world.ip(side, "link", "set", f"to{other}", "mtu", "1300")
        (size,) = results(world.diagnose(trace=True), "path_mtu")
    assert size["facts"] == {"mtu": 1300, "limited_by": "10.77.0.1"}


def test_dns_that_is_silent_behind_a_router_that_answers():
    services = without("dns")
    with World(services, resolvers=["10.77.0.1"]) as world:
        world.drop("input", "udp dport 53")
        english = world.check("--no-trace", "--language", "en")
        chinese = world.check("--no-trace", "--language", "zh")
    assert english.returncode == 1
    assert english.stdout.startswith("Your router answers, but DNS does not")
    assert chinese.stdout.startswith("路由器有应答，但 DNS 没有")


def test_the_systems_name_servers_fail_and_another_knows():
    # The C library asks the first three of them alone.
    with World(resolvers=["10.77.0.1", "10.77.0.1", "10.77.0.1", FAR]) as world:
        world.drop("input", "udp dport 53")
        diagnosis = world.diagnose(dns_timeout=5.0)
    assert finding(diagnosis) == "dns_down_one"
    assert diagnosis["verdict"]["values"]["server"] == FAR


def test_a_name_that_nobody_knows():
    with World(without(dns={PORTAL: [FAR]})) as world:
        assert finding(world.diagnose()) == "name_unknown"


def test_a_line_that_is_down_behind_the_router():
    with World() as world:
        world.drop("forward", "")
        assert finding(world.diagnose()) == "internet_down"
        assert finding(world.diagnose(host=FAR)) == "internet_down"


def test_a_router_that_does_not_answer():
    with World() as world:
        world.drop("forward", "")
        world.drop("input", "")
        diagnosis = world.diagnose()
    assert finding(diagnosis) == "router_silent"
    assert diagnosis["verdict"]["values"] == {"gateway": "10.77.0.1"}


def test_no_network_at_all():
    with World() as world:
        world.ip("client", "link", "set", "torouter", "down")
        assert finding(world.diagnose()) == "no_network"


def test_a_log_in_page_in_place_of_the_internet():
    with World(at_router={"80": "login"}) as world:
        hook = "type nat hook prerouting priority -100;"
        world.nft(f"chain nat {{ {hook} iif toclient tcp dport 80 redirect; }}")
        world.drop("forward", "tcp dport { 8080, 8081 }")
        diagnosis = world.diagnose()
    assert finding(diagnosis) == "portal"
    assert diagnosis["verdict"]["values"]["where"] == "http://login.example/"


def test_a_firewall_that_blocks_the_long_links_port():
    with World() as world:
        world.drop("forward", "tcp dport 8081")
        assert finding(world.diagnose()) == "longlink_blocked"


def test_a_server_machine_without_a_server():
    with World(without("8080", "8081")) as world:
        assert finding(world.diagnose()) == "server_refuses"


def test_a_server_machine_that_is_down_in_a_working_internet():
    gone = "9.9.8.77"
    with World(without(dns={HOST: [gone], PORTAL: [FAR]})) as world:
        assert finding(world.diagnose()) == "server_unreachable"


def test_a_server_that_takes_the_connection_and_says_nothing():
    with World({**GOOD, "8081": "silent", "8080": "silent"}) as world:
        assert finding(world.diagnose()) == "server_silent"


def test_something_else_on_the_servers_port():
    with World({**GOOD, "8081": "garbage"}) as world:
        assert finding(world.diagnose()) == "wrong_server"


def test_a_line_that_loses_every_other_ping_is_weak():
    with World() as world:
        world.drop("forward", "icmp type echo-request numgen inc mod 2 0")
        diagnosis = world.diagnose()
    assert finding(diagnosis) == "weak"
    assert diagnosis["verdict"]["values"]["loss"] == 50


def test_without_the_right_to_ping_the_rest_is_checked_and_the_lack_is_said():
    assert shutil.which("setpriv"), "apt-get install util-linux"
    with World() as world:
        command = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
        done = world.check("--json", "--no-trace", command=command)
    diagnosis = json.loads(done.stdout)
    assert done.returncode == 0
    assert finding(diagnosis) == "well"
    pings = results(diagnosis, "ping") + results(diagnosis, "gateway")
    assert {(each["status"], each["cause"]) for each in pings} == {("skipped", "no_permission")}
    assert "ping_group_range" in pings[0]["detail"]


def test_where_the_group_may_ping_no_privilege_is_needed():
    with World() as world:
        world.inside("client", "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        command = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
        diagnosis = json.loads(world.check("--json", "--no-trace", command=command).stdout)
    pings = results(diagnosis, "ping") + results(diagnosis, "gateway")
    assert [(each["status"], each["facts"]["received"]) for each in pings] == [("ok", 2)] * 2


def test_without_any_resolver():
    with World(resolvers=[]) as world:
        diagnosis = world.diagnose()
    assert finding(diagnosis) == "dns_down"
    assert len(results(diagnosis, "dns")) == 1
