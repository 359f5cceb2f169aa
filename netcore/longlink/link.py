"""One long link's life: connect, identify, heartbeat, read, write (``mars/stn/src/longlink.cc``).

States and what moves between them::

    IDLE            --make_sure_connected-->  CONNECTING
    CONNECTING      --a wire-->               CONNECTED
    CONNECTING      --no address, no wire-->  CONNECT_FAILED
    CONNECTED       --any failure below-->    DISCONNECTED
    CONNECTING      --disconnect(reason)-->   CONNECT_FAILED
    CONNECTED       --disconnect(reason)-->   DISCONNECTED
    DISCONNECTED, CONNECT_FAILED  --make_sure_connected-->  CONNECTING

    failure of a connected link            reason              error
    -------------------------------------  ------------------  -------------------------
    the peer closed                        REMOTE_CLOSED       SOCKET SHUTDOWN
    reset or another socket error          REMOTE_CLOSED       SOCKET errno
    no frame (FrameError)                  DECODE_ERROR        NET_MSG_XP HANDLE_BUFFER
    heartbeat unanswered                   NOOP_TIMEOUT        SOCKET NOOP_TIMEOUT
    half a frame, then silence             UNKNOWN_READ        SOCKET RECV_ERROR

A heartbeat (or the identify check in its place) goes out as soon as the link is up and whenever
nothing was written for the heartbeat's interval. Its answer is due in 8 s, or in 5 s when the timer
itself came over 15 minutes late; any received byte proves life, since a peer that sends is there.

The link has no policy of its own about when to reconnect: its owner has. A connect under way is
one asyncio task; a link that is up is none, only a protocol and one timer.

Differs from Mars: Mars reports an unanswered heartbeat as RECV_ERROR; we use its own code for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from netcore.callbacks import Identify, IdentifyMode
from netcore.connect.endpoint import Source
from netcore.context import Context
from netcore.errors import (
    ConnectError,
    DisconnectReason,
    DnsError,
    ErrorType,
    FrameError,
    SocketCode,
)
from netcore.longlink.codec import Encoder, Frame, FrameDecoder
from netcore.longlink.identify import IdentifyCheck
from netcore.longlink.wire import Wire
from netcore.observe import Event
from netcore.profile import ConnectProfile, NoopProfile
from netcore.task import IDENTIFY_TASK_ID, NOOP_TASK_ID, RESERVED_TASK_IDS_FROM

_log = logging.getLogger("netcore.longlink")

WRITE_CHUNK = 64 * 1024  # bytes handed to the transport before asking whether it is full


class LinkState(IntEnum):
    """Where the link stands (``TLongLinkStatus``)."""

    IDLE = 0
    CONNECTING = 1
    CONNECTED = 2
    DISCONNECTED = 3
    CONNECT_FAILED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStateChanged(Event):
    """A long link changed its state; ``detail`` says why in words, ``rtt`` is its connect time."""

    link: str
    state: LinkState
    reason: DisconnectReason = DisconnectReason.NONE
    error_type: ErrorType = ErrorType.OK
    error_code: int = 0
    detail: str = ""
    host: str = ""
    ip: str = ""
    port: int = 0
    source: Source = Source.NULL
    proxy: str = ""
    rtt: float = 0.0
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatSent(Event):
    """A heartbeat or identify check went out; seconds since the last writing and to the answer."""

    link: str
    interval: float
    actual_interval: float
    answer_due: float
    identify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatAnswered(Event):
    """The peer lives; ``rtt`` in seconds, ``next_interval`` until the next heartbeat."""

    link: str
    rtt: float
    next_interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatMissed(Event):
    """No byte came within ``waited`` seconds of a heartbeat."""

    link: str
    waited: float


class Heartbeat(Protocol):
    """When to send a heartbeat: the smart heartbeat or a fixed one."""

    def interval(self, now: float) -> float:
        """Seconds of silence until the next heartbeat."""
        ...

    def established(self, now: float) -> None:
        """The link came up."""
        ...

    def disconnected(self, now: float) -> None:
        """The link went down."""
        ...

    def sent(self, now: float) -> None:
        """A heartbeat went out."""
        ...

    def result(self, ok: bool, timed_out: bool, now: float) -> None:
        """It was answered, or was not."""
        ...


class FixedHeartbeat:
    """The same interval for ever, in seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def interval(self, now: float) -> float:
        """Always the same."""
        return self.seconds

    def established(self, now: float) -> None:
        """Nothing to learn."""

    def disconnected(self, now: float) -> None:
        """Nothing to learn."""

    def sent(self, now: float) -> None:
        """Nothing to learn."""

    def result(self, ok: bool, timed_out: bool, now: float) -> None:
        """Nothing to learn."""


class LinkOwner(Protocol):
    """What a link tells. All are called on the loop's thread."""

    def link_state(self, state: LinkState) -> None:
        """The state changed."""
        ...

    def link_frame(self, frame: Frame, now: float) -> None:
        """A frame that is no heartbeat came: an answer or a push."""
        ...

    def link_part(self, seq: int, size: int, now: float) -> None:
        """``size`` bytes of the frame ``seq`` are here, more are to come."""
        ...

    def link_wrote(self, task_ids: list[int], now: float) -> None:
        """Frames that had to wait for a full socket went out."""
        ...

    def link_traffic(self, sent: int, received: int) -> None:
        """Bytes went over the network."""
        ...

    def link_down(self, error_type: ErrorType, error_code: int, profile: ConnectProfile) -> None:
        """The connection, or the attempt at one, failed."""
        ...

    def link_alive(self, profile: ConnectProfile) -> None:
        """The peer answered a heartbeat or an identify check well."""
        ...


Connect = Callable[[ConnectProfile], Awaitable[Wire]]


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
        heartbeat: Heartbeat,
        owner: LinkOwner,
        connect: Connect,
        *,
        minor: bool = False,
    ) -> None:
        self.name = name
        self.state = LinkState.IDLE
        self.reason = DisconnectReason.NONE  # of the latest change of the state
        self.detail = ""  # the same in words
        self.profile = ConnectProfile(link=name)
        self.generation = 0
        self.encoder = encoder
        self.heartbeat = heartbeat
        self.rtt = 0.0  # of the latest heartbeat
        self.last_received = 0.0
        self.last_written = 0.0
        self._context = context
        self._settings = context.settings.longlink
        self._now = context.clock.now
        self._owner = owner
        self._connect = connect
        self._identify = IdentifyCheck(minor=minor)
        self._wire: Wire | None = None
        self._wires: set[Wire] = set()
        self._decoder: FrameDecoder = encoder.decoder()
        self._connecting: asyncio.Task[None] | None = None
        self._out: list[tuple[int, bytes]] = []
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self._tick_at = float("inf")
        self._noop_at: float | None = None  # a heartbeat is out since then
        self._noop_due = 0.0
        self._noop_answered = True
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether frames can be sent."""
        return self._wire is not None

    @property
    def connecting(self) -> bool:
        """Whether a connect is under way."""
        return self._connecting is not None

    # -- connecting -----------------------------------------------------------------------------

    def make_sure_connected(self) -> bool:
        """Start connecting unless it is up or under way; whether it is up."""
        if self._wire is not None:
            return True
        if self._closed or self._connecting is not None:
            return False
        self.generation += 1
        last = self.profile
        now = self._now()
        self.profile = ConnectProfile(
            link=self.name,
            start=now,
            dns_start=now,
            network=self._context.network.state.label,
            connect_reason=last.error_code,
        )
        self._set_state(LinkState.CONNECTING)
        self._connecting = self._context.holder.start(
            self._run_connect(self.generation), f"{self.name}-connect"
        )
        return False

    async def _run_connect(self, generation: int) -> None:
        profile = self.profile
        try:
            wire = await self._connect(profile)
        except ConnectError as error:
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
        self.profile.failure = error
        self._ended(error_type, code)
        self._set_state(
            LinkState.CONNECT_FAILED, error_type=error_type, error_code=code, detail=str(error)
        )
        self._owner.link_down(error_type, code, self.profile)

    def _established(self, wire: Wire) -> None:
        now = self._now()
        self._wire = wire
        self._wires.add(wire)
        wire.gone.add_done_callback(lambda _: self._wires.discard(wire))
        self._decoder = self.encoder.decoder()
        self._identify.reset()
        self._out.clear()
        self._paused = False
        self._noop_at = None
        self._noop_answered = True
        self.last_received = self.last_written = now
        self.heartbeat.established(now)
        self._set_state(LinkState.CONNECTED)
        if self._wire is wire:  # a listener may have cut it already
            self._send_noop(now, first=True)
        if self._wire is wire:
            wire.adopt(self)

    # -- ending ---------------------------------------------------------------------------------

    def disconnect(
        self, reason: DisconnectReason, *, detail: str = "", tell_owner: bool = True
    ) -> None:
        """Cut the link, or void the connect under way; no-op when neither is there."""
        connecting, wire = self._connecting, self._wire
        if connecting is None and wire is None:
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
        connecting = self._connecting
        self.disconnect(DisconnectReason.DESTROYED, tell_owner=False)
        if connecting is not None:
            await asyncio.wait([connecting])
        while self._wires:
            await asyncio.wait([wire.gone for wire in self._wires])
            await asyncio.sleep(0)  # let the done callbacks discard them

    def _drop(
        self,
        error_type: ErrorType,
        code: int,
        reason: DisconnectReason,
        detail: str,
        *,
        tell_owner: bool = True,
        timed_out: bool = False,
    ) -> None:
        """The one way down for a link that is up or connecting."""
        now = self._now()
        wire, self._wire = self._wire, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if wire is not None:
            wire.abort()
            if not self._noop_answered:
                self._noop_answered = True
                self.heartbeat.result(False, timed_out, now)
            self.heartbeat.disconnected(now)
        self._out.clear()
        self._ended(error_type, code)
        _log.info("%s: down, %s: %s", self.name, reason.name, detail)
        self._set_state(
            LinkState.DISCONNECTED if wire is not None else LinkState.CONNECT_FAILED,
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
        observer = self._context.observer
        if observer.active:
            profile = self.profile
            observer.emit(
                LinkStateChanged(
                    link=self.name,
                    state=state,
                    reason=reason,
                    error_type=error_type,
                    error_code=error_code,
                    detail=detail,
                    host=profile.host,
                    ip=profile.ip,
                    port=profile.port,
                    source=profile.source,
                    proxy=profile.proxy,
                    rtt=profile.rtt,
                    generation=self.generation,
                )
            )
        self._owner.link_state(state)

    # -- writing --------------------------------------------------------------------------------

    def send(self, task_id: int, data: bytes) -> None:
        """Queue a packed frame; :meth:`flush` writes all that is queued at once."""
        self._out.append((task_id, data))

    def unsend(self, task_id: int) -> bool:
        """Take back a frame that is still queued; whether it was."""
        for index, (queued, _) in enumerate(self._out):
            if queued == task_id:
                del self._out[index]
                return True
        return False

    def flush(self) -> None:
        """Write what is queued, as far as the socket takes it."""
        out, wire = self._out, self._wire
        if not out or wire is None or self._paused:
            return
        if len(out) == 1:
            data = out[0][1]
            out.clear()
            wire.transport.write(data)
            self.last_written = self._now()
            self._owner.link_traffic(len(data), 0)
            return
        start = 0
        written = 0
        while start < len(out) and not self._paused and self._wire is wire:
            size = 0
            end = start
            while end < len(out) and size < WRITE_CHUNK:
                size += len(out[end][1])
                end += 1
            wire.transport.write(b"".join([data for _, data in out[start:end]]))
            written += size
            start = end
        self.last_written = self._now()
        if start == len(out):
            out.clear()
        else:
            del out[:start]
        self._owner.link_traffic(written, 0)

    def send_when_idle(self, cmdid: int, task_id: int, body: bytes) -> bool:
        """Send a frame of the link's own, but only when nothing else waits; whether it went."""
        if self._wire is None or self._out or self._paused:
            return False
        self.send(task_id, self.encoder.pack(cmdid, task_id, body))
        self.flush()
        return True

    def probe(self, timeout: float) -> bool:
        """Send a heartbeat at once, its answer due in ``timeout`` seconds; whether it went out."""
        if self._wire is None:
            return False
        now = self._now()
        if not self._noop_answered:
            self._noop_due = min(self._noop_due, now + timeout)
            self._arm(self._noop_due, now)
            return True
        return self._send_noop(now, timeout=timeout)

    # -- heartbeat ------------------------------------------------------------------------------

    def _interval(self, now: float) -> float:
        return self.encoder.noop_interval or self.heartbeat.interval(now)

    def _send_noop(self, now: float, *, timeout: float = 0.0, first: bool = False) -> bool:
        interval = self._interval(now)
        actual = 0.0 if first else now - self.last_written
        late = actual >= self._settings.noop_late
        if not timeout:
            timeout = self._settings.noop_timeout_late if late else self._settings.noop_timeout
        check = self._identify.next(self._ask_identify)
        if check is not None:
            cmdid, body = check
            self.send(IDENTIFY_TASK_ID, self.encoder.pack(cmdid, IDENTIFY_TASK_ID, body))
            self.flush()
            sent = True
        else:
            sent = self.send_when_idle(
                self.encoder.noop_cmdid, NOOP_TASK_ID, self.encoder.noop_body()
            )
        if sent:
            self._noop_at = now
            self._noop_due = now + timeout
            self._noop_answered = False
            if not self.encoder.noop_interval:
                self.heartbeat.sent(now)
            self.profile.noops.append(NoopProfile(now, interval, actual))
            del self.profile.noops[:-20]
            if self._context.observer.active:
                self._context.observer.emit(
                    HeartbeatSent(
                        link=self.name,
                        interval=interval,
                        actual_interval=actual,
                        answer_due=timeout,
                        identify=check is not None,
                    )
                )
        else:  # data waits for a full socket: its own time-outs watch over the link
            self.last_written = now
        self._arm(self._next_tick(now), now)
        return sent

    def _ask_identify(self) -> Identify:
        callbacks = self._context.callbacks
        return self._context.ask(callbacks.identify_buffer, Identify(IdentifyMode.NEXT), self.name)

    def _alive(self, now: float) -> None:
        """Bytes came while a heartbeat was out: that is answer enough."""
        self._noop_answered = True
        if not self.encoder.noop_interval:
            self.heartbeat.result(True, False, now)
        if self.profile.noops:
            noop = self.profile.noops[-1]
            noop.ok = True
            noop.cost = now - noop.at
        self._arm(self._next_tick(now), now)

    def _answered(self, now: float) -> None:
        """The heartbeat's own answer came."""
        if self._noop_at is not None:
            self.rtt = now - self._noop_at
            self._noop_at = None
            if self._context.observer.active:
                self._context.observer.emit(
                    HeartbeatAnswered(
                        link=self.name, rtt=self.rtt, next_interval=self._interval(now)
                    )
                )
        self._owner.link_alive(self.profile)

    def _next_tick(self, now: float) -> float:
        due = self.last_written + self._interval(now)
        if not self._noop_answered:
            due = min(due, self._noop_due)
        if self._decoder.pending:
            due = min(due, self.last_received + self._settings.frame_timeout)
        return due

    def _arm(self, due: float, now: float) -> None:
        """See to it that the timer fires at ``due`` or before."""
        if self._wire is None:
            return
        if self._timer is not None:
            if self._tick_at <= due:
                return
            self._timer.cancel()
        self._tick_at = due
        self._timer = asyncio.get_running_loop().call_later(max(0.0, due - now), self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._wire is not None:
            self.tick()

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when timers are late."""
        if self._wire is None:
            return
        now = self._now()
        if not self._noop_answered and now >= self._noop_due:
            waited = now - (self._noop_at if self._noop_at is not None else now)
            if self._context.observer.active:
                self._context.observer.emit(HeartbeatMissed(link=self.name, waited=waited))
            self._drop(
                ErrorType.SOCKET,
                SocketCode.NOOP_TIMEOUT,
                DisconnectReason.NOOP_TIMEOUT,
                f"no answer to the heartbeat for {waited:.1f} s",
                timed_out=True,
            )
            return
        if self._decoder.pending and now >= self.last_received + self._settings.frame_timeout:
            self._drop(
                ErrorType.SOCKET,
                SocketCode.RECV_ERROR,
                DisconnectReason.UNKNOWN_READ,
                f"half a frame ({self._decoder.pending} bytes), then silence",
            )
            return
        if self._noop_answered and now >= self.last_written + self._interval(now):
            self._send_noop(now)
            return
        self._arm(self._next_tick(now), now)

    # -- Sink -----------------------------------------------------------------------------------

    def wire_received(self, data: bytes) -> None:
        """Bytes came."""
        now = self._now()
        self.last_received = now
        self._owner.link_traffic(0, len(data))
        if not self._noop_answered:
            self._alive(now)
        decoder = self._decoder
        broken: FrameError | None = None
        try:
            frames = decoder.feed(data)
        except FrameError as error:
            broken = error
            frames = list(error.frames)
        if frames:
            owner, wire, encoder = self._owner, self._wire, self.encoder
            for frame in frames:
                if frame.seq >= RESERVED_TASK_IDS_FROM and self._own(frame, now):
                    continue
                if encoder.is_noop_answer(frame):
                    self._answered(now)
                    continue
                owner.link_frame(frame, now)
                if self._wire is not wire:  # judging the answer cut the link
                    return
        if broken is not None:
            self._drop(
                ErrorType.NET_MSG_XP,
                SocketCode.NET_MSG_XP_HANDLE_BUFFER,
                DisconnectReason.DECODE_ERROR,
                str(broken),
            )
        elif decoder.pending:
            head = decoder.pending_head
            if head is not None:
                self._owner.link_part(head[1], decoder.pending, now)
            self._arm(now + self._settings.frame_timeout, now)

    def _own(self, frame: Frame, now: float) -> bool:
        """Whether the frame answers something that the link itself sent."""
        check = self._identify
        if not self.encoder.is_identify_answer(check.sent_seq, frame):
            return False
        good = self._context.ask(
            self._context.callbacks.on_identify_response,
            False,
            self.name,
            frame.body,
            check.hash,
        )
        check.answered(good)
        if good:
            self._answered(now)
        return True

    def wire_lost(self, error: Exception | None) -> None:
        """The peer closed, or the socket failed."""
        if error is None:
            code: int = SocketCode.SHUTDOWN
            detail = "the peer closed the connection"
        else:
            code = getattr(error, "errno", None) or SocketCode.RECV_ERROR
            detail = str(error) or type(error).__name__
        self._drop(ErrorType.SOCKET, code, DisconnectReason.REMOTE_CLOSED, detail)

    def wire_paused(self, paused: bool) -> None:
        """The socket is full, or takes bytes again."""
        self._paused = paused
        if paused or self._wire is None:
            return
        held = [task_id for task_id, _ in self._out]
        self.flush()
        left = {task_id for task_id, _ in self._out}
        wrote = [task_id for task_id in held if task_id not in left]
        if wrote:
            self._owner.link_wrote(wrote, self._now())
