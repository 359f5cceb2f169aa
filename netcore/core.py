"""NetCore: the front door (``mars/stn/stn_manager.h``, ``mars/stn/src/net_core.cc``).

It wires the rooms together and holds no policy of its own. In short::

    core = NetCore(Settings(longlink_hosts=("im.example",), longlink_ports=(8081,)), MyCallbacks())
    await core.start()                        # the long link comes up and stays up by itself
    body = await core.request(Task(cmdid=3, body=b"...", cgi="/send"))
    await core.close()

Everything runs on the loop on which :meth:`NetCore.start` was awaited; all methods must be called
there. ``await core.request(task)`` returns the answer's body or raises
:class:`~netcore.errors.TaskError`; cancelling it stops the task. The callback style is
:meth:`NetCore.start_task` with ``Callbacks.on_task_end``. What happens is told by
``core.observer.subscribe(...)``; :data:`netcore.longlink.link.LinkStateChanged` is the event to
watch for the link's state.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence

from netcore.callbacks import Callbacks
from netcore.clock import Clock, SystemClock
from netcore.connect.endpoint import Endpoint, Source
from netcore.context import Context
from netcore.desk import Desk
from netcore.errors import (
    ConfigError,
    DisconnectReason,
    DnsError,
    ErrorType,
    FailHandle,
    LocalCode,
    NetcoreError,
)
from netcore.events import ActiveLogic, NetworkKind, NetworkState, NetworkWatch, Verdict
from netcore.holder import TaskHolder
from netcore.longlink.carrier import Carrier, LonglinkConfig
from netcore.longlink.codec import MarsEncoder
from netcore.longlink.link import LinkState
from netcore.longlink.tasks import Entry
from netcore.observe import Observer
from netcore.routing import choose_channel, task_timeout, usable_channels, validate
from netcore.settings import Settings
from netcore.task import MAIN_LONGLINK, RESERVED_TASK_IDS_FROM, Task

_log = logging.getLogger("netcore.core")


class NetCore:
    """One application's network. See the module's docstring."""

    def __init__(
        self,
        settings: Settings,
        callbacks: Callbacks | None = None,
        *,
        observer: Observer | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self.observer = observer or Observer()
        self.carriers: dict[str, Carrier] = {}
        self._settings = settings
        self._context = Context(
            settings=settings,
            callbacks=callbacks or Callbacks(),
            clock=clock,
            rng=rng or random.Random(),
            observer=self.observer,
            holder=TaskHolder("netcore"),
            network=NetworkWatch(),
            active=ActiveLogic(clock.now()),
            tls=settings.tls,
            proxy=settings.proxy,
        )
        self._desk = Desk(self._context, self)
        self._last_task_id = 0
        self._where: dict[int, Carrier] = {}
        self._started = False
        self._closed = False
        self._reconnect: asyncio.TimerHandle | None = None
        self._failures = 0

    # -- life -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin: the main long link connects and is kept up."""
        if self._started:
            return
        self._started = True
        if self._settings.use_longlink and self._settings.longlink_ports:
            self.create_longlink(LonglinkConfig(name=MAIN_LONGLINK, main=True))
            self.make_sure_longlink_connected()

    async def close(self) -> None:
        """End: every task ends with RESET, every socket, timer and asyncio task is closed."""
        if self._closed:
            return
        self._closed = True
        if self._reconnect is not None:
            self._reconnect.cancel()
        for carrier in tuple(self.carriers.values()):
            for entry in carrier.clear():
                self._desk.refuse(entry, ErrorType.LOCAL, LocalCode.RESET, "netcore was closed")
            await carrier.close()
        self.carriers.clear()
        await self._context.holder.close()
        await asyncio.sleep(0)  # aborted transports close their sockets in the next turn

    async def __aenter__(self) -> NetCore:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- tasks ----------------------------------------------------------------------------------

    async def request(self, task: Task) -> bytes:
        """Send a task and wait for its answer's body.

        Raises :class:`~netcore.errors.TaskError`. Cancelling the caller stops the task.
        """
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._begin(task, future)
        try:
            return await future
        except asyncio.CancelledError:
            self.stop_task(task.task_id)
            raise

    def start_task(self, task: Task) -> int:
        """Send a task; its end comes to ``Callbacks.on_task_end``. The task's id."""
        self._begin(task, None)
        return task.task_id

    def _begin(self, task: Task, future: asyncio.Future[bytes] | None) -> None:
        if self._closed or not self._started:
            raise NetcoreError("netcore is not running: start() it first")
        limits = self._settings.limits
        if not task.task_id:
            task.task_id = self._next_task_id()
        now = self._context.clock.now()
        retries = task.retry_count if task.retry_count >= 0 else limits.default_retry_count
        entry = Entry(task, now, task_timeout(task, retries), retries, future)
        wrong = validate(task, limits)
        if wrong is not None:
            self._desk.refuse(entry, wrong.type, wrong.code, str(wrong))
            return
        self._route(entry)

    def _route(self, entry: Entry) -> None:
        task = entry.task
        name = task.channel_name or MAIN_LONGLINK
        carrier = self.carriers.get(name)
        channel = choose_channel(
            task,
            usable_channels(task),
            longlink_up=carrier is not None and carrier.connected,
            longlink_tasks=len(carrier.tasks) if carrier is not None else 0,
            minor_free=lambda: False,
        )
        if carrier is None or not channel:
            self._desk.refuse(
                entry, ErrorType.LOCAL, LocalCode.CHANNEL_SELECT, "no link can carry this task"
            )
            return
        if carrier.tasks.get(task.task_id) is not None:
            raise ConfigError(f"a task with the id {task.task_id} is under way already")
        self._where[task.task_id] = carrier
        carrier.start(entry)
        self._desk.task_started(entry)

    def _next_task_id(self) -> int:
        while True:
            self._last_task_id += 1
            if self._last_task_id >= RESERVED_TASK_IDS_FROM:
                self._last_task_id = 1
            if self._last_task_id not in self._where:
                return self._last_task_id

    def stop_task(self, task_id: int) -> bool:
        """Forget a task; its answer, if one comes, is dropped. Whether it was there.

        No ``on_task_end`` follows; a waiting ``request`` raises ``TaskCancelledError``.
        """
        carrier = self._where.pop(task_id, None)
        entry = carrier.stop(task_id) if carrier is not None else None
        if entry is None:
            return False
        self._cancelled(entry, LocalCode.CANCEL)
        return True

    def has_task(self, task_id: int) -> bool:
        """Whether the task is under way."""
        return task_id in self._where

    def clear_tasks(self) -> None:
        """Forget every task and cut the links; no ``on_task_end`` follows."""
        for carrier in self.carriers.values():
            for entry in carrier.clear():
                self._cancelled(entry, LocalCode.CLEAR)
            carrier.link.make_sure_connected()

    def redo_tasks(self) -> None:
        """Reconnect and send all running tasks again; call it when the server's address changed."""
        for carrier in self.carriers.values():
            carrier.redo(DisconnectReason.RESET)

    def touch_tasks(self) -> None:
        """Look at the waiting tasks now; call it when the login is done."""
        for carrier in self.carriers.values():
            carrier.touch()

    def retry_all(
        self,
        error_type: ErrorType = ErrorType.LOCAL,
        error_code: int = LocalCode.TASK_RETRY,
        user_id: str = "",
    ) -> None:
        """Fail one attempt of every running task of ``user_id``, so that it is sent anew."""
        for carrier in self.carriers.values():
            carrier.retry(error_type, error_code, FailHandle.RETRY_ALL_TASKS, 0, user_id)

    def _cancelled(self, entry: Entry, code: LocalCode) -> None:
        self._where.pop(entry.task.task_id, None)
        self._desk.task_stopped(entry, code)

    def forget(self, entry: Entry) -> None:
        """A task ended (for the desk)."""
        self._where.pop(entry.task.task_id, None)

    # -- long links -----------------------------------------------------------------------------

    def create_longlink(self, config: LonglinkConfig) -> Carrier:
        """Create a long link; the one of that name if there is one already."""
        known = self.carriers.get(config.name)
        if known is not None:
            return known
        longlink = self._settings.longlink
        encoder = config.encoder or MarsEncoder(
            longlink.client_version, max_package=longlink.max_package
        )
        addresses = _Names(
            config.hosts or self._settings.longlink_hosts,
            config.ports or self._settings.longlink_ports,
            self._settings.longlink_debug_ip,
        )
        carrier = Carrier(config, self._context, encoder, self._desk, addresses)
        self.carriers[config.name] = carrier
        return carrier

    async def destroy_longlink(self, name: str) -> None:
        """Close a long link; its tasks end with LONGLINK_RELEASED."""
        carrier = self.carriers.pop(name, None)
        if carrier is not None:
            carrier.release()
            await carrier.close()

    def make_sure_longlink_connected(self, name: str = MAIN_LONGLINK) -> bool:
        """Connect now unless it is up or under way; whether it is up."""
        carrier = self.carriers.get(name)
        return carrier is not None and carrier.link.make_sure_connected()

    def longlink_connected(self, name: str = MAIN_LONGLINK) -> bool:
        """Whether the long link is up."""
        carrier = self.carriers.get(name)
        return carrier is not None and carrier.connected

    def longlink_state(self, name: str = MAIN_LONGLINK) -> LinkState:
        """Where the long link stands."""
        carrier = self.carriers.get(name)
        return LinkState.IDLE if carrier is None else carrier.link.state

    def link_changed(self, carrier: Carrier, state: LinkState) -> None:
        """A long link's state changed (for the desk)."""
        if state is LinkState.CONNECTED:
            self._failures = 0
        if state in (LinkState.DISCONNECTED, LinkState.CONNECT_FAILED) and not self._closed:
            wait = (0.5, 1.0, 5.0, 10.0, 20.0, 30.0)[min(self._failures, 5)]
            self._failures += 1
            self._reconnect = asyncio.get_running_loop().call_later(
                wait, carrier.link.make_sure_connected
            )

    # -- surroundings ---------------------------------------------------------------------------

    def network_changed(self, kind: NetworkKind, label: str = "") -> None:
        """The operating system's network changed (kind NONE: there is none)."""
        verdict = self._context.network.report(NetworkState(kind, label), self._context.clock.now())
        if verdict is Verdict.CHANGED:
            for carrier in self.carriers.values():
                carrier.redo(DisconnectReason.NETWORK_CHANGE)


class _Names:
    """Plain name lookup."""

    def __init__(self, hosts: Sequence[str], ports: Sequence[int], debug_ip: str) -> None:
        self._hosts, self._ports, self._debug_ip = hosts, ports, debug_ip

    async def endpoints(self) -> Sequence[Endpoint]:
        if self._debug_ip:
            host = self._hosts[0] if self._hosts else ""
            return [Endpoint(self._debug_ip, port, host, Source.DEBUG) for port in self._ports]
        found: list[Endpoint] = []
        loop = asyncio.get_running_loop()
        for host in self._hosts:
            try:
                infos = await loop.getaddrinfo(host, None, type=1)
            except OSError:
                continue
            ips = dict.fromkeys(str(info[4][0]) for info in infos)
            found += [Endpoint(ip, port, host, Source.DNS) for port in self._ports for ip in ips]
        if not found:
            raise DnsError(f"{', '.join(self._hosts)}: no address found")
        return found

    def report(self, endpoint: Endpoint, ok: bool) -> None:
        pass
