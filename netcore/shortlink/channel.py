"""The short link with all that belongs to it: tasks, connections, pool.

The shell half of ``mars/stn/src/shortlink_task_manager.cc``. The decisions are in
:mod:`netcore.shortlink.tasks`; this file asks the application for bodies and verdicts, runs each
attempt as one asyncio task and carries out what the list decided. There is one timer for the list.
"""

from __future__ import annotations

import asyncio
import logging

from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.sources import Sources
from netcore.errors import (
    DisconnectReason,
    ErrorType,
    FailHandle,
    Failure,
    LocalCode,
    SocketCode,
)
from netcore.links.context import Context
from netcore.links.contract import Engine
from netcore.links.decisions import End, Retry
from netcore.links.encoding import Preparation
from netcore.links.pending_task import (
    PendingTask,
    TaskPart,
    TaskWritten,
    emit_held,
    emit_retry,
    emit_sent,
)
from netcore.links.verdicts import AnswerJudge, AnswerVerdict
from netcore.profile import ConnectProfile
from netcore.runtime.alarm import Alarm
from netcore.runtime.task_holder import TaskHolder
from netcore.shortlink.attempt import ShortTaskAttempt
from netcore.shortlink.connection import NAME, ExchangeError
from netcore.shortlink.connector import RequestSpec, ShortLinkConnector
from netcore.shortlink.link import exchange, timeout_error
from netcore.shortlink.pool import Pool
from netcore.shortlink.tasks import ShortTaskList
from netcore.task import Channel

_log = logging.getLogger("netcore.shortlink.tasks")


class ShortLinkChannel:
    """The short link and the tasks that ride on it."""

    def __init__(self, context: Context, sources: Sources, engine: Engine) -> None:
        self.name = NAME
        self.main = False
        self._context = context
        self._settings = settings = context.settings.shortlink
        self._now = context.clock.now
        self._sources = sources
        self._engine = engine
        self._policies = engine.policies
        self.tasks = ShortTaskList(
            retry_interval=settings.retry_interval,
            max_running=settings.max_running,
            weak_parallel=settings.weak_parallel,
            bypass_proxy=settings.bypass_proxy,
        )
        self.pool = Pool(self._now, context.observer, most=settings.max_idle, ban=settings.pool_ban)
        self._connector = ShortLinkConnector(
            context,
            sources,
            self.pool,
            on_traffic=engine.policies.traffic,
            on_connect=lambda ok, profile: engine.results.connect_result(self, ok, profile),
        )
        self._holder = TaskHolder(NAME)
        self._works: dict[ShortTaskAttempt, asyncio.Task[None]] = {}
        self._alarm = Alarm(self._now, self.tick)
        self._soon: asyncio.Handle | None = None
        self._closed = False
        self._answers = AnswerJudge(context, engine.policies, Channel.SHORT)
        self._preparation = Preparation(context, engine.policies, Channel.SHORT, self.tasks)

    @property
    def connected(self) -> bool:
        """The short link connects for each task, so it always is."""
        return True

    # -- tasks ----------------------------------------------------------------------------------

    def start(self, pending: PendingTask) -> None:
        """Take a task on; it goes out at the end of this turn of the loop."""
        task = pending.task
        pending.profile.channel = Channel.SHORT
        pending.profile.channel_name = self.name
        hosts = task.shortlink_hosts or self._context.settings.shortlink_hosts
        self.tasks.add(pending, hosts, task.shortlink_fallback_hosts)
        self._ring_by(pending.deadline)
        self.touch()

    def stop(self, task_id: int) -> PendingTask | None:
        """Forget a task and close its connection; the entry, if it was here."""
        self._cut(task_id)
        return self.tasks.remove(task_id)

    def clear(self) -> list[PendingTask]:
        """Forget all tasks and close all connections."""
        for pending in self.tasks:
            self._cut(pending.task.task_id)
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
        for pending in self.tasks:
            self._cut(pending.task.task_id)
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
            self._cut(action.pending.task.task_id)
            self._act(action)

    def report_address(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not; a proxy's says nothing of the server's."""
        if endpoint.source is not AddressSource.PROXY:
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
        await self._connector.close()

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
        for pending in tasks.ready(now) if tasks.waiting else ():
            task = pending.task
            if places <= 0 and not task.long_polling:
                continue
            hosts = task.shortlink_hosts or self._context.settings.shortlink_hosts
            if task.need_authed and not self._preparation.authed(task, hosts):
                held = True
                emit_held(self._context.observer, pending, self.name)
                continue
            if not tasks.waits(pending):  # a callback stopped it
                continue
            body = pending.body
            if body is None or not pending.checked:
                made = self._preparation.body(pending, hosts, now)
                if isinstance(made, Failure):
                    self._fail_for_good(pending, made)
                if not isinstance(made, bytes):
                    continue
            answer = self._policies.intercepted(task, now)
            if answer is not None:
                self._judge(tasks.begin(pending, now, 0.0, 0.0), answer, kept=True)
                continue
            self._launch(pending, now, sent)
            sent += 1
            places -= not task.long_polling
        if held:
            self._ring_by(now + self._settings.run_loop)

    def _ring_by(self, due: float) -> None:
        """Look at the clock at ``due`` or before; :meth:`tick` finds the next moment exactly."""
        if due < self._alarm.at and not self._closed:
            self._alarm.set(due)

    def _launch(self, pending: PendingTask, now: float, sent: int) -> None:
        body = pending.body
        assert body is not None
        first, read_write = self._policies.timeouts(pending.task, len(body), sent)
        pending.attempt.sent_bytes = len(body)
        pending.cause = None
        run = self.tasks.begin(pending, now, first, read_write)
        profile = run.attempt.connect = ConnectProfile(
            link=self.name, network=self._context.network.state.label, start=now
        )
        spec = RequestSpec(pending.task, body, run.hosts, run.use_proxy, retry=pending.is_retry)
        work = self._holder.start(self._perform(run, spec, profile), f"task{pending.task.task_id}")
        self._works[run] = work
        work.add_done_callback(lambda _: self._works.pop(run, None))

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when timers are late."""
        now = self._now()
        tasks = self.tasks
        gap = self._policies.package_package()
        for run, action in tasks.expire(now, gap):
            if run is not None and run.attempt.error_type is ErrorType.HTTP:
                run.pending.cause = timeout_error(run.attempt, gap)
            self._expired(run, action)
        if self._policies.weak(now):
            for pending in tasks.parallel(now):
                _log.info("%s: task %d runs twice", self.name, pending.task.task_id)
                self._launch(pending, now, len(self._works))
        self._ring_by(tasks.next_due(now))
        if tasks.waiting:
            self.touch()

    def _expired(self, run: ShortTaskAttempt | None, action: End | Retry | None) -> None:
        if run is not None:
            if action is None:
                self._cut_run(run)
            else:
                self._cut(run.pending.task.task_id)
            attempt = run.attempt
            if attempt.send_start and not attempt.first_package:
                self.pool.report(reused=run.reused, good=False)
            failure = Failure(attempt.error_type, attempt.error_code)
            profile = attempt.connect or ConnectProfile()
            self._engine.results.network_failed(self, failure, profile)
        if action is not None:
            self._act(action)

    # -- one attempt ----------------------------------------------------------------------------

    async def _perform(
        self, run: ShortTaskAttempt, spec: RequestSpec, profile: ConnectProfile
    ) -> None:
        try:
            response, _ = await exchange(
                self._connector,
                self.pool,
                self._context,
                spec,
                profile,
                _AttemptListener(self, run),
            )
        except ExchangeError as error:
            self._failed(run, error, profile)
        except Exception as error:  # a fault of ours: the task must not hang for it
            _log.exception("task %d failed in an unforeseen way", spec.task.task_id)
            fault = Failure.local(LocalCode.START_TASK_FAIL, str(error))
            self._failed(run, ExchangeError(fault, final=True), profile)
        else:
            self._works.pop(run, None)
            now = self._now()
            run.pending.attempt = run.attempt
            run.attempt.received_bytes = len(response.body)
            run.attempt.last_package = now
            self._judge(run, response.body)

    def _failed(self, run: ShortTaskAttempt, error: ExchangeError, profile: ConnectProfile) -> None:
        self._works.pop(run, None)
        failure = error.failure
        profile.error_type, profile.error_code = failure.type, failure.code
        profile.disconnect = self._now()
        if failure.type is ErrorType.HTTP and failure.code < 0:  # no HTTP came
            self.pool.report(reused=error.reused, good=False)
        run.pending.cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        handle = FailHandle.TASK_END if error.final else FailHandle.DEFAULT
        action = self.tasks.fail_run(run, failure, handle, self._now())
        closed_while_kept = error.reused and failure.code == SocketCode.SHUTDOWN
        if failure.type is not ErrorType.LOCAL and not closed_while_kept:
            self._engine.results.network_failed(self, failure, profile)
        if action is not None:
            self._act(action)

    def _judge(self, run: ShortTaskAttempt, body: bytes, *, kept: bool = False) -> None:
        """Do what the verdict on an answer says (:mod:`netcore.links.verdicts`)."""
        pending, attempt = run.pending, run.attempt
        task = pending.task
        pending.answer = body
        now = self._now()
        verdict, handle, code = AnswerVerdict.ANSWERED, FailHandle.NO_ERROR, 0
        if self._answers.asks:
            verdict, handle, code = self._answers.judge(pending, body, kept=kept)
            now = attempt.decode_end
            if run not in self.tasks.runs(task.task_id):  # the callback stopped it
                return
        good, failure = verdict is AnswerVerdict.ANSWERED, Failure.undecodable(code)
        self.pool.report(reused=run.reused, good=good)
        if good:
            self._cut(task.task_id)
            self.tasks.finish(run)
            attempt.end = now
            self._engine.task_answered(pending, code)
            self._next()
        elif verdict is AnswerVerdict.SILENT:
            self._cut(task.task_id)
            self.tasks.remove(task.task_id)
            self._engine.task_failed(pending, failure, handle)
            self._next()
        elif verdict is AnswerVerdict.FAILED:
            self._fail_for_good(pending, failure)
        elif verdict is AnswerVerdict.RETRY_ALL:
            self._engine.retry_all(failure, handle, task)
        else:
            _log.warning("the answer to %s could not be decoded: %s", task.cgi, code)
            self._cut(task.task_id)
            action = self.tasks.fail(pending, failure, FailHandle.DEFAULT, self._now())
            profile = attempt.connect or ConnectProfile()
            self._engine.results.network_failed(self, failure, profile)
            self._act(action)

    # -- ends -----------------------------------------------------------------------------------

    def _act(self, action: End | Retry) -> None:
        if isinstance(action, End):
            self._engine.task_failed(action.pending, action.failure, action.handle)
        elif self.tasks.waits(action.pending):  # else a callback stopped it
            self._ring_by(self.tasks.retry_at(action.pending))
            emit_retry(self._context.observer, action.pending, self.name)
            self._engine.retrying(self, action.pending)
        self._next()

    def _fail_for_good(self, pending: PendingTask, failure: Failure) -> None:
        self._cut(pending.task.task_id)
        self._act(self.tasks.fail(pending, failure, FailHandle.TASK_END, self._now()))

    def _next(self) -> None:
        """A place may be free, or a task wait for its retry."""
        if self.tasks.waiting:
            self.touch()

    def _cut(self, task_id: int) -> None:
        """Cancel the task's attempts; their connections are closed with them."""
        for run in [each for each in self._works if each.pending.task.task_id == task_id]:
            self._cut_run(run)

    def _cut_run(self, run: ShortTaskAttempt) -> None:
        work = self._works.pop(run, None)
        if work is not None:
            work.cancel()

    # -- what an attempt tells ------------------------------------------------------------------

    def run_sending(self, run: ShortTaskAttempt, reused: bool) -> None:
        """The request goes out on a connection."""
        now = self._now()
        run.pending.attempt = run.attempt
        self.tasks.sent(run, now)
        self._ring_by(min(run.due, self.tasks.parallel_at(run.pending)))
        if self._context.observer.active:
            emit_sent(self._context.observer, run.pending, self.name)

    def run_sent(self, run: ShortTaskAttempt) -> None:
        """The system took the request's last byte."""
        run.attempt.send_end = self._now()
        if self._context.observer.active:
            task_id = run.pending.task.task_id
            self._context.observer.emit(TaskWritten(task_id=task_id, link=self.name))

    def run_part(self, run: ShortTaskAttempt, size: int) -> None:
        """Bytes of the answer came."""
        now = self._now()
        pending = run.pending
        pending.attempt = run.attempt
        self._policies.received(pending, size, now)
        self.tasks.received_part(run, size, now, self._policies.package_package())
        self._ring_by(run.due)
        if self._context.observer.active:
            self._context.observer.emit(
                TaskPart(task_id=pending.task.task_id, link=self.name, size=size)
            )


class _AttemptListener:
    """Passes what an exchange tells on to the carrier, while its run is live."""

    __slots__ = ("_carrier", "_run")

    def __init__(self, carrier: ShortLinkChannel, run: ShortTaskAttempt) -> None:
        self._carrier = carrier
        self._run = run

    def sending(self, reused: bool) -> None:
        self._carrier.run_sending(self._run, reused)

    def sent(self) -> None:
        self._carrier.run_sent(self._run)

    def part(self, size: int) -> None:
        self._carrier.run_part(self._run, size)
