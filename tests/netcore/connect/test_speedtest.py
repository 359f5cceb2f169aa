"""Addresses measured side by side, on real sockets."""

import asyncio
import contextlib

import pytest

from netcore.connect.endpoint import Endpoint
from netcore.connect.speedtest import speed_test
from tests.netcore.connect import peers

pytestmark = pytest.mark.usefixtures("nothing_left_open")


async def exchange(sock, endpoint):
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, b"x")
    if not await loop.sock_recv(sock, 1):
        raise EOFError("closed")


async def late(reader, writer):
    data = await reader.read(100)
    await asyncio.sleep(0.2)
    writer.write(data)
    await writer.drain()


async def test_the_fastest_comes_first_and_the_dead_ones_last():
    with peers.black_hole() as hole:
        async with (
            peers.serving(late) as slow,
            peers.serving(peers.echo) as quick,
            peers.serving(peers.silent) as mute,
            peers.serving(peers.hang_up) as rude,
        ):
            ports = [peers.refusing_port(), mute, slow, hole, rude, quick]
            speeds = await speed_test(
                [Endpoint("127.0.0.1", port) for port in ports], exchange, timeout=0.6
            )
    assert [each.endpoint.port for each in speeds[:2]] == [quick, slow]
    assert speeds[0].total < speeds[1].total < float("inf")
    assert not speeds[0].error
    dead = {each.endpoint.port: each for each in speeds[2:]}
    assert all(each.total == float("inf") and each.error for each in dead.values())
    assert dead[mute].connect is not None
    assert "within 0.6 s" in dead[mute].error
    assert dead[hole].connect is None
    assert "refused" in dead[ports[0]].error


async def test_cancelled_it_leaves_nothing_open():
    async with peers.serving(peers.silent) as mute:
        test = asyncio.ensure_future(  # noqa: TID251
            speed_test([Endpoint("127.0.0.1", mute)] * 3, exchange)
        )
        await asyncio.sleep(0.05)
        test.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await test
