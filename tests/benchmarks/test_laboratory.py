"""The laboratory itself: it delivers, and leaves nothing behind however it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from benchmarks.weak.net import Net
from benchmarks.weak.player import SERVER
from benchmarks.weak.trial import Plan, run

pytestmark = pytest.mark.netns
PING = """
import socket, sys, time
link = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
link.sendall(b"x"); assert link.recv(1) == b"y"
print('{"event": "through"}', flush=True)
sys.stdin.read()
"""
PONG = """
import socket, sys
door = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print('{"event": "ready"}', flush=True)
link, _ = door.accept(); link.recv(1); link.sendall(b"y")
sys.stdin.read()
"""


def namespaces() -> set[str]:
    """Those of laboratories of this process."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    names = {line.split()[0] for line in listed.stdout.splitlines()}
    return {name for name in names if name.startswith(f"weak-{os.getpid()}-")}


async def test_a_connection_passes_the_wire_and_its_bytes_are_counted():
    async with Net(seed=1) as net:
        server = await net.start(net.server, sys.executable, "-c", PONG, "9000")
        await server.hear("ready", 10)
        client = await net.start(net.client, sys.executable, "-c", PING, SERVER, "9000")
        await client.hear("through", 10)
        counts = await net.counts()
    assert counts[9000]["opened"] == 1
    assert counts[9000]["bytes"] > 200
    assert namespaces() == set()
    assert (client.process.returncode, server.process.returncode) != (None, None)


async def test_what_is_cancelled_leaves_neither_namespaces_nor_processes():
    started = []

    async def laboratory() -> None:
        async with Net(seed=1) as net:
            started.append(await net.start(net.client, "sleep", "600"))
            await asyncio.sleep(600)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.5):
            await laboratory()
    assert namespaces() == set()
    assert started[0].process.returncode is not None


async def test_messages_are_delivered_and_measured():
    plan = Plan(wire="good", count=3, interval=0.2, products=("phobos", "ws", "single"))
    found = await run(plan)
    for product in plan.products:
        trial = found[product]
        assert list(trial.view) == [0, 1, 2]
        assert [number for number, _ in trial.arrivals] == [0, 1, 2]
        assert trial.used["bytes"] > 0
    assert found["single"].stored_twice == 0
    assert namespaces() == set()
