"""Proxy: does it let us through to the chat server?

Facts: ``proxy`` (without credentials), ``connect`` (seconds until the tunnel stood).
"""

from __future__ import annotations

from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.sdt.result import CheckKind, CheckResult
from netcore.sdt.streams import open_stream
from netcore.sdt.timing import timed


async def check_proxy(proxy: Proxy, endpoint: Endpoint, *, timeout: float) -> CheckResult:
    """Open a tunnel through ``proxy`` to ``endpoint`` and close it again."""

    async def check(result: CheckResult) -> None:
        stream = await open_stream(endpoint, None, proxy)
        result.rtt = stream.facts["connect"]
        result.facts = {"proxy": str(proxy), **stream.facts}
        await stream.close()

    return await timed(CheckKind.PROXY, str(proxy), timeout, check)
