"""A task that waits for a long link in vain says what the link could not be connected for."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ConnectError, DnsError, TaskTimeoutError
from netcore.longlink.state import LinkState
from netcore.settings import Settings
from netcore.task import Task
from tests.netcore.longlink.watched import Watched
from tests.netcore.peers import HOST, SilentPeer, refusing_port


async def end_of(core: NetCore) -> TaskTimeoutError:
    with pytest.raises(TaskTimeoutError) as caught:
        await core.request(Task(cmdid=1, body=b"hello", total_timeout=0.4, retry_count=0))
    return caught.value


async def test_a_name_that_does_not_exist(monkeypatch):
    def getaddrinfo(*_: object, **__: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    settings = Settings(longlink_hosts=("im.example",), longlink_ports=(8081,))
    async with NetCore(settings) as core:
        error = await end_of(core)
    assert "no address for im.example: name not known; check the name" in str(error)
    assert isinstance(error.__cause__, DnsError)


async def test_a_port_where_nobody_listens():
    settings = Settings(
        longlink_hosts=(HOST,),
        longlink_ports=(refusing_port(),),
        tls=TlsSettings(enabled=False),
    )
    async with NetCore(settings) as core:
        error = await end_of(core)
    assert "the connection was refused" in str(error)
    assert isinstance(error.__cause__, ConnectError)


async def test_once_the_link_is_up_an_old_failure_is_no_cause():
    port = refusing_port()
    async with Watched(port) as core:
        await core.until_state(LinkState.CONNECT_FAILED)
        async with SilentPeer(port=port):
            core.redo_tasks()
            await core.until_state(LinkState.CONNECTED)
            error = await end_of(core)
    assert "no answer within" in str(error)
    assert error.__cause__ is None
