"""Short-link requests per second, beside aiohttp's client.

``python -m benchmarks.shortlink [--seconds N]`` prints one JSON object. Both clients post 128 bytes
to the same HTTP/1.1 server, a process of its own, in the same run and in turns, once on kept
connections and once on a new connection for each request. netcore adds to each what aiohttp has
not: retries, four time-outs, limits, ranking, profiles. ``ratio`` is netcore's rate over aiohttp's.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys

import aiohttp

from benchmarks.roundtrip import BODY, HOST, rate
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.settings import Settings
from netcore.shortlink.config import ShortlinkSettings
from netcore.task import Channel, Task

_SERVER = """
import asyncio
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 128\\r\\n\\r\\n" + bytes(128)
class Web(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.held = b""
    def data_received(self, data):
        self.held += data
        head, mark, body = self.held.partition(b"\\r\\n\\r\\n")
        if not mark or len(body) < 128:
            return
        self.held = body[128:]
        self.transport.write(ANSWER)
        if b"connection: close" in head.lower():
            self.transport.close()
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Web, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


async def measure(port: int, seconds: float, *, keep: bool) -> dict[str, object]:
    core = NetCore(
        Settings(
            shortlink_hosts=(HOST,),
            shortlink_port=port,
            use_longlink=False,
            tls=TlsSettings(enabled=False),
            shortlink=ShortlinkSettings(keep_alive=keep, max_idle=64, max_running=64),
        )
    )
    # The frequency limit refuses what is sent over and over, so no two in a row are equal.
    bodies = itertools.cycle([number.to_bytes(8) + BODY[8:] for number in range(4096)])
    connector = aiohttp.TCPConnector(force_close=not keep, limit=64)
    answer: dict[str, object] = {}
    async with core, aiohttp.ClientSession(connector=connector) as session:

        async def ask_netcore() -> bytes:
            return await core.request(Task(cgi="/x", body=next(bodies), channel=Channel.SHORT))

        async def ask_aiohttp() -> bytes:
            async with session.post(f"http://{HOST}:{port}/x", data=next(bodies)) as response:
                return await response.read()

        assert len(await ask_netcore()) == len(await ask_aiohttp()) == len(BODY)
        for flights in (1, 16):
            pairs = []
            for _ in range(5):  # in turns, so that a busy machine troubles both alike
                theirs = await rate(ask_aiohttp, flights, seconds / 10)
                ours = await rate(ask_netcore, flights, seconds / 10)
                pairs.append((ours, theirs))
            answer[f"in_flight_{flights}"] = {
                "netcore": round(statistics.median(ours for ours, _ in pairs)),
                "aiohttp": round(statistics.median(theirs for _, theirs in pairs)),
                "ratio": round(statistics.median(ours / theirs for ours, theirs in pairs), 3),
            }
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="per number in flight and kind")
    wanted = parser.parse_args()
    server = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        result = {
            "body_bytes": len(BODY),
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "aiohttp": aiohttp.__version__,
            "kept": asyncio.run(measure(port, wanted.seconds, keep=True)),
            "new_each_time": asyncio.run(measure(port, wanted.seconds, keep=False)),
        }
    finally:
        server.terminate()
        server.wait()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
