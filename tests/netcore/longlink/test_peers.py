"""The long link and peers of every character, on real sockets: order of events, not of seconds."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from itertools import pairwise

import psutil
import pytest

from netcore.callbacks import Callbacks, Identify, IdentifyMode
from netcore.connect.endpoint import AddressSource
from netcore.connect.failback import BackupChecked, FailbackSettings
from netcore.connect.pace import RFC8305_PACE
from netcore.connect.proxy import Proxy
from netcore.connect.race import (
    AttemptEnded,
    AttemptStarted,
    AttemptState,
    RaceEnded,
    RaceSettings,
)
from netcore.connect.sources import EndpointReported
from netcore.core import LonglinkConfig
from netcore.engine.task_events import TaskEnded
from netcore.errors import ConnectError, DisconnectReason, LocalCode, TaskRefusedError
from netcore.longlink.codec import Frame
from netcore.longlink.hedged_reconnect import LinkStalled
from netcore.longlink.signalling import SignallingSent
from netcore.longlink.stall_detector import LinkStallSettings
from netcore.longlink.state import LinkState
from netcore.runtime.task_holder import TaskHolder
from netcore.task import IDENTIFY_TASK_ID, MAIN_LONGLINK, Channel, Task
from tests.netcore.connect.peers import HttpProxy, Socks5Proxy, serving
from tests.netcore.longlink.watched import Watched
from tests.netcore.peers import (
    HOST,
    Connection,
    EchoPeer,
    GarbagePeer,
    SilentPeer,
    SlowPeer,
    black_hole,
    refusing_port,
)
from tests.support.tasks import own_tasks

QUICK = RaceSettings(interval=0.3, stagger=0.03, timeout=20.0)


def winner(core: Watched) -> RaceEnded:
    (ended,) = core.of(RaceEnded)
    return ended


async def test_with_three_of_four_addresses_black_holed_the_fourth_starts_after_one_interval():
    async with AsyncExitStack() as stack:
        holes = [await stack.enter_async_context(black_hole()) for _ in range(3)]
        peer = await stack.enter_async_context(EchoPeer())
        core = await stack.enter_async_context(Watched(*holes, peer.port, race=QUICK))
        up = await core.until_state(LinkState.CONNECTED)
        assert up.port == peer.port
        started = core.of(AttemptStarted)
        assert [each.index for each in started] == [0, 1, 2, 3]
        assert QUICK.interval <= started[3].after
        assert winner(core).winner == 3
        # Nobody's time-out was waited for: the three are still running when the fourth has won.
        ends = core.of(AttemptEnded)
        assert ends[0].state is AttemptState.WON
        assert {each.state for each in ends[1:]} == {AttemptState.LOST}


async def test_an_address_that_was_overtaken_once_is_tried_last_from_then_on():
    async with AsyncExitStack() as stack:
        hole = await stack.enter_async_context(black_hole())
        peer = await stack.enter_async_context(EchoPeer())
        ranked = {"longlink_debug_ip": ""}
        pace = RaceSettings(interval=1.0, stagger=1.0)  # a busy machine's connect may take a while
        core = await stack.enter_async_context(Watched(hole, peer.port, race=pace, more=ranked))

        async def winner_of(number: int) -> int:
            if number > 1:
                core.redo_tasks()
            await core.until(lambda _: len(core.of(RaceEnded)) == number)
            return core.of(RaceEnded)[-1].winner

        races = 1
        while await winner_of(races) != 1:  # until chance puts the dead one first
            races += 1
            assert races < 50
        [bad] = [each for each in core.of(EndpointReported) if not each.ok]
        assert bad.address == f"{HOST}:{hole}"
        assert [await winner_of(races + more) for more in range(1, 6)] == [0] * 5


async def test_by_rfc_8305_the_fourth_starts_three_quarters_of_a_second_after_the_first():
    async with AsyncExitStack() as stack:
        holes = [await stack.enter_async_context(black_hole()) for _ in range(3)]
        peer = await stack.enter_async_context(EchoPeer())
        core = await stack.enter_async_context(Watched(*holes, peer.port, race=RFC8305_PACE))
        await core.until_state(LinkState.CONNECTED)
        afters = [each.after for each in core.of(AttemptStarted)]
        assert all(b - a >= 0.25 for a, b in pairwise(afters))
        assert afters[3] < RFC8305_PACE.interval


async def test_refusing_addresses_cost_no_interval():
    async with EchoPeer() as peer:
        dead = [refusing_port() for _ in range(3)]
        race = RaceSettings(interval=60.0, stagger=60.0)
        async with Watched(*dead, peer.port, race=race) as core:
            up = await core.until_state(LinkState.CONNECTED)
            assert up.port == peer.port
            assert [each.state for each in core.of(AttemptEnded)] == [AttemptState.FAILED] * 3 + [
                AttemptState.WON
            ]


async def test_silent_and_garbage_speaking_peers_lose_to_one_that_answers_a_noop():
    async with (
        SilentPeer() as silent,
        GarbagePeer(b"HTTP/1.1 400\r\n\r\n") as rude,
        SlowPeer() as slow,
    ):
        ports = silent.port, rude.port, slow.port
        async with Watched(*ports, race=QUICK, verify_connect=True) as core:
            up = await core.until_state(LinkState.CONNECTED)
            assert up.port == slow.port
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
        await silent.until(lambda: not silent.connections)
        await rude.until(lambda: not rude.connections)


async def test_a_peer_that_dies_while_a_frame_is_half_sent_loses_no_task():
    class HalfPeer(EchoPeer):
        def on_data(self, connection: Connection, data: bytes) -> None:
            if self.total > 1:
                super().on_data(connection, data)
                return
            for frame in connection.decoder.feed(data):
                if frame.cmdid != 6:
                    connection.transport.write(b"\0\0\0\x14\0\0\0\xc8\0\0")
                    connection.transport.close()

    async with HalfPeer() as peer, Watched(peer.port) as core:
        await core.until_state(LinkState.CONNECTED)
        assert await core.request(Task(cmdid=3, body=b"kept")) == b"kept"
        assert core.of_reasons() == [DisconnectReason.REMOTE_CLOSED]


async def test_tasks_of_one_turn_leave_in_one_write_in_the_order_of_their_priority(
    holder: TaskHolder,
):
    reads: list[int] = []

    class Counting(EchoPeer):
        def on_data(self, connection: Connection, data: bytes) -> None:
            reads.append(len(data))
            super().on_data(connection, data)

    async with Counting() as peer, Watched(peer.port) as core:
        await peer.until(lambda: peer.noops == 1)
        reads.clear()
        waiting = [
            holder.start(core.request(Task(cmdid=3, body=bytes([n]), priority=priority)), "task")
            for n, priority in enumerate((3, 1, 5, 0, 1))
        ]
        await asyncio.gather(*waiting)
        assert len(reads) == 1
        assert [frame.body[0] for frame in peer.frames] == [3, 1, 4, 0, 2]


async def test_several_links_come_and_go_at_run_time():
    async with EchoPeer() as main, EchoPeer() as one, EchoPeer() as two, Watched(main.port) as core:
        core.sources.settings.longlink_debug_ip = ""
        for name, peer in (("one", one), ("two", two)):
            core.create_longlink(
                LonglinkConfig(name=name, hosts=(HOST,), ports=(peer.port,), group=name)
            )
            task = Task(cmdid=3, body=name.encode(), channel_name=name)
            assert await core.request(task) == name.encode()
        core.mark_main_longlink("two")
        assert await core.request(Task(cmdid=4, body=b"to the main one")) == b"to the main one"
        assert [frame.cmdid for frame in two.frames] == [3, 4]
        assert await core.destroy_longlink("one")
        assert not await core.destroy_longlink("one")
        await one.until(lambda: not one.connections)
        assert core.longlinks.names == ("default-longlink", "two")
        last = [each for each in core.events if getattr(each, "link", "") == "one"][-1]
        assert last.reason is DisconnectReason.DESTROYED  # type: ignore[attr-defined]
    for peer in (main, one, two):
        assert not peer.connections


async def test_a_minor_link_comes_up_with_the_first_task_that_names_its_host():
    class Who(Callbacks):
        def identify_buffer(self, channel: str) -> Identify:
            return Identify(IdentifyMode.NOW, 0x101, channel.encode())

    async with EchoPeer() as peer, Watched(peer.port, callbacks=Who()) as core:
        await core.until_state(LinkState.CONNECTED)
        minor = Task(cmdid=3, body=b"x", channel=Channel.MINOR_LONG, minorlong_hosts=[HOST])
        assert await core.request(minor) == b"x"
        assert core.longlinks.names == (MAIN_LONGLINK, HOST)
        assert peer.total == 2
        either = Task(cmdid=3, cgi="/x", body=b"y", channel=Channel.ALL, minorlong_hosts=[HOST])
        assert await core.request(either) == b"y"
        ends = core.of(TaskEnded)
        assert [(each.channel, each.channel_name) for each in ends] == [
            (Channel.MINOR_LONG, HOST)
        ] * 2
        identified = {frame.cmdid for frame in peer.frames if frame.seq == IDENTIFY_TASK_ID}
        assert identified == {0x101, 0xFF000101}  # the minor link's own mark
        await core.destroy_longlink(HOST)
        await peer.until(lambda: len(peer.connections) == 1)
        other = Task(cmdid=3, body=b"z", channel=Channel.MINOR_LONG)
        with pytest.raises(TaskRefusedError) as caught:
            await core.request(other)  # it names no host
        assert caught.value.code == LocalCode.LONGLINK_UNAVAILABLE


async def test_a_large_body_over_a_slow_line_is_neither_doubted_nor_sent_twice():
    """The peer reads in small sips; until it has the whole frame it cannot answer."""

    class Sipping(EchoPeer):
        def on_connect(self, connection: Connection) -> None:
            connection.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, 4096
            )

        def on_data(self, connection: Connection, data: bytes) -> None:
            super().on_data(connection, data)
            if len(data) > 1000:
                connection.transport.pause_reading()
                asyncio.get_running_loop().call_later(0.01, connection.transport.resume_reading)

    body = bytes(200_000)
    stall = LinkStallSettings(silence=0.0, patience=0.05, timeout=0.05)
    async with Sipping() as peer, Watched(peer.port, stall=stall) as core:
        await peer.until(lambda: peer.noops == 1)
        assert await core.request(Task(cmdid=3, body=body)) == body
        assert peer.total == 1
        assert not core.of(LinkStalled)


# -- signalling


async def test_signalling_over_tcp_goes_out_while_it_is_quiet_and_ends_by_itself():
    async with (
        EchoPeer(answer=lambda connection, frame: None) as peer,
        Watched(
            peer.port, signalling_udp=False, signalling_period=0.02, signalling_keep=0.1
        ) as core,
    ):
        await peer.until(lambda: peer.noops == 1)
        core.keep_signalling()
        await peer.until(lambda: len(peer.frames) >= 3)
        assert set(peer.frames) == {Frame(243, 0xFFFFFFFD, b"")}
        main = core.longlinks.main
        assert main is not None
        for _ in range(500):
            if not main.reconnector.signalling.keeping:
                break
            await asyncio.sleep(0.01)
        assert not main.reconnector.signalling.keeping
        told = core.of(SignallingSent)
        assert len(told) >= 3
        assert not any(each.udp for each in told)


async def test_signalling_over_udp_goes_to_the_link_s_address_and_can_be_stopped():
    loop = asyncio.get_running_loop()
    got: asyncio.Queue[bytes] = asyncio.Queue()

    class Ear(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, address: object) -> None:
            got.put_nowait(data)

    async with EchoPeer() as peer:
        ear, _ = await loop.create_datagram_endpoint(Ear, local_addr=(HOST, peer.port))
        async with Watched(peer.port, signalling_period=0.02, signalling_keep=60.0) as core:
            await peer.until(lambda: peer.noops == 1)
            core.keep_signalling()
            for _ in range(3):
                data = await got.get()
                assert data == MARS_SIGNAL
            core.stop_signalling()
            signals = core.of(SignallingSent)
            assert len(signals) >= 3
            assert all(each.udp for each in signals)
            assert not peer.frames
        ear.close()


MARS_SIGNAL = bytes.fromhex("00000014 000000c8 000000f3 00000000 00000000")


# -- proxies


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_the_link_comes_up_through_a_proxy_with_a_login(kind: str):
    make = HttpProxy("user:secret") if kind == "http" else Socks5Proxy("user:secret")
    async with EchoPeer() as peer, serving(make) as port:
        proxy = Proxy(kind, HOST, port, "user", "secret")  # type: ignore[arg-type]
        more = {"proxy": proxy, "longlink_debug_ip": ""}
        async with Watched(peer.port, more=more) as core:
            up = await core.until_state(LinkState.CONNECTED)
            assert up.proxy == f"{kind}://{HOST}:{port}"
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"


async def test_a_wrong_login_is_told_with_what_to_do():
    async with EchoPeer() as peer, serving(HttpProxy("user:secret")) as port:
        more = {"proxy": Proxy("http", HOST, port, "user", "wrong"), "longlink_debug_ip": ""}
        async with Watched(peer.port, more=more) as core:
            failed = await core.until_state(LinkState.CONNECT_FAILED)
            assert "correct them in the proxy settings" in failed.detail
        assert not peer.total


# -- measuring


async def test_the_addresses_of_a_link_can_be_measured_the_fastest_first():
    async with SilentPeer() as silent, EchoPeer() as peer:
        async with Watched(refusing_port(), peer.port, silent.port) as core:
            await core.until_state(LinkState.CONNECTED)
            fast, *dead = await core.speed_test(timeout=1.0)
            assert fast.endpoint.port == peer.port
            assert 0 < fast.total < float("inf")
            assert len(dead) == 2
            assert all(each.error for each in dead)
            with pytest.raises(ConnectError):
                await core.speed_test("no such link")
        await silent.until(lambda: not silent.connections)


# -- cancellation


@pytest.mark.parametrize("moment", range(12))
async def test_closed_at_any_moment_of_connecting_no_socket_is_left(moment: int):
    async with SilentPeer() as silent, EchoPeer() as peer, black_hole() as hole:
        before = sockets()
        core = Watched(hole, silent.port, peer.port, race=QUICK, verify_connect=True)
        await core.start()
        for _ in range(moment):
            await asyncio.sleep(0.003 * moment)
        await core.close()
        await silent.until(lambda: not silent.connections)
        await peer.until(lambda: not peer.connections)
        assert sockets() <= before + 2  # those of peers that have not noticed yet
        assert [each for each in own_tasks() if "netcore" in each.get_name()] == []


def sockets() -> int:
    return len(psutil.Process().net_connections("inet"))


# -- the way back from a backup address


async def test_any_link_on_a_backup_address_looks_for_its_way_back():
    async with EchoPeer() as backup:
        more = {
            "longlink_debug_ip": "",
            "backup_ips": {"im.example": (HOST,)},
            "timer_check": FailbackSettings(period=0.1),
        }
        async with Watched(backup.port, more=more) as core:
            core.sources.new_dns = lambda host, longlink, extra: ("127.0.0.77",)
            core.create_longlink(
                LonglinkConfig(name="other", hosts=("im.example",), ports=(backup.port,))
            )
            checked = await core.until(lambda each: isinstance(each, BackupChecked))
            assert isinstance(checked, BackupChecked)
            assert (checked.host, checked.address) == ("im.example", f"127.0.0.77:{backup.port}")
            assert core.longlink_connected("other")
            await core.destroy_longlink("other")


async def test_from_a_backup_address_the_link_goes_back_when_the_first_one_answers_again():
    with socket.socket() as reserved:
        reserved.bind((HOST, 0))
        port = reserved.getsockname()[1]
    more = {
        "longlink_hosts": ("im.example",),
        "longlink_debug_ip": "",
        "backup_ips": {"im.example": (HOST,)},
        "timer_check": FailbackSettings(period=0.1),
    }

    async with EchoPeer(port=port) as backup:
        core = Watched(port, more=more)
        core.sources.new_dns = lambda host, longlink, extra: ("127.0.0.77",)
        async with core:
            up = await core.until_state(LinkState.CONNECTED)
            assert (up.ip, up.source) == (HOST, AddressSource.BACKUP)
            checked = await core.until(lambda each: isinstance(each, BackupChecked))
            assert isinstance(checked, BackupChecked)
            assert (checked.ok, checked.address) == (False, f"127.0.0.77:{port}")
            loop = asyncio.get_running_loop()
            first = EchoPeer(port=port)
            server = await loop.create_server(lambda: Connection(first), "127.0.0.77", port)
            await first.until(lambda: first.total >= 2 and first.noops >= 2)
            assert DisconnectReason.TIME_CHECK_SUCCESS in core.of_reasons()
            profile = core.longlink_profile()
            assert profile is not None
            assert (profile.ip, profile.source) == ("127.0.0.77", AddressSource.NEWDNS)
            await backup.until(lambda: not backup.connections)
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
        server.close()
