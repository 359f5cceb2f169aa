"""NetCore on real sockets."""

from __future__ import annotations

import asyncio
import time

import pytest

from netcore.callbacks import Callbacks
from netcore.connect.tls import TlsSettings
from netcore.core import LonglinkConfig, NetCore
from netcore.errors import LocalCode, TaskCancelledError, TaskTimeoutError
from netcore.events import NetworkKind
from netcore.holder import TaskHolder
from netcore.policy.dynamic import Level
from netcore.profile import TaskProfile
from netcore.settings import LonglinkSettings, Settings
from netcore.task import Task
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
    assert [each.level for each in profiles] == [Level.EVALUATING] * 10 + [Level.EXCELLENT]
    assert not any(each.weak for each in profiles)
