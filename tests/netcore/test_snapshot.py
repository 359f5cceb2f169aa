"""The state of a NetCore at one moment."""

from __future__ import annotations

import asyncio
import dataclasses

from netcore.callbacks import ConnectStatus
from netcore.connect.endpoint import AddressSource
from netcore.core import NetCore
from netcore.errors import DisconnectReason
from netcore.events import NetworkKind
from netcore.longlink.state import LinkState, LinkStateChanged
from netcore.observe import Event
from netcore.policy.dynamic import NetworkQuality
from netcore.runtime.task_holder import TaskHolder
from netcore.snapshot import Snapshot, TaskState
from netcore.task import Task
from tests.netcore.peers import HOST, EchoPeer
from tests.netcore.test_core import settings


async def test_before_the_start_there_is_nothing_to_show():
    core = NetCore(settings(1))
    snapshot = core.snapshot()
    assert snapshot.status is ConnectStatus.UNKNOWN
    assert [link.short for link in snapshot.links] == [True]
    assert (snapshot.tasks, snapshot.addresses) == ((), ())
    await core.close()


async def test_a_link_that_is_up_is_shown_with_its_address_and_bytes():
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        core.network_changed(NetworkKind.WIFI, "home")
        await core.request(Task(cmdid=3, body=b"hello"))
        snapshot = core.snapshot()
    link, short = snapshot.links
    assert (short.short, short.waiting, short.running) == (True, 0, 0)
    assert (link.name, link.main, link.state) == ("default-longlink", True, LinkState.CONNECTED)
    assert (link.ip, link.port, link.source) == (HOST, peer.port, AddressSource.DNS)
    assert link.connected_since is not None
    assert abs(snapshot.at - link.connected_since) < 60
    assert (link.heartbeat_interval, link.heartbeat_learned) == (210.0, 210.0)
    assert link.heartbeat_state == "growing"
    assert link.next_connect is None
    assert (link.waiting, link.running) == (0, 0)
    assert snapshot.status is ConnectStatus.CONNECTED
    assert (snapshot.network.kind, snapshot.network.label) == (NetworkKind.WIFI, "home")
    [address] = snapshot.addresses
    assert (address.rank, address.used_by) == (0, ("default-longlink",))
    [cgi] = snapshot.traffic_by_cgi
    assert (cgi.name, cgi.sent, cgi.received) == ("cmdid 3", 5, 5)
    by_link = {each.name: each for each in snapshot.traffic_by_link}["default-longlink"]
    assert by_link.sent >= 25 and by_link.received >= 25
    assert snapshot.frequency[-1].count == 1
    assert snapshot.timeouts.level is NetworkQuality.EVALUATING
    assert snapshot.timeouts.first_package == 12.0


async def test_a_task_under_way_is_shown_with_its_time_outs(holder: TaskHolder):
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        peer.answer = lambda connection, frame: None
        waiting = holder.start(core.request(Task(cmdid=3, cgi="/slow", body=b"x")), "request")
        await peer.until(lambda: len(peer.frames) == 1)
        [task] = core.snapshot().tasks
        waiting.cancel()
    assert (task.cgi, task.state, task.attempt) == ("/slow", TaskState.RUNNING, 1)
    assert task.link == "default-longlink"
    assert task.sent is not None and task.first_package is None
    assert 12.0 <= task.first_package_timeout < 12.1
    assert task.deadline - task.started == 40.0


async def test_a_link_that_is_down_tells_why():
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        down: asyncio.Future[Snapshot] = asyncio.get_running_loop().create_future()

        def watch(event: Event) -> None:
            if isinstance(event, LinkStateChanged) and event.state is LinkState.DISCONNECTED:
                down.set_result(core.snapshot())

        core.observer.subscribe(watch)
        await core.request(Task(cmdid=3, body=b"x"))
        await peer.stop()
        link, _ = (await down).links
    assert link.state is LinkState.DISCONNECTED
    assert link.connected_since is None
    assert (link.reason, link.detail) == (
        DisconnectReason.REMOTE_CLOSED,
        "the peer closed the connection",
    )


async def test_a_snapshot_cannot_be_changed():
    core = NetCore(settings(1))
    snapshot = core.snapshot()
    for each in dataclasses.fields(snapshot):
        value = getattr(snapshot, each.name)
        assert not isinstance(value, (list, dict, set)), each.name
    await core.close()
