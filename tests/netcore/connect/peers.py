"""Peers of every temper, on real sockets of this machine."""

import asyncio
import base64
import contextlib
import socket
import ssl
import sys

import psutil

from tests.support.tasks import own_tasks


def listening(backlog=100, family=socket.AF_INET, address="127.0.0.1"):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, 0))
    sock.listen(backlog)
    return sock


def refusing_port():
    """A port that nobody listens on (it was free a moment ago)."""
    with listening() as sock:
        return sock.getsockname()[1]


@contextlib.contextmanager
def black_hole():
    """A port that answers no SYN: its queue of unaccepted connections is full."""
    server = listening(backlog=0)
    fillers = []
    try:
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
            fillers.append(filler)
        yield server.getsockname()[1]
    finally:
        for each in (*fillers, server):
            each.close()


@contextlib.asynccontextmanager
async def serving(handle, ssl_context=None):
    """A server that runs ``handle(reader, writer)`` for each connection; gives its port.

    At the end every connection is cut and every handler has ended.
    """
    handlers = set()

    async def run(reader, writer):
        handlers.add(asyncio.current_task())
        try:
            await handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the test is over, or cut the connection
        finally:
            # Windows's loop writes later, and an abort would take back what was written.
            if sys.platform == "win32" and not asyncio.current_task().cancelling():
                writer.close()
            else:
                writer.transport.abort()
            handlers.discard(asyncio.current_task())

    server = await asyncio.start_server(run, "127.0.0.1", 0, ssl=ssl_context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in tuple(handlers):
            each.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()


async def echo(reader, writer):
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()


async def silent(reader, writer):
    await reader.read()


async def hang_up(reader, writer):
    writer.transport.abort()


def says(data):
    """A handler that says ``data`` at once, whatever it is asked."""

    async def handle(reader, writer):
        writer.write(data)
        await writer.drain()
        await reader.read()

    return handle


async def _pipe(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def _splice(reader, writer, host, port):
    inner_reader, inner_writer = await asyncio.open_connection(host, port)
    try:
        await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))
    finally:
        inner_writer.transport.abort()


class HttpProxy:
    """An HTTP proxy that knows CONNECT; ``login`` is "user:password"."""

    def __init__(self, login=None, extra=b"", pace=0):
        self.login = login
        self.extra = extra
        self.pace = pace  # write the head in pieces of this size
        self.heads = []

    async def __call__(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        lines = head.decode().split("\r\n")
        if self.login is not None:
            wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
            if f"Proxy-Authorization: {wanted}" not in lines:
                writer.write(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                    b'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
                )
                await writer.drain()
                return
        host, _, port = lines[0].split()[1].rpartition(":")
        answer = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n" + self.extra
        size = self.pace or len(answer)
        for at in range(0, len(answer), size):
            writer.write(answer[at : at + size])
            await writer.drain()
            await asyncio.sleep(0)
        await _splice(reader, writer, self.where(host.strip("[]")), int(port))

    def where(self, host):
        """Where a name leads; a proxy of names overrides this."""
        return host


class NamingProxy(HttpProxy):
    """A proxy that knows im.invalid, by which it means this machine."""

    def where(self, host):
        return "127.0.0.1" if host == "im.invalid" else host


class Socks5Proxy:
    """A SOCKS5 proxy; ``login`` is "user:password", ``reply`` the code of its answer."""

    def __init__(self, login=None, reply=0):
        self.login = login
        self.reply = reply
        self.targets = []

    async def __call__(self, reader, writer):
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 0 if self.login is None else 2
        if wanted not in methods:
            writer.write(b"\x05\xff")
            await writer.drain()
            return
        writer.write(bytes([5, wanted]))
        if wanted:
            _, size = await reader.readexactly(2)
            user = await reader.readexactly(size)
            (size,) = await reader.readexactly(1)
            password = await reader.readexactly(size)
            good = f"{user.decode()}:{password.decode()}" == self.login
            writer.write(b"\x01" + (b"\x00" if good else b"\x01"))
            if not good:
                await writer.drain()
                return
        kind = (await reader.readexactly(4))[3]
        assert kind in (1, 4)
        family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
        host = socket.inet_ntop(family, await reader.readexactly(size))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.targets.append((host, port))
        writer.write(bytes([5, self.reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        await writer.drain()
        if self.reply == 0:
            await _splice(reader, writer, host, port)


def server_tls(path, minimum=ssl.TLSVersion.TLSv1_3, maximum=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = minimum
    if maximum is not None:
        context.maximum_version = maximum
    context.load_cert_chain(path)
    return context


def sockets_of_this_process():
    """The inet sockets this process holds, as a comparable set."""
    found = psutil.Process().net_connections("inet")
    return {(each.fd, each.laddr, each.raddr) if each.fd < 0 else each.fd for each in found}


async def gone_back_to(before, tasks=1):
    """Wait until no socket but ``before`` is left and no task but our own; says what is left."""
    for _ in range(200):
        left = sockets_of_this_process() - before
        running = [each for each in own_tasks() if not each.done()]
        if not left and len(running) <= tasks:
            return True
        await asyncio.sleep(0.005)
    raise AssertionError(f"left open: sockets {left}, tasks {running}")
