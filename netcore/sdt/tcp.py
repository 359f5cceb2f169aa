"""Long link: connect and have a noop answered (``tcpchecker.cc``), by TLS where the plan says so.

Facts: ``address``; ``connect``, ``tls`` and ``noop`` in seconds; ``version``, ``fingerprint``.
"""

from __future__ import annotations

import time

from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.errors import FrameError
from netcore.longlink.codec import NOOP_CMDID, Decoder, Frame, encode
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.streams import Stream, open_stream
from netcore.sdt.timing import EarlyResult, timed
from netcore.task import NOOP_TASK_ID

SLOW = 2.0  # seconds: the round trip that weak_network_logic.cc calls weak


async def check_longlink(
    endpoint: Endpoint,
    *,
    tls: TlsSettings | None,
    client_version: int,
    timeout: float,
    proxy: Proxy | None = None,
) -> CheckResult:
    """Connect to ``endpoint``, send a noop, and wait for the noop that answers it."""

    async def check(result: CheckResult) -> None:
        stream = await open_stream(endpoint, tls, proxy)
        try:
            result.facts = stream.facts
            start = time.perf_counter()
            await _noop(stream, client_version)
            result.rtt = stream.facts["noop"] = time.perf_counter() - start
            if result.rtt > SLOW:
                result.status = Status.SLOW
        finally:
            await stream.close()

    result = await timed(CheckKind.TCP, str(endpoint), timeout, check)
    if result.cause is CheckCause.TIMEOUT and "connect" in result.facts:
        result.cause = CheckCause.NO_ANSWER
        result.detail = f"connected, but the noop was not answered within {timeout:g} s"
    return result


async def _noop(stream: Stream, client_version: int) -> None:
    stream.writer.write(encode(Frame(NOOP_CMDID, NOOP_TASK_ID, b""), client_version))
    decoder = Decoder(client_version)
    while True:
        data = await stream.reader.read(65536)
        if not data:
            raise EarlyResult(
                Status.FAILED, CheckCause.RESET, "the server closed without an answer"
            )
        try:
            frames = decoder.feed(data)
        except FrameError as error:
            text = f"what answers there is no long link: {error}"
            raise EarlyResult(Status.FAILED, CheckCause.BAD_ANSWER, text) from error
        if any(frame.cmdid == NOOP_CMDID for frame in frames):
            return
