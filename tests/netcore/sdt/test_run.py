"""Checks run together: progress, cancelling, events, proxies, and no socket left behind."""

import asyncio
import json

import pytest

from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ConfigError
from netcore.observe import Observer
from netcore.sdt import run as sdt_run
from netcore.sdt.plan import DiagnosisPlan
from netcore.sdt.result import CheckKind, CheckResult, Status
from netcore.sdt.run import diagnose, plan_for, plan_of, worst
from netcore.sdt.verdict import Conclusion
from netcore.settings import Settings
from netcore.task import Task
from tests.netcore.connect.peers import HttpProxy, NamingProxy, serving
from tests.netcore.peers import EchoPeer
from tests.netcore.sdt.servers import answering, echo, silent, tcp_server

PAGE = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def small_plan(longlink, shortlink, **changes):
    plan = plan_for("127.0.0.1", longlink, shortlink, TlsSettings(enabled=False))
    plan.gateways = plan.dns_servers = ()
    plan.doh_url = plan.portal_url = ""
    plan.trace = False
    plan.ping_interval = 0.01
    plan.ping_timeout = 0.5
    for name, value in changes.items():
        setattr(plan, name, value)
    return plan


async def test_results_are_typed_json_ready_and_told_as_they_come():
    told, events = [], []
    observer = Observer()
    observer.subscribe(events.append)
    async with tcp_server(echo) as longlink, tcp_server(PAGE) as shortlink:
        diagnosis = await diagnose(
            small_plan(longlink, shortlink),
            progress=lambda result, done, total: told.append((result.kind, done, total)),
            observer=observer,
        )
    assert diagnosis.verdict.finding is Conclusion.WELL
    assert [(done, total) for _, done, total in told] == [(1, 3), (2, 3), (3, 3)]
    assert [event.name for event in events] == [
        "DiagnosisStarted", "CheckEnded", "CheckEnded", "CheckEnded", "DiagnosisEnded",
    ]  # fmt: skip
    assert json.loads(json.dumps(diagnosis.as_dict()))["results"][0]["kind"] == "ping"
    assert [json.dumps(event.as_dict()) for event in events]


async def test_cancelling_gives_what_is_known_and_ends_at_once():
    stop = asyncio.Event()
    async with tcp_server(silent) as longlink, tcp_server(PAGE) as shortlink:
        plan = small_plan(longlink, shortlink, tcp_timeout=60.0)

        def progress(result, done, total):
            if result.kind is CheckKind.HTTP:
                stop.set()

        diagnosis = await asyncio.wait_for(diagnose(plan, progress=progress, cancel=stop), 20)
    assert diagnosis.cancelled
    assert CheckKind.TCP not in {result.kind for result in diagnosis.results}


async def test_cancelled_while_the_name_is_looked_up(monkeypatch):
    async def forever(host, timeout):
        await asyncio.sleep(3600)

    monkeypatch.setattr(sdt_run.dns, "look_up", forever)
    stop = asyncio.Event()
    stop.set()
    plan = DiagnosisPlan(
        host="chat.example", gateways=(), dns_servers=(), doh_url="", portal_url=""
    )
    diagnosis = await asyncio.wait_for(diagnose(plan, cancel=stop), 20)
    assert diagnosis.verdict.finding is Conclusion.CANCELLED


async def test_a_plan_that_cannot_be_run_says_why():
    with pytest.raises(ConfigError, match="https://"):
        await diagnose(
            DiagnosisPlan(host="a.example", gateways=(), dns_servers=(), doh_url="ftp://x")
        )


async def test_links_are_checked_through_the_proxy():
    async def tunnel(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await echo(reader, writer)

    async with tcp_server(tunnel) as port:
        # Nothing listens at the server's own port: what answers is behind the proxy.
        plan = small_plan(9, 9, proxy=Proxy("http", "127.0.0.1", port), shortlink_ports=())
        diagnosis = await diagnose(plan)
    assert diagnosis.verdict.finding is Conclusion.WELL
    assert {result.kind for result in diagnosis.results} >= {CheckKind.PROXY, CheckKind.TCP}


async def test_a_proxy_that_wants_a_password_is_the_verdict():
    refusal = answering(b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
    async with tcp_server(refusal) as port:
        diagnosis = await diagnose(small_plan(9, 9, proxy=Proxy("http", "127.0.0.1", port)))
    assert diagnosis.verdict.finding is Conclusion.PROXY_FAILS


@pytest.mark.parametrize(
    ("statuses", "light"),
    [
        ((), Status.SKIPPED),
        ((Status.SKIPPED, Status.OK), Status.OK),
        ((Status.OK, Status.SLOW), Status.SLOW),
        ((Status.SLOW, Status.FAILED), Status.FAILED),
    ],
)
def test_one_light_for_many_results(statuses, light):
    assert worst([CheckResult(CheckKind.PING, "t", status) for status in statuses]) is light


async def test_the_plan_of_settings_goes_the_way_that_a_netcore_with_them_goes():
    asked = []

    def find(host):
        asked.append(host)
        return Proxy("http", "127.0.0.1", door)

    proxy = HttpProxy()
    async with EchoPeer() as peer, serving(proxy) as door:
        settings = Settings(
            longlink_hosts=("127.0.0.1",),
            longlink_ports=(peer.port,),
            tls=TlsSettings(enabled=False),
            find_proxy=find,
        )
        async with NetCore(settings) as core:
            await core.request(Task(cmdid=3, body=b"x"))
            used = core.longlink_profile().proxy
            plan = plan_of(settings, core.proxies)
            plan.portal_url, plan.trace, plan.gateways = "", False, ()
            found = await diagnose(plan)
        through = [each for each in proxy.heads if b"CONNECT" in each]
        assert used == f"http://127.0.0.1:{door}"
        assert asked == ["127.0.0.1"]  # once: both went by the same object
        # The app's link, the check's link, and the check of the proxy itself.
        target = f"CONNECT 127.0.0.1:{peer.port} ".encode()
        assert [each.startswith(target) for each in through] == [True] * 3
        assert found.verdict.good


async def test_a_name_that_only_the_proxy_knows_is_checked_through_it(monkeypatch):
    proxy = NamingProxy()
    async with EchoPeer() as peer, serving(proxy) as door:
        plan = plan_of(
            Settings(
                longlink_hosts=("im.invalid",),
                longlink_ports=(peer.port,),
                tls=TlsSettings(enabled=False),
                proxy=Proxy("http", "127.0.0.1", door),
            )
        )
        plan.portal_url, plan.doh_url, plan.gateways, plan.dns_servers = "", "", (), ()
        found = await diagnose(plan)
    kinds = {each.kind for each in found.results}
    assert CheckKind.TCP in kinds
    assert CheckKind.PING not in kinds
    assert found.verdict.good
