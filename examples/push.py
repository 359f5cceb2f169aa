"""Hear a message that the server sends on its own: ``python examples/push.py [HOST [PORT]]``.

Two connections to ``phobos-server --plain``: what one of them writes into a topic, the server
pushes to the other. Needs the server's extra (``pip install .[server]``) for the messages.
"""

from __future__ import annotations

import asyncio
import sys

from app.chat.proto import sample_pb2
from netcore import Callbacks, NetCore, Settings, Task, TlsSettings

SEND, PUSHED = 3, 10001  # the numbers of the sample chat's request and push


class Reader(Callbacks):
    """Keeps the first message that is pushed."""

    def __init__(self) -> None:
        self.heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_push(self, channel: str, cmdid: int, seq: int, body: bytes) -> None:
        """Called for whatever the server sends on its own; must return at once."""
        if cmdid == PUSHED and not self.heard.done():
            self.heard.set_result(sample_pb2.TopicMessage.FromString(body).content)


async def main(host: str = "127.0.0.1", port: str = "8081") -> int:
    """Write with one connection, read with the other."""
    settings = Settings(
        longlink_hosts=(host,), longlink_ports=(int(port),), tls=TlsSettings(enabled=False)
    )
    reader = Reader()
    async with NetCore(settings, reader) as reading, NetCore(settings) as writing:
        hello = sample_pb2.HelloRequest(user="reader", text="hi").SerializeToString()
        await reading.request(Task(cmdid=1, body=hello))  # now the server knows the reader
        message = sample_pb2.SendRequest(
            access_token="", text="Is anybody there?", topic="0", to="all", **{"from": "writer"}
        )
        await writing.request(Task(cmdid=SEND, body=message.SerializeToString()))
        async with asyncio.timeout(10):
            print("pushed:", await reader.heard)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
