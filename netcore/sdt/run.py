"""Runs the checks of a plan together, with progress and cancellation.

The name is looked up first, then everything else at once: a diagnosis takes as long as its slowest
check (a black hole costs 5 s, a traceroute up to 12 s), not as long as their sum. Every check
bounds itself in time, so the whole is bounded too. With a proxy in the plan the links are checked
through it, as the messages go; pings and traces cannot go through one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from netcore.connect.endpoint import Endpoint
from netcore.connect.proxies import Proxies
from netcore.connect.resolver import literal
from netcore.connect.tls import TlsSettings
from netcore.errors import DnsError
from netcore.observe import Observer
from netcore.runtime.task_holder import TaskHolder
from netcore.sdt import dns, gateway, http, path, ping, portal, proxy, tcp, tls
from netcore.sdt.plan import DiagnosisPlan
from netcore.sdt.result import (
    CheckEnded,
    CheckKind,
    CheckResult,
    DiagnosisEnded,
    DiagnosisStarted,
    Status,
)
from netcore.sdt.verdict import Conclusion, Verdict, conclude
from netcore.settings import Settings

Progress = Callable[[CheckResult, int, int], None]  # result, done, of how many
_Work = Callable[[], Coroutine[Any, Any, CheckResult | tuple[CheckResult, ...]]]


@dataclass(slots=True)
class Diagnosis:
    """A finished (or cancelled) diagnosis. ``started`` is seconds since the epoch."""

    host: str
    reason: str
    started: float
    seconds: float = 0.0
    cancelled: bool = False
    results: list[CheckResult] = field(default_factory=list)
    verdict: Verdict = field(default_factory=lambda: Verdict(Conclusion.CANCELLED))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "host": self.host,
            "reason": self.reason,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "cancelled": self.cancelled,
            "verdict": {"finding": self.verdict.finding.value, "values": self.verdict.values},
            "results": [result.as_dict() for result in self.results],
        }


async def diagnose(
    plan: DiagnosisPlan,
    *,
    reason: str = "by hand",
    progress: Progress | None = None,
    observer: Observer | None = None,
    cancel: asyncio.Event | None = None,
) -> Diagnosis:
    """Run the plan. Setting ``cancel`` ends it early with the results so far and a verdict on them.

    Raises :class:`~netcore.errors.ConfigError` for a plan that cannot be run; cancelling the
    calling task cancels every check and leaves no socket.
    """
    diagnosis = Diagnosis(plan.host, reason, time.time())
    start = time.perf_counter()
    plan.check()
    if plan.proxy is None and plan.proxies is not None:
        plan = replace(plan, proxy=await plan.proxies.of(plan.host))
    holder = TaskHolder("sdt")
    stop = cancel or asyncio.Event()
    stopping = holder.start(stop.wait(), "cancel")
    try:
        looking = holder.start(_addresses(plan), "look up")
        await asyncio.wait({looking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        works = await _works(plan, looking.result() if looking.done() else [])
        if observer is not None:
            observer.emit(DiagnosisStarted(reason=reason, checks=len(works)))
        running: set[asyncio.Task[Any]] = {
            holder.start(work(), str(number)) for number, work in enumerate(works)
        }
        total = len(running)
        while running and not stop.is_set():
            done, _ = await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in done & running:
                running.discard(task)
                found = task.result()
                for result in found if isinstance(found, tuple) else (found,):
                    diagnosis.results.append(result)
                    if progress is not None:
                        progress(result, total - len(running), total)
                    if observer is not None:
                        ended = total - len(running)
                        observer.emit(CheckEnded(result=result, done=ended, checks=total))
        diagnosis.cancelled = bool(running)
    finally:
        await holder.close()
    order = list(CheckKind)
    diagnosis.results.sort(key=lambda result: (order.index(result.kind), result.target))
    diagnosis.seconds = time.perf_counter() - start
    diagnosis.verdict = conclude(diagnosis.results, host=plan.host)
    if observer is not None:
        name = diagnosis.verdict.finding.name
        observer.emit(
            DiagnosisEnded(verdict=name, cancelled=diagnosis.cancelled, seconds=diagnosis.seconds)
        )
    return diagnosis


async def _addresses(plan: DiagnosisPlan) -> list[str]:
    """Where the server is; empty if nobody can tell, which the DNS checks then explain."""
    if not plan.host:
        return []
    try:
        return await dns.look_up(plan.host, plan.dns_timeout)
    except (DnsError, TimeoutError):
        return []


async def _works(plan: DiagnosisPlan, addresses: list[str]) -> list[_Work]:
    gateways = plan.gateways if plan.gateways is not None else await gateway.default_gateways()
    works = [_ping(plan, router, CheckKind.GATEWAY) for router in gateways]
    servers = plan.dns_servers
    works.extend(_lookups(plan, await dns.configured_servers() if servers is None else servers))
    works.extend(_server(plan, addresses))
    if plan.portal_url:
        works.append(
            partial(
                portal.check_portal,
                plan.portal_url,
                plan.portal_answer,
                timeout=plan.http_timeout,
            )
        )
    return works


def _ping(plan: DiagnosisPlan, target: str, kind: CheckKind) -> _Work:
    return partial(
        ping.check_ping,
        target,
        count=plan.ping_count,
        timeout=plan.ping_timeout,
        interval=plan.ping_interval,
        kind=kind,
    )


def _lookups(plan: DiagnosisPlan, servers: Sequence[str]) -> list[_Work]:
    works: list[_Work] = []
    names = [name for name in (plan.host, *plan.extra_hosts) if name and literal(name) is None]
    for name in names:
        works.append(partial(dns.check_system, name, timeout=plan.dns_timeout))
        works.extend(
            partial(dns.check_server, server, name, timeout=plan.dns_timeout) for server in servers
        )
        if plan.doh_url:
            works.append(
                partial(
                    dns.check_doh, plan.doh_url, name, timeout=plan.dns_timeout, proxy=plan.proxy
                )
            )
    return works


def _server(plan: DiagnosisPlan, addresses: list[str]) -> list[_Work]:
    works: list[_Work] = []
    named = plan.proxy is not None and not addresses and bool(plan.host)
    if named:  # the proxy may know the name, as it does for the app's links
        addresses = [plan.host]
    for address in addresses[:2]:  # one of each family, as a rule; more would say the same
        if not named:
            works.append(_ping(plan, address, CheckKind.PING))
        for port in plan.longlink_ports:
            at = Endpoint(address, port, plan.host)
            works.append(
                partial(
                    tcp.check_longlink,
                    at,
                    tls=plan.longlink_tls,
                    client_version=plan.client_version,
                    timeout=plan.tcp_timeout,
                    proxy=plan.proxy,
                )
            )
            if plan.longlink_tls is not None and plan.longlink_tls.enabled:
                works.append(
                    partial(
                        tls.check_tls,
                        at,
                        tls=plan.longlink_tls,
                        timeout=plan.tcp_timeout,
                        proxy=plan.proxy,
                    )
                )
        works.extend(
            partial(
                http.check_http,
                Endpoint(address, port, plan.host),
                path=plan.shortlink_path,
                tls=plan.shortlink_tls,
                timeout=plan.http_timeout,
                proxy=plan.proxy,
            )
            for port in plan.shortlink_ports
        )
        if plan.trace and not named:
            works.append(
                partial(
                    path.check_path,
                    address,
                    timeout=plan.path_timeout,
                    max_hops=plan.max_hops,
                    port=plan.path_port,
                )
            )
    if plan.proxy is not None and addresses and plan.longlink_ports:
        at = Endpoint(addresses[0], plan.longlink_ports[0], plan.host)
        works.append(partial(proxy.check_proxy, plan.proxy, at, timeout=plan.tcp_timeout))
    return works


def plan_for(
    host: str, longlink_port: int, shortlink_port: int, tls_settings: TlsSettings | None
) -> DiagnosisPlan:
    """The usual plan for one chat server, both links secured alike."""
    return DiagnosisPlan(
        host=host,
        longlink_ports=(longlink_port,),
        shortlink_ports=(shortlink_port,),
        longlink_tls=tls_settings,
        shortlink_tls=tls_settings,
    )


def plan_of(settings: Settings, proxies: Proxies | None = None) -> DiagnosisPlan:
    """The plan that checks what a NetCore with these settings goes by.

    ``proxies`` are those of the running one (:attr:`netcore.core.NetCore.proxies`); else they are
    made of the settings.
    """
    hosts = settings.longlink_hosts or settings.shortlink_hosts
    plan = DiagnosisPlan(
        host=hosts[0] if hosts else "",
        longlink_ports=settings.longlink_ports,
        shortlink_ports=(settings.shortlink_port,) if settings.shortlink_port else (),
        longlink_tls=settings.tls,
        shortlink_tls=settings.tls,
        client_version=settings.longlink.client_version,
        proxies=proxies or Proxies(settings.proxy, settings.find_proxy),
    )
    plan.doh_url = settings.doh_url or plan.doh_url
    return plan


def worst(results: list[CheckResult]) -> Status:
    """The worst status among ``results``, for one light in a panel; SKIPPED counts least."""
    order = (Status.FAILED, Status.SLOW, Status.OK)
    return next((s for s in order if any(r.status is s for r in results)), Status.SKIPPED)
