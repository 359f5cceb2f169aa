"""Round trips per second on one long link, beside a bare asyncio protocol.

``python -m benchmarks.roundtrip [--seconds N] [--no-qasync]`` prints one JSON object. Both clients
talk to the same echo server, a process of its own, in the same run and in turns; bodies are 128
bytes (148 with the frame's head). "bare" is the least that can be written on asyncio: a protocol
that writes 148 bytes a request and completes one future for each 148 bytes that come back, in
order; it has no frames, time-outs, retries or heartbeat. ``ratio`` is netcore's rate over the bare
one's at as many requests in flight, on the same event loop; ``cpu_ratio`` is the bare one's
processor time a request over netcore's, which other work on the machine disturbs less. ``busy`` is
the share of the time that the client computed: where the bare one waits for its peer (below 1),
``ratio`` is better than ``cpu_ratio``, and it falls to that on a machine that is quick to wake. All
are medians of the turns, but ``cpu_us``: the least processor time a request, in microseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable

from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.settings import Settings
from netcore.task import Task

BODY = bytes(range(128))
SIZE = 148
HOST = "127.0.0.1"

_SERVER = """
import asyncio
class Echo(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data): self.transport.write(data)
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


class Bare(asyncio.Protocol):
    """The least a client can be."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[bytes]] = deque()
        self._held = 0
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def request(self, data: bytes) -> asyncio.Future[bytes]:
        """Write, and wait for as many bytes."""
        future = self._loop.create_future()
        self._waiting.append(future)
        self._transport.write(data)
        return future

    def data_received(self, data: bytes) -> None:
        """Complete a request for every 148 bytes."""
        self._held += len(data)
        while self._held >= SIZE:
            self._held -= SIZE
            self._waiting.popleft().set_result(data)


async def rate(
    request: Callable[[], Awaitable[bytes]], flights: int, seconds: float
) -> tuple[float, float]:
    """Requests answered in a second, and processor seconds each, with ``flights`` under way."""
    done = 0
    until = time.perf_counter() + seconds

    async def flight() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await request()
            done += 1

    begun, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(flight() for _ in range(flights)))
    return done / (time.perf_counter() - begun), (time.process_time() - used) / done


async def measure(port: int, seconds: float) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    transport, bare = await loop.create_connection(Bare, HOST, port)
    core = NetCore(
        Settings(longlink_hosts=(HOST,), longlink_ports=(port,), tls=TlsSettings(enabled=False))
    )
    await core.start()
    payload = b"\0" * 20 + BODY
    # The frequency limit refuses what is sent over and over, so no two in a row are equal.
    bodies = itertools.cycle([number.to_bytes(8) + BODY[8:] for number in range(4096)])

    async def ask_netcore() -> bytes:
        return await core.request(Task(cmdid=3, body=next(bodies)))

    async def ask_bare() -> bytes:
        return await bare.request(payload)

    await ask_netcore()
    await ask_bare()
    answer: dict[str, object] = {}
    for flights in (1, 64):
        pairs = []
        for _ in range(5):  # in turns, so that a busy machine troubles both alike
            theirs = await rate(ask_bare, flights, seconds / 10)
            ours = await rate(ask_netcore, flights, seconds / 10)
            pairs.append((ours, theirs))
        answer[f"in_flight_{flights}"] = {
            "netcore": round(statistics.median(ours for (ours, _), _ in pairs)),
            "bare": round(statistics.median(theirs for _, (theirs, _) in pairs)),
            "ratio": round(statistics.median(ours[0] / theirs[0] for ours, theirs in pairs), 3),
            "cpu_us": {
                "netcore": round(min(cpu for (_, cpu), _ in pairs) * 1e6, 1),
                "bare": round(min(cpu for _, (_, cpu) in pairs) * 1e6, 1),
            },
            "busy": {
                "netcore": round(statistics.median(rate * cpu for (rate, cpu), _ in pairs), 2),
                "bare": round(statistics.median(rate * cpu for _, (rate, cpu) in pairs), 2),
            },
            "cpu_ratio": round(statistics.median(theirs[1] / ours[1] for ours, theirs in pairs), 3),
        }
    transport.close()
    await core.close()
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="per number in flight and loop")
    parser.add_argument("--no-qasync", action="store_true", help="plain asyncio only")
    wanted = parser.parse_args()
    server = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        result: dict[str, object] = {
            "body_bytes": len(BODY),
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "asyncio": asyncio.run(measure(port, wanted.seconds)),
        }
        if not wanted.no_qasync:
            result["qasync_offscreen"] = on_qasync(port, wanted.seconds)
    finally:
        server.terminate()
        server.wait()
    print(json.dumps(result, indent=2))


def on_qasync(port: int, seconds: float) -> dict[str, object] | str:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        import qasync
        from PySide6.QtCore import QCoreApplication
    except ImportError as error:
        return f"not measured: {error}"
    if sys.version_info < (3, 12):
        # PySide6 6.12 gives a reference to None away at each timer event; from Python 3.12 on None
        # is immortal, before that the process dies when the count comes to 0.
        ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40
    app = QCoreApplication([])
    loop = qasync.QEventLoop(app)
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(measure(port, seconds))
    finally:
        app.quit()


if __name__ == "__main__":
    main()
