"""One exchange on one connection (``mars/stn/src/shortlink.cc``).

:func:`exchange` takes a connection from the
:class:`~netcore.shortlink.connector.ShortLinkConnector` and lets it carry one request and its
answer::

    the peer...                                    ends the exchange with
    ---------------------------------------------  ----------------------------------------------
    has no address                                 DNS DNS_MAKE_SOCKET_PREPARED
    cannot be reached, fails TLS                   SOCKET MAKE_SOCKET_PREPARED (no retry for an
                                                   untrusted certificate: it stays the same)
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
from dataclasses import dataclass

from netcore.connect.endpoint import AddressSource, Carrier
from netcore.connect.proxy import Proxy
from netcore.errors import (
    CertificateError,
    ConfigError,
    ConnectError,
    ErrorType,
    Failure,
    LocalCode,
    TimeoutCode,
)
from netcore.links.context import Context
from netcore.observe import Event
from netcore.profile import AttemptProfile, ConnectProfile
from netcore.shortlink.codec import Response
from netcore.shortlink.connection import NAME, ExchangeError, ExchangeListener, HttpConnection
from netcore.shortlink.connector import RequestSpec, ShortLinkConnector
from netcore.shortlink.pool import Pool

_log = logging.getLogger("netcore.shortlink")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlinkConnected(Event):
    """A new connection of the short link; its stages in seconds, ``proxy`` "" when there is none.

    ``index`` is the winner's among the addresses, ``rtt`` its connect time.
    """

    task_id: int
    host: str
    ip: str
    port: int
    source: AddressSource
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


async def exchange(
    connector: ShortLinkConnector,
    pool: Pool,
    context: Context,
    spec: RequestSpec,
    profile: ConnectProfile,
    listener: ExchangeListener,
) -> tuple[Response, bool]:
    """Send an order and wait for a good answer, and whether it came on a kept connection.

    Raises :class:`ExchangeError`.
    """
    fresh = False
    while True:
        connection, forward = await _open(connector, context, spec, profile, fresh=fresh)
        try:
            request = connector.request(spec, connection.endpoint, forward)
        except BaseException as error:
            connection.abort()
            if isinstance(error, ConfigError):
                raise _refused(error) from error
            raise
        by_quic = connection.endpoint.carrier is Carrier.QUIC
        since = context.clock.now()
        try:
            response = await connection.exchange(request, listener)
        except asyncio.CancelledError:
            if by_quic:
                waited = context.clock.now() - since
                context.quic.given_up(connection.endpoint, context.tls, waited)
            raise
        except ExchangeError as error:
            if by_quic:
                context.quic.failed()
            if fresh or not (error.stale or (by_quic and spec.task.idempotent)):
                raise
            fresh = True
            profile.reused = False
            _log.info("%s was closed while it was kept: connecting anew", connection.endpoint)
            if context.observer.active:
                context.observer.emit(
                    ShortlinkStale(task_id=spec.task.task_id, address=str(connection.endpoint))
                )
            continue
        _keep(pool, connection, response, spec, context)
        if response.status != 200:
            why = _status_words(response, spec, connection)
            failure = Failure(ErrorType.HTTP, response.status, detail=why)
            raise ExchangeError(failure, reused=connection.reused)
        return response, connection.reused


async def _open(
    connector: ShortLinkConnector,
    context: Context,
    spec: RequestSpec,
    profile: ConnectProfile,
    *,
    fresh: bool,
) -> tuple[HttpConnection, Proxy | None]:
    task_id = spec.task.task_id
    try:
        connection, forward = await connector.open(spec, profile, fresh=fresh)
    except ConfigError as error:  # TLS settings that cannot be used
        raise _refused(error) from error
    except ConnectError as error:
        profile.failure = error
        _log.warning("%s: no connection for task %d: %s", NAME, task_id, error)
        if context.observer.active:
            context.observer.emit(
                ShortlinkConnectFailed(
                    task_id=task_id,
                    hosts=spec.hosts,
                    error=str(error),
                    seconds=context.clock.now() - profile.dns_start,
                )
            )
        raise ExchangeError(
            Failure.of_connect(error),
            final=isinstance(error, CertificateError),  # a second later it is the same one
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
    return ExchangeError(Failure.local(LocalCode.TASK_PARAM, str(error)), final=True)


def _keep(
    pool: Pool, connection: HttpConnection, response: Response, spec: RequestSpec, context: Context
) -> None:
    """Keep the connection, if the peer allows, or close it; and report the answer."""
    # A stream is for one task; its connection stays without being kept here.
    by_quic = connection.endpoint.carrier is Carrier.QUIC
    kept = response.keep_alive > 0 and connection.alive and not by_quic
    if context.observer.active:
        context.observer.emit(
            ShortlinkAnswered(
                task_id=spec.task.task_id,
                cgi=spec.task.cgi,
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


def _status_words(response: Response, spec: RequestSpec, connection: HttpConnection) -> str:
    answer = f"{response.status} {response.reason}".strip()
    if response.location:
        return (
            f"{spec.task.cgi} was moved to {response.location} ({answer}); "
            "set the short link's host and port accordingly"
        )
    if response.status == 407:
        return f"the proxy asks for another user name and password: correct them ({answer})"
    return f"{connection.endpoint} answered {spec.task.cgi} with {answer}"


def timeout_error(attempt: AttemptProfile, package_package: float) -> ExchangeError:
    """A time-out that struck an attempt, in words."""
    connect = attempt.connect
    where = NAME if connect is None or connect.endpoint is None else str(connect.endpoint)
    code = attempt.error_code
    if code == TimeoutCode.FIRST_PACKAGE:
        why = f"no byte of an answer within {attempt.first_package_timeout:.3g} s"
    elif code == TimeoutCode.PACKAGE_PACKAGE:
        why = f"{package_package:.3g} s of silence in the middle of an answer"
    elif code == TimeoutCode.READ_WRITE:
        why = f"no whole answer within {attempt.read_write_timeout:.3g} s"
    else:
        why = f"nothing to tell within {attempt.first_package_timeout:.3g} s of polling"
    return ExchangeError(Failure(attempt.error_type, code, detail=f"{where}: {why}"))
