"""A long link's life on real sockets, through NetCore."""

from __future__ import annotations

import struct

import pytest

from netcore.callbacks import Callbacks, Identify, IdentifyMode
from netcore.connect.race import RaceSettings
from netcore.core import LonglinkConfig, NetCore
from netcore.errors import DisconnectReason, ErrorType, SocketCode
from netcore.longlink.codec import Frame, MarsEncoder, encode
from netcore.longlink.heartbeat_runner import IdentifyAnswered
from netcore.longlink.link import (
    HeartbeatAnswered,
    HeartbeatMissed,
    HeartbeatSent,
    LinkState,
)
from netcore.observe import Event
from netcore.task import Task
from tests.netcore.longlink.watched import Watched
from tests.netcore.peers import (
    HOST,
    Connection,
    EchoPeer,
    GarbagePeer,
    Peer,
    SilentPeer,
    SlowPeer,
    black_hole,
    refusing_port,
)


async def test_a_link_that_comes_up_sends_a_heartbeat_and_measures_it():
    async with EchoPeer() as peer, Watched(peer.port) as core:
        up = await core.until_state(LinkState.CONNECTED)
        assert (up.ip, up.port) == (HOST, peer.port)
        await core.until(lambda each: isinstance(each, HeartbeatSent))
        answered = await core.until(lambda each: isinstance(each, HeartbeatAnswered))
        assert isinstance(answered, HeartbeatAnswered)
        assert 0 < answered.rtt < 5
        profile = core.longlink_profile()
        assert profile is not None
        assert profile.noops[0].ok
        assert profile.connect_end >= profile.dns_end >= profile.start > 0


async def test_heartbeats_go_out_after_silence():
    async with EchoPeer() as peer, Watched(peer.port, noop_interval=0.05) as core:
        await peer.until(lambda: peer.noops >= 4)
        assert core.longlink_connected()


async def test_an_unanswered_heartbeat_cuts_the_link_and_it_connects_anew():
    async with SilentPeer() as peer, Watched(peer.port, noop_timeout=0.1) as core:
        await core.until(lambda each: isinstance(each, HeartbeatMissed))
        down = await core.until_state(LinkState.DISCONNECTED)
        assert down.reason is DisconnectReason.NOOP_TIMEOUT
        assert (down.error_type, down.error_code) == (
            ErrorType.SOCKET,
            SocketCode.NOOP_TIMEOUT,
        )
        await peer.until(lambda: peer.total >= 2)


async def test_any_received_byte_proves_life():
    class Chatty(Peer):
        def on_data(self, connection: Connection, data: bytes) -> None:
            connection.transport.write(encode(Frame(10001, 0, b"a push, not the answer")))

    async with Chatty() as peer, Watched(peer.port, noop_timeout=0.1, noop_interval=0.05) as core:
        await core.until_state(LinkState.CONNECTED)
        count = 0

        def five_beats(event: Event) -> bool:
            nonlocal count
            count += isinstance(event, HeartbeatSent)
            return count >= 5

        await core.until(five_beats)
        assert core.longlink_connected()
        assert peer.total == 1


async def test_a_peer_that_closes_is_reconnected():
    async with EchoPeer() as peer, Watched(peer.port) as core:
        await peer.until(lambda: peer.noops == 1)
        peer.connections[0].transport.close()
        down = await core.until_state(LinkState.DISCONNECTED)
        assert down.reason is DisconnectReason.REMOTE_CLOSED
        assert down.error_code == SocketCode.SHUTDOWN
        await peer.until(lambda: peer.total == 2 and len(peer.connections) == 1)


async def test_a_reset_says_so():
    async with EchoPeer() as peer, Watched(peer.port) as core:
        await peer.until(lambda: peer.noops == 1)
        peer.connections[0].reset()
        down = await core.until_state(LinkState.DISCONNECTED)
        assert down.reason is DisconnectReason.REMOTE_CLOSED
        assert "reset" in down.detail.lower()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n" * 3, "client version"),
        (bytes(64), "client version 0"),
        (struct.pack(">IIIII", 20, 200, 3, 1, 1024 * 1024), "over the limit"),
        (encode(Frame(3, 1, b"x"), client_version=1), "client version 1"),
    ],
)
async def test_garbage_closes_the_link_with_the_reason(data: bytes, says: str):
    async with GarbagePeer(data) as peer, Watched(peer.port) as core:
        down = await core.until_state(LinkState.DISCONNECTED)
        assert down.reason is DisconnectReason.DECODE_ERROR
        assert down.error_type is ErrorType.NET_MSG_XP
        assert down.error_code == SocketCode.NET_MSG_XP_HANDLE_BUFFER
        assert says in down.detail


async def test_half_a_frame_and_silence_closes_the_link_with_the_reason():
    half = encode(Frame(10001, 0, b"x" * 100))[:50]
    async with GarbagePeer(half) as peer, Watched(peer.port, frame_timeout=0.1) as core:
        down = await core.until_state(LinkState.DISCONNECTED)
        assert down.reason is DisconnectReason.UNKNOWN_READ
        assert "half a frame (50 bytes)" in down.detail


async def test_an_answer_in_single_bytes_arrives_whole():
    async with SlowPeer(pause=0.001) as peer, Watched(peer.port) as core:
        assert await core.request(Task(cmdid=3, body=b"slowly")) == b"slowly"


async def test_a_refused_connect_fails_with_the_reason():
    async with Watched(refusing_port()) as core:
        failed = await core.until_state(LinkState.CONNECT_FAILED)
        assert failed.error_code == SocketCode.MAKE_SOCKET_PREPARED
        assert "refused" in failed.detail


async def test_of_several_addresses_the_living_one_wins():
    async with black_hole() as hole, EchoPeer() as peer:
        race = RaceSettings(stagger=0.05, interval=0.1)
        core = Watched(refusing_port(), hole, peer.port, race=race)
        async with core:
            up = await core.until_state(LinkState.CONNECTED)
            assert up.port == peer.port


async def test_an_address_that_accepts_but_does_not_answer_a_noop_loses_when_verified():
    async with SilentPeer() as silent, EchoPeer() as peer:
        core = Watched(
            silent.port,
            peer.port,
            race=RaceSettings(stagger=0.05),
            verify_connect=True,
        )
        async with core:
            up = await core.until_state(LinkState.CONNECTED)
            assert up.port == peer.port
        await silent.until(lambda: not silent.connections)


class Identified(Callbacks):
    def __init__(self, *modes: IdentifyMode, good: bool = True) -> None:
        self.modes = list(modes)
        self.good = good
        self.answers: list[tuple[str, bytes, bytes]] = []

    def identify_buffer(self, channel: str) -> Identify:
        mode = self.modes.pop(0) if self.modes else IdentifyMode.NEVER
        return Identify(mode, 26, b"who am i", b"hash")

    def on_identify_response(self, channel: str, body: bytes, hash: bytes) -> bool:
        self.answers.append((channel, body, hash))
        return self.good


async def test_the_identify_check_goes_in_place_of_the_first_heartbeat():
    callbacks = Identified(IdentifyMode.NOW)
    async with EchoPeer() as peer, Watched(peer.port, callbacks=callbacks) as core:
        await core.until(lambda each: isinstance(each, HeartbeatAnswered))
        assert peer.frames == [Frame(26, 0xFFFFFFFE, b"who am i")]
        assert peer.noops == 0
        assert callbacks.answers == [("default-longlink", b"who am i", b"hash")]
        assert [each.good for each in core.of(IdentifyAnswered)] == [True]


async def test_an_identify_check_for_later_comes_with_the_next_heartbeat():
    callbacks = Identified(IdentifyMode.NEXT, IdentifyMode.NOW)
    async with (
        EchoPeer() as peer,
        Watched(peer.port, callbacks=callbacks, noop_interval=0.05),
    ):
        await peer.until(lambda: len(peer.frames) == 1)
        assert peer.noops == 1


async def test_a_bad_identify_answer_checks_again():
    callbacks = Identified(IdentifyMode.NOW, IdentifyMode.NOW, good=False)
    async with (
        EchoPeer() as peer,
        Watched(peer.port, callbacks=callbacks, noop_interval=0.05),
    ):
        await peer.until(lambda: len(peer.frames) == 2)


async def test_a_link_of_its_own_speaks_through_its_own_encoder():
    class Reversed(MarsEncoder):
        def pack(self, cmdid: int, seq: int, body: bytes) -> bytes:
            return super().pack(cmdid, seq, body[::-1])

    async with EchoPeer() as main, EchoPeer() as other, Watched(main.port) as core:
        core.create_longlink(
            LonglinkConfig(
                name="other",
                hosts=(HOST,),
                ports=(other.port,),
                encoder=Reversed(200),
                group="side",
            )
        )
        task = Task(cmdid=3, body=b"abc", channel_name="other")
        assert await core.request(task) == b"cba"
        assert other.frames == [Frame(3, task.task_id, b"cba")]
        assert main.frames == []
        assert await core.destroy_longlink("other")
        await other.until(lambda: not other.connections)
        assert core.longlink_connected()


async def test_after_a_short_sleep_a_living_link_is_probed_and_kept():
    async with EchoPeer() as peer, Watched(peer.port) as core:
        await peer.until(lambda: peer.noops == 1)
        core.sleep()
        pretend_sleep(core, 600.0)
        core.wake()
        await peer.until(lambda: peer.noops == 2)
        assert peer.total == 1
        assert core.longlink_connected()


async def test_after_a_sleep_a_dead_link_is_found_by_the_probe():
    async with EchoPeer() as peer, Watched(peer.port, wake_probe_timeout=0.1) as core:
        await peer.until(lambda: peer.noops == 1)
        peer.mute = True
        pretend_sleep(core, 600.0)
        core.wake()
        down = await core.until_state(LinkState.DISCONNECTED)
        assert down.reason is DisconnectReason.NOOP_TIMEOUT
        await peer.until(lambda: peer.total == 2)


async def test_after_a_long_sleep_the_link_is_made_anew_at_once():
    async with EchoPeer() as peer, Watched(peer.port) as core:
        await peer.until(lambda: peer.noops == 1)
        pretend_sleep(core, 3600.0)
        core.wake()
        await peer.until(lambda: peer.total == 2)
        down = await core.until_state(LinkState.DISCONNECTED)
        assert down.reason is DisconnectReason.LINK_CHECK_TIMEOUT


def pretend_sleep(core: NetCore, seconds: float) -> None:
    """Age all that the main link remembers, as a clock that counted through sleep would."""
    carrier = core.longlinks.main
    assert carrier is not None
    carrier.link.session.last_received -= seconds
    carrier.link.session.last_written -= seconds
