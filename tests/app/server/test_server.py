"""The listeners: TLS, and starting again."""

from __future__ import annotations

import asyncio
import logging

import pytest

from app.server.server import ListenError, Server
from app.server.settings import Limits, ServerSettings
from tests.app.server.clients import HOST, PhobosClient, frame


async def test_silence_in_place_of_a_handshake_is_ended(start):
    house = await start(limits=Limits(tls_handshake_timeout=0.3), plain=False)
    silent = await house.phobos()  # house.tls is not set: no TLS from our side
    assert await silent.was_closed() == b""
    assert len(house.server.presence) == 0


async def test_a_client_without_tls_is_told_of_in_the_log(start, caplog):
    caplog.set_level(logging.INFO, "app.server")
    house = await start(plain=False)
    plain = await house.phobos()
    plain.write(frame(6, 1))
    assert frame(6, 1) not in await plain.was_closed()
    assert "clients without TLS need --plain" in caplog.text


async def test_a_server_that_cannot_start_leaves_nothing_behind(start, tmp_path):
    house = await start()
    settings = ServerSettings(
        data=tmp_path / "other",
        host=HOST,
        longlink_port=0,
        shortlink_port=house.server.shortlink_port,
        plain=True,
    )
    server = Server(settings)
    with pytest.raises(ListenError, match="give --shortlink-port another port"):
        await server.start()
    with pytest.raises(OSError):  # the long link, which could be had, is free again
        await PhobosClient.connect(server.longlink_port)
    again = Server(
        ServerSettings(
            data=tmp_path / "other", host=HOST, longlink_port=0, shortlink_port=0, plain=True
        )
    )
    await again.start()  # and so is the data folder
    await again.close()
    await again.close()


def settings_for(folder, host):
    return ServerSettings(data=folder, host=host, longlink_port=0, shortlink_port=0, plain=True)


async def test_a_name_to_listen_on_is_looked_up_and_not_by_the_loop(tmp_path, monkeypatch):
    async def never(*arguments, **options):
        raise AssertionError(f"looked up by the loop: {arguments}")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    server = Server(settings_for(tmp_path, "localhost"))
    await server.start()
    assert server.longlink_port > 0
    await server.close()
    with pytest.raises(ListenError, match=r"cannot be listened on \(.*no\.such\.invalid"):
        await Server(settings_for(tmp_path, "no.such.invalid")).start()
