"""The short link with all that belongs to it: tasks, connections, pool.

The shell half of ``mars/stn/src/shortlink_task_manager.cc``. The decisions are in
:mod:`netcore.shortlink.tasks`; this file asks the application for bodies and verdicts, runs each
attempt as one asyncio task and carries out what the list decided. There is one timer for the list.
"""

from __future__ import annotations

import asyncio
import logging

from netcore.alarm import Alarm
from netcore.coding import Preparation
from netcore.connect.endpoint import Endpoint, Source
from netcore.connect.sources import Sources
from netcore.context import Context
from netcore.contract import Desk
from netcore.errors import (
    DisconnectReason,
    ErrorType,
    FailHandle,
    Failure,
    LocalCode,
    SocketCode,
)
from netcore.holder import TaskHolder
from netcore.longlink.entry import Entry, TaskPart, TaskWritten, tell_held, tell_retry, tell_sent
from netcore.profile import ConnectProfile
from netcore.shortlink.connection import NAME, ExchangeError
from netcore.shortlink.link import exchange, timeout_error
from netcore.shortlink.opener import Opener, Order
from netcore.shortlink.pool import Pool
from netcore.shortlink.tasks import End, Retry, Run, ShortTaskList
from netcore.task import Channel
from netcore.verdicts import AnswerJudge, Verdict

_log = logging.getLogger("netcore.shortlink.tasks")


class Shortlink:
    """The short link and the tasks that ride on it."""

    def __init__(self, context: Context, sources: Sources, desk: Desk) -> None:
        self.name = NAME
        self.main = False
        self._context = context
        self._settings = settings = context.settings.shortlink
        self._now = context.clock.now
        self._sources = sources
        self._desk = desk
        self._judges = desk.judges
        self.tasks = ShortTaskList(
            retry_interval=settings.retry_interval,
            max_running=settings.max_running,
            weak_parallel=settings.weak_parallel,
            bypass_proxy=settings.bypass_proxy,
        )
        self.pool = Pool(self._now, context.observer, most=settings.max_idle, ban=settings.pool_ban)
        self._opener = Opener(
            context,
            sources,
            self.pool,
            on_traffic=desk.judges.traffic,
            on_connect=lambda ok, profile: desk.outcomes.connect_result(self, ok, profile),
        )
        self._holder = TaskHolder(NAME)
        self._works: dict[Run, asyncio.Task[None]] = {}
        self._alarm = Alarm(self._now, self.tick)
        self._soon: asyncio.Handle | None = None
        self._closed = False
        self._answers = AnswerJudge(context, desk.judges, Channel.SHORT)
        self._preparation = Preparation(context, desk.judges, Channel.SHORT, self.tasks)

    @property
    def connected(self) -> bool:
        """The short link connects for each task, so it always is."""
        return True

    # -- tasks ----------------------------------------------------------------------------------

    def start(self, entry: Entry) -> None:
        """Take a task on; it goes out at the end of this turn of the loop."""
        task = entry.task
        entry.profile.channel = Channel.SHORT
        entry.profile.channel_name = self.name
        hosts = task.shortlink_hosts or self._context.settings.shortlink_hosts
        self.tasks.add(entry, hosts, task.shortlink_fallback_hosts)
        self._ring_by(entry.deadline)
        self.touch()

    def stop(self, task_id: int) -> Entry | None:
        """Forget a task and close its connection; the entry, if it was here."""
        self._cut(task_id)
        return self.tasks.remove(task_id)

    def clear(self) -> list[Entry]:
        """Forget all tasks and close all connections."""
        for entry in self.tasks:
            self._cut(entry.task.task_id)
        self.pool.clear()
        return self.tasks.clear()

    def touch(self) -> None:
        """Look at the waiting tasks at the end of this turn of the loop."""
        if self._soon is None and not self._closed:
            self._soon = asyncio.get_running_loop().call_soon(self._run)

    def redo(self, reason: DisconnectReason) -> None:
        """Send the running tasks again, on new connections; those that wait wait no longer."""
        _log.info("%s: all over again, %s", self.name, reason.name)
        self.pool.clear()
        self._redo(free=False)

    def woke(self) -> None:
        """The machine slept: no connection is to be trusted, and nobody is to blame for it."""
        self.pool.clear()
        self.tasks.extend(self._now() + self._settings.wake_grace)
        self._redo(free=True)

    def _redo(self, *, free: bool) -> None:
        for entry in self.tasks:
            self._cut(entry.task.task_id)
        self.tasks.touch()
        for action in self.tasks.redo(self._now(), free=free):
            self._act(action)
        self.touch()

    def retry(self, failure: Failure, handle: FailHandle, source: int, user_id: str) -> None:
        """Send all running tasks of ``user_id`` again, on new connections."""
        actions = self.tasks.fail_batch(
            failure, handle, self._now(), source=source, user_id=user_id
        )
        if not actions:
            return
        self.pool.clear()
        for action in actions:
            self._cut(action.entry.task.task_id)
            self._act(action)

    def report_address(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not; a proxy's says nothing of the server's."""
        if endpoint.source is not Source.PROXY:
            self._sources.report(endpoint, ok)

    async def close(self) -> None:
        """Close every connection and handle."""
        self._closed = True
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        self._alarm.cancel()
        self.pool.clear()
        await self._holder.close()
        await self._opener.close()

    # -- the run loop ---------------------------------------------------------------------------

    def _run(self) -> None:
        self._soon = None
        if self._closed:
            return
        now = self._now()
        tasks = self.tasks
        places = tasks.places
        sent = len(self._works)
        held = False
        for entry in tasks.ready(now) if tasks.waiting else ():
            task = entry.task
            if places <= 0 and not task.long_polling:
                continue
            hosts = task.shortlink_hosts or self._context.settings.shortlink_hosts
            if task.need_authed and not self._preparation.authed(task, hosts):
                held = True
                tell_held(self._context.observer, entry, self.name)
                continue
            if not tasks.waits(entry):  # a callback stopped it
                continue
            body = entry.body
            if body is None or not entry.checked:
                made = self._preparation.body(entry, hosts, now)
                if isinstance(made, Failure):
                    self._fail_for_good(entry, made)
                if not isinstance(made, bytes):
                    continue
            answer = self._judges.intercepted(task, now)
            if answer is not None:
                self._judge(tasks.begin(entry, now, 0.0, 0.0), answer, kept=True)
                continue
            self._launch(entry, now, sent)
            sent += 1
            places -= not task.long_polling
        if held:
            self._ring_by(now + self._settings.run_loop)

    def _ring_by(self, due: float) -> None:
        """Look at the clock at ``due`` or before; :meth:`tick` finds the next moment exactly."""
        if due < self._alarm.at and not self._closed:
            self._alarm.set(due)

    def _launch(self, entry: Entry, now: float, sent: int) -> None:
        body = entry.body
        assert body is not None
        first, read_write = self._judges.timeouts(entry.task, len(body), sent)
        entry.attempt.sent_bytes = len(body)
        entry.cause = None
        run = self.tasks.begin(entry, now, first, read_write)
        profile = run.attempt.connect = ConnectProfile(
            link=self.name, network=self._context.network.state.label, start=now
        )
        proxy = self._context.proxy if run.use_proxy else None
        order = Order(entry.task, body, run.hosts, proxy, retry=entry.is_retry)
        work = self._holder.start(self._perform(run, order, profile), f"task{entry.task.task_id}")
        self._works[run] = work
        work.add_done_callback(lambda _: self._works.pop(run, None))

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when timers are late."""
        now = self._now()
        tasks = self.tasks
        gap = self._judges.package_package()
        for run, action in tasks.expire(now, gap):
            if run is not None and run.attempt.error_type is ErrorType.HTTP:
                run.entry.cause = timeout_error(run.attempt, gap)
            self._expired(run, action)
        if self._judges.weak(now):
            for entry in tasks.parallel(now):
                _log.info("%s: task %d runs twice", self.name, entry.task.task_id)
                self._launch(entry, now, len(self._works))
        self._ring_by(tasks.next_due(now))
        if tasks.waiting:
            self.touch()

    def _expired(self, run: Run | None, action: End | Retry | None) -> None:
        if run is not None:
            if action is None:
                self._cut_run(run)
            else:
                self._cut(run.entry.task.task_id)
            attempt = run.attempt
            if attempt.send_start and not attempt.first_package:
                self.pool.report(reused=run.reused, good=False)
            failure = Failure(attempt.error_type, attempt.error_code)
            profile = attempt.connect or ConnectProfile()
            self._desk.outcomes.network_failed(self, failure, profile)
        if action is not None:
            self._act(action)

    # -- one attempt ----------------------------------------------------------------------------

    async def _perform(self, run: Run, order: Order, profile: ConnectProfile) -> None:
        try:
            response, _ = await exchange(
                self._opener, self.pool, self._context, order, profile, _RunHooks(self, run)
            )
        except ExchangeError as error:
            self._failed(run, error, profile)
        except Exception as error:  # a fault of ours: the task must not hang for it
            _log.exception("task %d failed in an unforeseen way", order.task.task_id)
            fault = Failure.local(LocalCode.START_TASK_FAIL, str(error))
            self._failed(run, ExchangeError(fault, final=True), profile)
        else:
            self._works.pop(run, None)
            now = self._now()
            run.entry.attempt = run.attempt
            run.attempt.received_bytes = len(response.body)
            run.attempt.last_package = now
            self._judge(run, response.body)

    def _failed(self, run: Run, error: ExchangeError, profile: ConnectProfile) -> None:
        self._works.pop(run, None)
        failure = error.failure
        profile.error_type, profile.error_code = failure.type, failure.code
        profile.disconnect = self._now()
        if failure.type is ErrorType.HTTP and failure.code < 0:  # no HTTP came
            self.pool.report(reused=error.reused, good=False)
        run.entry.cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        handle = FailHandle.TASK_END if error.final else FailHandle.DEFAULT
        action = self.tasks.fail_run(run, failure, handle, self._now())
        closed_while_kept = error.reused and failure.code == SocketCode.SHUTDOWN
        if failure.type is not ErrorType.LOCAL and not closed_while_kept:
            self._desk.outcomes.network_failed(self, failure, profile)
        if action is not None:
            self._act(action)

    def _judge(self, run: Run, body: bytes, *, kept: bool = False) -> None:
        """Do what the verdict on an answer says (:mod:`netcore.verdicts`)."""
        entry, attempt = run.entry, run.attempt
        task = entry.task
        entry.answer = body
        now = self._now()
        verdict, handle, code = Verdict.ANSWERED, FailHandle.NO_ERROR, 0
        if self._answers.asks:
            verdict, handle, code = self._answers.judge(entry, body, kept=kept)
            now = attempt.decode_end
            if run not in self.tasks.runs(task.task_id):  # the callback stopped it
                return
        good, failure = verdict is Verdict.ANSWERED, Failure.undecodable(code)
        self.pool.report(reused=run.reused, good=good)
        if good:
            self._cut(task.task_id)
            self.tasks.finish(run)
            attempt.end = now
            self._desk.task_answered(entry, code)
            self._next()
        elif verdict is Verdict.SILENT:
            self._cut(task.task_id)
            self.tasks.remove(task.task_id)
            self._desk.task_failed(entry, failure, handle)
            self._next()
        elif verdict is Verdict.FAILED:
            self._fail_for_good(entry, failure)
        elif verdict is Verdict.RETRY_ALL:
            self._desk.retry_all(failure, handle, task)
        else:
            _log.warning("the answer to %s could not be decoded: %s", task.cgi, code)
            self._cut(task.task_id)
            action = self.tasks.fail(entry, failure, FailHandle.DEFAULT, self._now())
            profile = attempt.connect or ConnectProfile()
            self._desk.outcomes.network_failed(self, failure, profile)
            self._act(action)

    # -- ends -----------------------------------------------------------------------------------

    def _act(self, action: End | Retry) -> None:
        if isinstance(action, End):
            self._desk.task_failed(action.entry, action.failure, action.handle)
        elif self.tasks.waits(action.entry):  # else a callback stopped it
            self._ring_by(self.tasks.retry_at(action.entry))
            tell_retry(self._context.observer, action.entry, self.name)
            self._desk.retrying(self, action.entry)
        self._next()

    def _fail_for_good(self, entry: Entry, failure: Failure) -> None:
        self._cut(entry.task.task_id)
        self._act(self.tasks.fail(entry, failure, FailHandle.TASK_END, self._now()))

    def _next(self) -> None:
        """A place may be free, or a task wait for its retry."""
        if self.tasks.waiting:
            self.touch()

    def _cut(self, task_id: int) -> None:
        """Cancel the task's attempts; their connections are closed with them."""
        for run in [each for each in self._works if each.entry.task.task_id == task_id]:
            self._cut_run(run)

    def _cut_run(self, run: Run) -> None:
        work = self._works.pop(run, None)
        if work is not None:
            work.cancel()

    # -- what an attempt tells ------------------------------------------------------------------

    def run_sending(self, run: Run, reused: bool) -> None:
        """The request goes out on a connection."""
        now = self._now()
        run.entry.attempt = run.attempt
        self.tasks.sent(run, now)
        self._ring_by(min(run.due, self.tasks.parallel_at(run.entry)))
        if self._context.observer.active:
            tell_sent(self._context.observer, run.entry, self.name)

    def run_sent(self, run: Run) -> None:
        """The system took the request's last byte."""
        run.attempt.send_end = self._now()
        if self._context.observer.active:
            task_id = run.entry.task.task_id
            self._context.observer.emit(TaskWritten(task_id=task_id, link=self.name))

    def run_part(self, run: Run, size: int) -> None:
        """Bytes of the answer came."""
        now = self._now()
        entry = run.entry
        entry.attempt = run.attempt
        self._judges.received(entry, size, now)
        self.tasks.received_part(run, size, now, self._judges.package_package())
        self._ring_by(run.due)
        if self._context.observer.active:
            self._context.observer.emit(
                TaskPart(task_id=entry.task.task_id, link=self.name, size=size)
            )


class _RunHooks:
    """Passes what an exchange tells on to the carrier, while its run is live."""

    __slots__ = ("_carrier", "_run")

    def __init__(self, carrier: Shortlink, run: Run) -> None:
        self._carrier = carrier
        self._run = run

    def sending(self, reused: bool) -> None:
        self._carrier.run_sending(self._run, reused)

    def sent(self) -> None:
        self._carrier.run_sent(self._run)

    def part(self, size: int) -> None:
        self._carrier.run_part(self._run, size)
