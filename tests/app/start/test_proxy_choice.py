"""Which proxy the app goes by, and that its diagnoses go by the same."""

import os
import stat

import pytest

from app.desktop.preferences import Preferences, ServerAddress
from app.diagnostics import export_command
from app.platform.system_proxy import find_proxy
from app.start.profile import Profile
from app.start.proxy_choice import (
    ProxyChoice,
    ProxyMode,
    connection_settings,
    load_password,
    save_password,
    way_of,
)
from app.start.session_factory import SessionFactory
from netcore.connect.proxy import Proxy
from netcore.core import NetCore
from netcore.errors import ConfigError, NetcoreError
from netcore.sdt.run import diagnose, plan_of
from netcore.task import Channel, Task
from tests.netcore.connect.peers import HttpProxy, Socks5Proxy, says, serving
from tests.netcore.peers import HOST, EchoPeer

OWN = ProxyChoice(ProxyMode.OWN, "http", "proxy.example", 3128, "max")


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path)


@pytest.fixture
def network(qapp, profile):
    return SessionFactory(profile, Preferences(profile.settings))


def test_a_choice_is_kept_and_what_is_damaged_is_the_default(qapp, tmp_path):
    path = tmp_path / "settings.ini"
    kept = Preferences(path)
    assert kept.proxy == ProxyChoice()
    told = []
    kept.changed.connect(told.append)
    kept.proxy = OWN
    assert told == ["proxy"]
    assert Preferences(path).proxy == OWN
    path.write_bytes(b"[proxy]\nmode=plaid\nkind=gopher\nport=99999999\nhost=h\n")
    assert Preferences(path).proxy == ProxyChoice(ProxyMode.SYSTEM, "http", "h", 8080)


def test_the_password_is_for_the_owner_s_eyes_alone(profile):
    assert load_password(profile.proxy_password) == ""
    save_password(profile.proxy_password, "s3cret")
    assert load_password(profile.proxy_password) == "s3cret"
    if os.name != "nt":
        assert stat.S_IMODE(profile.proxy_password.stat().st_mode) == 0o600
    save_password(profile.proxy_password, "")
    assert not profile.proxy_password.exists()
    profile.proxy_password.write_text('{"password": 7}')
    assert load_password(profile.proxy_password) == ""
    profile.proxy_password.write_text("}{")
    assert load_password(profile.proxy_password) == ""


def test_each_mode_is_a_way_of_netcore(caplog):
    assert way_of(ProxyChoice(), "") == (None, find_proxy)
    assert way_of(ProxyChoice(ProxyMode.NONE), "") == (None, None)
    expected = Proxy("http", "proxy.example", 3128, "max", "pw")
    assert way_of(OWN, "pw") == (expected, None)
    assert way_of(ProxyChoice(ProxyMode.OWN, "http", "[::1]", 1), "pw")[0] == Proxy(
        "http", "::1", 1
    )
    broken = ProxyChoice(ProxyMode.OWN, "http", "")
    assert way_of(broken, "") == (None, find_proxy)
    assert "cannot be used" in caplog.text
    with pytest.raises(ConfigError):
        broken.proxy("")


class Door:
    """A proxy that keeps where it was asked to lead."""

    def __init__(self, kind):
        self.kind = kind
        self.peer = HttpProxy("max:s3cret") if kind == "http" else Socks5Proxy("max:s3cret")

    @property
    def targets(self):
        if self.kind == "http":
            return [each.split()[1].decode() for each in self.peer.heads]
        return [f"{host}:{port}" for host, port in self.peer.targets]


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_the_links_and_every_check_take_the_same_way(network, profile, kind):
    """The app's two links, the window's diagnosis and the export's, each through the proxy."""
    door = Door(kind)
    answer = says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    async with EchoPeer() as peer, serving(answer) as short, serving(door.peer) as port:
        address = ServerAddress(HOST, peer.port, short, plain=True)
        network._preferences.server = address
        network.set_proxy(ProxyChoice(ProxyMode.OWN, kind, HOST, port, "max"), "s3cret")
        settings = network.settings(address)
        async with NetCore(settings) as core:
            network.core = core
            await core.request(Task(cmdid=3, body=b"x", channel=Channel.LONG))
            await core.request(Task(cmdid=3, cgi="/x", body=b"x", channel=Channel.SHORT))
            used = set(door.targets)
            assert core.longlink_profile().proxy == f"{kind}://{HOST}:{port}"
            door.peer.heads = door.peer.targets = []
            plan = plan_of(settings, core.proxies)
            plan.portal_url, plan.doh_url, plan.trace, plan.gateways = "", "", False, ()
            assert (await diagnose(plan)).verdict.good
            checked = set(door.targets)
            network.core = None
        long, by_short = f"{HOST}:{peer.port}", f"{HOST}:{short}"
        assert long in used
        assert {long, by_short} == checked
        if kind == "socks5":  # an HTTP proxy is asked by the short link for the whole URL
            assert used == checked
        # The export reads the profile's files alone, and makes the same settings of them.
        network._preferences.save()
        kept = export_command.read_settings(profile.settings)
        made = connection_settings(
            HOST, peer.port, short, plain=True, pins=frozenset(),
            choice=ProxyChoice.of(kept["proxy"]), password=load_password(profile.proxy_password),
        )  # fmt: skip
        assert made.proxy == settings.proxy == Proxy(kind, HOST, port, "max", "s3cret")


async def test_the_export_s_diagnosis_goes_by_the_profile_s_proxy(network, profile, monkeypatch):
    door, plans = Door("http"), []
    real = diagnose

    async def local(plan, **options):
        plans.append(plan)
        plan.portal_url, plan.doh_url, plan.trace, plan.gateways = "", "", False, ()
        return await real(plan, **options)

    monkeypatch.setattr("netcore.sdt.run.diagnose", local)
    async with EchoPeer() as peer, serving(door.peer) as port:
        network._preferences.server = ServerAddress(HOST, peer.port, 9, plain=True)
        network.set_proxy(ProxyChoice(ProxyMode.OWN, "http", HOST, port, "max"), "s3cret")
        network._preferences.save()
        found = await export_command._diagnosis(profile)
    assert found["verdict"]["finding"] == "well"
    assert f"{HOST}:{peer.port}" in door.targets


async def test_another_choice_reconnects_by_it(network):
    door = Door("http")
    async with EchoPeer() as peer, serving(door.peer) as port:
        address = ServerAddress(HOST, peer.port, 9, plain=True)
        network.set_proxy(ProxyChoice(ProxyMode.NONE), "")
        async with NetCore(network.settings(address)) as core:
            network.core = core
            await core.request(Task(cmdid=3, body=b"x"))
            assert door.targets == []
            network.set_proxy(ProxyChoice(ProxyMode.OWN, "http", HOST, port, "max"), "s3cret")
            await core.request(Task(cmdid=3, body=b"x"))
            assert door.targets == [f"{HOST}:{peer.port}"]
            network.core = None


async def test_a_trial_tells_whether_the_server_answers_by_it(network):
    door = Door("http")
    page = says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    async with serving(page) as short, serving(door.peer) as port:
        address = ServerAddress(HOST, 1, short, plain=True)
        own = ProxyChoice(ProxyMode.OWN, "http", HOST, port, "max")
        with pytest.raises(NetcoreError, match="no session"):
            await network.try_proxy(own, "s3cret")
        async with NetCore(network.settings(address)) as core:
            network.core, network._address = core, address
            good = await network.try_proxy(own, "s3cret")
            assert (good.ok, good.status) == (True, 404)
            assert door.targets == [f"{HOST}:{short}"]
            bad = await network.try_proxy(own, "wrong")
            assert not bad.ok
            assert "refuses this user name and password" in bad.error
            straight = await network.try_proxy(ProxyChoice(ProxyMode.NONE), "")
            assert straight.ok
            assert len(door.targets) == 2
            with pytest.raises(ConfigError):
                await network.try_proxy(ProxyChoice(ProxyMode.OWN), "")
            network.core = None
