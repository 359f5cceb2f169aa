"""One HTTP connection of the short link: one exchange at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

from netcore.connect.endpoint import Endpoint, traffic_name
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.errors import ErrorType, Failure, NetcoreError
from netcore.links.wire import Wire
from netcore.shortlink.codec import HttpClientCodec, Request, Response, ResponseError

NAME = "shortlink"
OnTraffic = Callable[[str, int, int], None]  # the link's name, bytes sent, bytes received


class Key(NamedTuple):
    """What a connection leads to, and how."""

    ip: str
    port: int
    host: str
    proxy: Proxy | None
    tls: TlsSettings

    @classmethod
    def of(cls, endpoint: Endpoint, proxy: Proxy | None, tls: TlsSettings) -> Key:
        """The key of a connection to an endpoint."""
        return cls(endpoint.ip, endpoint.port, endpoint.host, proxy, tls)


class ExchangeError(NetcoreError):
    """Why an exchange failed; ``stale`` as :mod:`netcore.shortlink.link` says."""

    def __init__(
        self,
        failure: Failure,
        *,
        final: bool = False,
        stale: bool = False,
        reused: bool = False,
    ) -> None:
        super().__init__(failure.detail)
        self.failure = failure
        self.final = final  # another attempt would fail the same
        self.stale = stale
        self.reused = reused


class ExchangeListener(Protocol):
    """What an exchange tells on its way. All are called on the loop's thread."""

    def sending(self, reused: bool) -> None:
        """A connection is there and the request goes out."""
        ...

    def sent(self) -> None:
        """The system took the request's last byte."""
        ...

    def part(self, size: int) -> None:
        """Bytes of the answer came, ``size`` in all by now."""
        ...


class HttpConnection:
    """One connection, one exchange at a time; the sink of its wire."""

    def __init__(
        self,
        wire: Wire,
        key: Key,
        endpoint: Endpoint,
        codec: HttpClientCodec,
        on_traffic: OnTraffic,
    ) -> None:
        self.wire = wire
        self.key = key
        self.endpoint = endpoint
        self.alive = True
        self.reused = False
        self.on_idle_end: Callable[[HttpConnection], None] | None = None
        self._codec = codec
        self._on_traffic = on_traffic
        self._counted_as = traffic_name(NAME, endpoint.carrier)
        self._answer: asyncio.Future[Response] | None = None
        self._listener: ExchangeListener | None = None
        self._received = 0
        self._writing = False
        wire.transport.set_write_buffer_limits(high=0)  # so that "sent" is told
        wire.adopt(self)

    def abort(self) -> None:
        """Close at once."""
        self.alive = False
        self.wire.abort()

    async def exchange(self, request: Request, listener: ExchangeListener) -> Response:
        """Send a request and wait for its answer; raises :class:`ExchangeError`.

        Failing or cancelled it closes the connection; else the answer says whether to keep it.
        """
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self._listener = listener
        self._received = 0
        try:
            if not self.alive:
                raise self._gone(None)
            data = self._codec.request(request)
            listener.sending(self.reused)
            self._writing = True
            transport = self.wire.transport
            transport.write(data)
            self._on_traffic(self._counted_as, len(data), 0)
            if not transport.get_write_buffer_size():
                self._wrote()
            return await answer
        except BaseException:
            self.abort()
            raise
        finally:
            self._answer = self._listener = None

    # -- Sink -----------------------------------------------------------------------------------

    def wire_received(self, wire: Wire, data: bytes) -> None:
        """Bytes came."""
        self._on_traffic(self._counted_as, 0, len(data))
        answer, listener = self._answer, self._listener
        if answer is None or listener is None or answer.done():
            self._idle_end()  # what was not asked for cannot be an answer
            return
        self._received += len(data)
        listener.part(self._received)
        if answer.done():
            return
        try:
            response = self._codec.feed(data)
        except ResponseError as error:
            self._fail(error)
            return
        if response is not None:
            answer.set_result(response)

    def wire_lost(self, wire: Wire, error: Exception | None) -> None:
        """The peer closed, or the socket failed."""
        self.alive = False
        answer = self._answer
        if answer is None or answer.done():
            self._idle_end()
            return
        if error is None:
            try:
                response = self._codec.end()
            except ResponseError:
                response = None  # it broke off: the missing rest is the better word
            if response is not None:
                answer.set_result(response)
                return
        answer.set_exception(self._gone(error))

    def wire_paused(self, wire: Wire, paused: bool) -> None:
        """The socket is full, or took all."""
        if not paused and self._writing:
            self._wrote()

    def _wrote(self) -> None:
        self._writing = False
        if self._listener is not None:
            self._listener.sent()

    def _idle_end(self) -> None:
        self.abort()
        ended, self.on_idle_end = self.on_idle_end, None
        if ended is not None:
            ended(self)

    def _fail(self, error: ResponseError) -> None:
        answer = self._answer
        assert answer is not None
        failure = Failure(ErrorType.HTTP, error.code, detail=f"{self.endpoint}: {error}")
        answer.set_exception(ExchangeError(failure, reused=self.reused))

    def _gone(self, error: Exception | None) -> ExchangeError:
        closed = "the peer closed the connection before its answer was whole"
        failure = Failure.of_socket(error, closed)
        return ExchangeError(
            replace(failure, detail=f"{self.endpoint}: {failure.detail}"),
            stale=self.reused and not self._received,
            reused=self.reused,
        )
