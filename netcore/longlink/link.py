"""One long link's life: connect, identify, heartbeat, read, write (``mars/stn/src/longlink.cc``).

States and what moves between them::

    IDLE            --make_sure_connected-->  CONNECTING
    CONNECTING      --a wire-->               CONNECTED
    CONNECTING      --no address, no wire-->  CONNECT_FAILED
    CONNECTED       --any failure below-->    DISCONNECTED
    CONNECTING      --disconnect(reason)-->   CONNECT_FAILED
    CONNECTED       --disconnect(reason)-->   DISCONNECTED
    CONNECTED       --a candidate answers-->  DISCONNECTED, then CONNECTED on the candidate's
    DISCONNECTED, CONNECT_FAILED  --make_sure_connected-->  CONNECTING

    failure of a connected link            reason              error
    -------------------------------------  ------------------  -------------------------
    the peer closed                        REMOTE_CLOSED       SOCKET SHUTDOWN
    reset or another socket error          REMOTE_CLOSED       SOCKET errno
    no frame (FrameError)                  DECODE_ERROR        NET_MSG_XP HANDLE_BUFFER
    heartbeat unanswered                   NOOP_TIMEOUT        SOCKET NOOP_TIMEOUT
    half a frame, then silence             UNKNOWN_READ        SOCKET RECV_ERROR
    silent, and a candidate answered       LINK_CHECK_TIMEOUT  SOCKET NOOP_TIMEOUT

A heartbeat (or the identify check in its place) goes out as soon as the link is up and whenever
nothing was written for the heartbeat's interval. Its answer is due in 8 s, or in 5 s when the timer
itself came over 15 minutes late; any received byte proves life, since a peer that sends is there.
A link that ought to answer and does not gets a candidate for its place connected beside it
(:mod:`netcore.longlink.stall_detector`, :mod:`netcore.longlink.hedged_reconnect`).

A silent connection is not known to be dead: one that only loses packets is about to deliver. So it
goes on beside the candidate until that has answered, and lingers after it for as long as the owner
has tasks on it: what comes on it still counts.

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
import itertools
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
    FixedHeartbeat,
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
        self.connection = 0  # its number
        self._context = context
        self._now = context.clock.now
        self._owner = owner
        self._connect = connect
        self._minor = minor
        self._hedge = HedgedReconnect(name, context)
        self._alarm = Alarm(context.clock.now, self.tick)
        self._wires: set[Wire] = set()
        self._connecting: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._candidate: LinkSession | None = None  # is connected, and has not answered yet
        self._lingering: dict[Wire, LinkSession] = {}  # replaced, and may still answer
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
        session = self._new_session(wire, self.profile, self.heartbeat)
        self._begin(session)
        if session.open:  # a listener may have cut it already
            now = self._now()
            session.queue_first_beat(now, tasks_wait=self._owner.link_busy())
            self._flush(session)
            self._arm(session, now)
        if session.open:
            wire.adopt(self)

    def _new_session(
        self, wire: Wire, profile: ConnectProfile, heartbeat: HeartbeatPolicy
    ) -> LinkSession:
        self._wires.add(wire)
        wire.gone.add_done_callback(lambda _: self._wires.discard(wire))
        return LinkSession(
            self.name,
            self._context,
            self.encoder,
            heartbeat,
            wire,
            profile,
            number=next(self._numbers),
            minor=self._minor,
            rtt=self.rtt,
        )

    def _begin(self, session: LinkSession) -> None:
        """The link is up, on this connection."""
        self.connect_error = None
        self.session = session
        self.connection = session.number
        session.begin(self.heartbeat, self._now())
        self._trust()
        self.connected = True
        self._set_state(LinkState.CONNECTED, UP)

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
        facts = session.wire.tcp_info() if now >= self._hedge.stall.due else None
        acknowledged = facts is not None and facts.acknowledged
        verdict = self._hedge.poll(now, rtt, now - session.last_received, acknowledged=acknowledged)
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
        session, now = self.session, self._now()
        if wire is not None:
            self._ask_candidate(wire, profile, now)
        if session is not None:
            self._arm(session, now)

    def _ask_candidate(self, wire: Wire, profile: ConnectProfile, now: float) -> None:
        """A candidate is connected: whether it has the link's place depends on its answer."""
        if self._closed:
            wire.abort()
            return
        quiet = FixedHeartbeat(self.heartbeat_interval(now))  # nothing is learned from it yet
        candidate = self._candidate = self._new_session(wire, profile, quiet)
        candidate.queue_first_beat(now, tasks_wait=False)
        self._flush(candidate)
        if self._candidate is candidate:
            wire.adopt(self)

    def _trust(self, *, heard: bool = False) -> None:
        """The peer lives (``heard``), or the connection is over: no candidate is needed."""
        self._hedge.trust(heard=heard)
        self._drop_candidate()

    def _drop_candidate(self) -> bool:
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            return False
        candidate.end(self._now(), timed_out=False, ours=True)
        return True

    def _candidate_failed(self, why: str) -> None:
        """It gave no answer either; another one may be tried soon."""
        _log.info("%s: the second connection is no better: %s", self.name, why)
        if self._drop_candidate():
            self._hedge.stall.hedge_failed(self._now())
            self._alarm.by(self._hedge.stall.due)

    def _promote(self, candidate: LinkSession) -> None:
        """A candidate answered while this connection stayed silent."""
        self._candidate = None
        self._replacing = True
        generation = self.generation = self.generation + 1
        self._drop(_REPLACED, linger=True)
        self._replacing = False
        if generation != self.generation or self._closed:  # a listener wanted otherwise
            candidate.wire.abort()
            return
        self.profile = candidate.profile
        self._begin(candidate)

    # -- what lingers ---------------------------------------------------------------------------

    @property
    def lingering(self) -> int:
        """How many connections were replaced and may still bring something."""
        return len(self._lingering)

    def let_go(self, connection: int) -> None:
        """Close the lingering connection of this number."""
        for wire, session in tuple(self._lingering.items()):
            if session.number == connection:
                del self._lingering[wire]
                session.outbox.close()
                wire.abort()

    def cut(self, connection: int, reason: DisconnectReason) -> None:
        """End the connection of this number, or all (0), without telling the owner."""
        if connection in (0, self.connection):
            self.disconnect(reason, tell_owner=False, lingering=not connection)
        else:
            self.let_go(connection)

    def _lingered(self, session: LinkSession, failure: Failure) -> None:
        """A lingering connection is over."""
        if self._lingering.pop(session.wire, None) is not None:
            session.outbox.close()
            session.wire.abort()
            self._owner.link_lost(failure, session.number)

    # -- ending ---------------------------------------------------------------------------------

    def disconnect(
        self,
        reason: DisconnectReason,
        *,
        detail: str = "",
        tell_owner: bool = True,
        lingering: bool = True,
    ) -> None:
        """Cut the link, or void the connect under way; no-op when neither is there.

        ``lingering``: what lingers too.
        """
        if lingering:
            for session in tuple(self._lingering.values()):
                self.let_go(session.number)
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

    def _drop(self, failure: Failure, *, tell_owner: bool = True, linger: bool = False) -> None:
        """The one way down for a link that is up or connecting."""
        was_up, self.connected = self.connected, False
        self._trust()
        self._alarm.cancel()
        session = self.session
        if was_up and session is not None:
            ours = failure.type is ErrorType.CANCELED
            session.end(self._now(), timed_out=failure.timed_out, ours=ours, linger=linger)
            if linger:
                self._lingering[session.wire] = session
        _log.info("%s: down, %s: %s", self.name, failure.reason.name, failure.detail)
        state = LinkState.DISCONNECTED if was_up else LinkState.CONNECT_FAILED
        if not linger or session is None:
            self._went_down(state, failure, tell_owner=tell_owner)
            return
        self._went_down(state, failure, tell_owner=False)
        if not self._owner.link_replaced(failure, session.profile, session.number):
            self.let_go(session.number)

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
            due = min(session.due(now), self._hedge.stall.due)
            if self._candidate is not None:
                due = min(due, self._candidate.heartbeats.due)
            self._alarm.by(due)

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
        if self._candidate is not None:
            failure = self._candidate.expired(now)
            if failure is not None:
                self._candidate_failed(failure.detail)
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
            self._received_beside(wire, data)
            return
        now = self._now()
        owner = self._owner
        owner.link_traffic(0, len(data))
        if not session.open:  # a callback cut the link
            return
        self._trust(heard=True)
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

    def _received_beside(self, wire: Wire, data: bytes) -> None:
        """Bytes came on a candidate, or on a connection that lingers."""
        candidate = self._candidate
        if candidate is not None and candidate.wire is wire:
            self._promote(candidate)
            if self.session is candidate:
                self.wire_received(wire, data)
            return
        session = self._lingering.get(wire)
        if session is None:
            return
        now, owner = self._now(), self._owner
        owner.link_traffic(0, len(data))
        frames, failure = session.receive(data)
        for frame in frames:
            if frame.seq < RESERVED_TASK_IDS_FROM and not self.encoder.is_noop_answer(frame):
                owner.link_frame(frame, now)
            if wire not in self._lingering:  # the owner let it go
                return
        if failure is not None:
            self._lingered(session, failure)
        elif session.part is not None:
            owner.link_part(*session.part, now)

    def wire_lost(self, wire: Wire, error: Exception | None) -> None:
        """The peer closed, or the socket failed."""
        failure = Failure.of_socket(error, "the peer closed the connection")
        if self.session is not None and self.session.wire is wire:
            self._drop(failure)
        elif self._candidate is not None and self._candidate.wire is wire:
            self._candidate_failed(failure.detail)
        elif wire in self._lingering:
            self._lingered(self._lingering[wire], failure)

    def wire_paused(self, wire: Wire, paused: bool) -> None:
        """The socket is full, or takes bytes again."""
        session = self.session
        if session is None or session.wire is not wire:
            session = self._lingering.get(wire)
            if session is None:
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
