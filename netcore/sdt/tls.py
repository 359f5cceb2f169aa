"""TLS: does the handshake succeed, with which version and certificate, and for how much longer.

Facts: ``version``, ``cipher``, ``fingerprint`` (SHA-256, hex), ``expires`` (seconds since the
epoch, where the certificate was verified), ``days_left``; ``connect`` and ``tls`` in seconds.
"""

from __future__ import annotations

import ssl
import time

from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.sdt.result import CheckKind, CheckResult, Status
from netcore.sdt.streams import open_stream
from netcore.sdt.timing import timed

EXPIRES_SOON = 14  # days


async def check_tls(
    endpoint: Endpoint, *, tls: TlsSettings, timeout: float, proxy: Proxy | None = None
) -> CheckResult:
    """Shake hands with ``endpoint``; a distrusted certificate fails with its fingerprint told."""

    async def check(result: CheckResult) -> None:
        stream = await open_stream(endpoint, tls, proxy)
        try:
            result.facts = stream.facts
            result.rtt = stream.facts.get("tls")
            wrapped = stream.ssl_object
            cipher = wrapped.cipher() if wrapped is not None else None
            result.facts["cipher"] = cipher[0] if cipher else ""
            certificate = wrapped.getpeercert() if wrapped is not None else None
            until = (certificate or {}).get("notAfter")
            if isinstance(until, str):
                expires = ssl.cert_time_to_seconds(until)
                days = int((expires - time.time()) // 86400)
                result.facts.update(expires=expires, days_left=days)
                if days < EXPIRES_SOON:
                    result.status = Status.SLOW
                    result.detail = f"the certificate expires in {days} days"
        finally:
            await stream.close()

    return await timed(CheckKind.TLS, str(endpoint), timeout, check)
