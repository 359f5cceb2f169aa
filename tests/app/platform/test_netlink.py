import struct

from hypothesis import given
from hypothesis import strategies as st

from app.platform import netlink

UP = 0x1 | 0x10000


def attribute(kind, value):
    body = struct.pack("=HH", 4 + len(value), kind) + value
    return body + b"\0" * (-len(body) % 4)


def message(kind, payload):
    return struct.pack("=IHHII", 16 + len(payload), kind, 0, 0, 0) + payload


def link(index, name, flags=UP, kind=netlink.NEWLINK):
    head = struct.pack("=BBHiII", 0, 0, 1, index, flags, 0)
    return message(kind, head + attribute(3, name.encode() + b"\0"))


def address(index, ip, kind=netlink.NEWADDR, scope=0):
    head = struct.pack("=BBBBI", 2, 24, 0, scope, index)
    return message(kind, head + attribute(2, bytes(int(p) for p in ip.split("."))))


def route(index, gateway, metric=0, kind=netlink.NEWROUTE):
    head = struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 3, 0, 1, 0)
    attributes = attribute(4, struct.pack("=I", index)) + attribute(6, struct.pack("=I", metric))
    return message(
        kind, head + attributes + attribute(5, bytes(int(p) for p in gateway.split(".")))
    )


def networks(*data):
    state = netlink.Networks()
    state.apply(b"".join(data))
    return state


def test_no_interface_is_offline():
    assert networks().in_use() is None


def test_loopback_alone_is_offline():
    assert networks(link(1, "lo", UP | 0x8), address(1, "127.0.0.1")).in_use() is None


def test_the_default_route_with_the_lowest_metric_is_in_use():
    state = networks(
        link(2, "eth0"), address(2, "10.0.0.2"), route(2, "10.0.0.1", 100),
        link(3, "wlan0"), address(3, "10.1.0.2"), route(3, "10.1.0.1", 600),
    )  # fmt: skip
    interface, gateway = state.in_use()
    assert (interface.name, gateway) == ("eth0", "10.0.0.1")


def test_an_address_without_a_route_still_reaches_its_own_segment():
    interface, gateway = networks(link(2, "eth0"), address(2, "10.0.0.2")).in_use()
    assert (interface.name, gateway) == ("eth0", "")


def test_carrier_lost_is_offline_and_carrier_back_is_not():
    state = networks(link(2, "eth0"), address(2, "10.0.0.2"), route(2, "10.0.0.1"))
    before = state.fingerprint()
    state.apply(link(2, "eth0", 0x1))
    assert state.in_use() is None
    state.apply(link(2, "eth0"))
    assert state.fingerprint() == before


def test_removals_are_followed():
    state = networks(link(2, "eth0"), address(2, "10.0.0.2"), route(2, "10.0.0.1"))
    state.apply(address(2, "10.0.0.2", netlink.DELADDR))
    assert state.in_use() is None
    state.apply(address(2, "10.0.0.3"))
    state.apply(link(2, "eth0", kind=netlink.DELLINK))
    assert state.in_use() is None
    assert not state.routes


def test_a_link_local_address_is_no_network():
    assert networks(link(2, "eth0"), address(2, "169.254.1.2", scope=253)).in_use() is None


def test_the_end_of_a_dump_is_seen():
    assert netlink.Networks().apply(link(2, "eth0") + message(netlink.DONE, b"\0\0\0\0"))


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data):
    networks(data)


@given(st.binary(min_size=1, max_size=8), st.integers(0, 60))
def test_damaged_messages_are_survived(noise, where):
    good = link(2, "eth0") + address(2, "10.0.0.2") + route(2, "10.0.0.1")
    networks(good[:where] + noise + good[where + len(noise) :])
