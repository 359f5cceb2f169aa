"""Sends what the outbox says is to be sent: the shell of :mod:`app.chat.outbox`."""

from __future__ import annotations

import random
from collections.abc import Callable

from app.chat.errors import ChatError
from app.chat.files import file_of
from app.chat.model import Message, MessageState, Waiting
from app.chat.notifier import Notifier
from app.chat.outbox import Number, Outbox
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.chat.schema import MAX_SEQ
from app.chat.server_client import ServerClient
from app.chat.store import Store
from app.chat.transfers import Progress, Transfers, TransferState
from netcore.runtime.alarm import Alarm
from netcore.runtime.clock import NEVER
from netcore.runtime.task_holder import TaskHolder

LOOK = 1.0  # seconds between two looks at how long messages wait
OVERHEAD = 160  # bytes on the wire of a message beside its text
SEND_TIMEOUT = 30.0  # seconds for one attempt, netcore's own retry included


class Sender:
    """Carries messages from the store to the server.

    One that brings a file joins the outbox when the server has the file: others of its conversation
    do not wait for that.

    ``on_gap`` is called for each one sent, with its conversation and the largest number that is
    known and not in the store; ``on_changed`` when the server's store has lost what is here.
    """

    def __init__(
        self,
        remote: ServerClient,
        store: Store,
        notifier: Notifier,
        holder: TaskHolder,
        *,
        now: Callable[[], float],
        rng: random.Random,
        on_gap: Callable[[str, int], None],
        on_changed: Callable[[], None],
        transfers: Transfers | None = None,
    ) -> None:
        self._transfers = transfers
        self._remote = remote
        self._store = store
        self._notifier = notifier
        self._holder = holder
        self._now = now
        self._on_gap = on_gap
        self._on_changed = on_changed
        self._outbox = Outbox(rng)
        self._alarm = Alarm(now, self.pump)
        self._look = Alarm(now, self._tell_waiting)

    def load(self) -> None:
        """Take up what the store says is unsent."""
        self._outbox.clear()
        for message in self._store.unsent():
            self._add(message)
        self.look_back()
        self.pump()

    def clear(self) -> None:
        """Send nothing any more; the store keeps what is unsent."""
        self._outbox.clear()
        self._alarm.cancel()
        self._tell_waiting()

    def add(self, message: Message) -> None:
        """A message is in the store's outbox."""
        self._add(message)
        self.pump()

    def _add(self, message: Message) -> None:
        info = file_of(message)
        if info is not None and self._transfers is not None:
            self._transfers.start(message.client_id, info, up=True)
        else:
            self._queue(message)

    def uploaded(self, progress: Progress) -> None:
        """The server has the file of a message, or will never have it."""
        try:
            message = self._store.message(progress.client_id)
            if message is None or message.state is not MessageState.WAITING:
                return
            if progress.state is TransferState.DONE:
                self._queue(message)
                self.pump()
            else:
                self._fail(message, progress.error)
        except ChatError as error:
            self._notifier.failed("sending a file", error)

    def _fail(self, message: Message, code: str) -> None:
        told = self._store.mark_unsent(message.client_id, MessageState.FAILED, code)
        self._outbox.done(message.client_id)
        self._notifier.messages([told])

    def _queue(self, message: Message) -> None:
        size = OVERHEAD + len(message.text.encode()) + len(message.content)
        self._outbox.add(message.client_id, message.conversation_id, size, message.time)

    def arrived(self, client_id: str) -> None:
        """The server has a message, as it said in another way than by an answer."""
        self._outbox.done(client_id)
        self._tell_waiting()

    @property
    def waiting(self) -> Waiting:
        """How much waits, since when, and how slow the network is."""
        if not len(self._outbox):
            return Waiting()
        slow = self._outbox.pace.slow(self._outbox.oldest_flight, self._now())
        return Waiting(len(self._outbox), self._outbox.since, int(slow))

    def _tell_waiting(self) -> None:
        self._notifier.waiting(self.waiting)
        # A wire that has gone still tells nothing: look again while something waits.
        self._look.set(self._now() + LOOK if len(self._outbox) else NEVER)

    def look_back(self) -> None:
        """Send nothing to conversations whose history is in doubt: what they lost goes first."""
        self._outbox.block(set(self._store.doubts()))

    def hurry(self) -> None:
        """A connection is there: wait no longer."""
        self._outbox.hurry()
        self.pump()

    def pump(self) -> None:
        """Send what may go now."""
        self._pump()
        self._tell_waiting()

    def _pump(self) -> None:
        if not self._remote.token or not self._remote.network:
            return
        self._outbox.window.narrow = not self._remote.up
        # A server without epochs does not know of predecessors either.
        self._outbox.one_by_one = not self._store.history[0]
        for client_id in self._outbox.take(self._now()):
            self._holder.start(self._send(client_id), "send")
        self._alarm.set(self._outbox.deadline())

    async def _send(self, client_id: str) -> None:
        try:
            await self._attempt(client_id)
        except ChatError as error:
            if error.code == "too_early":
                self._outbox.early(client_id, self._now())
            else:
                self._outbox.failed(client_id, self._now(), retry_after=error.retry_after)
                self._notifier.failed("sending a message", error)
            if error.code == "store_changed":
                self._on_changed()
        self.pump()

    async def _attempt(self, client_id: str) -> None:
        message = self._store.message(client_id)
        if message is None or message.state is not MessageState.WAITING:
            self._outbox.done(client_id)
            return
        epoch, seen = self._store.history
        info = file_of(message)
        request = pb.Send(
            conversation_id=message.conversation_id,
            client_id=client_id,
            text=message.text,
            content=message.content,
            after=self._outbox.predecessor(client_id),
            epoch=epoch,
            seen=seen,
            bodies=[info.hash] if info is not None else (),
        )
        account = self._store.account
        try:
            sent = await self._remote.call(Command.SEND, request, pb.Sent, timeout=SEND_TIMEOUT)
            for seq in (sent.seq, *(each.seq for each in sent.released)):
                if not 0 < seq < MAX_SEQ:
                    raise ChatError("server_error", f"a message's number cannot be {seq}")
        except ChatError as error:
            if account != self._store.account:
                raise
            if error.code == "no_such_body":  # it expired, or the server's store went back in time
                self._outbox.done(client_id)
                self._add(message)
            elif error.permanent:
                self._fail(message, error.code)
            else:
                raise
            self._settle(message.conversation_id)
        else:
            if account == self._store.account:
                self._number(client_id, sent, epoch)
                self._settle(message.conversation_id)

    def _number(self, client_id: str, sent: pb.Sent, epoch: bytes) -> None:
        """The server gave numbers to a message and to those that had come before it."""
        now = self._now()
        # The released ones first: what follows the message itself is sent again else.
        for each in sent.released:
            self._outbox.numbered(each.client_id, _number(each), now)
        self._outbox.numbered(client_id, _number(sent), now, duplicate=sent.duplicate)
        seen = max([sent.revision, *(each.revision for each in sent.released)])
        if seen and not sent.epoch:
            self._store.saw(epoch, min(seen, MAX_SEQ))

    def _settle(self, conversation_id: str) -> None:
        """Keep what has its number and nothing before it that has none."""
        for each, number in self._outbox.settled(conversation_id):
            try:
                told = self._store.mark_sent(each, number.seq, number.time)
            except ChatError:
                self._outbox.failed(each, self._now())  # it is asked for again
                raise
            self._outbox.done(each)
            self._notifier.messages([told])
        self._notifier.conversation(conversation_id)
        self._on_gap(conversation_id, self._outbox.unsettled(conversation_id))


def _number(sent: pb.Sent | pb.Numbered) -> Number:
    return Number(sent.seq, sent.time_ms / 1000)
