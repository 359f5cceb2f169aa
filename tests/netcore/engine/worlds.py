"""A desk in virtual time with a link that does as it is told, for tests of what the desk decides.

::

    def test_something():
        async def work(desk: DeskWorld) -> None:
            task = desk.begin(Task(cgi="/x", total_timeout=300.0))
            desk.link.fail(task.task_id)
            await asyncio.sleep(60)          # takes no time
            ...
        run(work)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from netcore.callbacks import Callbacks, LimitKind
from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.proxies import Proxies
from netcore.connect.sources import Sources
from netcore.engine.longlinks import Longlinks
from netcore.engine.task_manager import TaskManager
from netcore.errors import DisconnectReason, ErrorType, FailHandle, Failure, LocalCode
from netcore.events import ActiveLogic, NetworkKind, NetworkState, NetworkWatch
from netcore.links.context import Context
from netcore.links.pending_task import PendingTask
from netcore.longlink.config import LonglinkConfig
from netcore.observe import Event, Observer
from netcore.profile import AttemptProfile, ConnectProfile, TaskProfile
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import Settings
from netcore.task import Task
from tests.support.virtual import run_virtual

E = TypeVar("E", bound=Event)
ADDRESS = Endpoint("192.0.2.1", 80, "host.example", AddressSource.DNS)


class LoopClock:
    """The running loop's clock, but for the time asleep, which the loop does not see."""

    slept = 0.0

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self.slept

    def wall(self) -> float:
        return self.now() + 1_700_000_000.0


class Entries:
    def __init__(self) -> None:
        self.by_id: dict[int, PendingTask] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[PendingTask]:
        return iter(tuple(self.by_id.values()))


class ToldLink:
    """Sends a task as soon as it has it; what comes of it is told by the test."""

    main = False
    connected = True

    def __init__(self, name: str, task_manager: TaskManager) -> None:
        self.name = name
        self.tasks = Entries()
        self.timeouts: list[tuple[float, float]] = []
        self.calls: list[tuple[object, ...]] = []
        self.reports: list[bool] = []
        self.task_manager = task_manager

    def start(self, pending: PendingTask) -> None:
        task, task_manager, now = pending.task, self.task_manager, self.task_manager._now()
        if not task_manager.policies.passes_limits(task, task.body, now):
            self.end(pending, ErrorType.LOCAL, LocalCode.ANTI_AVALANCHE, FailHandle.TASK_END)
            return
        pending.checked = True
        answer = task_manager.policies.intercepted(task, now)
        if answer is not None:
            pending.answer = answer
            pending.attempt.first_package = pending.attempt.last_package = now
            self.end(pending, ErrorType.OK, 0, FailHandle.NO_ERROR)
            return
        self.timeouts.append(task_manager.policies.timeouts(task, len(task.body), len(self.tasks)))
        pending.attempt.send_start = now
        pending.attempt.sent_bytes = len(task.body)
        pending.running = True
        self.tasks.by_id[task.task_id] = pending

    def answer(self, task_id: int, body: bytes = b"", code: int = 0) -> None:
        pending = self.tasks.by_id.pop(task_id)
        now = self.task_manager._now()
        self.task_manager.policies.received(pending, len(body), now)
        pending.attempt.first_package = pending.attempt.first_package or now
        pending.attempt.last_package = now
        pending.attempt.received_bytes = len(body)
        pending.answer = body
        self.task_manager.policies.intercept(pending.task, code, body, now)
        self.end(pending, ErrorType.OK, code, FailHandle.NO_ERROR)

    def fail(
        self,
        task_id: int,
        error_type: ErrorType = ErrorType.SOCKET,
        code: int = 104,
        handle: FailHandle = FailHandle.DEFAULT,
        *,
        index: int = 0,
    ) -> None:
        pending = self.tasks.by_id.pop(task_id)
        pending.attempt.connect = ConnectProfile(endpoint=ADDRESS, index=index)
        self.end(pending, error_type, code, handle)

    def end(
        self, pending: PendingTask, error_type: ErrorType, code: int, handle: FailHandle
    ) -> None:
        pending.attempt.end = self.task_manager._now()
        if error_type is ErrorType.OK:
            self.task_manager.task_answered(pending, code)
            return
        failure = Failure(error_type, code)
        pending.attempt.failed(failure, self.task_manager._now())
        self.task_manager.task_failed(pending, failure, handle)

    def result(self, error_type: ErrorType, code: int = 0) -> None:
        results, profile = self.task_manager.results, ConnectProfile(endpoint=ADDRESS)
        if error_type is ErrorType.OK:
            results.network_worked(self, profile)
        else:
            results.network_failed(self, Failure(error_type, code), profile)

    def stop(self, task_id: int) -> PendingTask | None:
        return self.tasks.by_id.pop(task_id, None)

    def clear(self) -> list[PendingTask]:
        pending_tasks = list(self.tasks)
        self.tasks.by_id.clear()
        return pending_tasks

    def redo(self, reason: DisconnectReason) -> None:
        self.calls.append(("redo", reason))

    def touch(self) -> None:
        self.calls.append(("touch",))

    def retry(self, failure: Failure, handle: FailHandle, source: int, user_id: str) -> None:
        self.calls.append(("retry", failure.type, failure.code, handle, source, user_id))

    def report_address(self, endpoint: Endpoint, ok: bool) -> None:
        self.reports.append(ok)


class Heard(Callbacks):
    """Keeps what netcore tells and asks."""

    def __init__(self) -> None:
        self.ended: list[tuple[int, ErrorType, int, list[AttemptProfile]]] = []
        self.limited: list[tuple[LimitKind, int, float]] = []
        self.syncs: list[float] = []
        self.netchecks: list[bool] = []
        self.bytes: list[tuple[NetworkKind, int, int]] = []
        self.intercepts: set[int] = set()

    def on_task_end(
        self, task: Task, error_type: ErrorType, error_code: int, profile: TaskProfile
    ) -> None:
        self.ended.append((task.task_id, error_type, error_code, profile.attempts))

    def report_task_limited(self, kind: LimitKind, task: Task, amount: float) -> None:
        self.limited.append((kind, task.task_id, amount))

    def request_sync(self) -> None:
        self.syncs.append(asyncio.get_running_loop().time())

    def on_netcheck_due(self, longlink: bool) -> None:
        self.netchecks.append(longlink)

    def traffic(self, kind: NetworkKind, sent: int, received: int) -> None:
        self.bytes.append((kind, sent, received))

    def should_intercept(self, code: int) -> bool:
        return code in self.intercepts


@dataclass
class EngineWorld:
    """The desk and all that it touches."""

    task_manager: TaskManager
    link: ToldLink
    context: Context
    heard: Heard
    clock: LoopClock
    events: list[Event] = field(default_factory=list)

    def begin(self, task: Task) -> Task:
        self.task_manager.begin(task, None)
        return task

    def request(self, task: Task) -> asyncio.Future[bytes]:
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.task_manager.begin(task, future)
        return future

    def of(self, kind: type[E]) -> list[E]:
        return [each for each in self.events if isinstance(each, kind)]

    def network(self, kind: NetworkKind, label: str = "net") -> None:
        self.context.network.state = NetworkState(kind, label)
        self.task_manager.on_network()

    def sleep(self, seconds: float) -> None:
        """The machine sleeps and wakes."""
        self.clock.slept += seconds
        self.task_manager.on_wake()

    @property
    def now(self) -> float:
        return self.clock.now()


def run(work: Callable[[EngineWorld], Awaitable[None]], settings: Settings | None = None) -> None:
    """Run a test's work on a desk that has a short link only; it may create long ones."""

    async def whole() -> None:
        heard = Heard()
        clock = LoopClock()
        chosen = settings or Settings(shortlink_port=80, shortlink_hosts=("host.example",))
        context = Context(
            settings=chosen,
            callbacks=heard,
            clock=clock,
            rng=random.Random(1),
            observer=Observer(),
            holder=TaskHolder("desk"),
            network=NetworkWatch(NetworkState(NetworkKind.WIFI, "home")),
            active=ActiveLogic(clock.now()),
            tls=chosen.tls,
            proxies=Proxies(),
        )

        def build(config: LonglinkConfig) -> ToldLink:
            return ToldLink(config.name, task_manager)

        sources = Sources(chosen.sources(), now=clock.now, wall=clock.wall)
        task_manager = TaskManager(context, Longlinks(build), sources)  # type: ignore[arg-type]
        world = EngineWorld(
            task_manager, ToldLink("shortlink", task_manager), context, heard, clock
        )
        task_manager.shortlink = world.link
        context.observer.subscribe(world.events.append)
        task_manager.start()
        await work(world)
        await task_manager.close()
        await context.holder.close()

    run_virtual(whole())
