"""The way to a host: its hops and its path MTU.

On Linux without privileges, as tracepath(8) does it: UDP probes whose ICMP errors the kernel queues
on the socket (ip(7), ``IP_RECVERR``). On Windows by echoes with a small TTL, which the system sends
for everybody (:mod:`netcore.sdt.icmp_windows`). Elsewhere icmplib's traceroute, which needs
administrator rights. :class:`Trace` decides (sans-I/O); the sockets are below it.

Facts of a traceroute: ``hops``, a list of {"ttl", "address", "rtt"} ("" and None where nobody
answered), ``reached``. Facts of a path MTU: ``mtu`` (bytes), ``limited_by`` (address).

State of a trace
----------------
=====================  ===========================  ==============================================
state                  an answer                    then
=====================  ===========================  ==============================================
probing hop N          time exceeded at hop N       N is known; probe N + 1
probing hop N          port unreachable by target   reached: end
probing hop N          too big, MTU given           note the smaller MTU, probe N again with it
probing hop N          none in time, tries left     probe N again
probing hop N          none in time, none left      N is silent; probe N + 1
probing hop N          ``silent_limit`` in a row    end: a firewall eats the rest
hop > ``max_hops``     -                            end
=====================  ===========================  ==============================================
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import icmplib

from netcore.connect.dial import meaning
from netcore.runtime.guarded import guarded
from netcore.sdt import icmp_windows
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.timing import EarlyResult, timed

PROBE_TIMEOUT = 1.0  # seconds a hop is waited for
TRIES = 2
SILENT_LIMIT = 5  # hops without an answer, after which the rest is taken as silent too
SMALL_MTU = 1280  # bytes, the least that IPv6 allows (RFC 8200)

# linux/in.h, linux/in6.h, linux/errqueue.h; Python names only some of them
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE = 10, 23, 3
_MSG_ERRQUEUE = 0x2000
_ERROR = struct.Struct("=IBBBBII")
_ORIGIN_ICMP, _ORIGIN_ICMP6 = 2, 3


@dataclass(slots=True)
class Hop:
    """One router (or the target) on the way; ``address`` is "" where it did not answer."""

    ttl: int
    address: str = ""
    rtt: float | None = None


@dataclass(slots=True)
class Trace:
    """Which probe is next; feed it answers and time-outs. Sizes are IP packets in bytes."""

    max_hops: int = 30
    mtu: int = 1500
    tries: int = TRIES
    silent_limit: int = SILENT_LIMIT
    hops: list[Hop] = field(default_factory=list)
    reached: bool = False
    limited_by: str = ""
    _ttl: int = 1
    _tried: int = 0
    _silent: int = 0

    def next(self) -> int | None:
        """The TTL to probe with now, or None at the end."""
        if self.reached or self._ttl > self.max_hops or self._silent >= self.silent_limit:
            return None
        self._tried += 1
        return self._ttl

    def on_hop(self, address: str, rtt: float) -> None:
        """A router said "time exceeded"."""
        self.hops.append(Hop(self._ttl, address, rtt))
        self._silent = 0
        self._advance()

    def on_target(self, address: str, rtt: float) -> None:
        """The target answered: nothing listens at the probe's port, which is as it should be."""
        self.hops.append(Hop(self._ttl, address, rtt))
        self.reached = True

    def on_too_big(self, mtu: int, address: str) -> bool:
        """A router (or our own card) passes ``mtu`` bytes at most; False if that is no news."""
        if not 68 <= mtu < self.mtu:  # RFC 791's least; anything else would loop
            return False
        self.mtu = mtu
        self.limited_by = address
        self._tried = 0
        return True

    def on_silence(self) -> None:
        """Nobody answered in time."""
        if self._tried < self.tries:
            return
        self.hops.append(Hop(self._ttl))
        self._silent += 1
        self._advance()

    def _advance(self) -> None:
        self._ttl += 1
        self._tried = 0

    def known_hops(self) -> list[Hop]:
        """The hops without the silent tail that a firewall leaves."""
        last = max((i for i, hop in enumerate(self.hops) if hop.address), default=-1)
        return self.hops[: last + 1]


@dataclass(frozen=True, slots=True)
class QueuedError:
    """One entry of a socket's error queue: the errno, the MTU it told and who told it."""

    errno: int
    mtu: int
    address: str
    local: bool


def parse_queued(data: bytes) -> QueuedError | None:
    """A ``sock_extended_err`` and the offender's address behind it (linux/errqueue.h)."""
    if len(data) < _ERROR.size:
        return None
    number, origin, _type, _code, _pad, info, _data = _ERROR.unpack_from(data)
    rest = data[_ERROR.size :]
    address = ""
    if origin in (_ORIGIN_ICMP, _ORIGIN_ICMP6) and len(rest) >= 8:
        (family,) = struct.unpack_from("=H", rest)
        if family == socket.AF_INET:
            address = socket.inet_ntop(socket.AF_INET, rest[4:8])
        elif family == socket.AF_INET6 and len(rest) >= 24:
            address = socket.inet_ntop(socket.AF_INET6, rest[8:24])
    return QueuedError(number, info, address, origin not in (_ORIGIN_ICMP, _ORIGIN_ICMP6))


class _Prober:
    """Sends UDP probes from one socket and reads its error queue."""

    def __init__(self, target: str, port: int) -> None:
        self._v6 = ":" in target
        self._target = target
        self._port = port
        family = socket.AF_INET6 if self._v6 else socket.AF_INET
        self._level = socket.IPPROTO_IPV6 if self._v6 else socket.IPPROTO_IP
        self._overhead = 48 if self._v6 else 28  # IP and UDP heads
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        receive = _IPV6_RECVERR if self._v6 else _IP_RECVERR
        discover = _IPV6_MTU_DISCOVER if self._v6 else _IP_MTU_DISCOVER
        self._socket.setsockopt(self._level, receive, 1)
        self._socket.setsockopt(self._level, discover, _PMTUDISC_PROBE)

    def send(self, ttl: int, size: int) -> bool:
        """One probe; False if the card itself refused the size."""
        option = socket.IPV6_UNICAST_HOPS if self._v6 else socket.IP_TTL
        self._socket.setsockopt(self._level, option, ttl)
        try:
            self._socket.sendto(b"\0" * (size - self._overhead), (self._target, self._port + ttl))
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                return False
            if error.errno in (errno.ECONNREFUSED, errno.EHOSTUNREACH):
                return True  # an older probe's answer, told early; the queue has it
            raise
        return True

    async def answer(self, timeout: float) -> QueuedError | None:
        """The next entry of the error queue, or None after ``timeout`` seconds."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()

        def ready() -> None:
            if not waiting.done():
                waiting.set_result(None)

        # An entry in the error queue makes the socket readable (and "in error", as poll says it).
        loop.add_reader(self._socket.fileno(), ready)
        try:
            found = self._read()
            if found is not None:
                return found
            async with asyncio.timeout(timeout):
                await waiting
        except TimeoutError:
            return None
        finally:
            loop.remove_reader(self._socket.fileno())
        return self._read()

    def _read(self) -> QueuedError | None:
        try:
            _, ancillary, _, _ = self._socket.recvmsg(512, 1024, _MSG_ERRQUEUE)
        except OSError:
            return None
        for _level, _kind, data in ancillary:
            found = parse_queued(data)
            if found is not None:
                return found
        return None

    def close(self) -> None:
        self._socket.close()


async def _trace_linux(target: str, trace: Trace, port: int) -> None:
    prober = _Prober(target, port)
    try:
        while (ttl := trace.next()) is not None:
            sent = time.perf_counter()
            fits = prober.send(ttl, trace.mtu)
            found = await prober.answer(PROBE_TIMEOUT)
            rtt = time.perf_counter() - sent
            if found is None:
                if not fits and not trace.on_too_big(trace.mtu - 8, ""):
                    raise EarlyResult(Status.FAILED, CheckCause.ERROR, "no packet size gets out")
                trace.on_silence()
            elif found.errno == errno.EMSGSIZE:
                if not trace.on_too_big(found.mtu, found.address):
                    trace.on_silence()
            elif found.errno == errno.ECONNREFUSED:
                trace.on_target(found.address or target, rtt)
            elif found.errno == errno.EHOSTUNREACH and found.address:
                trace.on_hop(found.address, rtt)
            else:
                trace.on_silence()
    finally:
        prober.close()


async def trace_windows(
    target: str, trace: Trace, echo: Callable[..., icmp_windows.EchoAnswer] = icmp_windows.echo
) -> None:
    """Trace by the system's own echoes; ``echo`` is replaced in tests."""
    while (ttl := trace.next()) is not None:
        call = partial(echo, target, ttl=ttl, timeout=PROBE_TIMEOUT)
        try:
            found = await guarded(("hop", target, ttl), call, timeout=PROBE_TIMEOUT + 1.0)
        except OSError as error:
            text = meaning(error)
            raise EarlyResult(Status.FAILED, CheckCause.UNREACHABLE, text) from error
        if found.reached:
            trace.on_target(found.address or target, found.rtt)
        elif found.hop:
            trace.on_hop(found.address, found.rtt)
        else:
            trace.on_silence()


async def _trace_elsewhere(target: str, trace: Trace) -> None:
    try:
        found = await guarded(
            ("traceroute", target),
            partial(
                icmplib.traceroute,
                target,
                count=TRIES,
                timeout=PROBE_TIMEOUT,
                max_hops=trace.max_hops,
            ),
            timeout=TRIES * PROBE_TIMEOUT * trace.max_hops + 1.0,
        )
    except icmplib.SocketPermissionError as error:
        text = "traceroute needs administrator rights on this system"
        raise EarlyResult(Status.SKIPPED, CheckCause.NO_PERMISSION, text) from error
    except icmplib.ICMPLibError as error:
        raise EarlyResult(Status.FAILED, CheckCause.UNREACHABLE, str(error)) from error
    trace.hops = [Hop(hop.distance, hop.address, hop.avg_rtt / 1000.0) for hop in found]
    trace.reached = bool(trace.hops) and trace.hops[-1].address == target


async def check_path(
    target: str, *, timeout: float, max_hops: int, port: int, system: str = sys.platform
) -> tuple[CheckResult, CheckResult]:
    """Trace the way to the numeric address ``target``: its hops and its MTU, as two results."""
    trace = Trace(max_hops)

    async def check(result: CheckResult) -> None:
        try:
            if system == "linux":
                await _trace_linux(target, trace, port)
            elif system == "win32":
                await trace_windows(target, trace)
            else:
                await _trace_elsewhere(target, trace)
        finally:
            hops = trace.known_hops()
            result.facts["hops"] = [
                {"ttl": hop.ttl, "address": hop.address, "rtt": hop.rtt} for hop in hops
            ]
            result.facts["reached"] = trace.reached
        if trace.reached:
            result.rtt = trace.hops[-1].rtt
        elif not hops:
            raise EarlyResult(
                Status.FAILED, CheckCause.TIMEOUT, "not even the first router answered"
            )
        else:
            # Many hosts drop such probes and are well all the same.
            text = f"the last router that answered is {hops[-1].address}, hop {hops[-1].ttl}"
            raise EarlyResult(Status.SLOW, CheckCause.NO_ANSWER, text)

    route = await timed(CheckKind.TRACEROUTE, target, timeout, check)
    size = CheckResult(CheckKind.PATH_MTU, target, Status.OK, at=route.at, seconds=route.seconds)
    if system != "linux":
        size.status, size.cause = Status.SKIPPED, CheckCause.NOT_SUPPORTED
        size.detail = "the path MTU is measured on Linux alone"
    elif not trace.known_hops():
        size.status, size.cause = Status.SKIPPED, route.cause
        size.detail = "nothing answered on the way"
    else:
        size.facts = {"mtu": trace.mtu, "limited_by": trace.limited_by}
        if trace.mtu < SMALL_MTU:
            size.status = Status.SLOW
            size.detail = f"packets over {trace.mtu} bytes do not get through"
    return route, size
