"""The heartbeats of one connection: sent, answered, missed.

``LongLink::__NoopReq`` and ``__NoopResp`` of ``mars/stn/src/longlink.cc``. When the next one is due
is the :class:`HeartbeatPolicy`'s to say (:mod:`netcore.longlink.heartbeat`); whether the identify
check goes in its place, :class:`~netcore.longlink.identify.IdentifyCheck`'s. The link owns the
timer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from netcore.callbacks import Identify, IdentifyMode
from netcore.links.context import Context
from netcore.longlink.codec import Encoder, Frame
from netcore.longlink.identify import IdentifyCheck
from netcore.observe import Event
from netcore.profile import ConnectProfile, NoopProfile
from netcore.runtime.clock import NEVER
from netcore.task import IDENTIFY_TASK_ID, NOOP_TASK_ID

NOOPS_KEPT = 20  # in a connection's profile


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


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyAnswered(Event):
    """The identify check was answered; ``good`` is what the application says of the answer."""

    link: str
    good: bool


class HeartbeatPolicy(Protocol):
    """When to send a heartbeat: a learned interval or a fixed one."""

    def interval(self, now: float) -> float:
        """Seconds of silence until the next heartbeat."""
        ...

    def established(self, now: float) -> None:
        """The link came up."""
        ...

    def disconnected(self, now: float, *, ours: bool) -> None:
        """The link went down, by our own will or not."""
        ...

    def sent(self, now: float, silence: float) -> None:
        """A heartbeat went out after so many seconds without a byte in either direction."""
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

    def disconnected(self, now: float, *, ours: bool) -> None:
        """Nothing to learn."""

    def sent(self, now: float, silence: float) -> None:
        """Nothing to learn."""

    def result(self, ok: bool, timed_out: bool, now: float) -> None:
        """Nothing to learn."""


class Beat(NamedTuple):
    """A frame that asks whether the peer is there: a heartbeat or the identify check."""

    cmdid: int
    task_id: int
    body: bytes
    identify: bool


class HeartbeatRunner:
    """The heartbeats of one connection; ``rtt`` is the latest known round trip, in seconds."""

    __slots__ = (
        "_context",
        "_encoder",
        "_identify",
        "_link",
        "_sent_at",
        "_settings",
        "due",
        "heartbeat",
        "rtt",
        "waiting",
    )

    def __init__(
        self,
        link: str,
        context: Context,
        encoder: Encoder,
        heartbeat: HeartbeatPolicy,
        *,
        minor: bool,
        rtt: float = 0.0,
    ) -> None:
        self.heartbeat = heartbeat
        self.rtt = rtt
        self.waiting = False  # whether an answer is due
        self.due = NEVER  # until when
        self._link = link
        self._context = context
        self._settings = context.settings.longlink
        self._encoder = encoder
        self._identify = IdentifyCheck(minor=minor)
        self._sent_at: float | None = None  # of the heartbeat whose own answer has not come

    @property
    def identified(self) -> bool:
        """Whether the identify check of the connection is settled."""
        return self._identify.settled

    def interval(self, now: float) -> float:
        """Seconds after the last writing until the next heartbeat."""
        return self._encoder.noop_interval or self.heartbeat.interval(now)

    def next(self) -> Beat:
        """What to send now; tell :meth:`sent` when it went out."""
        check = self._identify.next(self._ask_identify)
        if check is not None:
            return Beat(check[0], IDENTIFY_TASK_ID, check[1], True)
        encoder = self._encoder
        return Beat(encoder.noop_cmdid, NOOP_TASK_ID, encoder.noop_body(), False)

    def sent(
        self,
        beat: Beat,
        profile: ConnectProfile,
        now: float,
        *,
        written_ago: float,
        silence: float,
        timeout: float = 0.0,
    ) -> None:
        """It went out; its answer is due in ``timeout`` seconds, 0 for the settings'."""
        if not timeout:
            late = written_ago >= self._settings.noop_late
            timeout = self._settings.noop_timeout_late if late else self._settings.noop_timeout
        interval = self.interval(now)
        self._sent_at = now
        self.waiting = True
        self.due = now + timeout
        if not self._encoder.noop_interval:
            self.heartbeat.sent(now, silence)
        profile.noops.append(NoopProfile(now, interval, written_ago))
        del profile.noops[:-NOOPS_KEPT]
        if self._context.observer.active:
            self._context.observer.emit(
                HeartbeatSent(
                    link=self._link,
                    interval=interval,
                    actual_interval=written_ago,
                    answer_due=timeout,
                    identify=beat.identify,
                )
            )

    def hurry(self, due: float) -> None:
        """The answer that is waited for is due by then."""
        self.due = min(self.due, due)

    def alive(self, profile: ConnectProfile, now: float) -> None:
        """Bytes came while a heartbeat was out: that is answer enough."""
        self.waiting = False
        self.due = NEVER
        if not self._encoder.noop_interval:
            self.heartbeat.result(True, False, now)
        if profile.noops:
            noop = profile.noops[-1]
            noop.ok = True
            noop.cost = now - noop.at

    def missed(self, now: float) -> float:
        """The answer did not come in time; how long it was waited for."""
        waited = now - (now if self._sent_at is None else self._sent_at)
        if self._context.observer.active:
            self._context.observer.emit(HeartbeatMissed(link=self._link, waited=waited))
        return waited

    def ended(self, now: float, *, timed_out: bool, ours: bool) -> None:
        """The connection ended; ``ours``: because we wanted it to."""
        if self.waiting and not ours and not self._encoder.noop_interval:
            self.heartbeat.result(False, timed_out, now)
        self.waiting = False
        self.due = NEVER
        self.heartbeat.disconnected(now, ours=ours)

    def answered(self, frame: Frame, now: float) -> bool | None:
        """Whether the frame answers a heartbeat or the identify check well; None: it does not."""
        check = self._identify
        if self._encoder.is_identify_answer(check.sent_seq, frame):
            good = self._context.ask(
                self._context.callbacks.on_identify_response,
                False,
                self._link,
                frame.body,
                check.hash,
            )
            check.answered(good)
            if self._context.observer.active:
                self._context.observer.emit(IdentifyAnswered(link=self._link, good=good))
            if not good:
                return False
        elif not self._encoder.is_noop_answer(frame):
            return None
        if self._sent_at is not None:
            self.rtt = now - self._sent_at
            self._sent_at = None
            if self._context.observer.active:
                self._context.observer.emit(
                    HeartbeatAnswered(
                        link=self._link, rtt=self.rtt, next_interval=self.interval(now)
                    )
                )
        return True

    def _ask_identify(self) -> Identify:
        callbacks = self._context.callbacks
        return self._context.ask(callbacks.identify_buffer, Identify(IdentifyMode.NEXT), self._link)
