"""Where tasks begin and end (the middle of ``mars/stn/src/net_core.cc``).

A task comes in through :meth:`Desk.begin`, is given to the link that routing chose, and comes back
through :meth:`Desk.task_ended`, from where the waiting future, the callbacks, the profile report
and the events are served. Both links report here.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from netcore.callbacks import Callbacks, ConnectStatus
from netcore.connect.sources import Sources
from netcore.context import Context
from netcore.contract import Link
from netcore.errors import (
    ConfigError,
    DisconnectReason,
    ErrorType,
    FailHandle,
    LocalCode,
    NetcoreError,
    task_error,
)
from netcore.longlink.carrier import Carrier
from netcore.longlink.codec import Frame
from netcore.longlink.entry import Entry
from netcore.longlink.link import LinkState
from netcore.longlinks import Longlinks
from netcore.observe import Event
from netcore.profile import ConnectProfile
from netcore.routing import choose_channel, task_timeout, usable_channels, validate
from netcore.status import StatusBoard
from netcore.task import RESERVED_TASK_IDS_FROM, Channel, Priority, Task

_log = logging.getLogger("netcore.task")

RECENT_FOREGROUND = 900.0  # seconds in which a task in the foreground brings the long link up
REPORT_GAP = 10.0  # seconds between two reports that an address works


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(Event):
    """A task was accepted and given to a link; ``timeout`` bounds all of it, in seconds."""

    task_id: int
    cmdid: int
    cgi: str
    channel: Channel
    channel_name: str
    priority: Priority
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnded(Event):
    """A task is over. Seconds and bytes of its last attempt, ``cost`` and ``attempts`` of all."""

    task_id: int
    cmdid: int
    cgi: str
    channel: Channel
    channel_name: str
    error_type: ErrorType
    error_code: int
    cost: float
    attempts: int
    queue: float
    first_package: float
    body: float  # from the first to the last package
    decode: float
    sent: int
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed(Event):
    """The server sent something on its own; ``size`` in bytes."""

    link: str
    cmdid: int
    seq: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """The state over all links, and of the main long link."""

    status: ConnectStatus
    longlink: ConnectStatus


class Desk:
    """Serves the links of one NetCore."""

    def __init__(self, context: Context, longlinks: Longlinks, sources: Sources) -> None:
        self.status = StatusBoard(use_longlink=context.settings.use_longlink)
        self._context = context
        self._now = context.clock.now
        self._longlinks = longlinks
        self._sources = sources
        self._limits = context.settings.limits
        self._where: dict[int, Carrier] = {}
        self._last_task_id = 0
        self._next_good_report: dict[str, float] = {}
        self._running = False
        kind = type(context.callbacks)
        # Callbacks left at their defaults are not called at all: this is the hot path.
        self._tells_end = kind.on_task_end is not Callbacks.on_task_end
        self._tells_profile = kind.report_task_profile is not Callbacks.report_task_profile

    def start(self) -> None:
        """Take tasks from now on."""
        self._running = True

    async def close(self) -> None:
        """Take no more tasks, and close every handle."""
        self._running = False

    # -- beginning ------------------------------------------------------------------------------

    def begin(self, task: Task, future: asyncio.Future[bytes] | None) -> None:
        """Accept a task, or end it at once with the reason.

        Raises NetcoreError before ``start`` and after ``close``, and ConfigError for an id that is
        in use.
        """
        if not self._running:
            raise NetcoreError("netcore is not running: start() it first")
        task_id = task.task_id
        if not task_id:
            task_id = task.task_id = self._new_id()
        elif self.has(task_id):
            raise ConfigError(f"a task with the id {task_id} is under way already")
        now = self._now()
        limits = self._limits
        retries = task.retry_count if task.retry_count >= 0 else limits.default_retry_count
        entry = Entry(task, now, task_timeout(task, retries), retries, future)
        wrong = validate(task, limits)
        if wrong is not None:
            self._refuse(entry, wrong.type, wrong.code, str(wrong))
            return
        self._route(entry, now)

    def _route(self, entry: Entry, now: float) -> None:
        task = entry.task
        context = self._context
        longlink = self._longlinks.get(task.channel_name)
        up = longlink is not None and longlink.connected
        if task.network_status_sensitive and not up and not context.network.state.online:
            self._refuse(entry, ErrorType.LOCAL, LocalCode.NO_NET, "there is no network")
            return
        allowed = usable_channels(task)
        if not context.settings.use_longlink:
            allowed &= Channel.SHORT
        if not self._sources.settings.shortlink_port:
            allowed &= ~Channel.SHORT
        channel = allowed
        if allowed != Channel.LONG:
            channel = choose_channel(
                task,
                allowed,
                longlink_up=up,
                longlink_tasks=0 if longlink is None else len(longlink.tasks),
                minor_free=lambda: self._longlinks.minor_free(task),
                fast_limit=self._limits.fast_strategy_tasks,
            )
        if not up and longlink is not None and allowed & Channel.LONG:
            self._bring_up(longlink, now)
        if channel == Channel.LONG:
            carrier = longlink
        elif channel == Channel.MINOR_LONG:
            carrier = self._longlinks.minor_for(task)
        else:
            self._refuse(
                entry, ErrorType.LOCAL, LocalCode.CHANNEL_SELECT, "no link can carry this task"
            )
            return
        if carrier is None:
            self._refuse(
                entry,
                ErrorType.LOCAL,
                LocalCode.LONGLINK_UNAVAILABLE,
                f"there is no long link named {task.channel_name or 'main'!r}",
            )
            return
        self._where[task.task_id] = carrier
        carrier.start(entry)
        if context.observer.active:
            self._tell_start(entry)

    def _bring_up(self, longlink: Carrier, now: float) -> None:
        active = self._context.active
        if active.foreground and now - active.changed_at <= RECENT_FOREGROUND:
            longlink.upkeep.wanted()

    def _new_id(self) -> int:
        while True:
            self._last_task_id += 1
            if self._last_task_id >= RESERVED_TASK_IDS_FROM:
                self._last_task_id = 1
            if not self.has(self._last_task_id):
                return self._last_task_id

    # -- looking after --------------------------------------------------------------------------

    def has(self, task_id: int) -> bool:
        """Whether the task is under way."""
        return task_id in self._where

    def stop(self, task_id: int) -> bool:
        """Take a task back; whether it was there."""
        carrier = self._where.get(task_id)
        entry = None if carrier is None else carrier.stop(task_id)
        if entry is None:
            return False
        self._stopped(entry, LocalCode.CANCEL)
        return True

    def clear(self, code: LocalCode) -> None:
        """Take all tasks back. With RESET each still gets its ``on_task_end``."""
        for carrier in self._longlinks:
            for entry in carrier.clear():
                if code is LocalCode.RESET:
                    entry.attempt.end = self._now()
                    self.task_ended(entry, ErrorType.LOCAL, code, FailHandle.TASK_END)
                else:
                    self._stopped(entry, code)
            carrier.upkeep.on_state(carrier.link.state)

    def redo(self, reason: DisconnectReason) -> None:
        """Reconnect all links and send their running tasks again."""
        for carrier in self._longlinks:
            carrier.redo(reason)

    def touch(self) -> None:
        """Look at the waiting tasks of all links."""
        for carrier in self._longlinks:
            carrier.touch()

    def retry_all(
        self, error_type: ErrorType, error_code: int, handle: FailHandle, task: Task
    ) -> None:
        """Send all running tasks of the task's user again, on new connections."""
        for carrier in self._longlinks:
            carrier.retry(error_type, error_code, handle, task.task_id, task.user_id)

    def reset(self) -> None:
        """Forget what was learned of this network."""
        self.status.network_changed()

    # -- ending ---------------------------------------------------------------------------------

    def task_ended(
        self, entry: Entry, error_type: ErrorType, error_code: int, handle: FailHandle
    ) -> None:
        """A task is over: tell whoever waits."""
        task, profile = entry.task, entry.profile
        self._where.pop(task.task_id, None)
        profile.end = entry.attempt.end or self._now()
        profile.error_type = error_type
        profile.error_code = error_code
        future = entry.future
        if future is not None and not future.done():
            if error_type is ErrorType.OK:
                future.set_result(entry.answer)
            else:
                future.set_exception(task_error(error_type, error_code, _why(entry, handle)))
        if self._tells_end and handle is not FailHandle.SILENT_TASK_END:
            self._context.ask(
                self._context.callbacks.on_task_end, None, task, error_type, error_code, profile
            )
        if self._tells_profile:
            self._context.ask(self._context.callbacks.report_task_profile, None, profile)
        if self._context.observer.active:
            self._tell_end(entry)

    def _refuse(self, entry: Entry, error_type: ErrorType, code: int, why: str) -> None:
        """End a task that no link ever had."""
        entry.attempt.end = self._now()
        entry.attempt.error_type = error_type
        entry.attempt.error_code = code
        future = entry.future
        if future is not None and not future.done():
            future.set_exception(task_error(error_type, code, why))
        self.task_ended(entry, error_type, code, FailHandle.TASK_END)

    def _stopped(self, entry: Entry, code: LocalCode) -> None:
        """The caller took the task back: no callback, but a waiting future must not hang."""
        self._where.pop(entry.task.task_id, None)
        profile = entry.profile
        profile.end = entry.attempt.end = self._now()
        profile.error_type = entry.attempt.error_type = ErrorType.LOCAL
        profile.error_code = entry.attempt.error_code = code
        future = entry.future
        if future is not None and not future.done():
            future.set_exception(task_error(ErrorType.LOCAL, code))
        if self._context.observer.active:
            self._tell_end(entry)

    # -- what the links ask ---------------------------------------------------------------------

    def passes_limits(self, task: Task, body: bytes, now: float) -> bool:
        """Whether the limiters let the task go."""
        return True

    def intercepted(self, task: Task, now: float) -> bytes | None:
        """The answer that stands for one from the server, or None."""
        return None

    def intercept(self, task: Task, code: int, body: bytes, now: float) -> None:
        """Maybe this answer is to stand for later ones."""

    def timeouts(self, entry: Entry, size: int, sent: int, now: float) -> tuple[float, float]:
        """The first-package and the read-write time-out of a task about to be sent."""
        return 12.0, 37.0

    def package_package(self) -> float:
        """The package-package time-out."""
        return 8.0

    # -- what the links tell --------------------------------------------------------------------

    def received(self, entry: Entry, size: int, now: float) -> None:
        """Bytes of an answer came."""

    def traffic(self, link: str, sent: int, received: int) -> None:
        """Bytes went over the network."""

    def weak(self, now: float) -> bool:
        """Whether the network is weak."""
        return False

    def connect_result(self, link: Link, ok: bool, profile: ConnectProfile) -> None:
        """A connection came about, or did not."""

    def pushed(self, carrier: Carrier, frame: Frame) -> None:
        """The server sent something on its own."""
        if self._context.observer.active:
            self._context.observer.emit(
                Pushed(link=carrier.name, cmdid=frame.cmdid, seq=frame.seq, size=len(frame.body))
            )
        self._context.ask(
            self._context.callbacks.on_push, None, carrier.name, frame.cmdid, frame.seq, frame.body
        )

    def link_changed(self, carrier: Carrier, state: LinkState) -> None:
        """A long link's state changed."""
        if state in (LinkState.CONNECTED, LinkState.DISCONNECTED):
            self._context.ask(
                self._context.callbacks.on_longlink_status,
                None,
                carrier.name,
                state is LinkState.CONNECTED,
            )
        if carrier.main and self.status.on_longlink(state):
            self._tell_status()
        if state is LinkState.CONNECTED:
            self._report_address(carrier, carrier.link.profile, True, self._now())

    def network_result(
        self,
        link: Link,
        error_type: ErrorType,
        error_code: int,
        profile: ConnectProfile,
    ) -> None:
        """An address worked (OK) or failed, as a heartbeat, a connection or a task showed."""
        now = self._now()
        ok = error_type is ErrorType.OK
        if link.main:
            self._context.ask(
                self._context.callbacks.on_network_error,
                None,
                link.name,
                error_type,
                error_code,
                profile.ip,
                profile.port,
            )
        if ok or error_type in (ErrorType.SOCKET, ErrorType.NET_MSG_XP, ErrorType.EN_DECODE):
            self._report_address(link, profile, ok, now)

    def _report_address(self, link: Link, profile: ConnectProfile, ok: bool, now: float) -> None:
        endpoint = profile.endpoint
        if endpoint is None:
            return
        if ok:
            if now < self._next_good_report.get(link.name, 0.0):
                return
            self._next_good_report[link.name] = now + REPORT_GAP
        link.report_address(endpoint, ok)

    # -- surroundings ---------------------------------------------------------------------------

    def on_network(self) -> None:
        """The network is another one."""
        self.status.network_changed()

    def on_active(self) -> None:
        """The foreground or the activity changed."""

    def on_wake(self) -> None:
        """Time jumped: deadlines may have passed."""

    # -- events ---------------------------------------------------------------------------------

    def _tell_status(self) -> None:
        status = self.status
        if self._context.observer.active:
            self._context.observer.emit(
                StatusChanged(status=status.overall, longlink=status.longlink)
            )
        self._context.ask(
            self._context.callbacks.report_connect_status, None, status.overall, status.longlink
        )

    def _tell_start(self, entry: Entry) -> None:
        task, profile = entry.task, entry.profile
        self._context.observer.emit(
            TaskStarted(
                task_id=task.task_id,
                cmdid=task.cmdid,
                cgi=task.cgi,
                channel=profile.channel,
                channel_name=profile.channel_name,
                priority=task.priority,
                timeout=profile.timeout,
            )
        )

    def _tell_end(self, entry: Entry) -> None:
        task, profile, attempt = entry.task, entry.profile, entry.attempt
        self._context.observer.emit(
            TaskEnded(
                task_id=task.task_id,
                cmdid=task.cmdid,
                cgi=task.cgi,
                channel=profile.channel,
                channel_name=profile.channel_name,
                error_type=profile.error_type,
                error_code=profile.error_code,
                cost=profile.cost,
                attempts=len(profile.attempts),
                queue=attempt.queue_cost,
                first_package=attempt.first_package_cost,
                body=attempt.last_package - attempt.first_package,
                decode=attempt.decode_cost,
                sent=attempt.sent_bytes,
                received=attempt.received_bytes,
            )
        )


def _why(entry: Entry, handle: FailHandle) -> str:
    task = entry.task
    name = task.cgi or f"cmdid {task.cmdid}"
    attempts = len(entry.profile.attempts)
    if handle is FailHandle.TASK_TIMEOUT:
        return f"{name}: no answer within {entry.profile.timeout:g} s"
    return f"{name}: no good answer after {attempts} attempt{'s' if attempts > 1 else ''}"
