"""Long link: connect and have a noop answered (``tcpchecker.cc``), by TLS where the plan says so.

Facts: ``address``; ``connect``, ``tls`` and ``noop`` in seconds; ``version``, ``fingerprint``.
"""

from __future__ import annotations

from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.errors import FrameError
from netcore.longlink.codec import NOOP_CMDID, Decoder, Frame, encode
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.streams import Stream, check_exchange
from netcore.sdt.timing import EarlyResult
from netcore.task import NOOP_TASK_ID


async def check_longlink(
    endpoint: Endpoint,
    *,
    tls: TlsSettings | None,
    client_version: int,
    timeout: float,
    proxy: Proxy | None = None,
) -> CheckResult:
    """Connect to ``endpoint``, send a noop, and wait for the noop that answers it."""

    async def ask(stream: Stream, _result: CheckResult) -> None:
        await _noop(stream, client_version)

    result = await check_exchange(
        CheckKind.TCP, endpoint, ask, question="noop", tls=tls, proxy=proxy, timeout=timeout
    )
    if result.rtt is not None:
        result.facts["noop"] = result.rtt
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
