"""What the local IP stack makes of addresses (netcore/connect/families.py).

Through :class:`~netcore.connect.sources.Sources` it is tested in test_sources.py.
"""

from __future__ import annotations

import pytest

from netcore.connect.families import AddressFamilies
from netcore.connect.ipstack import LocalStack
from netcore.connect.resolver import Answer
from netcore.runtime.task_holder import TaskHolder

V4, V6, LOOPBACK = "10.0.0.1", "2001:db8::1", "::1"


class NoNames:
    async def resolve(self, host: str, *, timeout: float) -> Answer:
        raise AssertionError(f"nobody asks for {host}")


def families(stack: LocalStack) -> AddressFamilies:
    return AddressFamilies(NoNames(), TaskHolder("test"), lambda: 0.0, lambda: stack)


@pytest.mark.parametrize(
    ("stack", "given", "usable"),
    [
        (LocalStack.DUAL, [V4, V6], [V4, V6]),
        (LocalStack.V4, [V4, V6], [V4]),
        (LocalStack.V4, [V4, LOOPBACK], [V4, LOOPBACK]),  # it leads nowhere but here
        (LocalStack.V4, [V6], [V6]),  # there is no other
        (LocalStack.V6, [V4, V6], [V4, V6]),  # IPv4 goes through NAT64
    ],
)
def test_what_cannot_be_reached_is_left_out(
    stack: LocalStack, given: list[str], usable: list[str]
) -> None:
    assert list(families(stack).usable(given)) == usable


def test_ipv6_that_is_switched_off_comes_back_with_another_network(
    caplog: pytest.LogCaptureFixture,
) -> None:
    known = families(LocalStack.DUAL)
    known.disable_ipv6()
    known.disable_ipv6()
    assert [record.message for record in caplog.records] == [
        "IPv6 is switched off until the network changes"
    ]
    assert list(known.usable([V4, V6])) == [V4]
    assert list(known.usable([V6])) == []
    known.forget()
    assert list(known.usable([V4, V6])) == [V4, V6]
