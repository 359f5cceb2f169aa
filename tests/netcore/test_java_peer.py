"""Against a server that reads as Mars's Java sample does.

It takes each socket read for exactly one frame: a second frame in the same read is lost without a
word, a frame cut in two ends the connection, an empty body or another client version too, and
some commands it never answers. Whatever it does: no task hangs past its time-out, none is lost
without a word, and the link recovers.
"""

from __future__ import annotations

import asyncio

import pytest

from netcore.callbacks import Callbacks
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ErrorType, TaskError, TaskTimeoutError
from netcore.links.wire import Wire
from netcore.longlink.codec import Decoder
from netcore.longlink.heartbeat_runner import HeartbeatSent
from netcore.longlink.monitor import MonitorSettings
from netcore.observe import Event
from netcore.policy.timeouts import NetworkTimeouts, TimeoutSettings
from netcore.policy.zombie import ZombieRevived
from netcore.profile import TaskProfile
from netcore.settings import LonglinkSettings, PolicySettings, Settings
from netcore.task import Task
from tests.netcore.peers import HOST, JavaPeer
from tests.support.longlink_world import Pipe, World, in_world, up
from tests.support.virtual import run_virtual

FAILING_LIST = 4
LIMIT = 30.0  # seconds after which a test is said to hang; nothing is measured by it


class Ends(Callbacks):
    def __init__(self) -> None:
        self.ended: list[TaskProfile] = []

    def on_task_end(self, task, error_type, error_code, profile) -> None:
        self.ended.append(profile)


def core_for(peer: JavaPeer, callbacks: Callbacks | None = None, *, version: int = 200) -> NetCore:
    """Mars's rules with every time a tenth as long or less."""
    numbers = NetworkTimeouts(
        first_package=0.4, max_first_package=0.5, package_package=0.4, task_delay=0.0
    )
    settings = Settings(
        longlink_hosts=(HOST,),
        longlink_ports=(peer.port,),
        tls=TlsSettings(enabled=False),
        longlink=LonglinkSettings(
            client_version=version,
            retry_interval=0.05,
            monitor=MonitorSettings(
                task=(0.05,) * 5, alone=(0.1,) * 5, after_loss=0.02, spread=0.0
            ),
        ),
        policies=PolicySettings(timeouts=TimeoutSettings(wifi=numbers), zombie_interval=0.2),
    )
    return NetCore(settings, callbacks)


async def outcome(core: NetCore, task: Task) -> bytes | TaskError:
    try:
        return await core.request(task)
    except TaskError as error:
        return error


async def recovers(core: NetCore) -> None:
    """The link carries tasks again, one at a time, as this server can bear it."""
    for number in range(5):
        body = b"after %d" % number
        assert await core.request(Task(cmdid=3, body=body, retry_count=10)) == body


async def test_one_at_a_time_all_are_answered():
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer) as core:
        await core.request(Task(cmdid=3, body=b"first"))
        lost, connections = peer.lost, peer.total
        for number in range(50):
            body = b"%d" % number
            assert await core.request(Task(cmdid=3, body=body)) == body
        assert (peer.lost, peer.total) == (lost, connections)


async def test_the_first_request_of_a_new_link_is_not_lost_behind_a_heartbeat():
    for _ in range(6):
        async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer) as core:
            task = Task(cmdid=3, body=b"first", retry_count=0)  # lost once, it would fail
            assert await core.request(task) == b"first"
            assert (peer.lost, peer.total) == (0, 1)


def test_the_first_heartbeat_follows_the_waiting_task_a_moment_later():
    async def scene(world: World) -> None:
        async with world.core(settings=LonglinkSettings(first_noop_wait=0.25)) as core:
            asking = asyncio.ensure_future(  # noqa: TID251
                core.request(Task(cmdid=3, body=b"x"))
            )
            await up(core)
            connected = world.connects[0] + world.connect_takes
            await asking
            assert world.noops == 0
            sent = [event for event in world.events if isinstance(event, HeartbeatSent)]
            assert sent == []
            await asyncio.sleep(0.3)
            assert world.noops == 1
            [noop] = core.longlink_profile().noops
            assert noop.at - connected == pytest.approx(0.25)
            assert noop.ok

    in_world(scene)


def test_the_first_heartbeat_goes_at_once_where_nothing_waits_or_no_wait_is_set():
    async def scene(world: World, wait: float, busy: bool) -> None:
        async with world.core(settings=LonglinkSettings(first_noop_wait=wait)) as core:
            if busy:
                core.start_task(Task(cmdid=3, body=b"x"))
            await up(core)
            assert len([event for event in world.events if isinstance(event, HeartbeatSent)]) == 1

    in_world(lambda world: scene(world, 0.1, False))
    in_world(lambda world: scene(world, 0.0, True))


async def test_many_at_once_without_retries_end_in_an_answer_or_a_time_out():
    callbacks = Ends()
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer, callbacks) as core:
        await core.request(Task(cmdid=3, body=b"first"))
        tasks = [Task(cmdid=3, body=b"%d" % number, retry_count=0) for number in range(40)]
        results = await asyncio.gather(*(outcome(core, task) for task in tasks))
        assert peer.lost > 0  # or this proves nothing
        for task, each in zip(tasks, results, strict=True):
            if isinstance(each, TaskError):
                assert each.type is ErrorType.NET_MSG_XP
            else:
                assert each == task.body
        assert any(isinstance(each, TaskTimeoutError) for each in results)
        assert len(callbacks.ended) == 41
        assert core.snapshot().tasks == ()
        await recovers(core)


async def test_many_at_once_come_through_by_their_first_retry():
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer) as core:
        await core.request(Task(cmdid=3, body=b"first"))
        bodies = [b"%d" % number for number in range(20)]
        answers = await asyncio.gather(
            *(core.request(Task(cmdid=3, body=body, retry_count=1)) for body in bodies)
        )
        assert answers == bodies
        assert peer.lost > 0


async def test_with_a_total_time_out_they_rest_and_come_through():
    revived: list[Event] = []
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer) as core:
        core.observer.subscribe(
            lambda event: revived.append(event) if isinstance(event, ZombieRevived) else None
        )
        await core.request(Task(cmdid=3, body=b"first"))
        bodies = [b"%d" % number for number in range(3)]
        answers = await asyncio.gather(
            *(
                core.request(Task(cmdid=3, body=body, retry_count=0, total_timeout=25.0))
                for body in bodies
            )
        )
        assert answers == bodies
        assert revived


async def test_the_list_that_fails_without_an_answer_ends_by_its_time_out():
    callbacks = Ends()
    async with (
        asyncio.timeout(LIMIT),
        JavaPeer(fails=frozenset({FAILING_LIST})) as peer,
        core_for(peer, callbacks) as core,
    ):
        with pytest.raises(TaskTimeoutError):
            await core.request(Task(cmdid=FAILING_LIST, cgi="", body=b"type 1"))
        [profile] = callbacks.ended
        assert len(profile.attempts) == 2
        await recovers(core)


async def test_an_empty_body_ends_the_connection_and_the_task():
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer) as core:
        with pytest.raises(TaskError) as caught:
            await core.request(Task(cmdid=3, body=b""))
        assert caught.value.type is ErrorType.SOCKET
        await recovers(core)
        assert peer.total >= 2


async def test_a_frame_cut_in_two_ends_the_connection_and_the_task():
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer) as core:
        await core.request(Task(cmdid=3, body=b"first"))
        with pytest.raises(TaskError):
            await core.request(Task(cmdid=3, body=b"x" * 900_000))
        await recovers(core)


async def test_another_client_version_gets_nowhere_but_hangs_nothing():
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer, version=201) as core:
        with pytest.raises(TaskError):
            await core.request(Task(cmdid=3, body=b"x", total_timeout=1.5))
        assert core.snapshot().tasks == ()


async def test_a_heartbeat_that_comes_with_a_task_may_cost_it_but_not_the_link():
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer) as core:
        await core.request(Task(cmdid=3, body=b"first"))
        carrier = core.longlinks.main
        assert carrier is not None
        for number in range(10):
            carrier.link.probe(1.0)
            body = b"%d" % number
            assert await core.request(Task(cmdid=3, body=body, retry_count=5)) == body
        await recovers(core)


async def test_killed_and_started_again_in_the_middle_nothing_is_lost():
    callbacks = Ends()
    async with asyncio.timeout(LIMIT), JavaPeer() as peer, core_for(peer, callbacks) as core:
        tasks = [Task(cmdid=3, body=b"%d" % number, retry_count=30) for number in range(5)]

        async def one_by_one() -> list[bytes | TaskError]:
            return [await outcome(core, task) for task in tasks]

        async def trouble() -> None:
            for _ in range(3):
                await asyncio.sleep(0.05)
                await peer.stop()
                await asyncio.sleep(0.05)
                await peer.listen()

        answers, _ = await asyncio.gather(one_by_one(), trouble())
        assert answers == [task.body for task in tasks]
        assert len(callbacks.ended) == 5
        await recovers(core)


# -- the same with Mars's own numbers, in virtual time -------------------------------------------


class JavaPipe(Pipe):
    """What arrives within a millisecond comes in one read, and of that the first frame counts."""

    def __init__(self, world: World, wire: Wire) -> None:
        super().__init__(world, wire)
        self.read = b""

    def _arrive(self, data: bytes) -> None:
        if not self.read:
            self._loop.call_later(0.001, self._take)
        self.read += data

    def _take(self) -> None:
        frame, *lost = Decoder(200).feed(self.read)
        self.read = b""
        assert isinstance(self.world, JavaWorld)
        self.world.lost += len(lost)
        self.world.requests.append(frame)
        self.answer(frame)


class JavaWorld(World):
    lost = 0

    def pipe(self, wire: Wire) -> Pipe:
        return JavaPipe(self, wire)


def test_a_burst_comes_through_within_one_time_out_and_a_tenth_of_a_second_each():
    async def scene() -> None:
        world = JavaWorld()
        async with world.core() as core:
            await asyncio.sleep(1)
            begun = world.clock.now()
            bodies = [b"%d" % number for number in range(40)]
            answers = await asyncio.gather(
                *(core.request(Task(cmdid=3, body=body)) for body in bodies)
            )
            assert answers == bodies
            assert world.lost == 39
            # the second of them had 12 s, and 1.5 s for the one before it
            assert world.clock.now() - begun < 13.5 + 40 * 0.1 + 0.1

    run_virtual(scene())


def test_a_task_that_meets_the_first_heartbeat_comes_through_too():
    async def scene() -> None:
        world = JavaWorld()
        async with world.core() as core:
            assert await core.request(Task(cmdid=3, body=b"first")) == b"first"
            assert world.lost <= 1

    run_virtual(scene())
