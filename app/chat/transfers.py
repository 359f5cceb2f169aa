"""Bodies on their way: piece by piece, from the byte at which the other end says it is.

One transfer for each message. An upload asks how much the server has and sends what is next; a
download asks for what is next after what is here. Nothing is remembered beside the bytes
themselves, so that a kill of either end costs no more than the piece that was on its way. A piece
is not sent a second time on another connection as messages are: it is no small thing to send twice.

What fails for a passing reason is tried again after 1, 2, 4 ... 30 s, or as soon as there is a
connection. What the server will never take ends the transfer, with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from google.protobuf.message import Message as ProtoMessage

from app.chat.errors import PERMANENT, ChatError
from app.chat.files import BodyFolder, FileInfo
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import MAX_PIECE, Command
from app.chat.server_client import ServerClient
from netcore.runtime.task_holder import TaskHolder
from netcore.task import Channel

R = TypeVar("R")
P = TypeVar("P", bound=ProtoMessage)
PIECE_TIMEOUT = 60.0  # seconds for one piece
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds between two tries
_FOR_GOOD = PERMANENT | {"body_too_large", "quota_full", "no_such_body", "bad_body", "storage"}


class PieceSize:
    """How much to send at a time: what takes about a second, which a cut then costs at most."""

    FIRST, LEAST, MOST = 64 * 1024, 16 * 1024, 512 * 1024
    SECONDS = 1.0

    def __init__(self) -> None:
        self.size = self.FIRST

    def took(self, size: int, seconds: float) -> None:
        """A piece of ``size`` bytes was answered after so many seconds."""
        if size < self.size // 2:
            return  # the last one says little
        fitting = size * self.SECONDS / max(seconds, 0.001)
        self.size = int(min(max(fitting, self.LEAST), 2 * self.size, self.MOST, MAX_PIECE))

    def failed(self) -> None:
        """A piece was not answered."""
        self.size = max(self.size // 2, self.LEAST)


class TransferState(Enum):
    """Where a transfer stands."""

    WAITING = "waiting"  # for its turn, or for a connection
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """A transfer as a window shows it; ``error`` is the code of a FAILED one."""

    client_id: str
    up: bool
    state: TransferState
    done: int
    size: int
    error: str = ""


@dataclass(slots=True)
class _Transfer:
    client_id: str
    info: FileInfo
    up: bool
    held: int = 0
    paused: bool = False
    running: bool = False
    error: str = ""


class Transfers:
    """The transfers of one account. ``on_end`` hears of each that is over, good or bad.

    :attr:`on_progress` may be set by who shows them; :attr:`sent` and :attr:`received` count the
    bytes of bodies that went over the wire.
    """

    def __init__(
        self,
        remote: ServerClient,
        folder: BodyFolder,
        holder: TaskHolder,
        *,
        now: Callable[[], float],
        on_end: Callable[[Progress], None],
    ) -> None:
        self.folder = folder
        self.on_progress: Callable[[Progress], None] | None = None
        self.sent = self.received = 0
        self._remote = remote
        self._holder = holder
        self._now = now
        self._on_end = on_end
        self._all: dict[str, _Transfer] = {}
        self._pieces = PieceSize(), PieceSize()  # down, up
        self._hurry = asyncio.Event()

    def start(self, client_id: str, info: FileInfo, *, up: bool) -> None:
        """Begin, or go on after a pause or a failure; one that runs is left alone."""
        known = self._all.get(client_id)
        if known is None or known.error:
            known = self._all[client_id] = _Transfer(client_id, info, up)
        known.paused = False
        self._tell(known)
        self._pump()

    def pause(self, client_id: str) -> None:
        """Send nothing more until :meth:`start`; the piece on its way is let through."""
        found = self._all.get(client_id)
        if found is not None and not found.paused:
            found.paused = True
            self._tell(found)

    def cancel(self, client_id: str) -> None:
        """Forget a transfer."""
        self._all.pop(client_id, None)

    def progress(self, client_id: str) -> Progress | None:
        """How a transfer does; None where there is none."""
        found = self._all.get(client_id)
        return None if found is None else _progress(found)

    def hurry(self) -> None:
        """A connection is there: wait no longer."""
        self._hurry.set()
        self._hurry = asyncio.Event()

    def clear(self) -> None:
        """Forget all of them (another account); the bytes stay."""
        self._all.clear()

    # -- inside ---------------------------------------------------------------------------------

    def _pump(self) -> None:
        """One at a time each way, in the order in which they were begun: messages keep theirs."""
        busy = {each.up for each in self._all.values() if each.running}
        for each in list(self._all.values()):
            if not (each.up in busy or each.running or each.paused or each.error):
                each.running = True
                busy.add(each.up)
                self._holder.start(self._run(each), "transfer")

    def _goes(self, transfer: _Transfer) -> bool:
        return self._all.get(transfer.client_id) is transfer and not transfer.paused

    async def _run(self, transfer: _Transfer) -> None:
        failures, last = 0, transfer.held
        done = False
        try:
            while self._goes(transfer) and not done:
                try:
                    await (self._upload(transfer) if transfer.up else self._download(transfer))
                    done = self._goes(transfer)
                except (ChatError, OSError) as error:
                    code = error.code if isinstance(error, ChatError) else "storage"
                    if code in _FOR_GOOD:
                        transfer.error = code
                        break
                    if transfer.held != last:  # it got on before it failed
                        failures, last = 0, transfer.held
                    wait = min(FIRST_WAIT * 2**failures, LONGEST_WAIT)
                    failures = min(failures + 1, 8)
                    asked = error.retry_after if isinstance(error, ChatError) else 0.0
                    await self._pause(max(wait, asked))
        finally:
            transfer.running = False
        if self._all.get(transfer.client_id) is transfer and (done or transfer.error):
            if done:
                transfer.held = transfer.info.size
                del self._all[transfer.client_id]
            made = _progress(transfer, done=done)
            self._announce(made)
            self._on_end(made)
        self._pump()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _upload(self, transfer: _Transfer) -> None:
        info, size = transfer.info, self._pieces[True]
        request = pb.Upload(hash=info.hash, size=info.size)
        answer = await self._call(Command.UPLOAD, request, pb.Uploaded)
        while not answer.complete and self._goes(transfer):
            if answer.held >= info.size:
                raise ChatError("server_error", "all is sent, and it is not complete")
            self._moved(transfer, answer.held)
            data = await asyncio.to_thread(self.folder.read, info.hash, answer.held, size.size)
            if not data:
                raise ChatError("storage", "the file that is to be sent is not whole")
            request.offset, request.data = answer.held, data
            answer = await self._piece(
                size, len(data), self._call(Command.UPLOAD, request, pb.Uploaded)
            )
            self.sent += len(data)

    async def _download(self, transfer: _Transfer) -> None:
        info, size = transfer.info, self._pieces[False]
        if await asyncio.to_thread(self.folder.has, info):
            return
        held = await asyncio.to_thread(self.folder.fetched, info)
        while self._goes(transfer):
            self._moved(transfer, held)
            limit = min(size.size, info.size - held)
            request = pb.Download(hash=info.hash, offset=held, limit=limit)
            answer = await self._piece(
                size, limit, self._call(Command.DOWNLOAD, request, pb.Downloaded)
            )
            self.received += len(answer.data)
            if answer.size != info.size or len(answer.data) > limit or (limit and not answer.data):
                await asyncio.to_thread(self.folder.drop_part, info.hash)
                raise ChatError("bad_body", "the body is not as large as its message says")
            held = await asyncio.to_thread(self.folder.append, info, held, answer.data)
            if held >= info.size:
                return

    async def _piece(self, size: PieceSize, count: int, call: Awaitable[R]) -> R:
        began = self._now()
        try:
            answer = await call
        except ChatError:
            size.failed()
            raise
        size.took(count, self._now() - began)
        return answer

    async def _call(self, command: Command, request: ProtoMessage, result: Callable[[], P]) -> P:
        return await self._remote.call(
            command, request, result, channel=Channel.SHORT, retries=0, timeout=PIECE_TIMEOUT
        )

    def _moved(self, transfer: _Transfer, held: int) -> None:
        transfer.held = held
        self._tell(transfer)

    def _tell(self, transfer: _Transfer) -> None:
        self._announce(_progress(transfer))

    def _announce(self, progress: Progress) -> None:
        if self.on_progress is not None:
            self.on_progress(progress)


def _progress(transfer: _Transfer, *, done: bool = False) -> Progress:
    if done:
        state = TransferState.DONE
    elif transfer.error:
        state = TransferState.FAILED
    elif transfer.paused:
        state = TransferState.PAUSED
    else:
        state = TransferState.RUNNING if transfer.running else TransferState.WAITING
    return Progress(
        transfer.client_id, transfer.up, state, transfer.held, transfer.info.size, transfer.error
    )
