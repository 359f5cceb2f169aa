import ipaddress
import socket
import sys

import pytest

from netcore.connect.endpoint import Endpoint
from netcore.connect.ipstack import (
    PROBE_V4,
    PROBE_V6,
    LocalStack,
    detect_stack,
    extract,
    find_nat64_prefix,
    for_proxy,
    has_route,
    interleave,
    synthesize,
    through_nat64,
)

# RFC 6052 section 2.4, table 2: 192.0.2.33 behind each length of prefix.
RFC6052 = [
    ("2001:db8::/32", "2001:db8:c000:221::"),
    ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
    ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
    ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
    ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0"),
    ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
    ("64:ff9b::/96", "64:ff9b::192.0.2.33"),
]


@pytest.mark.parametrize(("prefix", "expected"), RFC6052)
def test_addresses_are_embedded_as_in_the_table_of_rfc_6052(prefix, expected):
    network = ipaddress.IPv6Network(prefix)
    got = ipaddress.IPv6Address(synthesize(network, "192.0.2.33"))
    assert got == ipaddress.IPv6Address(expected)
    assert extract(got, network.prefixlen) == ipaddress.IPv4Address("192.0.2.33")


@pytest.mark.parametrize("prefix", [prefix for prefix, _ in RFC6052])
@pytest.mark.parametrize("known", ["192.0.0.170", "192.0.0.171"])
def test_the_prefix_is_found_from_the_well_known_addresses(prefix, known):
    network = ipaddress.IPv6Network(prefix)
    seen = ["192.0.0.170", "no address", "2606:4700::1", synthesize(network, known)]
    assert find_nat64_prefix(seen) == network


def test_without_nat64_there_is_no_prefix():
    assert find_nat64_prefix(["192.0.0.170", "192.0.0.171"]) is None
    assert find_nat64_prefix(["2606:4700::1111"]) is None
    assert find_nat64_prefix([]) is None


def test_an_odd_prefix_length_is_refused():
    with pytest.raises(ValueError, match="length"):
        synthesize(ipaddress.IPv6Network("2001:db8::/33"), "192.0.2.1")


def test_an_address_with_a_set_u_octet_embeds_nothing():
    assert extract(ipaddress.IPv6Address("2001:db8:122:344:ffc0:0:aa00:0"), 64) is None


@pytest.mark.parametrize(
    ("ip", "prefix", "expected"),
    [
        ("8.8.8.8", None, "64:ff9b::808:808"),
        ("8.8.8.8", "2001:db8::/96", "2001:db8::808:808"),
        ("10.0.0.1", "2001:db8::/96", "2001:db8::a00:1"),
        ("10.0.0.1", None, "10.0.0.1"),  # the well-known prefix is for global addresses
        ("127.0.0.1", "2001:db8::/96", "127.0.0.1"),
        ("2001:db8::1", None, "2001:db8::1"),
    ],
)
def test_which_endpoints_go_through_nat64(ip, prefix, expected):
    network = prefix and ipaddress.IPv6Network(prefix)
    endpoint = Endpoint(ip, 80, "h")
    other = through_nat64(endpoint, network)
    assert (other.ip, other.port, other.host) == (expected, 80, "h")


@pytest.mark.parametrize(
    ("routes", "stack"),
    [
        (set(), LocalStack.NONE),
        ({socket.AF_INET}, LocalStack.V4),
        ({socket.AF_INET6}, LocalStack.V6),
        ({socket.AF_INET, socket.AF_INET6}, LocalStack.DUAL),
    ],
)
def test_the_stack_is_what_has_a_route(routes, stack):
    asked = []

    def probe(family, address):
        asked.append((family, address))
        return family in routes

    assert detect_stack(probe) is stack
    assert asked == [(socket.AF_INET, PROBE_V4), (socket.AF_INET6, PROBE_V6)]


def test_a_route_is_probed_without_sending_anything():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        assert has_route(socket.AF_INET, ear.getsockname())
        with pytest.raises(BlockingIOError):
            ear.recv(1)
    if sys.platform != "win32":  # which lets any socket be connected to the broadcast address
        assert not has_route(socket.AF_INET, ("255.255.255.255", 80))


def ends(*ips):
    return [Endpoint(ip, 80) for ip in ips]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), ()),
        (("::1", "::2", "1.1.1.1", "::3"), ("::1", "1.1.1.1", "::2", "::3")),
        (("1.1.1.1", "::1", "::2", "2.2.2.2"), ("1.1.1.1", "::1", "2.2.2.2", "::2")),
        (("1.1.1.1", "2.2.2.2"), ("1.1.1.1", "2.2.2.2")),
    ],
)
def test_the_families_take_turns_beginning_with_the_first(given, expected):
    assert [each.ip for each in interleave(ends(*given))] == list(expected)


def test_a_v4_proxy_is_given_v4_addresses_unless_there_are_none():
    mixed = ends("::1", "1.1.1.1")
    assert for_proxy(mixed, "10.0.0.1") == ends("1.1.1.1")
    assert for_proxy(mixed, "::9") == mixed
    assert for_proxy(ends("::1"), "10.0.0.1") == ends("::1")
