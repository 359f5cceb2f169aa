"""One long link's life: connect, identify, heartbeat, read, write (``mars/stn/src/longlink.cc``).

States and what moves between them::

    IDLE            --make_sure_connected-->  CONNECTING
    CONNECTING      --a wire-->               CONNECTED
    CONNECTING      --no address, no wire-->  CONNECT_FAILED
    CONNECTED       --any failure below-->    DISCONNECTED
    CONNECTING      --disconnect(reason)-->   CONNECT_FAILED
    CONNECTED       --disconnect(reason)-->   DISCONNECTED
    CONNECTED       --a rival's wire-->       DISCONNECTED, then CONNECTED on the rival's
    DISCONNECTED, CONNECT_FAILED  --make_sure_connected-->  CONNECTING

    failure of a connected link            reason              error
    -------------------------------------  ------------------  -------------------------
    the peer closed                        REMOTE_CLOSED       SOCKET SHUTDOWN
    reset or another socket error          REMOTE_CLOSED       SOCKET errno
    no frame (FrameError)                  DECODE_ERROR        NET_MSG_XP HANDLE_BUFFER
    heartbeat unanswered                   NOOP_TIMEOUT        SOCKET NOOP_TIMEOUT
    half a frame, then silence             UNKNOWN_READ        SOCKET RECV_ERROR
    silent, and a rival came up            LINK_CHECK_TIMEOUT  SOCKET NOOP_TIMEOUT

A heartbeat (or the identify check in its place) goes out as soon as the link is up and whenever
nothing was written for the heartbeat's interval. Its answer is due in 8 s, or in 5 s when the timer
itself came over 15 minutes late; any received byte proves life, since a peer that sends is there.
A link that ought to answer and does not gets a rival (:mod:`netcore.longlink.stall_detector`).

The link has no policy of its own about when to reconnect: its owner has. A connect under way is
one asyncio task; a link that is up is none, only a protocol and one timer.

Differs from Mars: Mars reports an unanswered heartbeat as RECV_ERROR; we use its own code for it.
"""

from __future__ import annotations

import asyncio
import logging

from netcore.errors import (
    ConnectError,
    DisconnectReason,
    DnsError,
    ErrorType,
    SocketCode,
)
from netcore.links.context import Context
from netcore.links.wire import Wire
from netcore.longlink.codec import Encoder
from netcore.longlink.heartbeat_runner import (
    HeartbeatAnswered,
    HeartbeatMissed,
    HeartbeatPolicy,
    HeartbeatSent,
)
from netcore.longlink.session import LinkSession
from netcore.longlink.state import Connect, LinkOwner, LinkState, LinkStateChanged, state_changed
from netcore.profile import ConnectProfile

__all__ = [
    "HeartbeatAnswered",
    "HeartbeatMissed",
    "HeartbeatSent",
    "LinkState",
    "LinkStateChanged",
    "LongLink",
]

_log = logging.getLogger("netcore.longlink")


class LongLink:
    """One connection after another to one server. Rules: the module's docstring.

    ``connect`` makes a wire (names, race, proxy, TLS) and notes the times in the profile; it raises
    :class:`~netcore.errors.ConnectError`. ``generation`` counts the connects, and a result that
    belongs to an older one is thrown away.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        encoder: Encoder,
        heartbeat: HeartbeatPolicy,
        owner: LinkOwner,
        connect: Connect,
        *,
        minor: bool = False,
    ) -> None:
        self.name = name
        self.state = LinkState.IDLE
        self.reason = DisconnectReason.NONE  # of the latest change of the state
        self.detail = ""  # the same in words
        self.failure: ConnectError | None = None  # of the latest connect; None once one succeeds
        self.profile = ConnectProfile(link=name)
        self.generation = 0
        self.encoder = encoder
        self.session = LinkSession(
            name,
            context,
            encoder,
            heartbeat,
            owner,
            minor=minor,
            connect=connect,
            new_profile=self._new_profile,
            take_over=self._take_over,
            failed=self._drop,
        )
        self._context = context
        self._now = context.clock.now
        self._owner = owner
        self._connect = connect
        self._wires: set[Wire] = set()
        self._connecting: asyncio.Task[None] | None = None
        self._replacement: Wire | None = None  # the rival's wire while it takes over
        self._closed = False
        # What is done for each task goes to the session without a detour: this is the hot path.
        self.send = self.session.send
        self.flush = self.session.flush
        self.expect_answer = self.session.expect_answer

    @property
    def connected(self) -> bool:
        """Whether frames can be sent."""
        return self.session.wire is not None

    @property
    def connecting(self) -> bool:
        """Whether a connect is under way."""
        return self._connecting is not None

    @property
    def rtt(self) -> float:
        """The latest heartbeat's round trip, in seconds; 0 before the first."""
        return self.session.heartbeats.rtt

    @property
    def last_received(self) -> float:
        """When the peer was last heard."""
        return self.session.last_received

    # -- connecting -----------------------------------------------------------------------------

    def make_sure_connected(self) -> bool:
        """Start connecting unless it is up or under way; whether it is up."""
        if self.connected:
            return True
        if self._closed or self._connecting is not None or self._replacement is not None:
            return False
        self.generation += 1
        self.profile = self._new_profile()
        self._set_state(LinkState.CONNECTING)
        self._connecting = self._context.holder.start(
            self._run_connect(self.generation), f"{self.name}-connect"
        )
        return False

    def _new_profile(self) -> ConnectProfile:
        now = self._now()
        return ConnectProfile(
            link=self.name,
            start=now,
            dns_start=now,
            network=self._context.network.state.key,
            connect_reason=self.profile.error_code,
        )

    async def _run_connect(self, generation: int) -> None:
        try:
            wire = await self._connect(self.profile)
        except Exception as failure:
            if isinstance(failure, ConnectError):
                error = failure
            else:  # a fault of ours must not leave the link connecting for ever
                _log.exception("%s: connecting failed in an unforeseen way", self.name)
                error = ConnectError(f"connecting failed: {failure or type(failure).__name__}")
            if generation == self.generation and not self._closed:
                self._connecting = None
                self._connect_failed(error)
            return
        if generation != self.generation or self._closed:
            wire.abort()
            return
        self._connecting = None
        self._established(wire)

    def _connect_failed(self, error: ConnectError) -> None:
        dns = isinstance(error, DnsError)
        error_type = ErrorType.DNS if dns else ErrorType.SOCKET
        code = SocketCode.DNS_MAKE_SOCKET_PREPARED if dns else SocketCode.MAKE_SOCKET_PREPARED
        _log.warning("%s: could not connect: %s", self.name, error)
        self.failure = self.profile.failure = error
        self._ended(error_type, code)
        self._set_state(
            LinkState.CONNECT_FAILED, error_type=error_type, error_code=code, detail=str(error)
        )
        self._owner.link_down(error_type, code, self.profile)

    def _established(self, wire: Wire) -> None:
        self.failure = None
        self._wires.add(wire)
        wire.gone.add_done_callback(lambda _: self._wires.discard(wire))
        self.session.open(wire, self.profile)
        self._set_state(LinkState.CONNECTED)
        if self.session.wire is wire:  # a listener may have cut it already
            self.session.begin()

    # -- a rival --------------------------------------------------------------------------------

    def _take_over(self, wire: Wire, profile: ConnectProfile) -> None:
        """A rival came up while this connection stayed silent."""
        if self._closed:
            wire.abort()
            return
        self._replacement = wire
        generation = self.generation = self.generation + 1
        self._drop(
            ErrorType.SOCKET,
            SocketCode.NOOP_TIMEOUT,
            DisconnectReason.LINK_CHECK_TIMEOUT,
            "no answer, while a new connection could be made",
            True,
        )
        self._replacement = None
        if generation != self.generation or self._closed:  # a listener wanted otherwise
            wire.abort()
            return
        self.profile = profile
        self._established(wire)

    # -- ending ---------------------------------------------------------------------------------

    def disconnect(
        self, reason: DisconnectReason, *, detail: str = "", tell_owner: bool = True
    ) -> None:
        """Cut the link, or void the connect under way; no-op when neither is there."""
        if self._replacement is not None:
            self.generation += 1
        connecting = self._connecting
        if connecting is None and not self.connected:
            return
        self.generation += 1
        self._connecting = None
        if connecting is not None:
            connecting.cancel()
        self._drop(
            ErrorType.CANCELED,
            SocketCode.USER_BREAK,
            reason,
            detail or reason.name.lower(),
            tell_owner=tell_owner,
        )

    async def close(self) -> None:
        """Cut the link for good and wait until its sockets are closed."""
        self._closed = True
        running = [task for task in (self._connecting, self.session.hedge.task) if task is not None]
        self.disconnect(DisconnectReason.DESTROYED, tell_owner=False)
        if running:
            await asyncio.wait(running)
        while self._wires:
            await asyncio.wait([wire.gone for wire in self._wires])
            await asyncio.sleep(0)  # let the done callbacks discard them

    def _drop(
        self,
        error_type: ErrorType,
        code: int,
        reason: DisconnectReason,
        detail: str,
        timed_out: bool = False,
        *,
        tell_owner: bool = True,
    ) -> None:
        """The one way down for a link that is up or connecting."""
        was_up = self.session.end(timed_out=timed_out, ours=error_type is ErrorType.CANCELED)
        self._ended(error_type, code)
        _log.info("%s: down, %s: %s", self.name, reason.name, detail)
        self._set_state(
            LinkState.DISCONNECTED if was_up else LinkState.CONNECT_FAILED,
            reason=reason,
            error_type=error_type,
            error_code=code,
            detail=detail,
        )
        if tell_owner:
            self._owner.link_down(error_type, code, self.profile)

    def _ended(self, error_type: ErrorType, code: int) -> None:
        profile = self.profile
        profile.disconnect = self._now()
        profile.error_type = error_type
        profile.error_code = code

    def _set_state(
        self,
        state: LinkState,
        *,
        reason: DisconnectReason = DisconnectReason.NONE,
        error_type: ErrorType = ErrorType.OK,
        error_code: int = 0,
        detail: str = "",
    ) -> None:
        self.state = state
        self.reason = reason
        self.detail = detail
        if self._context.observer.active:
            self._context.observer.emit(
                state_changed(
                    self.profile, state, self.generation, reason, error_type, error_code, detail
                )
            )
        self._owner.link_state(state)

    # -- while it is up -------------------------------------------------------------------------

    def unsend(self, task_id: int) -> bool:
        """Take back a frame that is still queued; whether it was."""
        return self.session.unsend(task_id)

    def send_when_idle(self, cmdid: int, task_id: int, body: bytes) -> bool:
        """Send a frame of the link's own, but only when nothing else waits; whether it went."""
        return self.session.send_when_idle(cmdid, task_id, body)

    def network_found(self, network: str) -> None:
        """The network in use is known by its name now, and so is what was learned of it."""
        if self.connected or self.connecting:
            self.profile.network = network
        self.session.network_found()

    def probe(self, timeout: float) -> bool:
        """Ask at once whether the peer is there, an answer due in ``timeout`` seconds."""
        return self.session.probe(timeout)

    def tick(self) -> None:
        """Do what is due by the clock; for a wake-up, when timers are late."""
        self.session.tick()
