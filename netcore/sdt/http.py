"""One HTTP/1.1 exchange by h11 (``httpchecker.cc``): for the short link and the portal check.

Facts: ``status``, ``reason``, ``bytes``, ``location`` (of a redirect); times as in ``streams``.
"""

from __future__ import annotations

from dataclasses import dataclass

import h11

from netcore import bounds
from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.streams import Stream, check_exchange
from netcore.sdt.timing import EarlyResult

MAX_BODY = 64 * 1024  # a check needs the beginning of an answer, not a download


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the server said; ``body`` holds at most :data:`MAX_BODY` bytes of it."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


async def exchange(stream: Stream, host: str, path: str) -> HttpAnswer:
    """GET ``path`` over ``stream``. Raises :class:`EarlyResult` for an answer that is no HTTP."""
    http = h11.Connection(h11.CLIENT)
    headers = [("Host", host), ("Accept", "*/*"), ("Connection", "close")]
    request = h11.Request(method="GET", target=path, headers=headers)
    stream.writer.write((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    response: h11.Response | None = None
    body = b""
    try:
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await stream.reader.read(65536))
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body = (body + bytes(event.data))[:MAX_BODY]
                if len(body) >= MAX_BODY:
                    break
            elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                break
    except h11.RemoteProtocolError as error:
        text = f"what answers there is no HTTP server: {error}"
        raise EarlyResult(Status.FAILED, CheckCause.BAD_ANSWER, text) from error
    if response is None:
        raise EarlyResult(Status.FAILED, CheckCause.RESET, "the server closed without an answer")
    names = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
    return HttpAnswer(response.status_code, bounds.words(bytes(response.reason)), names, body)


async def check_http(
    endpoint: Endpoint,
    *,
    path: str,
    tls: TlsSettings | None,
    timeout: float,
    proxy: Proxy | None = None,
) -> CheckResult:
    """Ask the short link's server for ``path``: any HTTP answer below 500 shows that it lives."""

    async def ask(stream: Stream, result: CheckResult) -> EarlyResult | None:
        answer = await exchange(stream, endpoint.host or endpoint.ip, path)
        result.facts.update(status=answer.status, reason=answer.reason, bytes=len(answer.body))
        if answer.status < 500:
            return None
        text = f"the server answers {answer.status} {answer.reason}"
        return EarlyResult(Status.FAILED, CheckCause.SERVER_FAILURE, text)

    return await check_exchange(
        CheckKind.HTTP, endpoint, ask, question="request", tls=tls, proxy=proxy, timeout=timeout
    )
