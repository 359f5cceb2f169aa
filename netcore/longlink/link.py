"""One long link's life: connect, identify, heartbeat, read, write (``mars/stn/src/longlink.cc``).

States and what moves between them::

    IDLE            --make_sure_connected-->  CONNECTING
    CONNECTING      --a wire-->               CONNECTED
    CONNECTING      --no address, no wire-->  CONNECT_FAILED
    CONNECTED       --any failure below-->    DISCONNECTED
    CONNECTING      --disconnect(reason)-->   CONNECT_FAILED
    CONNECTED       --disconnect(reason)-->   DISCONNECTED
    CONNECTED       --a candidate's wire-->   DISCONNECTED, then CONNECTED on the candidate's
    DISCONNECTED, CONNECT_FAILED  --make_sure_connected-->  CONNECTING

    failure of a connected link            reason              error
    -------------------------------------  ------------------  -------------------------
    the peer closed                        REMOTE_CLOSED       SOCKET SHUTDOWN
    reset or another socket error          REMOTE_CLOSED       SOCKET errno
    no frame (FrameError)                  DECODE_ERROR        NET_MSG_XP HANDLE_BUFFER
    heartbeat unanswered                   NOOP_TIMEOUT        SOCKET NOOP_TIMEOUT
    half a frame, then silence             UNKNOWN_READ        SOCKET RECV_ERROR
    silent, and a candidate came up        LINK_CHECK_TIMEOUT  SOCKET NOOP_TIMEOUT

A heartbeat (or the identify check in its place) goes out as soon as the link is up and whenever
nothing was written for the heartbeat's interval. Its answer is due in 8 s, or in 5 s when the timer
itself came over 15 minutes late; any received byte proves life, since a peer that sends is there.
A link that ought to answer and does not gets a candidate for its place connected beside it
(:mod:`netcore.longlink.stall_detector`, :mod:`netcore.longlink.hedged_reconnect`).

The link is the one that acts: it owns the sockets, the timer, the connect under way and the
candidate's. Its parts answer: :class:`~netcore.longlink.session.LinkSession` what came on a
connection and when it has failed, :class:`~netcore.longlink.hedged_reconnect.HedgedReconnect` when
to ask and when to connect a second time. It has no policy of its own about when to reconnect: its
owner has. A connect under way is one asyncio task; a link that is up is none, only a protocol and
one timer.

Differs from Mars: Mars reports an unanswered heartbeat as RECV_ERROR; we use its own code for it.
"""

from __future__ import annotations

import asyncio
import logging

from netcore.errors import (
    ConnectError,
    DisconnectReason,
    ErrorType,
    Failure,
    SocketCode,
)
from netcore.links.context import Context
from netcore.links.wire import Wire
from netcore.longlink.codec import Encoder, marks_as_mars
from netcore.longlink.heartbeat_runner import (
    HeartbeatAnswered,
    HeartbeatMissed,
    HeartbeatPolicy,
    HeartbeatSent,
)
from netcore.longlink.hedged_reconnect import HedgedReconnect
from netcore.longlink.session import LinkSession
from netcore.longlink.stall_detector import LinkStallState
from netcore.longlink.state import (
    UP,
    Connect,
    LinkOwner,
    LinkState,
    LinkStateChanged,
    state_changed,
)
from netcore.profile import ConnectProfile
from netcore.runtime.alarm import Alarm
from netcore.task import RESERVED_TASK_IDS_FROM

__all__ = [
    "HeartbeatAnswered",
    "HeartbeatMissed",
    "HeartbeatSent",
    "LinkState",
    "LinkStateChanged",
    "LongLink",
]

_log = logging.getLogger("netcore.longlink")
_REPLACED = Failure(
    ErrorType.SOCKET,
    SocketCode.NOOP_TIMEOUT,
    DisconnectReason.LINK_CHECK_TIMEOUT,
    "no answer, while a new connection could be made",
    timed_out=True,
)


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
        self.failure = UP  # of the latest change of the state
        self.connect_error: ConnectError | None = None  # of the latest connect, if it failed
        self.connected = False  # whether frames can be sent
        self.profile = ConnectProfile(link=name)
        self.generation = 0
        self.encoder = encoder
        self.heartbeat = heartbeat
        self.session: LinkSession | None = None  # the latest connection, which may be over
        self._context = context
        self._now = context.clock.now
        self._owner = owner
        self._connect = connect
        self._minor = minor
        self._hedge = HedgedReconnect(name, context)
        self._alarm = Alarm(context.clock.now, self.tick)
        self._wires: set[Wire] = set()
        self._connecting: asyncio.Task[None] | None = None
        self._replacing = False  # while a candidate's connection takes the place of another
        self._closed = False
        self._as_mars = marks_as_mars(encoder)  # then a task's id is enough to know an answer

    @property
    def connecting(self) -> bool:
        """Whether a connect is under way."""
        return self._connecting is not None

    @property
    def rtt(self) -> float:
        """The latest heartbeat's round trip, in seconds; 0 before the first."""
        return 0.0 if self.session is None else self.session.heartbeats.rtt

    @property
    def last_received(self) -> float:
        """When the peer was last heard."""
        return 0.0 if self.session is None else self.session.last_received

    @property
    def last_written(self) -> float:
        """When bytes were last handed to the socket."""
        return 0.0 if self.session is None else self.session.last_written

    def heartbeat_interval(self, now: float) -> float:
        """Seconds of silence after which a heartbeat goes out."""
        return self.encoder.noop_interval or self.heartbeat.interval(now)

    # -- connecting -----------------------------------------------------------------------------

    def make_sure_connected(self) -> bool:
        """Start connecting unless it is up or under way; whether it is up."""
        if self.connected:
            return True
        if self._closed or self._connecting is not None or self._replacing:
            return False
        self.generation += 1
        self.profile = self._new_profile()
        self._set_state(LinkState.CONNECTING, UP)
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

    async def _made(self, profile: ConnectProfile) -> Wire:
        """A wire; raises ConnectError also for a fault of ours, which must not hang the link."""
        try:
            return await self._connect(profile)
        except ConnectError:
            raise
        except Exception as fault:
            _log.exception("%s: connecting failed in an unforeseen way", self.name)
            raise ConnectError(f"connecting failed: {fault or type(fault).__name__}") from fault

    async def _run_connect(self, generation: int) -> None:
        try:
            wire = await self._made(self.profile)
        except ConnectError as error:
            if generation == self.generation and not self._closed:
                self._connecting = None
                _log.warning("%s: could not connect: %s", self.name, error)
                self.connect_error = self.profile.failure = error
                self._went_down(LinkState.CONNECT_FAILED, Failure.of_connect(error))
            return
        if generation != self.generation or self._closed:
            wire.abort()
            return
        self._connecting = None
        self._established(wire)

    def _established(self, wire: Wire) -> None:
        self.connect_error = None
        self._wires.add(wire)
        wire.gone.add_done_callback(lambda _: self._wires.discard(wire))
        session = self.session = LinkSession(
            self.name,
            self._context,
            self.encoder,
            self.heartbeat,
            wire,
            self.profile,
            minor=self._minor,
            rtt=self.rtt,
        )
        self._hedge.trust()
        self.connected = True
        self._set_state(LinkState.CONNECTED, UP)
        if session.open:  # a listener may have cut it already
            now = self._now()
            session.queue_first_beat(now, tasks_wait=self._owner.link_busy())
            self._flush(session)
            self._arm(session, now)
        if session.open:
            wire.adopt(self)

    # -- the hedge: a candidate beside a silent connection --------------------------------------

    def expect_answer(self, now: float) -> None:
        """Data that will be answered was just written: watch whether the peer stays silent."""
        session = self.session
        if session is not None and session.open:
            stall = self._hedge.stall
            stall.sent(now - session.last_received, now, session.unheard)
            self._alarm.by(stall.due)

    def probe(self, timeout: float) -> bool:
        """Ask at once whether the peer is there; whether there is a connection to ask on.

        A heartbeat goes out, its answer due in ``timeout`` seconds, and a candidate is connected
        soon after it.
        """
        session = self.session
        if session is None or not session.open:
            return False
        now = self._now()
        self._hedge.stall.suspect(now)
        self._check_stall(session, now, timeout)
        self._arm(session, now)
        return True

    def _check_stall(self, session: LinkSession, now: float, timeout: float = 0.0) -> None:
        rtt = max(session.heartbeats.rtt, session.profile.rtt)
        verdict = self._hedge.poll(now, rtt, now - session.last_received)
        if not session.open:  # a listener cut the link
            return
        if verdict is LinkStallState.HEDGED:
            self._hedge.task = self._context.holder.start(
                self._run_candidate(), f"{self.name}-candidate"
            )
        elif verdict is LinkStallState.ASKED:
            if session.heartbeats.waiting:
                if timeout:
                    session.heartbeats.hurry(now + timeout)
            elif not self._beat(session, now, timeout=timeout):
                self._hedge.stall.postpone(now)

    async def _run_candidate(self) -> None:
        profile = self._new_profile()
        wire = await self._hedge.connect(self._made, profile)
        if wire is not None:
            self._replace(wire, profile)
        elif self.session is not None:
            self._arm(self.session, self._now())

    def _replace(self, wire: Wire, profile: ConnectProfile) -> None:
        """A candidate came up while this connection stayed silent."""
        if self._closed:
            wire.abort()
            return
        self._replacing = True
        generation = self.generation = self.generation + 1
        self._drop(_REPLACED)
        self._replacing = False
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
        if self._replacing:
            self.generation += 1
        connecting = self._connecting
        if connecting is None and not self.connected:
            return
        self.generation += 1
        self._connecting = None
        if connecting is not None:
            connecting.cancel()
        detail = detail or reason.name.lower()
        failure = Failure(ErrorType.CANCELED, SocketCode.USER_BREAK, reason, detail)
        self._drop(failure, tell_owner=tell_owner)

    async def close(self) -> None:
        """Cut the link for good and wait until its sockets are closed."""
        self._closed = True
        running = [task for task in (self._connecting, self._hedge.task) if task is not None]
        self.disconnect(DisconnectReason.DESTROYED, tell_owner=False)
        if running:
            await asyncio.wait(running)
        while self._wires:
            await asyncio.wait([wire.gone for wire in self._wires])
            await asyncio.sleep(0)  # let the done callbacks discard them

    def _drop(self, failure: Failure, *, tell_owner: bool = True) -> None:
        """The one way down for a link that is up or connecting."""
        was_up, self.connected = self.connected, False
        self._hedge.trust()
        self._alarm.cancel()
        if was_up and self.session is not None:
            ours = failure.type is ErrorType.CANCELED
            self.session.end(self._now(), timed_out=failure.timed_out, ours=ours)
        _log.info("%s: down, %s: %s", self.name, failure.reason.name, failure.detail)
        state = LinkState.DISCONNECTED if was_up else LinkState.CONNECT_FAILED
        self._went_down(state, failure, tell_owner=tell_owner)

    def _went_down(self, state: LinkState, failure: Failure, *, tell_owner: bool = True) -> None:
        profile = self.profile
        profile.disconnect = self._now()
        profile.error_type = failure.type
        profile.error_code = failure.code
        self._set_state(state, failure)
        if tell_owner:
            self._owner.link_down(failure, profile)

    def _set_state(self, state: LinkState, failure: Failure) -> None:
        self.state = state
        self.failure = failure
        if self._context.observer.active:
            self._context.observer.emit(
                state_changed(self.profile, state, self.generation, failure)
            )
        self._owner.link_state(state)

    # -- writing --------------------------------------------------------------------------------

    def send(self, frames: list[tuple[int, bytes]]) -> None:
        """Write packed frames, each with its task's id, as far as the socket takes them."""
        session = self.session
        if session is not None and session.open:
            self._flush(session, frames)

    def unsend(self, task_id: int) -> bool:
        """Take back a frame that is still queued; whether it was."""
        return self.session is not None and self.session.outbox.take_back(task_id)

    def send_when_idle(self, cmdid: int, task_id: int, body: bytes) -> bool:
        """Send a frame of the link's own, but only when nothing else waits; whether it went."""
        session = self.session
        if session is None or not session.queue_when_idle(cmdid, task_id, body):
            return False
        self._flush(session)
        return True

    def _flush(self, session: LinkSession, more: list[tuple[int, bytes]] | None = None) -> None:
        written = session.outbox.flush(more)
        if written:
            session.wrote(written, self._now())
            self._owner.link_traffic(written, 0)

    def _beat(self, session: LinkSession, now: float, *, timeout: float = 0.0) -> bool:
        """Send a heartbeat; whether it went."""
        if not session.open:
            return False
        sent = session.queue_beat(now, timeout=timeout)
        if sent:
            self._flush(session)
        self._arm(session, now)
        return sent

    # -- the timer ------------------------------------------------------------------------------

    def _arm(self, session: LinkSession, now: float) -> None:
        if session.open:
            self._alarm.by(min(session.due(now), self._hedge.stall.due))

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when timers are late."""
        self._alarm.cancel()
        session = self.session
        if session is None or not session.open:
            return
        now = self._now()
        failure = session.expired(now)
        if failure is not None:
            self._drop(failure)
            return
        self._check_stall(session, now)
        if now >= session.beat_due(now):
            self._beat(session, now)
        else:
            self._arm(session, now)

    def network_found(self, network: str) -> None:
        """The network in use is known by its name now, and so is what was learned of it."""
        if self.connected or self.connecting:
            self.profile.network = network
        if self.session is not None and self.session.open:
            now = self._now()
            self.heartbeat.established(now)
            self._arm(self.session, now)

    # -- Sink -----------------------------------------------------------------------------------

    def wire_received(self, wire: Wire, data: bytes) -> None:
        """Bytes came."""
        session = self.session
        if session is None or session.wire is not wire:
            return
        now = self._now()
        owner = self._owner
        owner.link_traffic(0, len(data))
        if not session.open:  # a callback cut the link
            return
        self._hedge.trust()
        if session.heard(now):
            self._arm(session, now)
            if not session.open:
                return
        frames, failure = session.receive(data)
        for frame in frames:
            seq = frame.seq
            if seq >= RESERVED_TASK_IDS_FROM or (
                not self._as_mars and self.encoder.is_noop_answer(frame)
            ):
                good = session.heartbeats.answered(frame, now)
                if good:
                    owner.link_alive(session.profile)
                if good is not None:
                    continue
            owner.link_frame(frame, now)
            if not session.open:  # judging the answer cut the link
                return
        if failure is not None:
            self._drop(failure)
            return
        part = session.part
        if part is not None:
            owner.link_part(*part, now)
            self._alarm.by(session.frame_due)

    def wire_lost(self, wire: Wire, error: Exception | None) -> None:
        """The peer closed, or the socket failed."""
        if self.session is not None and self.session.wire is wire:
            self._drop(Failure.of_socket(error, "the peer closed the connection"))

    def wire_paused(self, wire: Wire, paused: bool) -> None:
        """The socket is full, or takes bytes again."""
        session = self.session
        if session is None or session.wire is not wire:
            return
        if paused:
            session.outbox.pause()
            return
        task_ids, written = session.outbox.resume()
        now = self._now()
        if written:
            session.wrote(written, now)
            self._owner.link_traffic(written, 0)
        if task_ids:
            self._owner.link_wrote(task_ids, now)
