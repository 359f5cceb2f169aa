"""QUIC streams as transports, between two real ends over loopback UDP."""

import asyncio
import contextlib
import socket

import pytest
from aioquic.asyncio.server import QuicServer
from aioquic.quic.configuration import QuicConfiguration

from netcore.carriers.quic import ALPN, QuicSettings
from netcore.carriers.quic_driver import QuicDriver, connect_quic
from netcore.connect.certificate import load_or_make
from netcore.connect.endpoint import Carrier, Endpoint
from netcore.connect.tls import TlsSettings
from netcore.errors import CertificateError, ConnectError

SETTINGS = QuicSettings(enabled=True, connect_timeout=5.0)


class Upper(asyncio.Protocol):
    def __init__(self):
        self.transport = None
        self.data = bytearray()
        self.changed = asyncio.Event()
        self.ended = asyncio.Event()
        self.lost = asyncio.get_running_loop().create_future()
        self.pauses = self.resumes = 0

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.data += data
        self.changed.set()

    def eof_received(self):
        self.ended.set()

    def connection_lost(self, exc):
        self.lost.set_result(exc)

    def pause_writing(self):
        self.pauses += 1

    def resume_writing(self):
        self.resumes += 1
        self.changed.set()

    async def has(self, count):
        while len(self.data) < count:
            self.changed.clear()
            await self.changed.wait()
        return bytes(self.data)


class Echo(Upper):
    def data_received(self, data):
        super().data_received(data)
        self.transport.write(data)


class Peer:
    """A QUIC server on loopback with a certificate of its own."""

    def __init__(self, folder, accept=Echo):
        self.certificate = load_or_make(folder)
        self.streams = []
        self.drivers = []
        self.tickets = {}
        self._accept = accept

    def accept(self):
        self.streams.append(self._accept())
        return self.streams[-1]

    def driver(self, quic, stream_handler=None):
        self.drivers.append(QuicDriver(quic, accept=self.accept))
        return self.drivers[-1]

    async def __aenter__(self):
        configuration = QuicConfiguration(is_client=False, alpn_protocols=[ALPN])
        configuration.load_cert_chain(self.certificate.path, self.certificate.path)
        loop = asyncio.get_running_loop()
        self.transport, self.server = await loop.create_datagram_endpoint(
            lambda: QuicServer(
                configuration=configuration,
                create_protocol=self.driver,
                session_ticket_fetcher=lambda key: self.tickets.get(key),
                session_ticket_handler=lambda ticket: self.tickets.update({ticket.ticket: ticket}),
            ),
            local_addr=("127.0.0.1", 0),
        )
        self.port = self.transport.get_extra_info("sockname")[1]
        return self

    @property
    def tls(self):
        return TlsSettings(pins=frozenset({self.certificate.fingerprint}))

    async def connect(self, port=None, tls=None, **options):
        endpoint = Endpoint("127.0.0.1", port or self.port, "im.example")
        return await connect_quic(endpoint, tls or self.tls, SETTINGS, **options)

    async def __aexit__(self, *_):
        self.server.close()


async def finish(driver):
    driver.close()
    await driver.gone


@pytest.fixture
async def peer(tmp_path):
    async with Peer(tmp_path) as made:
        yield made


async def test_each_stream_is_a_transport_of_its_own(peer):
    driver = await peer.connect()
    uppers = [Upper() for _ in range(20)]
    streams = [driver.open(upper) for upper in uppers]  # all of them before the first byte
    for number, stream in reversed(list(enumerate(streams))):
        stream.write(b"task %d" % number)
    for number, upper in enumerate(uppers):
        wanted = b"task %d" % number
        assert await upper.has(len(wanted)) == wanted
    first = uppers[0].transport
    assert first.get_extra_info("carrier") is Carrier.QUIC
    assert first.get_extra_info("peername")[:2] == ("127.0.0.1", peer.port)
    assert first.get_extra_info("sockname")[1] > 0
    assert driver.streams == 20
    await finish(driver)
    assert [type(await upper.lost) for upper in uppers] == [ConnectionResetError] * 20


async def test_a_megabyte_comes_whole_and_back_pressure_is_reported(peer):
    driver = await peer.connect()
    upper = Upper()
    stream = driver.open(upper)
    stream.set_write_buffer_limits(high=0)
    body = bytes(range(256)) * 4096
    stream.write(body)
    assert upper.pauses == 1
    assert await upper.has(len(body)) == body
    while not upper.resumes:  # the last bytes are acknowledged a little later
        upper.changed.clear()
        await upper.changed.wait()
    assert stream.get_write_buffer_size() == 0
    await finish(driver)


async def test_a_stream_that_is_closed_ends_at_the_peer_and_leaves_the_others(peer):
    driver = await peer.connect()
    one, other = Upper(), Upper()
    driver.open(one).write(b"one")
    await one.has(3)
    one.transport.close()
    assert await one.lost is None
    await peer.streams[0].ended.wait()
    driver.open(other).write(b"other")
    assert await other.has(5) == b"other"
    await finish(driver)


async def test_a_stream_that_is_given_up_is_reset_at_the_peer(peer):
    driver = await peer.connect()
    one = Upper()
    driver.open(one).write(b"one")
    await one.has(3)
    one.transport.abort()
    assert isinstance(await peer.streams[0].lost, ConnectionResetError)
    assert driver.streams == 0
    await finish(driver)


async def test_another_certificate_than_the_pinned_one_is_refused_with_its_fingerprint(peer):
    with pytest.raises(CertificateError) as caught:
        await peer.connect(tls=TlsSettings(pins=frozenset({"ab" * 32})))
    assert caught.value.fingerprint == peer.certificate.fingerprint
    assert peer.streams == []


async def test_a_certificate_that_no_authority_signed_is_refused(peer):
    with pytest.raises(ConnectError, match="QUIC"):
        await peer.connect(tls=TlsSettings())
    assert peer.streams == []


async def test_a_silent_port_is_given_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        endpoint = Endpoint("127.0.0.1", silent.getsockname()[1])
        hasty = QuicSettings(enabled=True, connect_timeout=0.05)
        with pytest.raises(ConnectError, match=r"no answer by QUIC within 0\.05 s"):
            await connect_quic(endpoint, TlsSettings(), hasty)


async def test_a_ticket_resumes_and_carries_early_data(peer):
    tickets = []
    driver = await peer.connect(on_ticket=tickets.append)
    upper = Upper()
    driver.open(upper).write(b"first")
    await upper.has(5)
    assert not driver.resumed
    await finish(driver)
    assert tickets

    again = await peer.connect(ticket=tickets[-1], early=True)
    assert not again.established.done()
    early = Upper()
    again.open(early).write(b"early")
    assert await early.has(5) == b"early"
    await again.established
    assert again.resumed
    await finish(again)


async def test_early_data_that_the_peer_does_not_take_are_not_lost(peer, tmp_path):
    tickets = []
    driver = await peer.connect(on_ticket=tickets.append)
    upper = Upper()
    driver.open(upper).write(b"first")
    await upper.has(5)
    await finish(driver)
    peer.tickets.clear()  # as after a restart of the server
    again = await peer.connect(ticket=tickets[-1], early=True)
    early = Upper()
    again.open(early).write(b"early")
    arrived = asyncio.ensure_future(early.has(5))  # noqa: TID251
    await asyncio.wait([arrived, early.lost], return_when=asyncio.FIRST_COMPLETED)
    # Either it was sent again after the handshake, or the stream says that it failed.
    assert bytes(early.data) == b"early" or isinstance(early.lost.result(), Exception)
    arrived.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await arrived
    await finish(again)


class Rebinding(asyncio.DatagramProtocol):
    """A NAT: takes the client's datagrams to the peer from a port that can change."""

    def __init__(self, target):
        self.target = target
        self.client = None
        self.outside = None

    def connection_made(self, transport):
        self.inside = transport

    async def rebind(self):
        nat = self

        class Outside(asyncio.DatagramProtocol):
            def datagram_received(self, data, addr):
                nat.inside.sendto(data, nat.client)

        old = self.outside
        loop = asyncio.get_running_loop()
        self.outside, _ = await loop.create_datagram_endpoint(Outside, local_addr=("127.0.0.1", 0))
        if old is not None:
            old.close()

    def datagram_received(self, data, addr):
        self.client = addr
        self.outside.sendto(data, self.target)


async def test_a_connection_goes_on_from_a_new_address(peer):
    loop = asyncio.get_running_loop()
    transport, nat = await loop.create_datagram_endpoint(
        lambda: Rebinding(("127.0.0.1", peer.port)), local_addr=("127.0.0.1", 0)
    )
    await nat.rebind()
    driver = await peer.connect(port=transport.get_extra_info("sockname")[1])
    before = Upper()
    driver.open(before).write(b"before")
    await before.has(6)
    await nat.rebind()  # the NAT forgets, or the laptop changes networks
    after = Upper()
    driver.open(after).write(b"after")
    assert await after.has(5) == b"after"
    assert len(peer.drivers) == 1
    await finish(driver)
    nat.outside.close()
    transport.close()


async def test_noise_on_the_port_harms_nobody(peer):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        for data in (b"", b"x", bytes(1200), b"\xc0" + bytes(1300), b"\xff" * 1500):
            noise.sendto(data, ("127.0.0.1", peer.port))
    driver = await peer.connect()
    upper = Upper()
    driver.open(upper).write(b"still here")
    assert await upper.has(10) == b"still here"
    await finish(driver)


async def test_a_stream_on_a_connection_that_ended_is_refused(peer):
    driver = await peer.connect()
    await finish(driver)
    assert not driver.usable
    with pytest.raises(ConnectError):
        driver.open(Upper())
