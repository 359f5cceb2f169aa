"""Who counts as one network; the rest of a connection is tested on both links."""

from __future__ import annotations

import pytest

from app.server.connections import network_of


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
    ],
)
def test_attempts_are_counted_by_network(host, network):
    assert network_of(host) == network
