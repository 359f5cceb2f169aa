"""Messages per second through the demo server, beside a bare relay.

``python -m benchmarks.server [--seconds N]`` prints one JSON object. One member of a conversation
sends 128-character messages, 64 in flight; the others, on connections of their own, take them. The
server stores each message in SQLite before it answers. "bare" is a process of its own too: an
asyncio protocol that answers each frame with itself and writes it to every other connection, with
no protobuf, no store and no look at the body. Both are driven by the same client, in the same run
and in turns; all share this machine's cores. ``messages`` are answered to the sender, ``delivered``
have reached other members, ``ratio`` is the server's delivered messages over the bare relay's.
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
import tempfile
import time

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from netcore.longlink.codec import PUSH_SEQ, Decoder, Frame, encode

HOST = "127.0.0.1"
FLIGHTS = 64
TEXT = "x" * 128
MEMBERS = (2, 20)

_BARE = """
import asyncio
from netcore.longlink.codec import Decoder, Frame, encode
everybody = set()
class Relay(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.decoder = transport, Decoder()
        everybody.add(transport)
    def connection_lost(self, error): everybody.discard(self.transport)
    def data_received(self, data):
        for cmdid, seq, body in self.decoder.feed(data):
            self.transport.write(encode(Frame(cmdid, seq, body)))
            push = encode(Frame(cmdid, 0, body))
            for each in everybody:
                if each is not self.transport: each.write(push)
async def main():
    server = await asyncio.get_running_loop().create_server(Relay, "127.0.0.1", 0)
    print('{"longlink_port": %d}' % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


class Client(asyncio.Protocol):
    """Counts what comes."""

    def __init__(self) -> None:
        self.answers = self.pushes = 0
        self.last: Frame | None = None
        self._decoder = Decoder()
        self._loop = asyncio.get_running_loop()
        self._turn: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Count."""
        for frame in self._decoder.feed(data):
            if frame.seq == PUSH_SEQ:
                self.pushes += 1
            else:
                self.answers += 1
                self.last = frame
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    async def until(self, wanted: int) -> None:
        """Wait for as many answers."""
        while self.answers < wanted:
            self._turn = self._loop.create_future()
            await self._turn

    def write(self, command: int, seq: int, body: bytes) -> None:
        """Send a request."""
        self.transport.write(encode(Frame(command, seq, body)))

    async def ask(self, command: Command, request: pb.Credentials | pb.Create) -> bytes:
        """One request of Phobos's, while nothing else is under way."""
        self.write(command, 1, request.SerializeToString())
        await self.until(self.answers + 1)
        assert self.last is not None
        answer = pb.Answer.FromString(self.last.body)
        assert answer.code == pb.OK, answer
        return answer.result


async def connect(port: int) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(Client, HOST, port)
    return client


async def flood(
    clients: list[Client], requests: itertools.count[int], conversation: str, seconds: float
) -> tuple[float, float]:
    """(messages answered, messages delivered) in a second."""
    sender, others = clients[0], clients[1:]
    answered = first = sender.answers
    delivered = sum(each.pushes for each in others)
    begun = time.perf_counter()
    sent = first
    while time.perf_counter() - begun < seconds:
        while sent - answered < FLIGHTS:
            number = next(requests)
            request = pb.Send(conversation_id=conversation, client_id=str(number), text=TEXT)
            sender.write(Command.SEND, number, request.SerializeToString())
            sent += 1
        await sender.until(answered + 1)
        answered = sender.answers
    await sender.until(sent)
    wanted = delivered + (sent - first) * len(others)
    while sum(each.pushes for each in others) < wanted:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    took = time.perf_counter() - begun
    return (sent - first) / took, (sent - first) * len(others) / took


async def measure(ports: dict[str, int], members: int, seconds: float) -> dict[str, object]:
    crowds: dict[str, list[Client]] = {}
    for kind, port in ports.items():
        crowds[kind] = [await connect(port) for _ in range(members)]
    names = [f"member {members}/{number}" for number in range(members)]
    for client, name in zip(crowds["server"], names, strict=True):
        await client.ask(Command.SIGN_UP, pb.Credentials(name=name, password="a password"))
    made = await crowds["server"][0].ask(Command.CREATE, pb.Create(members=names, title="all"))
    conversation = pb.ConversationInfo.FromString(made).id
    await asyncio.sleep(0.2)  # the pushes of the conversation itself
    requests = itertools.count(2)
    rounds = []
    for _ in range(5):  # in turns, so that a busy machine troubles both alike
        pair = {}
        for kind, clients in crowds.items():
            pair[kind] = await flood(clients, requests, conversation, seconds / 10)
        rounds.append(pair)
    for clients in crowds.values():
        for client in clients:
            client.transport.close()
    await asyncio.sleep(0.1)

    def median(kind: str, which: int) -> int:
        return round(statistics.median(each[kind][which] for each in rounds))

    ratio = statistics.median(each["server"][1] / each["bare"][1] for each in rounds)
    return {
        "messages": median("server", 0),
        "delivered": median("server", 1),
        "bare_messages": median("bare", 0),
        "bare_delivered": median("bare", 1),
        "ratio": round(ratio, 3),
    }


def start(*command: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    return process, int(json.loads(process.stdout.readline())["longlink_port"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="for each size of conversation")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server, port = start(
            *("-m", "app.server", "--plain", "--host", HOST, "--data", folder),
            *("--longlink-port", "0", "--shortlink-port", "0", "--write-limit", "0"),
        )
        bare, bare_port = start("-c", _BARE)
        ports = {"server": port, "bare": bare_port}
        try:
            result: dict[str, object] = {
                "python": platform.python_version(),
                "cpus": os.cpu_count(),
            }
            for members in MEMBERS:
                result[f"members_{members}"] = asyncio.run(measure(ports, members, wanted.seconds))
        finally:
            for process in (server, bare):
                process.terminate()
                process.communicate()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
