"""A NetCore in virtual time, on a network that is only imagined.

::

    def test_...():
        async def scene(world):
            async with world.core() as core:
                await asyncio.sleep(3600)      # takes no time
        in_world(scene, forgets=300.0)

The link, its policies and its timers are the real ones; only the wires are not.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from netcore.callbacks import Callbacks
from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ConnectError, DisconnectReason
from netcore.events import NetworkKind
from netcore.links.wire import Wire
from netcore.longlink.codec import Decoder, Frame, MarsEncoder, encode
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.connector import LinkAddresses
from netcore.longlink.heartbeat import HeartbeatSettings
from netcore.longlink.managed import ManagedLongLink
from netcore.longlink.state import LinkState, LinkStateChanged
from netcore.observe import Event
from netcore.profile import ConnectProfile
from netcore.settings import LonglinkSettings, PolicySettings, Settings
from tests.support.virtual import run_virtual

E = TypeVar("E", bound=Event)
START = 1_700_000_000.0
DEAF = 99  # a cmdid that the server of a DeafWorld never answers


class LoopClock:
    """The virtual loop's time; ``skip`` lets the machine sleep, which the loop does not see."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._slept = 0.0

    def now(self) -> float:
        return self._loop.time() + self._slept

    def wall(self) -> float:
        return START + self.now()

    def skip(self, seconds: float) -> None:
        self._slept += seconds


class World:
    """The network and the server at its other end.

    ``latency`` is one way; ``forgets`` the silence after which a connection's packets vanish;
    ``connect_takes`` until a connect succeeds, infinite: it hangs, negative: it is refused.
    ``works`` is how long the server works on a request, heartbeats it answers at once.
    """

    def __init__(
        self, *, latency: float = 0.02, forgets: float = float("inf"), works: float = 0.0
    ) -> None:
        self.latency = latency
        self.forgets = forgets
        self.works = works
        self.connect_takes = 2 * latency
        self.clock = LoopClock()
        self.pipes: list[Pipe] = []
        self.connects: list[float] = []  # when each connect began
        self.cancelled = 0
        self.requests: list[Frame] = []
        self.noops = 0
        self.events: list[Event] = []
        self._loop = asyncio.get_running_loop()

    def core(
        self,
        *,
        folder: Path | None = None,
        callbacks: Callbacks | None = None,
        settings: LonglinkSettings | None = None,
        policies: PolicySettings | None = None,
        heartbeat: HeartbeatSettings | None = None,
        told: bool = True,
    ) -> WorldCore:
        """``told``: whether the platform says at once which network it is on."""
        core = WorldCore(
            self,
            folder,
            callbacks,
            settings or LonglinkSettings(),
            policies or PolicySettings(),
            heartbeat or HeartbeatSettings(),
        )
        core.observer.subscribe(self.events.append)
        if told:
            core.network_changed(NetworkKind.WIFI, "home")
        return core

    async def connect(self, profile: ConnectProfile) -> Wire:
        self.connects.append(self.clock.now())
        profile.ip, profile.port, profile.endpoint = "10.0.0.1", 1, ADDRESS
        try:
            if self.connect_takes < 0:
                raise ConnectError("refused")
            if self.connect_takes == float("inf"):
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(self.connect_takes)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        profile.rtt = self.connect_takes
        wire = Wire(self._loop)
        wire.connection_made(self.pipe(wire))
        return wire

    def pipe(self, wire: Wire) -> Pipe:
        return Pipe(self, wire)

    def of(self, kind: type[E]) -> list[E]:
        return [each for each in self.events if isinstance(each, kind)]

    def downs(self) -> list[LinkStateChanged]:
        down = LinkState.DISCONNECTED
        return [each for each in self.of(LinkStateChanged) if each.state is down]

    def reasons(self) -> list[DisconnectReason]:
        return [each.reason for each in self.downs()]

    @property
    def open(self) -> list[Pipe]:
        return [each for each in self.pipes if not each.closed]


ADDRESS = Endpoint("10.0.0.1", 1, "10.0.0.1", AddressSource.DNS)


class _Socket:
    """Answers what :mod:`netcore.links.tcp_info` asks."""

    type = socket.SOCK_STREAM

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        numbers = [0] * 24
        numbers[4] = self._pipe.unacked
        return struct.pack("=8B24I44x", *[0] * 8, *numbers)


class Pipe(asyncio.Transport):
    """One connection; ``dead`` lets all packets vanish, ``held`` holds back the answers."""

    def __init__(self, world: World, wire: Wire) -> None:
        super().__init__({"socket": _Socket(self)})
        self.world = world
        self.wire = wire
        self.dead = False
        self.unacked = 1  # segments that the peer's system has not acknowledged, as ours knows
        self.held: list[bytes] | None = None  # where answers wait for `release`
        self.closed = False
        self.sent = 0  # bytes
        self.received = 0
        self._loop = asyncio.get_running_loop()
        self._decoder = Decoder(200)
        self._last = world.clock.now()
        world.pipes.append(self)

    def write(self, data: bytes) -> None:  # type: ignore[override]
        if not self.closed and self._passes():
            self.sent += len(data)
            self._loop.call_later(self.world.latency, self._arrive, bytes(data))

    def _passes(self) -> bool:
        now = self.world.clock.now()
        if now - self._last > self.world.forgets:
            self.dead = True
        self._last = now
        return not self.dead

    def _arrive(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            if frame.cmdid == 6:
                self.world.noops += 1
                self.answer(frame)
            else:
                self.world.requests.append(frame)
                self._loop.call_later(self.world.works, self.answer, frame)

    def answer(self, frame: Frame) -> None:
        """The server sends a frame."""
        if self._passes():
            self._loop.call_later(self.world.latency, self._deliver, encode(frame))

    def _deliver(self, data: bytes) -> None:
        if self.held is not None:
            self.held.append(data)
        elif not self.closed and not self.dead:
            self.received += len(data)
            self.wire.data_received(data)

    def hold(self) -> None:
        """Nothing arrives here until :meth:`release`: packets are lost, and sent again."""
        self.held = []

    def release(self) -> None:
        """What was held arrives."""
        held, self.held = self.held or [], None
        for data in held:
            self._deliver(data)

    def reset(self) -> None:
        """The peer resets the connection."""
        if not self.closed:
            self.closed = True
            self.wire.connection_lost(ConnectionResetError(104, "Connection reset by peer"))

    def abort(self) -> None:
        if not self.closed:
            self.closed = True
            self._loop.call_soon(self.wire.connection_lost, None)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...


class WorldCore(NetCore):
    """A NetCore whose long links live in a world."""

    def __init__(
        self,
        world: World,
        folder: Path | None,
        callbacks: Callbacks | None,
        longlink: LonglinkSettings,
        policies: PolicySettings,
        heartbeat: HeartbeatSettings,
    ) -> None:
        self.world = world
        settings = Settings(
            longlink_hosts=("10.0.0.1",),
            longlink_ports=(1,),
            folder=folder,
            tls=TlsSettings(enabled=False),
            longlink=longlink,
            policies=policies,
            heartbeat=heartbeat,
        )
        super().__init__(settings, callbacks, clock=world.clock, rng=random.Random(7))

    def _build_longlink(self, config: LonglinkConfig) -> ManagedLongLink:
        return ManagedLongLink(
            config,
            self._context,
            config.encoder or MarsEncoder(noop_interval=self._settings.longlink.noop_interval),
            self._task_manager,
            LinkAddresses(self.sources, config),
            self._heartbeats.of(config.name),
            None,
            self.world.connect,
        )


class DeafWorld(World):
    """A world whose server never answers cmdid DEAF, and no heartbeat while ``mute``."""

    mute = False

    def pipe(self, wire: Wire) -> Pipe:
        return DeafPipe(self, wire)


class DeafPipe(Pipe):
    def __init__(self, world: DeafWorld, wire: Wire) -> None:
        super().__init__(world, wire)
        self.deaf = world

    def answer(self, frame: Frame) -> None:
        if frame.cmdid != DEAF and not (self.deaf.mute and frame.cmdid == 6):
            super().answer(frame)


def in_deaf_world(scene: Callable[[DeafWorld], Awaitable[None]]) -> None:
    """Play a scene in virtual time, before a server that does not answer all."""

    async def play() -> None:
        await scene(DeafWorld())

    run_virtual(play())


async def up(core: WorldCore) -> None:
    """Until the long link is connected."""
    for _ in range(100):
        if core.longlink_connected():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the link did not come up")


def in_world(
    scene: Callable[[World], Awaitable[None]],
    *,
    latency: float = 0.02,
    forgets: float = float("inf"),
    works: float = 0.0,
) -> None:
    """Play a scene in virtual time."""

    async def play() -> None:
        await scene(World(latency=latency, forgets=forgets, works=works))

    run_virtual(play())
