"""What the results of the links mean: status, addresses, hope for resting tasks."""

from __future__ import annotations

import asyncio

import pytest

from netcore.callbacks import Callbacks, ConnectStatus, Decoded
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.engine.task_events import StatusChanged
from netcore.errors import ErrorType, FailHandle, SocketCode, TimeoutCode
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import Settings
from netcore.task import Channel, Task
from tests.netcore.engine.worlds import EngineWorld, run
from tests.netcore.peers import HOST, EchoPeer
from tests.netcore.shortlink.peers import http_peer


async def answered(world: EngineWorld) -> None:
    task = world.begin(Task(cgi="/x", body=str(world.now).encode()))
    world.link.answer(task.task_id)


def test_the_short_links_results_make_the_status():
    async def work(world: EngineWorld) -> None:
        for _ in range(3):
            world.link.result(ErrorType.SOCKET, 104)
        assert world.of(StatusChanged)[-1].status is ConnectStatus.SERVER_FAILED
        await answered(world)
        assert world.of(StatusChanged)[-1].status is ConnectStatus.CONNECTED

    run(work)


@pytest.mark.parametrize(
    ("error_type", "code", "bad"),
    [
        (ErrorType.SOCKET, 104, True),
        (ErrorType.HTTP, TimeoutCode.FIRST_PACKAGE, True),
        (ErrorType.EN_DECODE, 1, True),
        (ErrorType.NET_MSG_XP, SocketCode.NET_MSG_XP_HANDLE_BUFFER, False),
        (ErrorType.SERVER, 5, False),
        (ErrorType.LOCAL, -1, False),
        (ErrorType.DIAL, 1, False),
    ],
)
def test_which_failures_speak_against_an_address(error_type: ErrorType, code: int, bad: bool):
    async def work(world: EngineWorld) -> None:
        world.link.result(error_type, code)
        assert world.link.reports == ([False] if bad else [])

    run(work)


def test_that_an_address_works_is_told_every_ten_seconds_at_most():
    async def work(world: EngineWorld) -> None:
        world.link.result(ErrorType.OK)
        world.link.result(ErrorType.OK)
        assert world.link.reports == [True]
        await asyncio.sleep(10)
        world.link.result(ErrorType.OK)
        assert world.link.reports == [True, True]

    run(work)


class OneVerdict(Callbacks):
    """Calls one answer by the short link a session time-out, and all others good."""

    def __init__(self) -> None:
        self.told = False
        self.attempts: list[int] = []

    def buf2resp(self, task, body, channel) -> Decoded:
        if channel is Channel.SHORT and not self.told:
            self.told = True
            return Decoded(FailHandle.SESSION_TIMEOUT, -13)
        return Decoded()

    def on_task_end(self, task, error_type, error_code, profile) -> None:
        self.attempts.append(len(profile.attempts))


async def test_a_session_time_out_on_the_short_link_sends_the_long_links_tasks_again_too():
    held = asyncio.Event()
    callbacks = OneVerdict()
    async with EchoPeer() as peer, http_peer() as http:
        http.gate = held
        settings = Settings(
            longlink_hosts=(HOST,),
            longlink_ports=(peer.port,),
            shortlink_hosts=(HOST,),
            shortlink_port=http.port,
            tls=TlsSettings(enabled=False),
        )
        async with NetCore(settings, callbacks) as core:
            await core.request(Task(cmdid=3, body=b"up"))
            peer.answer = lambda connection, frame: None if peer.total == 1 else frame
            both = asyncio.gather(
                core.request(Task(cmdid=3, cgi="/a", body=b"long", channel=Channel.LONG)),
                core.request(Task(cgi="/b", body=b"short", channel=Channel.SHORT)),
            )
            await peer.until(lambda: any(frame.body == b"long" for frame in peer.frames))
            held.set()
            assert await both == [b"long", b"short"]
            assert callbacks.attempts == [1, 2, 2]
            assert peer.total == 2


async def test_an_answer_by_the_short_link_starts_what_rests_for_the_long_link(
    holder: TaskHolder,
):
    """A task for either link failed on the dead long link; the short link shows the way out."""
    async with EchoPeer() as peer, http_peer() as http:
        settings = Settings(
            longlink_hosts=(HOST,),
            longlink_ports=(peer.port,),
            shortlink_hosts=(HOST,),
            shortlink_port=http.port,
            tls=TlsSettings(enabled=False),
        )
        async with NetCore(settings) as core:
            await core.request(Task(cmdid=3, body=b"up"))
            peer.answer = lambda connection, frame: None
            task = Task(cmdid=3, cgi="/a", body=b"first", retry_count=0, total_timeout=60.0)
            waiting = holder.start(core.request(task), "first")
            await peer.until(lambda: any(frame.body == b"first" for frame in peer.frames))
            await peer.stop()
            await core.request(Task(cgi="/b", body=b"second", channel=Channel.SHORT))
            assert await waiting == b"first"
            assert {seen.target for seen in http.seen} == {"/a", "/b"}
