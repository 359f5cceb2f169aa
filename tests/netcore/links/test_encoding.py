"""The application's codec, and what its callbacks may do meanwhile, on the long link.

The short link's part is in ``shortlink/test_shortlink.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from netcore.callbacks import Callbacks, Decoded, EncodeError
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ErrorType, FailHandle, TaskCancelledError, TaskError
from netcore.longlink.codec import Frame
from netcore.longlink.state import LinkState, LinkStateChanged
from netcore.settings import LonglinkSettings, Settings
from netcore.shortlink.config import ShortlinkSettings
from netcore.task import Channel, Task
from tests.netcore.meddling import Meddling
from tests.netcore.peers import HOST, EchoPeer
from tests.netcore.shortlink.peers import http_peer, until


def settings(port: int) -> Settings:
    return Settings(longlink_hosts=(HOST,), longlink_ports=(port,), tls=TlsSettings(enabled=False))


class Failing(Callbacks):
    def req2buf(self, task, channel, host):
        assert channel is Channel.LONG
        if task.body == b"told":
            raise EncodeError("not today", 77)
        raise RuntimeError("a fault in the application")


@pytest.mark.parametrize(("body", "code"), [(b"told", 77), (b"fault", -1)])
async def test_a_body_that_cannot_be_made_ends_the_task_with_words(body, code, caplog):
    async with EchoPeer() as peer, NetCore(settings(peer.port), Failing()) as core:
        with pytest.raises(TaskError, match=r"not today|a fault in") as caught:
            await core.request(Task(cmdid=3, body=body))
        assert (caught.value.type, caught.value.code) == (ErrorType.EN_DECODE, code)
        assert isinstance(caught.value.__cause__, EncodeError)
        assert not peer.frames
    assert ("req2buf failed" in caplog.text) == (code == -1)


class Numbering(Callbacks):
    def __init__(self) -> None:
        self.numbers: list[int] = []

    def req2buf(self, task, channel, host):
        self.numbers.append(task.client_sequence_id)
        return b"?"

    def buf2resp(self, task, body, channel):
        good = len(self.numbers) == 3
        return Decoded(FailHandle.NO_ERROR if good else FailHandle.DEFAULT, server_sequence_id=7)


@pytest.mark.parametrize("channel", [Channel.LONG, Channel.SHORT])
async def test_each_attempt_has_a_number_of_its_own(channel):
    numbering = Numbering()
    async with EchoPeer() as peer, http_peer() as short:
        values = replace(
            settings(peer.port),
            shortlink_hosts=(HOST,),
            shortlink_port=short.port,
            longlink=LonglinkSettings(retry_interval=0.0),
            shortlink=ShortlinkSettings(retry_interval=0.0),
        )
        async with NetCore(values, numbering) as core:
            task = Task(cmdid=3, cgi="/x", channel=channel, retry_count=5)
            assert await core.request(task) == b"?"
        assert len(set(numbering.numbers)) == 3
        assert all(0 < each < 0x10000 for each in numbering.numbers)
        assert task.server_sequence_id == 7


@pytest.mark.parametrize("cmdid", [-1, 1 << 32])
async def test_a_cmdid_that_no_frame_can_carry_ends_its_task_and_no_other(cmdid):
    async with EchoPeer() as peer, NetCore(settings(peer.port)) as core:
        await core.request(Task(cmdid=3, body=b"up"))
        wrong, good = await asyncio.gather(
            core.request(Task(cmdid=cmdid, body=b"x")),
            core.request(Task(cmdid=3, body=b"y")),
            return_exceptions=True,
        )
        assert isinstance(wrong, TaskError)
        assert wrong.type is ErrorType.EN_DECODE
        assert f"cmdid {cmdid} cannot be packed" in str(wrong)
        assert good == b"y"
        assert len(peer.connections) == 1


class Cutting(Callbacks):
    """Cuts the link when ten KiB have come."""

    cut: Callable[[], None]

    def traffic(self, kind, sent, received) -> None:
        if received > 10 * 1024:
            self.cut()


async def test_what_came_on_a_link_that_a_callback_just_cut_is_left():
    cutting = Cutting()
    async with EchoPeer() as peer, NetCore(settings(peer.port), cutting) as core:
        cuts: list[object] = []
        states: list[LinkState] = []
        core.observer.subscribe(
            lambda event: (
                states.append(event.state) if isinstance(event, LinkStateChanged) else None
            )
        )

        def cut() -> None:
            cuts.append(core.longlink_profile())
            core.redo_tasks()

        def answer(connection: Any, frame: Frame) -> Frame | None:
            if cuts or not frame.body:
                return frame
            connection.transport.write(bytes(11 * 1024))  # no frame: reading it would fail
            return None

        cutting.cut = cut
        peer.answer = answer
        assert await core.request(Task(cmdid=3, body=b"again")) == b"again"
        assert len(cuts) == 1
        assert LinkState.CONNECT_FAILED not in states
        assert [frame.body for frame in peer.frames if frame.body] == [b"again", b"again"]


@pytest.mark.parametrize("where", ["auth", "encode", "decode", "end"])
@pytest.mark.parametrize("what", ["stop", "clear", "start", "redo"])
async def test_a_callback_may_do_anything_to_the_tasks(where, what):
    cores: list[NetCore] = []
    started: list[int] = []

    def act() -> None:
        (core,) = cores
        if what == "stop":
            core.stop_task(task.task_id)
        elif what == "clear":
            core.clear_tasks()
        elif what == "redo":
            core.redo_tasks()
        else:
            started.append(core.start_task(Task(cmdid=3, body=b"another")))

    meddling = Meddling(where, act)
    async with EchoPeer() as peer, NetCore(settings(peer.port), meddling) as core:
        cores.append(core)
        task = Task(cmdid=3, body=b"hello", need_authed=True)
        (result,) = await asyncio.gather(core.request(task), return_exceptions=True)
        if what in ("start", "redo") or where == "end":
            assert result == b"hello"
            assert meddling.ends.count(task.task_id) == 1
        else:
            assert isinstance(result, TaskCancelledError)
            assert task.task_id not in meddling.ends
        for task_id in started:
            await until(lambda task_id=task_id: not core.has_task(task_id))
        after = Task(cmdid=3, body=b"after")
        assert await core.request(after) == b"after"
