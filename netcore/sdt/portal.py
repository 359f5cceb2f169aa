"""Captive portal: does plain HTTP reach the internet untouched, or a log-in page (RFC 8952)?

Facts: ``status``, ``location`` (where a portal sends browsers to).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from netcore import bounds
from netcore.connect.endpoint import Endpoint
from netcore.sdt.dns import look_up
from netcore.sdt.http import exchange
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.streams import open_stream
from netcore.sdt.timing import EarlyResult, timed


async def check_portal(url: str, expected: bytes, *, timeout: float) -> CheckResult:
    """GET ``url`` (http: only there a portal shows); REDIRECTED if somebody else answers."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or 80

    async def check(result: CheckResult) -> None:
        addresses = await look_up(host, timeout)
        stream = await open_stream(Endpoint(addresses[0], port, host), None)
        try:
            result.facts = stream.facts
            answer = await exchange(stream, host, parts.path or "/")
        finally:
            await stream.close()
        result.facts["status"] = answer.status
        if answer.status == 511 or 300 <= answer.status < 400:  # RFC 6585: 511
            result.facts["location"] = bounds.words(
                answer.headers.get("location", ""), bounds.MAX_LOCATION
            )
            text = "a log-in page of this network answers in place of the internet"
            raise EarlyResult(Status.FAILED, CheckCause.REDIRECTED, text)
        if answer.status != 200 or expected not in answer.body:
            text = f"something else than {host} answered ({answer.status})"
            raise EarlyResult(Status.FAILED, CheckCause.REDIRECTED, text)

    return await timed(CheckKind.PORTAL, host, timeout, check)
