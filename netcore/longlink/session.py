"""One connection while it is up: what it heard, what is to be written, and when it has failed.

``LongLink::__RunReadWrite`` of ``mars/stn/src/longlink.cc``. A session has no timer, no policy
about connecting and nobody to tell: :class:`~netcore.longlink.link.LongLink` feeds it with bytes
and time, and acts on what it answers. How it may fail is in the table of that module. A new
connection is a new session, so that two may live side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcore.errors import DisconnectReason, ErrorType, Failure, FrameError, SocketCode
from netcore.links.context import Context
from netcore.links.wire import Wire
from netcore.longlink.codec import Encoder, Frame, FrameDecoder
from netcore.longlink.frame_queue import FrameQueue
from netcore.longlink.heartbeat_runner import HeartbeatPolicy, HeartbeatRunner
from netcore.profile import ConnectProfile
from netcore.runtime.clock import NEVER


class LinkSession:
    """One connection. Moments are the clock's seconds."""

    __slots__ = (
        "_decoder",
        "_encoder",
        "_first_beat_at",
        "_first_beat_wait",
        "_frame_timeout",
        "heartbeats",
        "last_received",
        "last_written",
        "number",
        "open",
        "outbox",
        "profile",
        "unheard",
        "wire",
    )

    def __init__(
        self,
        name: str,
        context: Context,
        encoder: Encoder,
        heartbeat: HeartbeatPolicy,
        wire: Wire,
        profile: ConnectProfile,
        *,
        number: int = 0,
        minor: bool = False,
        rtt: float = 0.0,
    ) -> None:
        now = context.clock.now()
        self.open = True
        self.number = number  # of the link's connections
        self.wire = wire
        self.profile = profile
        self.last_received = now
        self.last_written = now
        self.unheard = 0  # bytes written since the peer was last heard
        self.outbox = FrameQueue(wire.transport)
        self.heartbeats = HeartbeatRunner(name, context, encoder, heartbeat, minor=minor, rtt=rtt)
        self._encoder = encoder
        self._decoder: FrameDecoder = encoder.decoder()
        self._frame_timeout = context.settings.longlink.frame_timeout
        self._first_beat_wait = context.settings.longlink.first_noop_wait
        self._first_beat_at = NEVER  # of a first heartbeat that lets waiting tasks go before it

    def begin(self, heartbeat: HeartbeatPolicy, now: float) -> None:
        """The connection is the link's from now on: its heartbeats are learned from."""
        heartbeats = self.heartbeats
        heartbeats.heartbeat = heartbeat
        heartbeat.established(now)
        if heartbeats.waiting:  # it was a candidate, and has asked already
            heartbeat.sent(now, 0.0)

    def end(self, now: float, *, timed_out: bool, ours: bool, linger: bool = False) -> None:
        """Close the wire; one that lingers only asks and beats no more."""
        self.open = False
        if not linger:
            self.outbox.close()
            self.wire.abort()
        self.heartbeats.ended(now, timed_out=timed_out, ours=ours)

    # -- writing --------------------------------------------------------------------------------

    def wrote(self, size: int, now: float) -> None:
        """Bytes were handed to the socket."""
        self.last_written = now
        self.unheard += size

    def queue_when_idle(self, cmdid: int, task_id: int, body: bytes) -> bool:
        """Queue a frame of the link's own, but only when nothing else waits; whether it is."""
        if not self.open or self.outbox.busy:
            return False
        self.outbox.put([(task_id, self._encoder.pack(cmdid, task_id, body))])
        return True

    def queue_first_beat(self, now: float, *, tasks_wait: bool) -> bool:
        """Queue the connection's first heartbeat; whether it is.

        Tasks that wait for the link go first, and the heartbeat ``first_noop_wait`` after them:
        Mars's sample server takes each socket read for one frame, and of a heartbeat and a request
        that arrive together it loses the request. The identify check never waits.
        """
        behind = tasks_wait and self._first_beat_wait > 0
        queued = self.queue_beat(now, first=True, only_identify=behind)
        if behind and not queued:
            self._first_beat_at = now + self._first_beat_wait
        return queued

    def queue_beat(
        self, now: float, *, timeout: float = 0.0, first: bool = False, only_identify: bool = False
    ) -> bool:
        """Queue a heartbeat, or the identify check in its place; whether it is.

        A heartbeat only goes when no data waits: for a full socket the data's own time-outs watch
        over the link. ``timeout`` of 0 is the settings'. ``only_identify`` queues no heartbeat.
        """
        if now >= self._first_beat_at:
            first, self._first_beat_at = True, NEVER
        beat = self.heartbeats.next()
        if beat.identify:
            frame = self._encoder.pack(beat.cmdid, beat.task_id, beat.body)
            self.outbox.put([(beat.task_id, frame)])
        elif only_identify or not self.queue_when_idle(beat.cmdid, beat.task_id, beat.body):
            self.last_written = now
            return False
        self._first_beat_at = NEVER
        self.heartbeats.sent(
            beat,
            self.profile,
            now,
            written_ago=0.0 if first else now - self.last_written,
            silence=now - max(self.last_written, self.last_received),
            timeout=timeout,
        )
        return True

    # -- reading --------------------------------------------------------------------------------

    def heard(self, now: float) -> bool:
        """Bytes came; whether they answer a heartbeat that was waited for."""
        self.last_received = now
        self.unheard = 0
        if not self.heartbeats.waiting:
            return False
        self.heartbeats.alive(self.profile, now)
        return True

    def receive(self, data: bytes) -> tuple[Sequence[Frame], Failure | None]:
        """The frames that the bytes complete, then what was wrong with the bytes after them."""
        try:
            return self._decoder.feed(data), None
        except FrameError as error:
            failure = Failure(
                ErrorType.NET_MSG_XP,
                SocketCode.NET_MSG_XP_HANDLE_BUFFER,
                DisconnectReason.DECODE_ERROR,
                str(error),
            )
            return error.frames, failure

    @property
    def part(self) -> tuple[int, int] | None:
        """(seq, bytes so far) of a frame that is not whole yet; seq 0 until its head is here."""
        pending = self._decoder.pending
        if not pending:
            return None
        head = self._decoder.pending_head
        return (0 if head is None else head[1]), pending

    # -- time -----------------------------------------------------------------------------------

    @property
    def frame_due(self) -> float:
        """When the rest of half a frame must be here."""
        return self.last_received + self._frame_timeout if self._decoder.pending else NEVER

    def beat_due(self, now: float) -> float:
        """When the next heartbeat is to go out."""
        if self.heartbeats.waiting:
            return NEVER
        return min(self._first_beat_at, self.last_written + self.heartbeats.interval(now))

    def due(self, now: float) -> float:
        """The soonest moment at which there is something to do."""
        return min(self.heartbeats.due, self.beat_due(now), self.frame_due)

    def expired(self, now: float) -> Failure | None:
        """What the silence until ``now`` means."""
        heartbeats = self.heartbeats
        if heartbeats.waiting and now >= heartbeats.due:
            waited = heartbeats.missed(now)
            return Failure(
                ErrorType.SOCKET,
                SocketCode.NOOP_TIMEOUT,
                DisconnectReason.NOOP_TIMEOUT,
                f"no answer to the heartbeat for {waited:.1f} s",
                timed_out=True,
            )
        if now >= self.frame_due:
            return Failure(
                ErrorType.SOCKET,
                SocketCode.RECV_ERROR,
                DisconnectReason.UNKNOWN_READ,
                f"half a frame ({self._decoder.pending} bytes), then silence",
            )
        return None
