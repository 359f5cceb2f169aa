"""NetCore: the front door (``mars/stn/stn_manager.h``, ``mars/stn/src/net_core.cc``).

It wires the parts together and holds no policy of its own. In short::

    core = NetCore(Settings(longlink_hosts=("im.example",), longlink_ports=(8081,)), MyCallbacks())
    await core.start()                        # the long link comes up and stays up by itself
    body = await core.request(Task(cmdid=3, body=b"...", cgi="/send"))
    await core.close()

Everything runs on the loop on which :meth:`NetCore.start` was awaited; all methods must be called
there. ``await core.request(task)`` returns the answer's body or raises
:class:`~netcore.errors.TaskError`; cancelling it stops the task. The callback style is
:meth:`NetCore.start_task` with ``Callbacks.on_task_end``. What happens is told by
``core.observer.subscribe(...)``; :class:`netcore.longlink.state.LinkStateChanged` is the event to
watch for the link's state.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence

from netcore import checking
from netcore.callbacks import Callbacks, ConnectStatus
from netcore.connect.proxies import FindProxy, Proxies
from netcore.connect.proxy import Proxy
from netcore.connect.proxycheck import TEST_PORT, ProxyReport, check_proxy
from netcore.connect.speedtest import Speed
from netcore.connect.tls import TlsSettings
from netcore.engine.longlinks import Longlinks
from netcore.engine.platform_signals import PlatformSignals
from netcore.engine.snapshots import SnapshotTaker
from netcore.engine.task_manager import TaskManager
from netcore.engine.wiring import make_context, make_longlink, make_sources
from netcore.errors import (
    ConnectError,
    DisconnectReason,
    ErrorType,
    FailHandle,
    Failure,
    LocalCode,
    NetcoreError,
)
from netcore.events import NetworkKind, PowerSource
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.learned import LearnedHeartbeats
from netcore.longlink.link import LinkState
from netcore.longlink.managed import ManagedLongLink
from netcore.observe import Observer
from netcore.profile import ConnectProfile
from netcore.runtime.clock import Clock
from netcore.settings import Settings
from netcore.shortlink.channel import ShortLinkChannel
from netcore.snapshot import Snapshot
from netcore.task import MAIN_LONGLINK, Task

_log = logging.getLogger("netcore.core")

__all__ = ["LonglinkConfig", "NetCore"]


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
        self._settings = settings
        self._context = make_context(settings, callbacks, observer, clock, rng)
        self.observer = self._context.observer
        self.sources = make_sources(self._context)
        self._heartbeats = LearnedHeartbeats(self._context)
        self.longlinks = Longlinks(self._build_longlink)
        self._task_manager = TaskManager(self._context, self.longlinks, self.sources)
        self.shortlink = self._task_manager.shortlink = ShortLinkChannel(
            self._context, self.sources, self._task_manager
        )
        self._snapshot_taker = SnapshotTaker(self._context, self._task_manager, self.sources)
        self._platform_signals = PlatformSignals(
            self._context,
            self.longlinks,
            on_network=self._on_network,
            on_active=self._on_active,
            on_wake=self._on_wake,
        )
        self._started = False
        self._closed = False

    # -- life -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin: the main long link connects and is kept up."""
        if self._started:
            return
        self._started = True
        self.sources.on_network_change(self._context.network.state.key)
        self._platform_signals.start()
        self._task_manager.start()
        if self._settings.use_longlink and self.sources.settings.longlink_ports:
            self.create_longlink(LonglinkConfig(name=MAIN_LONGLINK, main=True))
            self.make_sure_longlink_connected()

    async def close(self) -> None:
        """End: every task ends with RESET, every socket, timer and asyncio task is closed."""
        if self._closed:
            return
        self._closed = True
        self._platform_signals.close()
        self._task_manager.stop_taking()
        self._task_manager.clear(LocalCode.RESET)
        for managed in self.longlinks:
            self.longlinks.pop(managed.name)
            await managed.close()
        await self.shortlink.close()
        await self._task_manager.close()
        await self._heartbeats.close()
        await self._context.holder.close()
        await self.sources.close()
        self.sources.save()
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
        self._task_manager.begin(task, future)
        try:
            return await future
        except asyncio.CancelledError:
            if future.cancelled():  # else the task is over, and its id may be another's by now
                self._task_manager.stop(task.task_id)
            raise

    def start_task(self, task: Task) -> int:
        """Send a task; its end comes to ``Callbacks.on_task_end``. The task's id."""
        self._task_manager.begin(task, None)
        return task.task_id

    def stop_task(self, task_id: int) -> bool:
        """Forget a task; its answer, if one comes, is dropped. Whether it was there.

        No ``on_task_end`` follows; a waiting ``request`` raises ``TaskCancelledError``.
        """
        return self._task_manager.stop(task_id)

    def has_task(self, task_id: int) -> bool:
        """Whether the task is under way."""
        return self._task_manager.has(task_id)

    def clear_tasks(self) -> None:
        """Forget every task and cut the links; no ``on_task_end`` follows."""
        self._task_manager.clear(LocalCode.CLEAR)

    def redo_tasks(self) -> None:
        """Reconnect and send all running tasks again; call it when the server's address changed.

        Bans of addresses and what the DNS said are forgotten.
        """
        self.sources.on_network_change(self._context.network.state.key)
        self._context.proxies.forget()
        self._task_manager.redo(DisconnectReason.RESET)

    def touch_tasks(self) -> None:
        """Look at the waiting tasks now; call it when the login is done."""
        self._task_manager.touch()

    def retry_all(
        self,
        error_type: ErrorType = ErrorType.LOCAL,
        error_code: int = LocalCode.TASK_RETRY,
        user_id: str = "",
    ) -> None:
        """Fail one attempt of every running task of ``user_id``, so that it is sent again."""
        failure = Failure(error_type, error_code)
        self._task_manager.retry_all(failure, FailHandle.RETRY_ALL_TASKS, Task(user_id=user_id))

    async def reset(self) -> None:
        """Forget every task, close all links but the main one, and connect that one again."""
        self._task_manager.clear(LocalCode.RESET)
        for managed in self.longlinks:
            if not managed.main:
                await self.destroy_longlink(managed.name)
        self._task_manager.reset()
        self.make_sure_longlink_connected()

    # -- long links -----------------------------------------------------------------------------

    def create_longlink(self, config: LonglinkConfig) -> ManagedLongLink:
        """Create a long link, or find the one of that name; a ``main`` one becomes the main one.

        One with ``keep_alive`` connects at once, another when a task needs it. Raises
        :class:`~netcore.errors.NetcoreError` after :meth:`close`.
        """
        if self._closed:
            raise NetcoreError("netcore is closed: make another NetCore")
        managed = self.longlinks.create(config)
        if config.keep_alive:
            managed.link.make_sure_connected()
        return managed

    async def destroy_longlink(self, name: str) -> bool:
        """Close a long link; its tasks end with LONGLINK_RELEASED. Whether there was one."""
        managed = self.longlinks.pop(name)
        if managed is None:
            return False
        managed.release()
        await managed.close()
        return True

    def mark_main_longlink(self, name: str) -> None:
        """Make another long link the main one; raises ConfigError when there is none such."""
        self.longlinks.mark_main(name)

    def make_sure_longlink_connected(self, name: str = "") -> bool:
        """Connect now unless it is up or under way; whether it is up."""
        managed = self.longlinks.get(name)
        return managed is not None and managed.link.make_sure_connected()

    def longlink_connected(self, name: str = "") -> bool:
        """Whether the long link is up; "" is the main one."""
        managed = self.longlinks.get(name)
        return managed is not None and managed.connected

    def longlink_state(self, name: str = "") -> LinkState:
        """Where the long link stands."""
        managed = self.longlinks.get(name)
        return LinkState.IDLE if managed is None else managed.link.state

    def longlink_profile(self, name: str = "") -> ConnectProfile | None:
        """The connection that is up, under way, or was last."""
        managed = self.longlinks.get(name)
        return None if managed is None else managed.link.profile

    def keep_signalling(self) -> None:
        """Keep the main long link's way warm for some seconds (call it as the user types)."""
        if self.longlinks.main is not None:
            self.longlinks.main.reconnector.keep_signalling()

    def stop_signalling(self) -> None:
        """No more signalling."""
        if self.longlinks.main is not None:
            self.longlinks.main.reconnector.stop_signalling()

    def set_signalling_strategy(self, period: float, keep_time: float) -> None:
        """A signalling frame each ``period`` seconds of silence, for ``keep_time`` seconds."""
        for managed in self.longlinks:
            managed.reconnector.signalling.set_strategy(period, keep_time)

    # -- addresses ------------------------------------------------------------------------------

    def set_longlink_address(
        self, hosts: str | Sequence[str], ports: Sequence[int], debug_ip: str = ""
    ) -> None:
        """Where the main long link connects from its next connect on; see :meth:`redo_tasks`."""
        settings = self.sources.settings
        names = (hosts,) if isinstance(hosts, str) else checking.strings("hosts", hosts)
        numbers = checking.ports("ports", ports)
        settings.longlink_debug_ip = checking.address("debug_ip", debug_ip)
        settings.longlink_hosts, settings.longlink_ports = list(names), list(numbers)
        up = self._started and not self._closed
        if up and self.longlinks.main is None and ports and self._settings.use_longlink:
            self._task_manager.policies.longlink_up(False)
            self.create_longlink(LonglinkConfig(name=MAIN_LONGLINK, main=True))

    def set_shortlink_address(self, port: int, debug_ip: str = "") -> None:
        """The short link's port, and an address to use whatever the task's hosts are."""
        checking.port("port", port, none=True)
        self.sources.settings.shortlink_debug_ip = checking.address("debug_ip", debug_ip)
        self.sources.settings.shortlink_port = port

    def set_debug_ip(self, host: str, ip: str) -> None:
        """Use this address alone for a host; "" ends that."""
        if ip:
            self.sources.settings.debug_ips[host] = checking.address("ip", ip)
        else:
            self.sources.settings.debug_ips.pop(host, None)

    def set_backup_ips(self, host: str, ips: Sequence[str]) -> None:
        """Addresses of a host to fall back on."""
        self.sources.settings.backup_ips[host] = list(checking.addresses("ips", ips))

    async def speed_test(self, name: str = "", *, timeout: float = 10.0) -> list[Speed]:
        """How fast each address of a long link connects and answers, the fastest first.

        Raises :class:`~netcore.errors.ConnectError` when there is none.
        """
        managed = self.longlinks.get(name)
        if managed is None:
            raise ConnectError("there is no such long link")
        return await managed.connector.measure(timeout)

    def ban_server(self, ip: str) -> None:
        """The server at ``ip`` asks not to be used for 30 minutes."""
        self.sources.ban_by_server(ip)

    def disable_ipv6(self) -> None:
        """Use no IPv6 address until the network changes."""
        self.sources.disable_ipv6()

    def set_tls(self, tls: TlsSettings) -> None:
        """Other TLS settings (a new pin) for connections made from now on."""
        self._context.tls = tls

    def set_proxy(self, proxy: Proxy | None) -> None:
        """Another proxy, or none, for connections made from now on; see :meth:`redo_tasks`."""
        self._context.proxies.use(proxy)

    def set_find_proxy(self, find: FindProxy | None) -> None:
        """Ask this finder for the proxy of each host from now on; None is the direct way."""
        self._context.proxies.use(None, find)

    @property
    def proxies(self) -> Proxies:
        """Which proxy the connections take; a diagnosis goes by the same."""
        return self._context.proxies

    async def check_proxy(
        self,
        host: str,
        proxy: Proxy | None = None,
        *,
        port: int = TEST_PORT,
        straight: bool = False,
    ) -> ProxyReport:
        """Whether the proxy in use, or another, fetches ``host``'s front page; raises nothing.

        ``straight``: without any. At another ``port`` than 80 stands the application's own server:
        the TLS settings in force hold there, and any answer proves that the proxy leads to it.
        """
        if proxy is None and not straight:
            proxy = await self._context.proxies.of(host)
        own = port != TEST_PORT
        return await check_proxy(
            proxy,
            host,
            port=port,
            fallback_ips=self.sources.settings.backup_ips.get(host, ()),
            tls=self._context.tls if own else None,
            any_answer=own,
        )

    # -- surroundings ---------------------------------------------------------------------------

    @property
    def status(self) -> ConnectStatus:
        """The state over all links."""
        return self._task_manager.status.overall

    def snapshot(self) -> Snapshot:
        """Everything at this moment: links, tasks, addresses, time-outs, limits, traffic."""
        return self._snapshot_taker.take()

    def network_changed(self, kind: NetworkKind, label: str = "") -> None:
        """The operating system's network is now this one (kind NONE: there is none).

        Another one than before cuts the links and connects again; the first one reported does not.
        """
        self._platform_signals.network_changed(kind, label)

    def set_foreground(self, foreground: bool) -> None:
        """The application came to the front, or left it."""
        self._platform_signals.set_foreground(foreground)

    def set_active(self, active: bool) -> None:
        """The user is there, or is not (otherwise ten minutes in the background say so)."""
        self._platform_signals.set_active(active)

    def set_idle(self, seconds: float | None) -> None:
        """How long there was no key or pointer; None where the platform cannot tell.

        Call it every 15 s or so: ten minutes without any mean that the user is not there.
        """
        self._platform_signals.set_idle(seconds)

    def set_power(self, source: PowerSource) -> None:
        """What the machine runs on; on mains power a dead link is noticed within a minute."""
        self._platform_signals.set_power(source)

    def set_logged_in(self, logged_in: bool) -> None:
        """Whether an account is known; without one the link reconnects and syncs less often."""
        if logged_in != self._context.logged_in:
            self._context.logged_in = logged_in
            if not logged_in:
                self._task_manager.hedger.logged_out()
            for managed in self.longlinks:
                managed.reconnector.on_active()
        self._task_manager.policies.state_changed()

    def push_took(self, seconds: float) -> None:
        """Say how long a push was under way, by clocks that need not agree.

        Pushes that come later than others show that the network is weak, where nobody sends.
        """
        self._task_manager.hedger.push_took(seconds)

    def pretend_weak(self) -> bool:
        """Take the network for weak for the next minute, to try it out; whether it now is."""
        return self._task_manager.policies.pretend_weak()

    def captive_portal(self, found: bool) -> None:
        """The network answers for others (a portal wants a login), or no longer does."""
        self._platform_signals.captive_portal(found)

    def sleep(self) -> None:
        """The machine is about to sleep."""
        self._platform_signals.sleep()

    def wake(self) -> None:
        """The machine woke: every link is asked at once whether it still lives."""
        self._platform_signals.wake()

    def _on_network(self, same: bool) -> None:
        self._context.proxies.forget()
        self._context.quic.network_changed()
        self.sources.on_network_change(self._context.network.state.key)
        self._task_manager.on_network(same)

    def _on_wake(self) -> None:
        self.shortlink.woke()
        self._task_manager.on_wake()

    def _build_longlink(self, config: LonglinkConfig) -> ManagedLongLink:
        return make_longlink(
            config, self._context, self._task_manager, self.sources, self._heartbeats
        )

    def _on_active(self) -> None:
        self.sources.active = self._context.active.active
        self._task_manager.on_active()
