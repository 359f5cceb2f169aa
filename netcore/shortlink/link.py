"""One exchange on one connection (``mars/stn/src/shortlink.cc``).

:class:`Opener` gives a connection for a request: a kept one, or a new one by name look-up, race,
proxy and TLS. :class:`Connection` carries one request and its answer at a time. :func:`exchange`
is both together, and the only way in::

    the peer...                                    ends the exchange with
    ---------------------------------------------  ----------------------------------------------
    has no address                                 DNS DNS_MAKE_SOCKET_PREPARED
    cannot be reached, fails TLS                   SOCKET MAKE_SOCKET_PREPARED
    answers 200                                    the answer
    answers another status                         HTTP and the status; a redirection's Location
    sends no HTTP, or more than allowed            HTTP PARSE_STATUS_LINE, SPLIT_HEAD_AND_BODY
    closes before the end of the answer            SOCKET SHUTDOWN
    resets the connection                          SOCKET and the system's errno

A kept connection that turns out closed before a byte of the answer came is replaced by a new one
and the request is sent there, once: the peer closed it while it was idle. Time-outs are the task
list's; it cancels the exchange, which leaves no socket open.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from netcore.connect.dial import proxy_addresses
from netcore.connect.endpoint import Endpoint, Source
from netcore.connect.proxy import Proxy
from netcore.connect.race import RaceReport, race
from netcore.connect.sources import Sources
from netcore.connect.tls import TlsSettings
from netcore.context import Context
from netcore.errors import (
    ConfigError,
    ConnectError,
    DnsError,
    ErrorType,
    LocalCode,
    NetcoreError,
    SocketCode,
)
from netcore.longlink.connector import note_winner, open_wire
from netcore.longlink.wire import Wire
from netcore.observe import Event
from netcore.profile import ConnectProfile
from netcore.shortlink.codec import Request, Response, ResponseError, Talk, make_request
from netcore.shortlink.pool import Key, Pool
from netcore.task import Task

_log = logging.getLogger("netcore.shortlink")

NAME = "shortlink"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlinkConnected(Event):
    """A new connection of the short link; its stages in seconds, ``proxy`` "" when there is none.

    ``index`` is the winner's among the addresses, ``rtt`` its connect time.
    """

    task_id: int
    host: str
    ip: str
    port: int
    source: Source
    proxy: str
    index: int
    rtt: float
    dns: float
    connect: float
    tls: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlinkConnectFailed(Event):
    """No connection came about; ``seconds`` since the name look-up began."""

    task_id: int
    hosts: tuple[str, ...]
    error: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlinkStale(Event):
    """A kept connection was closed by its peer: the request goes out on a new one."""

    task_id: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlinkAnswered(Event):
    """An answer is whole: its HTTP status, where it redirects to ("" if it does not), body bytes.

    ``reused`` tells whether its connection was a kept one, ``kept`` whether it is kept now.
    """

    task_id: int
    cgi: str
    address: str
    status: int
    location: str
    size: int
    reused: bool
    kept: bool


class ExchangeError(NetcoreError):
    """Why an exchange failed, by Mars's numbers; ``stale`` as the module's docstring says."""

    def __init__(
        self,
        message: str,
        type: ErrorType,
        code: int,
        *,
        final: bool = False,
        stale: bool = False,
        reused: bool = False,
    ) -> None:
        super().__init__(message)
        self.type = type
        self.code = code
        self.final = final  # another attempt would fail the same
        self.stale = stale
        self.reused = reused


class Hooks(Protocol):
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


@dataclass(frozen=True, slots=True)
class Order:
    """What to send where: ``hosts`` in the order of trying."""

    task: Task
    body: bytes
    hosts: tuple[str, ...]
    proxy: Proxy | None


class Connection:
    """One connection, one exchange at a time; the sink of its wire."""

    def __init__(
        self, wire: Wire, key: Key, endpoint: Endpoint, talk: Talk, on_traffic: OnTraffic
    ) -> None:
        self.wire = wire
        self.key = key
        self.endpoint = endpoint
        self.alive = True
        self.reused = False
        self.on_idle_end: Callable[[Connection], None] | None = None
        self._talk = talk
        self._on_traffic = on_traffic
        self._answer: asyncio.Future[Response] | None = None
        self._hooks: Hooks | None = None
        self._received = 0
        self._writing = False
        wire.transport.set_write_buffer_limits(high=0)  # so that "sent" is told
        wire.adopt(self)

    def abort(self) -> None:
        """Close at once."""
        self.alive = False
        self.wire.abort()

    async def exchange(self, request: Request, hooks: Hooks) -> Response:
        """Send a request and wait for its answer; raises :class:`ExchangeError`.

        Failing or cancelled it closes the connection; else the answer says whether to keep it.
        """
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self._hooks = hooks
        self._received = 0
        try:
            if not self.alive:
                raise self._gone(None)
            data = self._talk.request(request)
            hooks.sending(self.reused)
            self._writing = True
            transport = self.wire.transport
            transport.write(data)
            self._on_traffic(NAME, len(data), 0)
            if not transport.get_write_buffer_size():
                self._wrote()
            return await answer
        except BaseException:
            self.abort()
            raise
        finally:
            self._answer = self._hooks = None

    # -- Sink -----------------------------------------------------------------------------------

    def wire_received(self, data: bytes) -> None:
        """Bytes came."""
        self._on_traffic(NAME, 0, len(data))
        answer, hooks = self._answer, self._hooks
        if answer is None or hooks is None or answer.done():
            self._idle_end()  # what was not asked for cannot be an answer
            return
        self._received += len(data)
        hooks.part(self._received)
        if answer.done():
            return
        try:
            response = self._talk.feed(data)
        except ResponseError as error:
            self._fail(error)
            return
        if response is not None:
            answer.set_result(response)

    def wire_lost(self, error: Exception | None) -> None:
        """The peer closed, or the socket failed."""
        self.alive = False
        answer = self._answer
        if answer is None or answer.done():
            self._idle_end()
            return
        if error is None:
            try:
                response = self._talk.end()
            except ResponseError:
                response = None  # it broke off: the missing rest is the better word
            if response is not None:
                answer.set_result(response)
                return
        answer.set_exception(self._gone(error))

    def wire_paused(self, paused: bool) -> None:
        """The socket is full, or took all."""
        if not paused and self._writing:
            self._wrote()

    def _wrote(self) -> None:
        self._writing = False
        if self._hooks is not None:
            self._hooks.sent()

    def _idle_end(self) -> None:
        self.abort()
        ended, self.on_idle_end = self.on_idle_end, None
        if ended is not None:
            ended(self)

    def _fail(self, error: ResponseError) -> None:
        answer = self._answer
        assert answer is not None
        answer.set_exception(
            ExchangeError(
                f"{self.endpoint}: {error}", ErrorType.HTTP, error.code, reused=self.reused
            )
        )

    def _gone(self, error: Exception | None) -> ExchangeError:
        if error is None:
            code: int = SocketCode.SHUTDOWN
            why = "the peer closed the connection before its answer was whole"
        else:
            code = getattr(error, "errno", None) or SocketCode.RECV_ERROR
            why = str(error) or type(error).__name__
        return ExchangeError(
            f"{self.endpoint}: {why}",
            ErrorType.SOCKET,
            code,
            stale=self.reused and not self._received,
            reused=self.reused,
        )


OnTraffic = Callable[[str, int, int], None]
OnConnect = Callable[[bool, ConnectProfile], None]


class Opener:
    """Makes the short link's connections, and knows of all that are open."""

    def __init__(
        self,
        context: Context,
        sources: Sources,
        pool: Pool,
        *,
        on_traffic: OnTraffic,
        on_connect: OnConnect,
    ) -> None:
        self._context = context
        self._settings = context.settings.shortlink
        self._now = context.clock.now
        self._sources = sources
        self._pool = pool
        self._on_traffic = on_traffic
        self._on_connect = on_connect
        self._tls: TlsSettings | None = None
        self._tls_context: ssl.SSLContext | None = None
        self._wires: set[Wire] = set()

    def request(self, order: Order, endpoint: Endpoint, forward: Proxy | None) -> Request:
        """The request for a connection's peer; raises ConfigError."""
        settings = self._settings
        if forward is not None:
            host, port = order.hosts[0], self._sources.settings.shortlink_port
        else:
            host, port = endpoint.host or endpoint.ip, endpoint.port
        return make_request(
            order.task.cgi,
            host=host,
            port=port,
            body=order.body,
            tls=self._context.tls.enabled,
            headers=order.task.headers,
            keep_alive=settings.keep_alive,
            user_agent=settings.user_agent,
            forward=forward,
        )

    async def open(
        self, order: Order, profile: ConnectProfile, *, fresh: bool
    ) -> tuple[Connection, Proxy | None]:
        """A connection, and the proxy that forwards requests on it, if one does.

        ``fresh``: not a kept one. Raises :class:`~netcore.errors.ConnectError`.
        """
        tls = self._context.tls
        forward = self._forwarder(order, tls)
        profile.dns_start = self._now()
        if forward is None:
            endpoints = await self._sources.endpoints(
                order.hosts,
                longlink=False,
                cgi=order.task.cgi,
                extra_info=order.task.extra_info,
            )
        else:
            endpoints = [
                Endpoint(ip, forward.port, forward.host, Source.PROXY)
                for ip in await proxy_addresses(forward)
            ]
        profile.dns_end = profile.connect_start = self._now()
        first = endpoints[0]
        profile.host, profile.ip, profile.port = first.host, first.ip, first.port
        profile.source = first.source
        proxy = None if forward is not None else order.proxy
        keys = [
            Key.of(each, None if each.source is Source.DEBUG else proxy, tls) for each in endpoints
        ]
        if not fresh:
            found = self._pool.take(keys)
            if found is not None:
                index, connection = found
                self._note_reused(profile, connection, index, proxy or forward)
                return connection, forward
        connection = await self._connect(endpoints, keys, proxy, tls, profile)
        if forward is not None:
            profile.proxy = str(forward)
        return connection, forward

    def _forwarder(self, order: Order, tls: TlsSettings) -> Proxy | None:
        """The proxy that is asked for the whole URL: without TLS that is an HTTP proxy's way."""
        proxy = order.proxy
        if proxy is None or proxy.kind != "http" or tls.enabled or not order.hosts:
            return None
        if self._sources.debug_shortlink(order.hosts, order.task.cgi):
            return None
        return proxy

    async def _connect(
        self,
        endpoints: list[Endpoint],
        keys: list[Key],
        proxy: Proxy | None,
        tls: TlsSettings,
        profile: ConnectProfile,
    ) -> Connection:
        context = self._context
        if tls is not self._tls:
            self._tls_context = tls.context()
            self._tls = tls
        tls_context = self._tls_context

        async def attempt(endpoint: Endpoint) -> Wire:
            wire = await open_wire(context, endpoint, proxy, tls, tls_context)
            self._wires.add(wire)
            wire.gone.add_done_callback(lambda _: self._wires.discard(wire))
            return wire

        try:
            wire, winner, report = await race(
                endpoints,
                attempt,
                settings=context.settings.race,
                discard=Wire.abort,
                observer=context.observer,
                label=NAME,
                on_report=self._report,
            )
        except ConnectError:
            profile.connect_end = self._now()
            profile.tried = len(endpoints)
            self._on_connect(False, profile)
            raise
        note_winner(profile, wire, winner, report, proxy)
        settings = self._settings
        talk = Talk(
            max_head=settings.max_head,
            max_body=settings.max_body,
            keep_alive_timeout=settings.keep_alive_timeout,
            max_keep_alive_timeout=settings.max_keep_alive_timeout,
        )
        connection = Connection(wire, keys[endpoints.index(winner)], winner, talk, self._on_traffic)
        self._on_connect(True, profile)
        return connection

    def _report(self, report: RaceReport) -> None:
        for endpoint in report.failed:
            if endpoint.source is not Source.PROXY:
                self._sources.report(endpoint, False)

    def _note_reused(
        self, profile: ConnectProfile, connection: Connection, index: int, proxy: Proxy | None
    ) -> None:
        endpoint = connection.endpoint
        profile.connect_end = profile.connect_start
        profile.host, profile.ip, profile.port = endpoint.host, endpoint.ip, endpoint.port
        profile.source = endpoint.source
        profile.endpoint = endpoint
        profile.index = index
        profile.reused = True
        if proxy is not None and endpoint.source is not Source.DEBUG:
            profile.proxy = str(proxy)
        local = connection.wire.transport.get_extra_info("sockname") or ("", 0)
        profile.local_ip, profile.local_port = str(local[0]), int(local[1])

    async def close(self) -> None:
        """Close what is open, and wait until it is."""
        for wire in tuple(self._wires):
            wire.abort()
        while self._wires:
            await asyncio.wait([wire.gone for wire in self._wires])
            await asyncio.sleep(0)  # let the done callbacks discard them


async def exchange(
    opener: Opener,
    pool: Pool,
    context: Context,
    order: Order,
    profile: ConnectProfile,
    hooks: Hooks,
) -> tuple[Response, bool]:
    """Send an order and wait for a good answer, and whether it came on a kept connection.

    Raises :class:`ExchangeError`.
    """
    fresh = False
    while True:
        connection, forward = await _open(opener, context, order, profile, fresh=fresh)
        try:
            request = opener.request(order, connection.endpoint, forward)
        except ConfigError as error:
            connection.abort()
            raise _refused(error) from error
        try:
            response = await connection.exchange(request, hooks)
        except ExchangeError as error:
            if not error.stale or fresh:
                raise
            fresh = True
            profile.reused = False
            _log.info("%s was closed while it was kept: connecting anew", connection.endpoint)
            if context.observer.active:
                context.observer.emit(
                    ShortlinkStale(task_id=order.task.task_id, address=str(connection.endpoint))
                )
            continue
        _keep(pool, connection, response, order, context)
        if response.status != 200:
            raise ExchangeError(
                _status_words(response, order, connection),
                ErrorType.HTTP,
                response.status,
                reused=connection.reused,
            )
        return response, connection.reused


async def _open(
    opener: Opener, context: Context, order: Order, profile: ConnectProfile, *, fresh: bool
) -> tuple[Connection, Proxy | None]:
    task_id = order.task.task_id
    try:
        connection, forward = await opener.open(order, profile, fresh=fresh)
    except ConfigError as error:  # TLS settings that cannot be used
        raise _refused(error) from error
    except ConnectError as error:
        profile.failure = error
        _log.warning("%s: no connection for task %d: %s", NAME, task_id, error)
        if context.observer.active:
            context.observer.emit(
                ShortlinkConnectFailed(
                    task_id=task_id,
                    hosts=order.hosts,
                    error=str(error),
                    seconds=context.clock.now() - profile.dns_start,
                )
            )
        dns = isinstance(error, DnsError)
        raise ExchangeError(
            str(error),
            ErrorType.DNS if dns else ErrorType.SOCKET,
            SocketCode.DNS_MAKE_SOCKET_PREPARED if dns else SocketCode.MAKE_SOCKET_PREPARED,
        ) from error
    if context.observer.active and not connection.reused:
        context.observer.emit(
            ShortlinkConnected(
                task_id=task_id,
                host=profile.host,
                ip=profile.ip,
                port=profile.port,
                source=profile.source,
                proxy=profile.proxy,
                index=profile.index,
                rtt=profile.rtt,
                dns=profile.dns_cost,
                connect=profile.connect_end - profile.connect_start,
                tls=profile.tls_cost,
            )
        )
    return connection, forward


def _refused(error: ConfigError) -> ExchangeError:
    return ExchangeError(str(error), ErrorType.LOCAL, LocalCode.TASK_PARAM, final=True)


def _keep(
    pool: Pool, connection: Connection, response: Response, order: Order, context: Context
) -> None:
    """Keep the connection, if the peer allows, or close it; and tell of the answer."""
    kept = response.keep_alive > 0 and connection.alive
    if context.observer.active:
        context.observer.emit(
            ShortlinkAnswered(
                task_id=order.task.task_id,
                cgi=order.task.cgi,
                address=str(connection.endpoint),
                status=response.status,
                location=response.location,
                size=len(response.body),
                reused=connection.reused,
                kept=kept,
            )
        )
    if kept:
        pool.put(connection, response.keep_alive)
    else:
        connection.abort()


def _status_words(response: Response, order: Order, connection: Connection) -> str:
    answer = f"{response.status} {response.reason}".strip()
    if response.location:
        return (
            f"{order.task.cgi} was moved to {response.location} ({answer}); "
            "set the short link's host and port accordingly"
        )
    if response.status == 407:
        return f"the proxy asks for another user name and password: correct them ({answer})"
    return f"{connection.endpoint} answered {order.task.cgi} with {answer}"
