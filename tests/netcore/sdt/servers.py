"""Small real servers for the checks to meet."""

import asyncio
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@asynccontextmanager
async def tcp_server(handle, ssl=None, *, host="127.0.0.1", port=0):
    """A listener; ``handle(reader, writer)`` talks. Gives the port."""
    writers = []

    async def connected(reader, writer):
        writers.append(writer)
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, host, port, ssl=ssl)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


def answering(data):
    """A handler that waits for something, says ``data`` and closes."""

    async def handle(reader, writer):
        await reader.read(65536)
        writer.write(data)
        await writer.drain()

    return handle


async def echo(reader, writer):
    """Says back what it hears: to a noop that is a right answer."""
    while data := await reader.read(65536):
        writer.write(data)


async def silent(reader, writer):
    """Never says anything."""
    await reader.read()


class _Dns(asyncio.DatagramProtocol):
    def __init__(self, records, rcode, garbage):
        self.records, self.rcode, self.garbage = records, rcode, garbage

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        if self.garbage:
            self.transport.sendto(data[:2] + b"\xff" * 9, peer)
            return
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        answer.set_rcode(self.rcode)
        name = query.question[0].name
        addresses = self.records.get(name.to_text().rstrip("."), [])
        if addresses:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", *addresses))
        elif self.rcode == dns.rcode.NOERROR and name.to_text().rstrip(".") not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), peer)


@asynccontextmanager
async def dns_server(records, rcode=dns.rcode.NOERROR, *, garbage=False, host="127.0.0.1", port=0):
    """A name server that knows ``records`` (name -> addresses). Gives the port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Dns(records, rcode, garbage), local_addr=(host, port)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def closed_port():
    """A port that nobody listens on."""
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    yield port
