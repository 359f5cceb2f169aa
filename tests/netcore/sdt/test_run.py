"""Checks run together: progress, cancelling, events, proxies, and no socket left behind."""

import asyncio
import json

import pytest

from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.errors import ConfigError
from netcore.observe import Observer
from netcore.sdt import run as sdt_run
from netcore.sdt.plan import DiagnosisPlan
from netcore.sdt.result import CheckKind, CheckResult, Status
from netcore.sdt.run import diagnose, plan_for, worst
from netcore.sdt.verdict import Conclusion
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
