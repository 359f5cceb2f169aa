"""NetCore on real sockets."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Any

import pytest

from netcore.callbacks import Callbacks
from netcore.connect.endpoint import AddressSource
from netcore.connect.proxy import Proxy
from netcore.connect.sources import EndpointReported
from netcore.connect.tls import TlsSettings
from netcore.core import LonglinkConfig, NetCore
from netcore.errors import (
    ConfigError,
    LocalCode,
    NetcoreError,
    TaskCancelledError,
    TaskTimeoutError,
)
from netcore.events import NetworkKind
from netcore.observe import Event
from netcore.policy.dynamic import NetworkQuality
from netcore.policy.weak import WeakChanged, WeakReason
from netcore.profile import TaskProfile
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import LonglinkSettings, Settings
from netcore.task import Task
from tests.netcore.connect.peers import HttpProxy, serving
from tests.netcore.peers import HOST, EchoPeer


def settings(port: int, **longlink: float) -> Settings:
    return Settings(
        longlink_hosts=(HOST,),
        longlink_ports=(port,),
        tls=TlsSettings(enabled=False),
        longlink=LonglinkSettings(**longlink),
    )


class Pushes(Callbacks):
    def __init__(self) -> None:
        self.got: asyncio.Queue[tuple[str, int, int, bytes]] = asyncio.Queue()

    def on_push(self, channel: str, cmdid: int, seq: int, body: bytes) -> None:
        self.got.put_nowait((channel, cmdid, seq, body))


async def test_a_request_gets_its_answer_over_the_long_link():
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        assert await core.request(Task(cmdid=3, body=b"hello")) == b"hello"


async def test_many_requests_at_once_each_get_their_own_answer():
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        bodies = [str(number).encode() for number in range(500)]
        answers = await asyncio.gather(*(core.request(Task(cmdid=3, body=body)) for body in bodies))
        assert answers == bodies


async def test_a_push_reaches_the_callback():
    callbacks = Pushes()
    async with EchoPeer() as peer, NetCore(settings(peer.port), callbacks) as core:
        await core.request(Task(cmdid=3, body=b"x"))
        peer.push(10001, b"news")
        assert await callbacks.got.get() == ("default-longlink", 10001, 0, b"news")


async def test_an_unanswered_task_ends_at_its_time_out():
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        peer.answer = lambda connection, frame: None
        with pytest.raises(TaskTimeoutError):
            await core.request(Task(cmdid=3, body=b"x", total_timeout=0.2))


async def test_the_first_network_told_of_cuts_nothing_and_the_second_does():
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        core.network_changed(NetworkKind.WIFI, "home")  # while it connects
        assert await core.request(Task(cmdid=3, body=b"a")) == b"a"
        assert peer.total == 1
        core.network_changed(NetworkKind.WIFI, "office")
        assert await core.request(Task(cmdid=3, body=b"b")) == b"b"
        assert peer.total == 2

    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        await core.request(Task(cmdid=3, body=b"a"))
        core.network_changed(NetworkKind.WIFI, "home")  # while it is up
        assert core.longlink_connected()
        assert await core.request(Task(cmdid=3, body=b"b")) == b"b"
        assert peer.total == 1


async def test_cancelling_a_request_stops_its_task(holder: TaskHolder):
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        peer.answer = lambda connection, frame: None
        task = Task(cmdid=3, body=b"x")
        waiting = holder.start(core.request(task), "request")
        await peer.until(lambda: len(peer.frames) == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not core.has_task(task.task_id)


async def test_the_link_comes_back_after_the_server_was_away(holder: TaskHolder):
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        assert await core.request(Task(cmdid=3, body=b"before")) == b"before"
        await peer.stop()
        waiting = holder.start(
            core.request(Task(cmdid=3, body=b"meanwhile", retry_count=5)), "request"
        )
        await peer.listen()
        assert await waiting == b"meanwhile"


async def test_closing_ends_waiting_requests(holder: TaskHolder):
    async with EchoPeer() as peer:
        core = NetCore(settings(peer.port))
        await core.start()
        peer.answer = lambda connection, frame: None
        waiting = holder.start(core.request(Task(cmdid=3, body=b"x")), "request")
        await peer.until(lambda: len(peer.frames) == 1)
        await core.close()
        with pytest.raises(TaskCancelledError):
            await waiting


class Restarting(Callbacks):
    """Starts a task anew whenever it ends badly, as an application may."""

    core: NetCore

    def __init__(self) -> None:
        self.refused = 0

    def on_task_end(self, task: Task, error_type: Any, error_code: int, profile: Any) -> None:
        try:
            self.core.start_task(Task(cmdid=3, cgi="/x", body=task.body))
        except NetcoreError:
            self.refused += 1


async def test_a_core_that_closes_takes_no_more_tasks(holder: TaskHolder):
    async with EchoPeer() as peer:
        callbacks = Restarting()
        core = callbacks.core = NetCore(
            dataclasses.replace(settings(peer.port), shortlink_hosts=(HOST,), shortlink_port=1),
            callbacks,
        )
        await core.start()
        peer.answer = lambda connection, frame: None
        waiting = holder.start(core.request(Task(cmdid=3, body=b"x")), "request")
        await peer.until(lambda: len(peer.frames) == 1)
        await core.close()
        with pytest.raises(TaskCancelledError):
            await waiting
        assert callbacks.refused == 1
        assert core.snapshot().tasks == ()
        with pytest.raises(NetcoreError):
            await core.request(Task(cmdid=3, body=b"late"))
        with pytest.raises(NetcoreError):
            core.create_longlink(LonglinkConfig(name="late", hosts=(HOST,), ports=(peer.port,)))


async def test_a_late_cancel_stops_no_other_task_of_the_same_id(holder: TaskHolder):
    async with EchoPeer() as peer:
        callbacks = Restarting()
        core = callbacks.core = NetCore(settings(peer.port), callbacks)
        await core.start()

        def begin_another(task: Task, *_: Any) -> None:
            first.cancel()  # its answer is here, but it has not run yet
            core.start_task(Task(cmdid=3, body=b"second", task_id=task.task_id))

        first = holder.start(core.request(Task(cmdid=3, body=b"first", task_id=77)), "first")
        callbacks.on_task_end = begin_another  # type: ignore[method-assign]
        peer.answer = lambda connection, frame: frame if frame.body == b"first" else None
        with pytest.raises(asyncio.CancelledError):
            await first
        assert core.has_task(77)
        callbacks.on_task_end = lambda *_: None  # type: ignore[method-assign]
        await core.close()


class Stopping(Callbacks):
    """Stops all others as soon as one task ends."""

    core: NetCore
    others: list[int]

    def __init__(self) -> None:
        self.ended: list[int] = []

    def on_task_end(self, task: Task, error_type: Any, error_code: int, profile: Any) -> None:
        self.ended.append(task.task_id)
        for other in self.others:
            if other != task.task_id:
                self.core.stop_task(other)


async def test_a_task_stopped_while_its_link_is_destroyed_ends_once(holder: TaskHolder):
    async with EchoPeer() as peer:
        callbacks = Stopping()
        core = callbacks.core = NetCore(settings(peer.port), callbacks)
        await core.start()
        core.create_longlink(LonglinkConfig(name="other", hosts=(HOST,), ports=(peer.port,)))
        peer.answer = lambda connection, frame: None
        tasks = [Task(cmdid=3, body=b"x%d" % n, channel_name="other") for n in range(3)]
        callbacks.others = [core.start_task(task) for task in tasks]
        await peer.until(lambda: len(peer.frames) == 3)
        await core.destroy_longlink("other")
        assert callbacks.ended == [tasks[0].task_id]
        await core.close()


async def test_a_reset_ends_all_tasks_and_connects_anew(holder: TaskHolder):
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        await core.request(Task(cmdid=3, body=b"up"))
        core.create_longlink(
            LonglinkConfig(name="other", hosts=(HOST,), ports=(peer.port,), minor=True)
        )
        await peer.until(lambda: len(peer.connections) == 2)
        peer.answer = lambda connection, frame: None
        running = holder.start(core.request(Task(cmdid=3, body=b"x")), "running")
        await peer.until(lambda: any(frame.body == b"x" for frame in peer.frames))
        await core.reset()
        with pytest.raises(TaskCancelledError) as caught:
            await running
        assert caught.value.code == LocalCode.RESET
        assert core.longlinks.names == ("default-longlink",)
        peer.answer = None
        assert await core.request(Task(cmdid=3, body=b"again")) == b"again"
        assert peer.total == 3


async def test_redo_forgets_bans_and_keeps_what_the_server_asked_for():
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        await core.request(Task(cmdid=3, body=b"up"))
        core.network_changed(NetworkKind.WIFI, "home")
        ranking = core.sources.ranking
        now = time.monotonic()
        for ago in (60.0, 40.0, 20.0):
            assert ranking.report("10.0.0.9", 1, False, now - ago, time.time())
        core.ban_server("10.0.0.8")
        assert ranking.banned_for("10.0.0.9", 1, now) > 0
        core.redo_tasks()
        assert ranking.banned_for("10.0.0.9", 1, now) == 0
        assert ranking.banned_for("10.0.0.8", 1, now) > 0
        known = ranking.history("10.0.0.9", 1)
        assert known is not None
        assert known.failures == 3  # which still puts it last
        assert await core.request(Task(cmdid=3, body=b"again")) == b"again"
        assert peer.total == 2


async def test_tasks_with_the_default_callbacks_know_how_the_network_was():
    profiles: list[TaskProfile] = []

    class Ends(Callbacks):
        def report_task_profile(self, profile: TaskProfile) -> None:
            profiles.append(profile)

    async with EchoPeer() as peer, NetCore(settings(peer.port), Ends()) as core:
        for number in range(11):
            await core.request(Task(cmdid=3, body=b"%04d" % number * 1000))
    assert [each.level for each in profiles] == [NetworkQuality.EVALUATING] * 10 + [
        NetworkQuality.EXCELLENT
    ]
    assert not any(each.weak for each in profiles)


# -- what may be changed at run time ------------------------------------------------------------


def only(host: str, port: int, **more: Any) -> Settings:
    return dataclasses.replace(settings(port), longlink_hosts=(host,), **more)


async def test_the_long_link_s_address_can_be_another():
    async with EchoPeer() as one, EchoPeer() as two, NetCore(settings(one.port)) as core:
        await core.request(Task(cmdid=3, body=b"one"))
        core.set_longlink_address(HOST, [two.port])
        assert one.connections  # only from the next connect on
        core.redo_tasks()
        await core.request(Task(cmdid=3, body=b"two"))
        assert [frame.body for frame in two.frames] == [b"two"]


async def test_an_address_that_comes_later_makes_the_main_link():
    async with EchoPeer() as peer:
        bare = Settings(tls=TlsSettings(enabled=False))
        async with NetCore(bare) as core:
            assert core.longlinks.main is None
            core.set_longlink_address([HOST], [peer.port])
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"


async def test_a_debug_address_stands_for_a_host_until_it_is_taken_back():
    async with EchoPeer() as peer, NetCore(only("im.invalid", peer.port)) as core:
        core.set_debug_ip("im.invalid", HOST)
        core.redo_tasks()
        await core.request(Task(cmdid=3, body=b"x"))
        profile = core.longlink_profile()
        assert profile is not None
        assert (profile.host, profile.ip, profile.source) == (
            "im.invalid",
            HOST,
            AddressSource.DEBUG,
        )
        core.set_debug_ip("im.invalid", "")
        assert core.sources.settings.debug_ips == {}


async def test_backup_addresses_serve_where_a_name_has_none():
    class Nobody(Callbacks):
        def on_new_dns(self, host, longlink, extra_info):
            return ("127.0.0.77",)  # where nobody listens

    async with EchoPeer() as peer, NetCore(only("im.invalid", peer.port), Nobody()) as core:
        core.set_backup_ips("im.invalid", [HOST])
        core.redo_tasks()
        await core.request(Task(cmdid=3, body=b"x"))
        profile = core.longlink_profile()
        assert profile is not None
        assert (profile.ip, profile.source) == (HOST, AddressSource.BACKUP)


async def test_the_proxy_can_be_another():
    proxy = HttpProxy("me:secret")
    async with EchoPeer() as peer, serving(proxy) as port, NetCore(settings(peer.port)) as core:
        await core.request(Task(cmdid=3, body=b"straight"))
        core.set_proxy(Proxy("http", HOST, port, "me", "secret"))
        core.redo_tasks()
        await core.request(Task(cmdid=3, body=b"through it"))
        assert len(proxy.heads) == 1
        core.set_proxy(None)
        core.redo_tasks()
        await core.request(Task(cmdid=3, body=b"straight again"))
        assert len(proxy.heads) == 1


async def test_a_proxy_can_be_tried_before_it_is_used():
    proxy = HttpProxy("me:secret")
    async with serving(proxy) as port, NetCore(Settings()) as core:
        core.set_backup_ips("im.invalid", [HOST])
        wrong = await core.check_proxy("im.invalid", Proxy("http", HOST, port, "me", "wrong"))
        assert not wrong.ok
        assert "user name and password" in wrong.error
        core.set_proxy(Proxy("http", HOST, port, "me", "secret"))
        await core.check_proxy("im.invalid")
        assert proxy.heads[-1].startswith(f"CONNECT {HOST}:80 ".encode())


async def test_signalling_has_mars_s_times_and_can_have_others():
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        main = core.longlinks.main
        assert main is not None
        keeper = main.reconnector.signalling
        assert (keeper.period, keeper.keep_time) == (5.0, 20.0)
        core.set_signalling_strategy(3.0, 9.0)
        assert (keeper.period, keeper.keep_time) == (3.0, 9.0)
        with pytest.raises(ConfigError, match="signalling"):
            core.set_signalling_strategy(0.0, 9.0)


async def test_the_network_can_be_taken_for_weak_to_try_it_out():
    seen: list[Event] = []
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        core.observer.subscribe(seen.append)
        assert core.pretend_weak()
        assert core.snapshot().network.weak
    [changed] = [each for each in seen if isinstance(each, WeakChanged)]
    assert changed.reason is WeakReason.TOLD


async def test_a_server_ban_is_told_of():
    seen: list[Event] = []
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        core.observer.subscribe(seen.append)
        core.ban_server("10.0.0.8")
    [told] = [each for each in seen if isinstance(each, EndpointReported)]
    assert (told.address, told.ok) == ("10.0.0.8", False)
    assert told.banned_for == pytest.approx(30 * 60.0)


async def test_the_caller_s_own_context_goes_with_the_task():
    mine = object()
    ends: list[object] = []

    class Ends(Callbacks):
        def on_task_end(self, task, error_type, error_code, profile) -> None:
            ends.append(task.user_context)

    async with EchoPeer() as peer, NetCore(settings(peer.port), Ends()) as core:
        await core.request(Task(cmdid=3, body=b"x", user_context=mine))
    assert ends == [mine]
