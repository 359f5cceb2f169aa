"""Clients of the demo server, down to the bytes: no codec is shared with the server."""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections import deque
from typing import NamedTuple, Self, TypeVar

from google.protobuf.message import Message

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command, PushCommand

HOST = "127.0.0.1"
HEAD = struct.Struct(">IIIII")
PATIENCE = 20.0  # seconds until a test is given up
PASSWORD = "correct horse"
R = TypeVar("R", bound=Message)


class Received(NamedTuple):
    """A frame with its whole head."""

    head_length: int
    client_version: int
    cmdid: int
    seq: int
    body: bytes


def frame(cmdid: int, seq: int, body: bytes = b"", *, version: int = 200, head: int = 20) -> bytes:
    return struct.pack(">IIIII", head, version, cmdid, seq, len(body)) + body


def string(number: int, text: str | bytes) -> bytes:
    """A protobuf field of a string, written by hand."""
    raw = text.encode() if isinstance(text, str) else text
    return bytes([number << 3 | 2]) + varint(len(raw)) + raw


def integer(number: int, value: int) -> bytes:
    """A protobuf field of an int32, written by hand."""
    return bytes([number << 3]) + varint(value & 0xFFFFFFFFFFFFFFFF)


def varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


class Client:
    """A long link."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._seq = 0
        self._pushes: deque[Received] = deque()  # that came before an answer

    @classmethod
    async def connect(cls, port: int, tls: ssl.SSLContext | None = None) -> Self:
        return cls(*await asyncio.open_connection(HOST, port, ssl=tls))

    async def close(self) -> None:
        self.writer.transport.abort()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self) -> Received:
        """The next frame, in the order in which they came."""
        return self._pushes.popleft() if self._pushes else await self._read()

    async def _read(self) -> Received:
        async with asyncio.timeout(PATIENCE):
            head = HEAD.unpack(await self.reader.readexactly(20))
            return Received(*head[:4], await self.reader.readexactly(head[4]))

    async def exchange(self, cmdid: int, body: bytes) -> Received:
        """Send a request and take its answer."""
        self._seq += 1
        self.write(frame(cmdid, self._seq, body))
        while (answer := await self._read()).seq == 0:
            self._pushes.append(answer)
        assert answer[:4] == (20, 200, cmdid, self._seq)
        return answer

    async def nothing_came(self) -> None:
        """All that the server had for us before now has been taken."""
        self._seq += 1
        self.write(frame(6, self._seq))
        assert await self.receive() == (20, 200, 6, self._seq, b"")

    async def was_closed(self) -> bytes:
        """Wait until the server closes; gives what it still said."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


class SampleClient(Client):
    """Speaks as Mars's sample clients do."""

    async def say(self, name: str, text: str, topic: str = "0") -> Received:
        return await self.exchange(3, say(name, text, topic))

    async def heard(self) -> bytes:
        """The body of a push."""
        push = await self.receive()
        assert push[:4] == (20, 200, 10001, 0)
        return push.body


def say(name: str, text: str, topic: str = "0") -> bytes:
    return (
        string(1, "token") + string(2, name) + string(3, "all") + string(4, text) + string(5, topic)
    )


def said(name: str, text: str, topic: str = "0") -> bytes:
    """The body of the answer to it."""
    return (
        integer(1, 0)
        + string(2, f"congratulations, {name}")
        + string(3, name)
        + string(4, text)
        + string(5, topic)
    )


def pushed(name: str, text: str, topic: str = "0") -> bytes:
    """The body of the push that others get."""
    return string(1, topic) + string(2, text) + string(3, name)


class PhobosClient(Client):
    """Speaks Phobos's protocol."""

    name = token = ""

    async def ask(self, command: Command, request: Message) -> pb.Answer:
        raw = await self.exchange(command, request.SerializeToString())
        answer = pb.Answer.FromString(raw.body)
        assert answer.server_time_ms > 0
        return answer

    async def call(self, command: Command, request: Message, kind: type[R]) -> R:
        answer = await self.ask(command, request)
        assert answer.code == pb.OK, answer
        return kind.FromString(answer.result)

    async def refusal(self, command: Command, request: Message) -> str:
        answer = await self.ask(command, request)
        assert answer.code != pb.OK
        assert not answer.result
        return pb.Code.Name(answer.code)

    async def sign_up(self, name: str, password: str = PASSWORD) -> Self:
        return await self._enter(Command.SIGN_UP, name, password)

    async def log_in(self, name: str, password: str = PASSWORD) -> Self:
        return await self._enter(Command.LOG_IN, name, password)

    async def _enter(self, command: Command, name: str, password: str) -> Self:
        request = pb.Credentials(name=name, password=password, device="a test")
        found = await self.call(command, request, pb.LoggedIn)
        assert found.identified
        assert found.server_id
        self.name, self.token = found.name, found.token
        return self

    async def identify(self, token: str) -> pb.Identified:
        self.token = token
        return await self.call(Command.IDENTIFY, pb.Identify(token=token), pb.Identified)

    async def create(
        self, *members: str, title: str = "", client_id: str = ""
    ) -> pb.ConversationInfo:
        request = pb.Create(members=members, title=title, client_id=client_id)
        return await self.call(Command.CREATE, request, pb.ConversationInfo)

    async def send(self, conversation_id: str, text: str, client_id: str) -> pb.Sent:
        request = pb.Send(conversation_id=conversation_id, text=text, client_id=client_id)
        return await self.call(Command.SEND, request, pb.Sent)

    async def pull(
        self, conversation_id: str, after: int = 0, before: int = 0, limit: int = 0
    ) -> pb.Pulled:
        request = pb.Pull(conversation_id=conversation_id, after=after, before=before, limit=limit)
        return await self.call(Command.PULL, request, pb.Pulled)

    async def sync(self, since: int = 0) -> pb.Synced:
        return await self.call(Command.SYNC, pb.Sync(since=since), pb.Synced)

    async def pushed(self, push: PushCommand, kind: type[R]) -> R:
        got = await self.receive()
        assert got[:4] == (20, 200, push, 0)
        return kind.FromString(got.body)

    async def message(self) -> pb.MessageInfo:
        return await self.pushed(PushCommand.MESSAGE, pb.MessageInfo)

    async def conversation(self) -> pb.ConversationInfo:
        return await self.pushed(PushCommand.CONVERSATION, pb.ConversationInfo)


class Http:
    """A connection of the short link, HTTP/1.1 by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, tls: ssl.SSLContext | None = None) -> Self:
        return cls(*await asyncio.open_connection(HOST, port, ssl=tls))

    async def close(self) -> None:
        self.writer.transport.abort()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
            headers = {}
            for line in head[1:-2]:
                key, _, value = line.partition(": ")
                headers[key.lower()] = value
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
            version, status, _ = head[0].split(" ", 2)
            assert version == "HTTP/1.1"
            return int(status), headers, body

    async def post(
        self, path: str, body: bytes, *headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        self.write(request(path, body, *headers))
        return await self.answer()

    async def ask(self, command: Command, message: Message, token: str = "") -> pb.Answer:
        headers = [f"Authorization: Bearer {token}"] if token else []
        status, _, body = await self.post(command.path, message.SerializeToString(), *headers)
        assert status == 200
        return pb.Answer.FromString(body)

    async def was_closed(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


def request(path: str, body: bytes, *headers: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: */*",
        "Content-Type: application/octet-stream",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
