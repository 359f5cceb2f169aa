"""Runs one check and turns whatever happens into a :class:`CheckResult`."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Awaitable, Callable

from netcore.errors import CertificateError, ConnectError, DnsError, ProxyError, TlsError
from netcore.sdt.result import Cause, CheckResult, Kind, Status

_BY_ERRNO = {
    errno.ECONNREFUSED: Cause.REFUSED,
    errno.ECONNRESET: Cause.RESET,
    errno.EPIPE: Cause.RESET,
    errno.ETIMEDOUT: Cause.TIMEOUT,
    errno.EHOSTUNREACH: Cause.UNREACHABLE,
    errno.ENETUNREACH: Cause.UNREACHABLE,
    errno.ENETDOWN: Cause.UNREACHABLE,
    errno.EADDRNOTAVAIL: Cause.UNREACHABLE,
    errno.EACCES: Cause.NO_PERMISSION,
    errno.EPERM: Cause.NO_PERMISSION,
}


def cause_of(error: BaseException) -> Cause:
    """The cause that an exception of the network stands for."""
    if isinstance(error, TimeoutError) and getattr(error, "errno", None) is None:
        return Cause.TIMEOUT
    if isinstance(error, CertificateError):
        return Cause.CERTIFICATE
    if isinstance(error, TlsError):
        return Cause.HANDSHAKE
    if isinstance(error, DnsError):
        return Cause.NOT_FOUND
    if isinstance(error, ProxyError):
        return Cause.LOGIN_REFUSED if "407" in str(error) else Cause.REFUSED
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    if isinstance(error, ConnectError) and error.__cause__ is not None:
        return cause_of(error.__cause__)
    if isinstance(error, (ConnectionResetError, asyncio.IncompleteReadError, EOFError)):
        return Cause.RESET
    return Cause.ERROR


class Outcome(Exception):  # noqa: N818 - an early end, good or bad, not only an error
    """Ends a check early with a status and cause."""

    def __init__(self, status: Status, cause: Cause, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.cause = cause
        self.detail = detail


async def timed(
    kind: Kind,
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
    except Outcome as outcome:
        result.status, result.cause = outcome.status, outcome.cause
        result.detail = outcome.detail
    except Exception as error:
        result.status = Status.FAILED
        result.cause = cause_of(error)
        result.detail = str(error) or type(error).__name__
        if result.detail.startswith("[Errno") and isinstance(error, OSError) and error.strerror:
            result.detail = error.strerror  # without the number, which tells a person nothing
        if isinstance(error, CertificateError):
            result.facts["fingerprint"] = error.fingerprint
        if result.cause is Cause.TIMEOUT:
            result.detail = f"no answer within {timeout:g} s"
    result.seconds = time.perf_counter() - start
    return result
