"""Opens the connections that checks talk over, and times their steps."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings, fingerprint_of, secure_streams
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.timing import EarlyResult, timed

_PLAIN = TlsSettings(enabled=False)
SLOW = 2.0  # seconds: the round trip that weak_network_logic.cc calls weak


@dataclass(slots=True)
class Stream:
    """A connection, and ``facts`` of how it came to be (seconds): connect, tls, certificate."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ssl_object(self) -> ssl.SSLObject | None:
        """The TLS side of the connection, None on a plain one."""
        found: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        return found

    async def close(self) -> None:
        """Close; how the peer takes it does not matter any more."""
        self.writer.transport.abort()
        with contextlib.suppress(OSError, ssl.SSLError):
            await self.writer.wait_closed()


async def open_stream(
    endpoint: Endpoint, tls: TlsSettings | None, proxy: Proxy | None = None
) -> Stream:
    """Connect, and shake hands where ``tls`` is on. Raises the errors of dial and of tls."""
    start = time.perf_counter()
    sock = await dial(endpoint, proxy=proxy, timeout=3600.0)  # the check's own time-out rules
    connected = time.perf_counter()
    facts: dict[str, Any] = {"address": str(endpoint), "connect": connected - start}
    host = endpoint.host or endpoint.ip
    reader, writer = await secure_streams(sock, tls or _PLAIN, host, timeout=3600.0)
    stream = Stream(reader, writer, facts)
    wrapped = stream.ssl_object
    if wrapped is not None:
        facts["tls"] = time.perf_counter() - connected
        facts["version"] = wrapped.version() or ""
        der = wrapped.getpeercert(binary_form=True)
        facts["fingerprint"] = fingerprint_of(der) if der else ""
    return stream


async def check_exchange(
    kind: CheckKind,
    endpoint: Endpoint,
    exchange: Callable[[Stream, CheckResult], Awaitable[EarlyResult | None]],
    *,
    question: str,
    tls: TlsSettings | None,
    proxy: Proxy | None,
    timeout: float,
) -> CheckResult:
    """Connect and time an exchange with the server; ``question`` names it where no answer comes.

    ``exchange`` raises :class:`~netcore.sdt.timing.EarlyResult` where there is no proper answer,
    and gives one for an answer that says the server does not work.
    """

    async def check(result: CheckResult) -> None:
        stream = await open_stream(endpoint, tls, proxy)
        try:
            result.facts = stream.facts
            start = time.perf_counter()
            failure = await exchange(stream, result)
            result.rtt = time.perf_counter() - start
            if failure is not None:
                raise failure
            if result.rtt > SLOW:
                result.status = Status.SLOW
        finally:
            await stream.close()

    result = await timed(kind, str(endpoint), timeout, check)
    if result.cause is CheckCause.TIMEOUT and "connect" in result.facts:
        result.cause = CheckCause.NO_ANSWER
        result.detail = f"connected, but the {question} was not answered within {timeout:g} s"
    return result
