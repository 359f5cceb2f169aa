"""Ping by ICMP echo (``pingchecker.cc``; the packets are icmplib's).

Unprivileged datagram sockets are tried first, raw sockets where those are not allowed; where
neither is, the check is skipped and says how to allow it. On Windows the system sends the echoes
(:mod:`netcore.sdt.icmp_windows`), for which nobody needs to be an administrator. Facts:
``sent``, ``received``, ``loss`` (0 to 1), ``min``, ``max``, ``jitter`` (seconds).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial

import icmplib

from netcore.connect.dial import meaning
from netcore.connect.resolver import literal
from netcore.runtime.guarded import guarded
from netcore.sdt import icmp_windows
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.timing import EarlyResult, timed

SLOW = 0.5  # seconds; above it a chat feels late

_ADVICE = "this user may not ping: allow it with `sysctl net.ipv4.ping_group_range='0 2147483647'`"


async def check_ping(
    target: str, *, count: int, timeout: float, interval: float, kind: CheckKind = CheckKind.PING
) -> CheckResult:
    """Ping ``target`` ``count`` times; OK if all came back, SLOW if some did or all were late."""

    async def check(result: CheckResult) -> None:
        host = await _ping(target, count, timeout, interval)
        result.facts = {
            "sent": host.packets_sent,
            "received": host.packets_received,
            "loss": host.packet_loss,
            "min": host.min_rtt / 1000.0,
            "max": host.max_rtt / 1000.0,
            "jitter": host.jitter / 1000.0,
        }
        if not host.is_alive:
            raise EarlyResult(Status.FAILED, CheckCause.TIMEOUT, f"none of {count} pings came back")
        result.rtt = host.avg_rtt / 1000.0
        if host.packet_loss:
            lost = host.packets_sent - host.packets_received
            raise EarlyResult(
                Status.SLOW, CheckCause.LOSS, f"{lost} of {host.packets_sent} pings lost"
            )
        if result.rtt > SLOW:
            result.status = Status.SLOW

    whole = count * (interval + timeout) + 1.0
    return await timed(kind, target, whole, check)


async def _ping(target: str, count: int, timeout: float, interval: float) -> icmplib.Host:
    if sys.platform == "win32" and literal(target) is not None:
        return await ping_windows(target, count, timeout, interval)
    for privileged in (False, True):
        try:
            return await icmplib.async_ping(
                target, count=count, interval=interval, timeout=timeout, privileged=privileged
            )
        except icmplib.SocketPermissionError:
            continue
        except icmplib.NameLookupError as error:
            raise EarlyResult(Status.FAILED, CheckCause.NOT_FOUND, str(error)) from error
        except icmplib.ICMPLibError as error:
            raise EarlyResult(Status.FAILED, CheckCause.UNREACHABLE, str(error)) from error
    raise EarlyResult(Status.SKIPPED, CheckCause.NO_PERMISSION, _ADVICE)


async def ping_windows(
    target: str,
    count: int,
    timeout: float,
    interval: float,
    echo: Callable[..., icmp_windows.EchoAnswer] = icmp_windows.echo,
) -> icmplib.Host:
    """Ping a numeric address by the system's own call; ``echo`` is replaced in tests."""
    rtts: list[float] = []
    answer = icmp_windows.EchoAnswer(icmp_windows.SUCCESS)
    for number in range(count):
        if number:
            await asyncio.sleep(interval)
        call = partial(echo, target, timeout=timeout)
        try:
            answer = await guarded(("echo", target, number), call, timeout=timeout + 1.0)
        except OSError as error:
            text = meaning(error)
            raise EarlyResult(Status.FAILED, CheckCause.UNREACHABLE, text) from error
        if answer.reached:
            rtts.append(answer.rtt * 1000.0)
    if not rtts and answer.unreachable:
        text = f"{answer.address or 'this machine'} knows no way to {target}"
        raise EarlyResult(Status.FAILED, CheckCause.UNREACHABLE, text)
    return icmplib.Host(target, count, rtts)
