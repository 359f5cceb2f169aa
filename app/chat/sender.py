"""Sends what the outbox says is to be sent: the shell of :mod:`app.chat.outbox`."""

from __future__ import annotations

import random
from collections.abc import Callable

from app.chat.errors import ChatError
from app.chat.model import Message, MessageState
from app.chat.notifier import Notifier
from app.chat.outbox import Outbox
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.chat.schema import MAX_SEQ
from app.chat.server_client import ServerClient
from app.chat.store import Store
from netcore.runtime.alarm import Alarm
from netcore.runtime.task_holder import TaskHolder

SEND_TIMEOUT = 30.0  # seconds for one attempt, netcore's own retry included


class Sender:
    """Carries messages from the store to the server; ``on_gap`` is told of each one sent."""

    def __init__(
        self,
        remote: ServerClient,
        store: Store,
        notifier: Notifier,
        holder: TaskHolder,
        *,
        now: Callable[[], float],
        rng: random.Random,
        on_gap: Callable[[str], None],
    ) -> None:
        self._remote = remote
        self._store = store
        self._notifier = notifier
        self._holder = holder
        self._now = now
        self._on_gap = on_gap
        self._outbox = Outbox(rng)
        self._alarm = Alarm(now, self.pump)

    def load(self) -> None:
        """Take up what the store says is unsent."""
        self._outbox.clear()
        for message in self._store.unsent():
            self._outbox.add(message.client_id, message.conversation_id)
        self.pump()

    def clear(self) -> None:
        """Send nothing any more; the store keeps what is unsent."""
        self._outbox.clear()
        self._alarm.cancel()

    def add(self, message: Message) -> None:
        """A message is in the store's outbox."""
        self._outbox.add(message.client_id, message.conversation_id)
        self.pump()

    def arrived(self, client_id: str) -> None:
        """The server has a message, as it said in another way than by an answer."""
        self._outbox.done(client_id)

    def hurry(self) -> None:
        """A connection is there: wait no longer."""
        self._outbox.hurry()
        self.pump()

    def pump(self) -> None:
        """Send what may go now."""
        if not self._remote.token or not self._remote.network:
            return
        for client_id in self._outbox.take(self._now()):
            self._holder.start(self._send(client_id), "send")
        self._alarm.set(self._outbox.deadline())

    async def _send(self, client_id: str) -> None:
        try:
            await self._attempt(client_id)
        except ChatError as error:
            self._outbox.failed(client_id, self._now(), retry_after=error.retry_after)
            self._notifier.failed("sending a message", error)
        self.pump()

    async def _attempt(self, client_id: str) -> None:
        message = self._store.message(client_id)
        if message is None or message.state is not MessageState.WAITING:
            self._outbox.done(client_id)
            return
        request = pb.Send(
            conversation_id=message.conversation_id, client_id=client_id, text=message.text
        )
        account = self._store.account
        try:
            sent = await self._remote.call(Command.SEND, request, pb.Sent, timeout=SEND_TIMEOUT)
            if not 0 < sent.seq < MAX_SEQ:
                raise ChatError("server_error", f"a message's number cannot be {sent.seq}")
        except ChatError as error:
            if not error.permanent or account != self._store.account:
                raise
            self._outbox.done(client_id)
            told = self._store.mark_unsent(client_id, MessageState.FAILED, error.code)
        else:
            if account != self._store.account:
                return
            told = self._store.mark_sent(client_id, sent.seq, sent.time_ms / 1000)
            self._outbox.done(client_id)
        self._notifier.messages([told])
        self._notifier.conversation(message.conversation_id)
        self._on_gap(message.conversation_id)
