"""One connection while it is up: bytes, heartbeats, doubt, and the timer for all of them.

``LongLink::__RunReadWrite`` of ``mars/stn/src/longlink.cc``. How it may fail is in the table of
:mod:`netcore.longlink.link`, which makes connections and takes them down; this tells it so by
``failed(error_type, code, reason, detail, timed_out)``.
"""

from __future__ import annotations

from collections.abc import Callable

from netcore.errors import DisconnectReason, ErrorType, FrameError, SocketCode
from netcore.links.context import Context
from netcore.links.wire import Wire
from netcore.longlink.codec import Encoder, FrameDecoder
from netcore.longlink.frame_queue import FrameQueue
from netcore.longlink.heartbeat_runner import NEVER, HeartbeatPolicy, HeartbeatRunner
from netcore.longlink.hedged_reconnect import HedgedReconnect
from netcore.longlink.state import Connect, LinkOwner
from netcore.profile import ConnectProfile
from netcore.runtime.alarm import Alarm
from netcore.task import RESERVED_TASK_IDS_FROM

Failed = Callable[[ErrorType, int, DisconnectReason, str, bool], None]


class LinkSession:
    """What a link does with the wire it has; used for one wire after another."""

    def __init__(
        self,
        name: str,
        context: Context,
        encoder: Encoder,
        heartbeat: HeartbeatPolicy,
        owner: LinkOwner,
        *,
        minor: bool,
        connect: Connect,
        new_profile: Callable[[], ConnectProfile],
        take_over: Callable[[Wire, ConnectProfile], None],
        failed: Failed,
    ) -> None:
        self.wire: Wire | None = None
        self.last_received = 0.0
        self.last_written = 0.0
        self._unheard = 0  # bytes written since the peer was last heard
        self._first_beat_at = NEVER  # of a first heartbeat that lets waiting tasks go before it
        self.heartbeats = HeartbeatRunner(name, context, encoder, heartbeat, minor=minor)
        self.hedge = HedgedReconnect(
            name, context, connect, new_profile, self._ask, take_over, self._rearm
        )
        self._profile = ConnectProfile()
        self._settings = context.settings.longlink
        self._now = context.clock.now
        self._encoder = encoder
        self._owner = owner
        self._failed = failed
        self._decoder: FrameDecoder = encoder.decoder()
        self._outbox = outbox = FrameQueue(self._wrote)
        self.send = outbox.put  # queues a packed frame
        self.flush = outbox.flush  # writes what is queued, as far as the socket takes it
        self._alarm = Alarm(context.clock.now, self.tick)

    def open(self, wire: Wire, profile: ConnectProfile) -> None:
        """There is a new wire; :meth:`begin` is called when the owner knows."""
        now = self._now()
        self.wire = wire
        self._profile = profile
        self._decoder = self._encoder.decoder()
        self._outbox.open(wire)
        self._unheard = 0
        self._first_beat_at = NEVER
        self.last_received = self.last_written = now
        self.hedge.trust()
        self.heartbeats.established(now)

    def begin(self) -> None:
        """Send the first heartbeat, and hear what the peer says.

        Tasks that wait for the link go first, and the heartbeat ``first_noop_wait`` after them:
        Mars's sample server takes each socket read for one frame, and of a heartbeat and a request
        that arrive together it loses the request. The identify check never waits.
        """
        wire = self.wire
        if wire is not None:
            now, wait = self._now(), self._settings.first_noop_wait
            behind = wait > 0 and self._owner.link_busy()
            if not self._beat(now, first=True, only_identify=behind) and behind:
                self._first_beat_at = now + wait
                self._arm(self._first_beat_at)
        if wire is not None and self.wire is wire:
            wire.adopt(self)

    def end(self, *, timed_out: bool, ours: bool) -> bool:
        """Close the wire, or give up the rival of one that is gone; whether there was a wire."""
        wire, self.wire = self.wire, None
        self.hedge.trust()
        self._alarm.cancel()
        self._outbox.close()
        if wire is None:
            return False
        wire.abort()
        self.heartbeats.ended(self._now(), timed_out=timed_out, ours=ours)
        return True

    def network_found(self) -> None:
        """The network has a name now: the heartbeat is the one learned on it."""
        if self.wire is not None:
            now = self._now()
            self.heartbeats.heartbeat.established(now)
            self._arm(self._next_tick(now))

    # -- doubt ----------------------------------------------------------------------------------

    def expect_answer(self, now: float) -> None:
        """Data that will be answered was just written: doubt the peer if it stays silent."""
        stall = self.hedge.stall
        stall.sent(now - self.last_received, now, self._unheard)
        if stall.due < self._alarm.at:
            self._arm(stall.due)

    def probe(self, timeout: float) -> bool:
        """Ask at once whether the peer is there; whether there is a connection to ask on.

        A heartbeat goes out, its answer due in ``timeout`` seconds, and a rival soon after it.
        """
        if self.wire is None:
            return False
        now = self._now()
        self.hedge.stall.suspect(now)
        self._check_stall(now, timeout)
        self._arm(self._next_tick(now))
        return True

    def _check_stall(self, now: float, timeout: float = 0.0) -> None:
        rtt = max(self.heartbeats.rtt, self._profile.rtt)
        self.hedge.act(now, rtt, now - self.last_received, timeout)

    def _ask(self, now: float, timeout: float) -> bool:
        if not self.heartbeats.waiting:
            return self._beat(now, timeout=timeout)
        if timeout:
            self.heartbeats.hurry(now + timeout)
        return True

    # -- writing --------------------------------------------------------------------------------

    def unsend(self, task_id: int) -> bool:
        """Take back a frame that is still queued; whether it was."""
        return self._outbox.take_back(task_id)

    def send_when_idle(self, cmdid: int, task_id: int, body: bytes) -> bool:
        """Send a frame of the link's own, but only when nothing else waits; whether it went."""
        if self.wire is None or self._outbox.busy:
            return False
        self.send(task_id, self._encoder.pack(cmdid, task_id, body))
        self.flush()
        return True

    def _send_own(self, cmdid: int, task_id: int, body: bytes, urgent: bool) -> bool:
        if not urgent:
            return self.send_when_idle(cmdid, task_id, body)
        self.send(task_id, self._encoder.pack(cmdid, task_id, body))
        self.flush()
        return True

    def _wrote(self, size: int) -> None:
        self.last_written = self._now()
        self._unheard += size
        self._owner.link_traffic(size, 0)

    # -- the timer ------------------------------------------------------------------------------

    def _beat(
        self, now: float, *, timeout: float = 0.0, first: bool = False, only_identify: bool = False
    ) -> bool:
        sent = self.heartbeats.beat(
            self._send_own,
            self._profile,
            now,
            written_ago=0.0 if first else now - self.last_written,
            silence=now - max(self.last_written, self.last_received),
            timeout=timeout,
            only_identify=only_identify,
        )
        if not sent:  # data waits for a full socket: its own time-outs watch over the link
            self.last_written = now
        self._arm(self._next_tick(now))
        return sent

    def _next_tick(self, now: float) -> float:
        due = min(self.heartbeats.due, self.hedge.stall.due, self._first_beat_at)
        if not self.heartbeats.waiting:
            due = min(due, self.last_written + self.heartbeats.interval(now))
        if self._decoder.pending:
            due = min(due, self.last_received + self._settings.frame_timeout)
        return due

    def _arm(self, due: float) -> None:
        if self.wire is not None:
            self._alarm.by(due)

    def _rearm(self) -> None:
        self._arm(self._next_tick(self._now()))

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when timers are late."""
        self._alarm.cancel()
        if self.wire is None:
            return
        now = self._now()
        heartbeats = self.heartbeats
        if heartbeats.waiting and now >= heartbeats.due:
            waited = heartbeats.missed(now)
            self._failed(
                ErrorType.SOCKET,
                SocketCode.NOOP_TIMEOUT,
                DisconnectReason.NOOP_TIMEOUT,
                f"no answer to the heartbeat for {waited:.1f} s",
                True,
            )
            return
        if self._decoder.pending and now >= self.last_received + self._settings.frame_timeout:
            self._failed(
                ErrorType.SOCKET,
                SocketCode.RECV_ERROR,
                DisconnectReason.UNKNOWN_READ,
                f"half a frame ({self._decoder.pending} bytes), then silence",
                False,
            )
            return
        if now >= self._first_beat_at:
            self._first_beat_at = NEVER
            if not heartbeats.waiting:
                self._beat(now, first=True)
        self._check_stall(now)
        if not heartbeats.waiting and now >= self.last_written + heartbeats.interval(now):
            self._beat(now)
            return
        self._arm(self._next_tick(now))

    # -- Sink -----------------------------------------------------------------------------------

    def wire_received(self, data: bytes) -> None:
        """Bytes came."""
        now = self._now()
        owner, wire = self._owner, self.wire
        self.last_received = now
        self._unheard = 0
        owner.link_traffic(0, len(data))
        if self.wire is not wire:  # a callback cut the link
            return
        self.hedge.trust()
        if self.heartbeats.waiting:
            self.heartbeats.alive(self._profile, now)
            self._arm(self._next_tick(now))
        decoder = self._decoder
        broken: FrameError | None = None
        try:
            frames = decoder.feed(data)
        except FrameError as error:
            broken = error
            frames = list(error.frames)
        if frames:
            encoder = self._encoder
            for frame in frames:
                if frame.seq >= RESERVED_TASK_IDS_FROM or encoder.is_noop_answer(frame):
                    good = self.heartbeats.answered(frame, now)
                    if good:
                        owner.link_alive(self._profile)
                    if good is not None:
                        continue
                owner.link_frame(frame, now)
                if self.wire is not wire:  # judging the answer cut the link
                    return
        if broken is not None:
            self._failed(
                ErrorType.NET_MSG_XP,
                SocketCode.NET_MSG_XP_HANDLE_BUFFER,
                DisconnectReason.DECODE_ERROR,
                str(broken),
                False,
            )
        elif decoder.pending:
            head = decoder.pending_head
            if head is not None:
                self._owner.link_part(head[1], decoder.pending, now)
            self._arm(now + self._settings.frame_timeout)

    def wire_lost(self, error: Exception | None) -> None:
        """The peer closed, or the socket failed."""
        if error is None:
            code: int = SocketCode.SHUTDOWN
            detail = "the peer closed the connection"
        else:
            code = getattr(error, "errno", None) or SocketCode.RECV_ERROR
            detail = str(error) or type(error).__name__
        self._failed(ErrorType.SOCKET, code, DisconnectReason.REMOTE_CLOSED, detail, False)

    def wire_paused(self, paused: bool) -> None:
        """The socket is full, or takes bytes again."""
        wrote = self._outbox.pause(paused)
        if wrote:
            self._owner.link_wrote(wrote, self._now())
