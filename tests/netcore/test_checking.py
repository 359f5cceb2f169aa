"""Settings that Python would take apart letter by letter are refused, with words."""

import pytest

from netcore.callbacks import Callbacks
from netcore.connect.dns import DohResolver
from netcore.connect.sources import SourcesSettings
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ConfigError
from netcore.longlink.config import LonglinkConfig
from netcore.sdt.plan import DiagnosisPlan
from netcore.settings import Settings
from netcore.task import Task
from tests.netcore.connect.names import Names
from tests.netcore.connect.test_sources import make


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("longlink_hosts", "im.example"),
        ("shortlink_hosts", "im.example"),
        ("doh_addresses", "192.0.2.1"),
        ("backup_ips", {"im.example": "192.0.2.1"}),
        ("longlink_hosts", b"im.example"),
    ],
)
def test_one_string_in_place_of_several_is_refused_and_the_right_way_shown(setting, value):
    with pytest.raises(ConfigError, match=rf"{setting}.*takes several strings: write .*,\), with"):
        Settings(**{setting: value})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"longlink_hosts": None}, "longlink_hosts takes several strings, not None"),
        ({"longlink_hosts": (1,)}, "longlink_hosts takes strings, not 1"),
        ({"longlink_ports": 8081}, r"write longlink_ports=\(8081,\), with a comma"),
        ({"longlink_ports": "8081"}, "longlink_ports takes port numbers"),
        ({"longlink_ports": (0,)}, "must be a port from 1 to 65535, not 0"),
        ({"longlink_ports": (True,)}, "must be a port"),
        ({"longlink_ports": ("8081",)}, "must be a port"),
        ({"low_priority_ports": 443}, "low_priority_ports takes several ports"),
        ({"shortlink_port": 65536}, "shortlink_port must be a port from 0 to 65535"),
        ({"longlink_debug_ip": "im.example"}, "numeric address such as 192.0.2.1"),
        ({"debug_ips": {"im.example": "other.example"}}, r"debug_ips\['im.example'\] takes a num"),
        ({"backup_ips": {"im.example": ("other.example",)}}, "numeric address"),
        ({"doh_addresses": ("dns.example",)}, "numeric address"),
    ],
)
def test_other_wrong_kinds_are_refused_too(values, words):
    with pytest.raises(ConfigError, match=words):
        Settings(**values)


def test_lists_are_taken_and_kept_as_tuples():
    settings = Settings(longlink_hosts=["a.example", "b.example"], longlink_ports=[80, 443])
    assert settings.longlink_hosts == ("a.example", "b.example")
    assert settings.longlink_ports == (80, 443)
    assert settings.sources().longlink_hosts == ["a.example", "b.example"]


@pytest.mark.parametrize(
    "make_it",
    [
        lambda: LonglinkConfig(name="x", hosts="im.example"),
        lambda: LonglinkConfig(name="x", ports=8081),
        lambda: SourcesSettings(longlink_hosts="im.example"),
        lambda: SourcesSettings(longlink_ports=8081),
        lambda: SourcesSettings(backup_ips={"im.example": "192.0.2.1"}),
        lambda: TlsSettings(pins="ab" * 32),
        lambda: TlsSettings(alpn="mars"),
        lambda: DohResolver("https://dns.example/", addresses="192.0.2.1"),
        lambda: DiagnosisPlan(host="x", longlink_ports=8081).check(),
        lambda: DiagnosisPlan(host="x", dns_servers="192.0.2.1").check(),
        lambda: DiagnosisPlan(host="x", gateways=("router.example",)).check(),
        lambda: DiagnosisPlan(host="x", extra_hosts="other.example").check(),
    ],
)
def test_so_does_every_other_setting_of_the_kind(make_it):
    with pytest.raises(ConfigError, match=r"takes|numeric"):
        make_it()


async def test_what_is_set_later_is_checked_as_well():
    async with NetCore(Settings(), Callbacks()) as core:
        core.set_longlink_address("im.example", [8081])
        assert core.sources.settings.longlink_hosts == ["im.example"]
        for wrong in (
            lambda: core.set_longlink_address("im.example", 8081),
            lambda: core.set_longlink_address("im.example", [8081], "name.example"),
            lambda: core.set_backup_ips("im.example", "192.0.2.1"),
            lambda: core.set_debug_ip("im.example", "name.example"),
            lambda: core.set_shortlink_address(-1),
            lambda: core.start_task(Task(cmdid=1, cgi="/x", shortlink_hosts="im.example")),
            lambda: core.start_task(Task(cmdid=1, longlink_hosts="im.example")),
        ):
            with pytest.raises(ConfigError, match=r"takes|port"):
                wrong()
        assert core.sources.settings.longlink_debug_ip == ""


async def test_a_newdns_that_answers_with_one_string_is_told_and_the_dns_asked(caplog):
    sources = make(Names(chat_example=["10.0.0.1"]), new_dns=lambda *_: "10.9.0.1")
    found = await sources.endpoints("chat.example", longlink=True)
    assert {each.ip for each in found} == {"10.0.0.1"}
    assert "the answer of newdns takes several strings" in caplog.text
