"""One TCP connection to one endpoint, straight or through a proxy.

Mars: ``mars/comm/socket/tcpclient_fsm.cc`` and the tunnel state machines of
``mars/comm/socket/complexconnect.cc``. The HTTP tunnel speaks through h11 (RFC 9110 section 9.3.6),
SOCKS5 through python-socks (RFC 1928, RFC 1929).
"""

from __future__ import annotations

import asyncio
import base64
import errno
import os
import socket
from typing import NoReturn

import h11
import python_socks
from python_socks.async_.asyncio import Proxy as SocksProxy

from netcore import bounds
from netcore.connect import tcp_options
from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.race import mark
from netcore.connect.resolver import system_resolver
from netcore.errors import ConnectError, DnsError, ProxyError, system_errno

CONNECT_TIMEOUT = 10.0  # kLonglinkConnTimeout, seconds
_MAX_HEAD = 16 * 1024  # of a proxy's answer, as h11 limits it by default

_MEANINGS = {
    errno.ECONNREFUSED: "the connection was refused: nothing listens there",
    errno.ETIMEDOUT: "no answer: the connection timed out",
    errno.ENETUNREACH: "the network is unreachable: check the connection",
    errno.EHOSTUNREACH: "the host is unreachable",
    errno.ECONNABORTED: "the connection was broken off",
    errno.ECONNRESET: "the peer reset the connection",
    errno.EADDRNOTAVAIL: "this machine has no address of that kind (IPv4 or IPv6)",
    errno.EACCES: "a firewall on this machine forbids the connection",
    errno.EPERM: "a firewall on this machine forbids the connection",
    errno.EMFILE: "this program has too many files and sockets open",
}


async def dial(
    endpoint: Endpoint,
    *,
    proxy: Proxy | None = None,
    timeout: float = CONNECT_TIMEOUT,
    small_packets: bool = False,
) -> socket.socket:
    """A connected, non-blocking TCP socket to ``endpoint`` (:mod:`netcore.connect.tcp_options`).

    Goes through ``proxy`` unless the endpoint is a debug address, as in Mars. ``timeout`` in
    seconds bounds the whole. ``small_packets`` clamps their size, as is right on Wi-Fi. Cancelled
    or failing, it leaves no socket open.

    Raises :class:`~netcore.errors.ConnectError` (with the system's error as its cause) or
    :class:`~netcore.errors.ProxyError`, which says what to do.
    """
    if proxy is None or endpoint.source is AddressSource.DEBUG:
        try:
            async with asyncio.timeout(timeout):
                return await connect_tcp(endpoint.ip, endpoint.port, small_packets=small_packets)
        except TimeoutError as error:
            raise ConnectError(f"{endpoint}: no answer within {timeout:g} s") from error
        except OSError as error:
            raise ConnectError(f"{endpoint}: {meaning(error)}") from error
    try:
        async with asyncio.timeout(timeout):
            if proxy.kind == "http":
                return await _through_http(endpoint, proxy, small_packets)
            return await _through_socks5(endpoint, proxy)
    except TimeoutError as error:
        raise ProxyError(
            f"the proxy {proxy} gave no tunnel to {endpoint} within {timeout:g} s; "
            "check its address or connect without it"
        ) from error


async def connect_tcp(ip: str, port: int, *, small_packets: bool = False) -> socket.socket:
    """A connected, non-blocking, tuned socket to a numeric address; raises OSError."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        tcp_options.tune(sock)
        if small_packets:
            tcp_options.clamp_mss(sock)
        await loop.sock_connect(sock, _address(ip, port))
    except BaseException:
        sock.close()
        raise
    mark("tcp")
    return sock


def meaning(error: OSError) -> str:
    """What a socket's error means, in words that fit after an address."""
    known = _MEANINGS.get(system_errno(error))
    if known is not None:
        return known
    return error.strerror or (os.strerror(error.errno) if error.errno else "") or repr(error)


def _address(ip: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    if ":" not in ip:
        return ip, port
    bare, _, scope = ip.partition("%")
    if not scope:
        return ip, port, 0, 0
    return bare, port, 0, int(scope) if scope.isdigit() else socket.if_nametoindex(scope)


# ---------------------------------------------------------------------------- proxies


async def proxy_addresses(proxy: Proxy) -> list[str]:
    """The proxy's own addresses; raises :class:`~netcore.errors.ProxyError` when it has none."""
    try:
        answer = await system_resolver().resolve(proxy.host, timeout=CONNECT_TIMEOUT)
    except DnsError as error:
        raise ProxyError(
            f"the proxy {proxy} has no address that could be found; check its host name ({error})"
        ) from error
    return list(answer.addresses)


def _no_proxy(proxy: Proxy, error: OSError) -> NoReturn:
    raise ProxyError(
        f"the proxy {proxy} cannot be reached: {meaning(error)}; check its address and port"
    ) from error


async def _through_http(endpoint: Endpoint, proxy: Proxy, small_packets: bool) -> socket.socket:
    addresses = await proxy_addresses(proxy)
    for last, ip in _with_last(addresses):
        try:
            sock = await connect_tcp(ip, proxy.port, small_packets=small_packets)
            break
        except OSError as error:
            if last:
                _no_proxy(proxy, error)
    try:
        await _ask_http(sock, endpoint, proxy)
    except OSError as error:
        sock.close()
        raise ProxyError(f"the proxy {proxy} broke off: {meaning(error)}") from error
    except BaseException:
        sock.close()
        raise
    mark("proxy")
    return sock


async def _ask_http(sock: socket.socket, endpoint: Endpoint, proxy: Proxy) -> None:
    loop = asyncio.get_running_loop()
    talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    target = str(endpoint)
    headers = [("Host", target), ("Proxy-Connection", "keep-alive")]
    if proxy.username:
        login = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
        headers.append(("Proxy-Authorization", f"Basic {login}"))
    request = talk.send(h11.Request(method="CONNECT", target=target, headers=headers))
    end = talk.send(h11.EndOfMessage())
    await loop.sock_sendall(sock, (request or b"") + (end or b""))
    while True:
        try:
            event = talk.next_event()
            if event is h11.NEED_DATA:
                # One byte at a time: what follows the head belongs to the tunnel, and a socket
                # cannot take it back. A head is short, and mostly there already.
                byte = await loop.sock_recv(sock, 1)
                if not byte:
                    raise ProxyError(f"the proxy {proxy} closed the connection without an answer")
                talk.receive_data(byte)
                continue
        except h11.RemoteProtocolError as error:
            raise ProxyError(
                f"what answers at {proxy} is no HTTP proxy ({error}); check its kind and port"
            ) from error
        if isinstance(event, h11.Response):
            break
    if 200 <= event.status_code < 300:
        return
    raise ProxyError(_http_refusal(event.status_code, bytes(event.reason), endpoint, proxy))


def _http_refusal(status: int, reason: bytes, endpoint: Endpoint, proxy: Proxy) -> str:
    answer = f"{status} {bounds.words(reason)}".strip()
    if status == 407:
        todo = (
            "it refuses this user name and password: correct them"
            if proxy.username
            else "it asks for a user name and password: give them"
        )
        return f"the proxy {proxy}: {todo} in the proxy settings ({answer})"
    if status in (403, 405, 501):
        return f"the proxy {proxy} does not allow connections to {endpoint} ({answer})"
    if status in (502, 503, 504):
        return f"the proxy {proxy} could not reach {endpoint} ({answer})"
    return f"the proxy {proxy} gave no tunnel to {endpoint} ({answer})"


async def _through_socks5(endpoint: Endpoint, proxy: Proxy) -> socket.socket:
    addresses = await proxy_addresses(proxy)
    for last, ip in _with_last(addresses):
        client = SocksProxy(
            python_socks.ProxyType.SOCKS5,
            ip,
            proxy.port,
            proxy.username or None,
            proxy.password or None,
        )
        try:
            # Its own time-out is switched off by one longer than ours.
            sock: socket.socket = await client.connect(endpoint.ip, endpoint.port, timeout=1e6)
            break
        except python_socks.ProxyConnectionError as error:
            if last:
                _no_proxy(proxy, error)
        except python_socks.ProxyError as error:
            raise ProxyError(_socks_refusal(error, endpoint, proxy)) from error
        except OSError as error:
            raise ProxyError(f"the proxy {proxy} broke off: {meaning(error)}") from error
    tcp_options.tune(sock)
    mark("proxy")
    return sock


def _socks_refusal(error: python_socks.ProxyError, endpoint: Endpoint, proxy: Proxy) -> str:
    text = str(error)
    code = error.error_code
    if code in (3, 4, 5, 6):  # RFC 1928: unreachable, refused, TTL expired
        return f"the proxy {proxy} could not reach {endpoint} ({text})"
    if code == 2:
        return f"the proxy {proxy} does not allow connections to {endpoint} ({text})"
    if "authentication failure" in text:
        return (
            f"the proxy {proxy}: it refuses this user name and password: "
            "correct them in the proxy settings"
        )
    if "authentication method" in text and "Invalid" not in text:
        todo = "another kind of login than" if proxy.username else "a user name and password:"
        rest = "a user name and password" if proxy.username else "give them in the proxy settings"
        return f"the proxy {proxy} asks for {todo} {rest}"
    if "version" in text or "Malformed" in text or "Invalid" in text or "reserved" in text:
        return f"what answers at {proxy} is no SOCKS5 proxy ({text}); check its kind and port"
    if "closed" in text:
        return f"the proxy {proxy} closed the connection without an answer"
    return f"the proxy {proxy} gave no tunnel to {endpoint} ({text})"


def _with_last(addresses: list[str]) -> list[tuple[bool, str]]:
    return [(index == len(addresses) - 1, ip) for index, ip in enumerate(addresses)]
