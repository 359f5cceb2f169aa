"""How the error of a check becomes a result."""

import errno
import os

from netcore.sdt.result import CheckCause, CheckKind, Status
from netcore.sdt.timing import timed


async def test_the_system_s_own_errors_are_told_without_their_numbers():
    async def check(result):
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    result = await timed(CheckKind.PING, "x", 1.0, check)
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.UNREACHABLE)
    assert result.detail == os.strerror(errno.ENETUNREACH)
