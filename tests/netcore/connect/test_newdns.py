"""The application's own names: callback first, then DNS over HTTPS."""

import pytest

from netcore.connect.endpoint import AddressSource
from netcore.connect.newdns import new_dns_of
from netcore.connect.resolver import Answer
from netcore.connect.sources import Sources, SourcesSettings
from netcore.errors import ConfigError, DnsError
from netcore.settings import Settings


class Names:
    def __init__(self, kind, *addresses):
        self.kind = kind
        self.addresses = addresses
        self.asked = 0

    async def resolve(self, host, *, timeout=2.0):
        self.asked += 1
        if not self.addresses:
            raise DnsError("none")
        return Answer(self.addresses)


async def endpoints(callback, doh, dns):
    settings = SourcesSettings(longlink_ports=[80])
    known = Sources(settings, new_dns=new_dns_of(callback, doh), resolver=dns)
    return await known.endpoints("im.example", longlink=True)


def says(*addresses):
    return lambda host, longlink, extra: addresses


async def says_later(host, longlink, extra):
    return ("10.0.0.1",)


@pytest.mark.parametrize("callback", [says("10.0.0.1"), says_later])
async def test_the_callback_comes_first(callback):
    doh = Names("doh", "10.0.0.2")
    found = await endpoints(callback, doh, Names("dns", "10.0.0.3"))
    assert (found[0].ip, found[0].source) == ("10.0.0.1", AddressSource.NEWDNS)
    assert doh.asked == 0


@pytest.mark.parametrize("callback", [says(), None])
async def test_then_dns_over_https(callback):
    found = await endpoints(callback, Names("doh", "10.0.0.2"), Names("dns", "10.0.0.3"))
    assert (found[0].ip, found[0].source) == ("10.0.0.2", AddressSource.NEWDNS)


async def test_then_the_dns():
    found = await endpoints(None, Names("doh"), Names("dns", "10.0.0.3"))
    assert (found[0].ip, found[0].source) == ("10.0.0.3", AddressSource.DNS)


def test_without_dns_over_https_the_callback_is_asked_alone():
    callback = says("10.0.0.1")
    assert new_dns_of(callback, None) is callback
    assert new_dns_of(None, None) is None


def test_the_service_is_a_setting():
    assert Settings().doh() is None
    assert Settings(doh_url="https://dns.example/dns-query").doh() is not None
    with pytest.raises(ConfigError, match="https"):
        Settings(doh_url="dns.example").doh()
