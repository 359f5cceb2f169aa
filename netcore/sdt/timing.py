"""Runs one check and turns whatever happens into a :class:`CheckResult`."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Awaitable, Callable

from netcore.errors import (
    CertificateError,
    ConnectError,
    DnsError,
    ProxyError,
    TlsError,
    system_errno,
)
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status

_BY_ERRNO = {
    errno.ECONNREFUSED: CheckCause.REFUSED,
    errno.ECONNRESET: CheckCause.RESET,
    errno.ECONNABORTED: CheckCause.RESET,
    errno.EPIPE: CheckCause.RESET,
    errno.ETIMEDOUT: CheckCause.TIMEOUT,
    errno.EHOSTUNREACH: CheckCause.UNREACHABLE,
    errno.ENETUNREACH: CheckCause.UNREACHABLE,
    errno.ENETDOWN: CheckCause.UNREACHABLE,
    errno.EADDRNOTAVAIL: CheckCause.UNREACHABLE,
    errno.EACCES: CheckCause.NO_PERMISSION,
    errno.EPERM: CheckCause.NO_PERMISSION,
}


def cause_of(error: BaseException) -> CheckCause:
    """The cause that an exception of the network stands for."""
    if isinstance(error, TimeoutError) and getattr(error, "errno", None) is None:
        return CheckCause.TIMEOUT
    if isinstance(error, CertificateError):
        return CheckCause.CERTIFICATE
    if isinstance(error, TlsError):
        return CheckCause.HANDSHAKE
    if isinstance(error, DnsError):
        return CheckCause.NOT_FOUND
    if isinstance(error, ProxyError):
        return CheckCause.LOGIN_REFUSED if "407" in str(error) else CheckCause.REFUSED
    if (cause := _BY_ERRNO.get(system_errno(error))) is not None:
        return cause
    if isinstance(error, ConnectError) and error.__cause__ is not None:
        return cause_of(error.__cause__)
    if isinstance(error, (ConnectionResetError, asyncio.IncompleteReadError, EOFError)):
        return CheckCause.RESET
    return CheckCause.ERROR


class EarlyResult(Exception):  # noqa: N818 - an early end, good or bad, not only an error
    """Ends a check early with a status and cause."""

    def __init__(self, status: Status, cause: CheckCause, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.cause = cause
        self.detail = detail


async def timed(
    kind: CheckKind,
    target: str,
    timeout: float,
    check: Callable[[CheckResult], Awaitable[None]],
) -> CheckResult:
    """Run ``check(result)`` for at most ``timeout`` seconds; it fills in the result it is given.

    Never raises but for cancellation: an error becomes the result's status and cause.
    """
    result = CheckResult(kind, target, Status.OK, at=time.time())
    start = time.perf_counter()
    try:
        async with asyncio.timeout(timeout):
            await check(result)
    except EarlyResult as outcome:
        result.status, result.cause = outcome.status, outcome.cause
        result.detail = outcome.detail
    except Exception as error:
        result.status = Status.FAILED
        result.cause = cause_of(error)
        result.detail = str(error) or type(error).__name__
        numbered = result.detail.startswith(("[Errno", "[WinError"))
        if numbered and isinstance(error, OSError) and error.strerror:
            result.detail = error.strerror  # without the number, which tells a person nothing
        if isinstance(error, CertificateError):
            result.facts["fingerprint"] = error.fingerprint
        if result.cause is CheckCause.TIMEOUT:
            result.detail = f"no answer within {timeout:g} s"
    result.seconds = time.perf_counter() - start
    return result
