"""The short link over QUIC, with netcore at the other end."""

import asyncio
import socket

import pytest

from app.server.quic import MAX_TICKETS, Tickets
from app.server.server import ListenError, Server
from app.server.settings import Limits, ServerSettings
from netcore.carriers import quic_connections
from netcore.carriers.quic import QuicSettings
from netcore.connect.endpoint import Endpoint
from netcore.connect.race import AttemptEnded, AttemptState
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import TaskError
from netcore.events import NetworkKind
from netcore.settings import Settings
from netcore.shortlink.link import ShortlinkAnswered
from netcore.task import Channel, Task
from tests.app.server.clients import HOST, integer, string


def settings_of(server, **quic):
    return Settings(
        shortlink_hosts=(HOST,),
        shortlink_port=server.shortlink_port,
        tls=TlsSettings(pins=frozenset({server.fingerprint})),
        quic=QuicSettings(enabled=True, **quic),
    )


def asking(idempotent=False):
    """The sample's list of conversations, which anybody may ask for."""
    return Task(
        cmdid=4,
        cgi="/mars/getconvlist",
        body=string(1, "t") + integer(2, 0),
        channel=Channel.SHORT,
        idempotent=idempotent,
    )


def watching(core):
    won, answered = [], []

    def note(event):
        if isinstance(event, AttemptEnded) and event.state is AttemptState.WON:
            won.append(event.address)
        if isinstance(event, ShortlinkAnswered):
            answered.append(event)

    core.observer.subscribe(note)
    return won, answered


async def test_every_task_has_a_stream_of_one_connection(start):
    house = await start(plain=False)
    async with NetCore(settings_of(house.server)) as core:
        won, answered = watching(core)
        first = await core.request(asking())
        rest = await asyncio.gather(*(core.request(asking()) for _ in range(20)))
        assert rest == [first] * 20
        assert set(won) == {f"{HOST}:{house.server.shortlink_port} (quic)"}
        assert not any(each.reused or each.kept for each in answered)
        assert len(house.server._quic._drivers) == 1


async def test_where_udp_is_closed_tcp_answers_and_quic_stays_off(start):
    house = await start(plain=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        settings = settings_of(house.server, port=silent.getsockname()[1], head_start=0.05)
        async with NetCore(settings) as core:
            won, _ = watching(core)
            await core.request(asking())
            assert won == [f"{HOST}:{house.server.shortlink_port}"]


async def test_without_quic_on_the_server_everything_goes_by_tcp(start):
    house = await start(plain=False, quic=False)
    assert house.server._quic is None
    async with NetCore(settings_of(house.server)) as core:
        won, _ = watching(core)
        await core.request(asking())
        assert won == [f"{HOST}:{house.server.shortlink_port}"]


async def test_another_process_on_the_udp_port_is_named(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        server = Server(
            ServerSettings(data=tmp_path, host=HOST, longlink_port=0, shortlink_port=port)
        )
        with pytest.raises(ListenError, match="--no-quic"):
            await server.start()


async def test_a_server_that_returns_without_memory_is_reached_again(start, tmp_path):
    house = await start(plain=False)
    port = house.server.shortlink_port
    async with NetCore(settings_of(house.server)) as core:
        await core.request(asking(idempotent=True))
        await house.server.close()
        again = Server(
            ServerSettings(
                data=house.server.settings.data, host=HOST, longlink_port=0, shortlink_port=port
            )
        )
        await again.start()
        try:
            assert await core.request(asking(idempotent=True))
        except TaskError as error:  # pragma: no cover
            pytest.fail(f"not reached again: {error}")
        finally:
            await again.close()


async def test_streams_count_as_connections_of_their_network(start):
    house = await start(plain=False, limits=Limits(max_connections_host=3))
    async with NetCore(settings_of(house.server)) as core:
        await core.request(asking())
        assert house.server.sockets <= 3


class Relay(asyncio.DatagramProtocol):
    """Takes datagrams to the server and back, until it is dark."""

    def __init__(self, port):
        self.target = (HOST, port)
        self.client = None
        self.dark = False

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if self.dark:
            return
        if addr != self.target:
            self.client = addr
        self.transport.sendto(data, self.client if addr == self.target else self.target)


async def test_a_way_that_went_dead_is_left_and_tcp_answers(start, monkeypatch):
    monkeypatch.setattr(quic_connections, "SILENT", 0.05)
    house = await start(plain=False)
    loop = asyncio.get_running_loop()
    transport, relay = await loop.create_datagram_endpoint(
        lambda: Relay(house.server.shortlink_port), local_addr=(HOST, 0)
    )
    port = transport.get_extra_info("sockname")[1]
    async with NetCore(settings_of(house.server, port=port)) as core:
        won, _ = watching(core)
        await core.request(asking())
        assert won == [f"{HOST}:{port} (quic)"]
        relay.dark = True
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(core.request(asking()), 0.3)
        await core.request(asking())
        assert won[-1] == f"{HOST}:{house.server.shortlink_port}"
        assert not core._context.quic.allowed()
        core.network_changed(NetworkKind.WIFI, "first")
        core.network_changed(NetworkKind.WIFI, "another")
        assert core._context.quic.allowed()
    transport.close()


async def test_a_task_that_is_stopped_is_no_fault_of_quic(start):
    house = await start(plain=False)
    async with NetCore(settings_of(house.server)) as core:
        await core.request(asking())
        core._context.quic.given_up(
            Endpoint(HOST, house.server.shortlink_port, HOST), core._context.tls, 0.0
        )
        assert core._context.quic.allowed()


def test_a_ticket_resumes_once_and_the_latest_are_kept():
    class Ticket:
        def __init__(self, label):
            self.ticket = label

    tickets = Tickets()
    for number in range(MAX_TICKETS + 1):
        tickets.keep(Ticket(b"%d" % number))
    assert tickets.take(b"0") is None
    found = tickets.take(b"1")
    assert found is not None
    assert tickets.take(b"1") is None
