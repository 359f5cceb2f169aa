"""The last tasks, attempt by attempt, as the waterfall draws them.

A task's stages, each in its place on the clock:

=========  ===================================================================================
stage      from, to
=========  ===================================================================================
connect    long link: from the start until the link came up, if it had to come up first;
           short link: from the turn until the request goes out
queue      the rest of the wait until sending
send       from sending until the system took the last byte (where that is told)
wait       from there until the first bytes of the answer
body       from the first to the last bytes
=========  ===================================================================================
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from app.diagnostics.panel.coerce import seconds, text, whole, word

TASKS = 2000
ATTEMPTS = 12
WAITING, RUNNING, RESTING, DONE, FAILED = "waiting", "running", "resting", "done", "failed"
STAGES = ("connect", "queue", "send", "wait", "body")


class StageSpan(NamedTuple):
    """One stage; seconds since the epoch."""

    stage: str
    start: float
    end: float


@dataclass(slots=True)
class AttemptRecord:
    """One sending. Moments are seconds since the epoch, None until they come."""

    queued: float
    sent: float | None = None
    written: float | None = None
    first: float | None = None
    last: float | None = None
    end: float | None = None
    up: float | None = None  # when the long link came up that it waited for
    turn: float | None = None  # when its wait in the queue ended (short link)
    link: str = ""
    address: str = ""
    size: int = 0
    received: int = 0
    first_package_timeout: float = 0.0
    read_write_timeout: float = 0.0
    error: str = ""

    def spans(self, now: float) -> Iterator[StageSpan]:
        """Its stages so far, in order."""
        end = now if self.end is None else self.end
        sent = end if self.sent is None else self.sent
        at = self.queued
        if self.up is not None and self.queued < self.up <= sent:
            yield StageSpan("connect", at, self.up)
            at = self.up
        turn = sent if self.turn is None else min(max(at, self.turn), sent)
        if turn > at:
            yield StageSpan("queue", at, turn)
        if sent > turn:
            yield StageSpan("connect", turn, sent)
        if self.sent is None:
            return
        at = sent
        if self.written is not None and self.written > at:
            yield StageSpan("send", at, self.written)
            at = self.written
        first = end if self.first is None else self.first
        if first > at:
            yield StageSpan("wait", at, first)
        if self.first is not None:
            last = end if self.end is None or self.last is None else self.last
            if last > first:
                yield StageSpan("body", first, last)


@dataclass(slots=True)
class TaskRecord:
    """One task; ``serial`` counts those that the panel saw."""

    serial: int
    task_id: int
    started: float
    cmdid: int = 0
    cgi: str = ""
    channel: str = ""
    link: str = ""
    priority: str = ""
    timeout: float = 0.0
    state: str = WAITING
    ended: float | None = None
    error: str = ""
    retries_left: int = -1
    sent: int = 0
    received: int = 0
    rested: bool = False
    attempts: list[AttemptRecord] = field(default_factory=list)
    left_out: int = 0  # attempts that are not kept

    @property
    def name(self) -> str:
        """Its cgi, else its cmdid."""
        return self.cgi or f"cmdid {self.cmdid}"

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.ended is not None

    def cost(self, now: float) -> float:
        """Seconds from start to end, or until ``now``."""
        return max(0.0, (now if self.ended is None else self.ended) - self.started)

    def spans(self, now: float) -> Iterator[StageSpan]:
        """The stages of all attempts."""
        for each in self.attempts:
            yield from each.spans(now)

    def stage_seconds(self, now: float) -> dict[str, float]:
        """How long each stage took, over all attempts."""
        sums = dict.fromkeys(STAGES, 0.0)
        for stage, start, end in self.spans(now):
            sums[stage] += end - start
        return sums


class Tasks:
    """The last :data:`TASKS` tasks, in the order of their start."""

    def __init__(self, up_since: Callable[[str], float | None]) -> None:
        self.records: OrderedDict[int, TaskRecord] = OrderedDict()  # by serial
        self.running: dict[int, TaskRecord] = {}  # by id
        self.unknown = 0  # answers that nobody waited for
        self.retries = 0
        self.ended = self.failed = 0
        self._up_since = up_since
        self._serial = 0
        self.recent: deque[float] = deque(maxlen=600)  # ends, for the rate

    def handlers(self) -> dict[str, Callable[[Any, float], None]]:
        """What to do on which event."""
        return {
            "TaskStarted": self.task_started,
            "TaskSent": self.task_sent,
            "TaskWritten": self.task_written,
            "TaskPart": self.task_part,
            "TaskRetry": self.task_retry,
            "TaskMoved": self.task_moved,
            "TaskEnded": self.task_ended,
            "TaskIntercepted": self.task_intercepted,
            "ShortlinkConnected": self.shortlink_connected,
            "ZombieQueued": self.zombie_queued,
            "ZombieRevived": self.zombie_revived,
            "AnswerUnknown": self.answer_unknown,
        }

    def latest(self, most: int) -> list[TaskRecord]:
        """The newest, newest first."""
        return list(islice(reversed(self.records.values()), most))

    def _add(self, task_id: int, at: float) -> TaskRecord:
        self._serial += 1
        record = TaskRecord(self._serial, task_id, at)
        old = self.running.pop(task_id, None)
        if old is not None and old.ended is None:
            old.ended, old.state = at, FAILED  # the id came again: its end was not told
        self.records[self._serial] = self.running[task_id] = record
        while len(self.records) > TASKS:
            _, gone = self.records.popitem(last=False)
            if self.running.get(gone.task_id) is gone:
                del self.running[gone.task_id]
        return record

    def _attempt(self, record: TaskRecord, queued: float) -> AttemptRecord:
        attempt = AttemptRecord(queued)
        record.attempts.append(attempt)
        if len(record.attempts) > ATTEMPTS:  # the first tells why it began, the last how it ends
            del record.attempts[1]
            record.left_out += 1
        return attempt

    def load(self, snapshots: Any) -> None:
        """Take the tasks of a snapshot that no event reported; those it does not have are over."""
        known = {whole(shot.task_id) for shot in snapshots}
        for task_id in [each for each in self.running if each not in known]:
            record = self.running.pop(task_id)
            attempt = record.attempts[-1] if record.attempts else AttemptRecord(record.started)
            record.ended = attempt.last or attempt.sent or attempt.queued
            record.state, record.error = FAILED, "end unknown"
            attempt.end = record.ended
        for shot in snapshots:
            task_id = whole(shot.task_id)
            if task_id in self.running:
                continue
            record = self._add(task_id, seconds(shot.started))
            record.cmdid, record.cgi = whole(shot.cmdid), text(shot.cgi)
            record.channel, record.link = word(shot.channel), text(shot.link)
            record.priority, record.state = word(shot.priority), word(shot.state)
            record.retries_left = whole(shot.retries_left)
            record.left_out = max(0, whole(shot.attempt) - 1)
            attempt = self._attempt(record, record.started)
            attempt.link = record.link
            attempt.sent = None if shot.sent is None else seconds(shot.sent)
            attempt.first = None if shot.first_package is None else seconds(shot.first_package)
            attempt.size, attempt.received = whole(shot.sent_bytes), whole(shot.received_bytes)
            attempt.first_package_timeout = seconds(shot.first_package_timeout)
            attempt.read_write_timeout = seconds(shot.read_write_timeout)

    # -- events ---------------------------------------------------------------------------------

    def task_started(self, event: Any, at: float) -> None:
        """A link took a task on; a resting one comes back under its id."""
        task_id = whole(event.task_id)
        record = self.running.get(task_id)
        if record is None or not record.rested:
            record = self._add(task_id, at)
            record.cmdid, record.cgi = whole(event.cmdid), text(event.cgi)
            record.priority, record.timeout = word(event.priority), seconds(event.timeout)
        record.rested = False
        record.state = WAITING
        record.channel, record.link = word(event.channel), text(event.channel_name, 80)
        self._attempt(record, at)

    def _live(self, event: Any) -> tuple[TaskRecord, AttemptRecord] | None:
        record = self.running.get(whole(event.task_id))
        if record is None or not record.attempts:
            return None
        return record, record.attempts[-1]

    def task_sent(self, event: Any, at: float) -> None:
        """It goes out."""
        found = self._live(event)
        if found is None:
            return
        record, attempt = found
        queue = seconds(event.queue)
        if attempt.sent is not None:  # a second connection was tried at once
            attempt.end = at
            attempt = self._attempt(record, at)
            queue = 0.0
        attempt.sent = at
        attempt.link = record.link = text(event.link, 80)
        attempt.size = whole(event.size)
        attempt.first_package_timeout = seconds(event.first_package_timeout)
        attempt.read_write_timeout = seconds(event.read_write_timeout)
        up = self._up_since(attempt.link)
        if up is not None:
            attempt.up = up if attempt.queued < up <= at else None
        elif len(record.attempts) == 1:
            attempt.turn = attempt.queued + queue
        record.state = RUNNING

    def task_written(self, event: Any, at: float) -> None:
        """The system took its last byte."""
        found = self._live(event)
        if found is not None:
            found[1].written = at

    def task_part(self, event: Any, at: float) -> None:
        """Bytes of its answer came."""
        found = self._live(event)
        if found is not None:
            attempt = found[1]
            if attempt.first is None:
                attempt.first = at
            attempt.last = at
            attempt.received = max(attempt.received, whole(event.size))

    def task_retry(self, event: Any, at: float) -> None:
        """An attempt failed; another follows."""
        found = self._live(event)
        self.retries += 1
        if found is not None:
            record, attempt = found
            attempt.end = at
            attempt.error = _error(event)
            record.retries_left = whole(event.retries_left, -1)
            record.state = WAITING
            self._attempt(record, at)

    def task_moved(self, event: Any, at: float) -> None:
        """Another link makes its last attempt."""
        found = self._live(event)
        if found is not None:
            record, attempt = found
            record.link = text(event.target, 80)
            record.state = WAITING
            if attempt.sent is not None or attempt.queued < at:
                attempt.end = at
                self._attempt(record, at)

    def task_ended(self, event: Any, at: float) -> None:
        """It is over."""
        task_id, cost = whole(event.task_id), seconds(event.cost)
        ok = word(event.error_type) == "ok"
        first, body, decode = (
            seconds(event.first_package),
            seconds(event.body),
            seconds(event.decode),
        )
        record = self.running.pop(task_id, None)
        if record is None:  # refused at once, or begun before we listened
            record = self._add(task_id, at - cost)
            self.running.pop(task_id, None)
            record.channel = word(event.channel)
            self._attempt(record, record.started)
        record.cmdid, record.cgi = whole(event.cmdid), text(event.cgi)
        record.link = record.link or text(event.channel_name, 80)
        record.ended = at
        record.state = DONE if ok else FAILED
        record.error = "" if ok else _error(event)
        record.sent, record.received = whole(event.sent), whole(event.received)
        attempt = record.attempts[-1]
        attempt.end = at
        attempt.error = record.error
        attempt.received = record.received
        if attempt.sent is not None and first:
            arrived = at - decode
            if attempt.last is None:
                attempt.last = max(attempt.sent, arrived)
            if attempt.first is None:
                attempt.first = max(attempt.sent, attempt.last - body)
        self.ended += 1
        self.failed += not ok
        self.recent.append(at)

    def task_intercepted(self, event: Any, at: float) -> None:
        """A kept answer stands for the server's."""
        found = self._live(event)
        if found is not None:
            found[1].error = "intercepted"

    def shortlink_connected(self, event: Any, at: float) -> None:
        """The short link has a new connection for it."""
        found = self._live(event)
        if found is not None:
            found[1].address = text(f"{event.ip}:{event.port}", 80)

    def zombie_queued(self, event: Any, at: float) -> None:
        """It failed and rests until it may be tried again."""
        found = self._live(event)
        if found is not None:
            record, attempt = found
            record.state, record.rested = RESTING, True
            attempt.end = attempt.end or at

    def zombie_revived(self, event: Any, at: float) -> None:
        """It is started again."""
        found = self._live(event)
        if found is not None:
            found[0].state, found[0].rested = WAITING, True

    def answer_unknown(self, event: Any, at: float) -> None:
        """An answer came that nobody waits for."""
        self.unknown += 1


def _error(event: Any) -> str:
    return f"{word(event.error_type)} {whole(event.error_code)}"
