"""A chat session without a network, for the window's tests and screenshots."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from app.chat.folding import find_spans
from app.chat.model import (
    Account,
    ConnectionHealth,
    ConnectionState,
    Conversation,
    ConversationKind,
    Message,
    MessageState,
)
from app.chat.notifier import SessionListener
from app.chat.replies import Quote, reply_content
from app.chat.search import SearchFilter


class Refusal(Exception):
    """Stands for the chat's own errors: they carry a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Listener(SessionListener, Protocol):
    """The window's client, which keeps the state that it was told."""

    link_state: ConnectionState


class FakeSession:
    """Keeps everything in lists; tells its listener like the real one, on the caller's thread."""

    listener: Listener  # set before anything happens

    def __init__(
        self, listener: Listener | None, me: str = "Ada", *, remembered: bool = False
    ) -> None:
        if listener is not None:
            self.listener = listener
        self.account = Account(name=me)
        self.remembered = remembered
        self.refuse: Exception | None = None
        self.people = ["Alan", "Alonzo", "Grace", "王小明"]
        self.calls: list[tuple[object, ...]] = []
        self.closed = False
        self.health_now = ConnectionHealth(ConnectionState.ONLINE)  # but for its state
        self._conversations: dict[str, Conversation] = {}
        self._messages: dict[str, list[Message]] = {}
        self._numbers = itertools.count(1)

    # --- to set the scene

    def add_conversation(
        self,
        id: str,
        title: str,
        kind: ConversationKind = ConversationKind.DIRECT,
        *,
        members: tuple[str, ...] = (),
        last_text: str = "",
        last_sender: str = "",
        last_time: float = 0.0,
        unread: int = 0,
    ) -> Conversation:
        made = Conversation(
            id=id, kind=kind, title=title, members=members or (self.account.name, title),
            last_seq=0, read_seq=0, last_text=last_text, last_sender=last_sender,
            last_time=last_time, unread=unread,
        )  # fmt: skip
        self._conversations[id] = made
        self._messages.setdefault(id, [])
        return made

    def add_message(
        self,
        conversation_id: str,
        sender: str,
        text: str,
        at: float,
        state: MessageState | None = None,
        content: bytes = b"",
    ) -> Message:
        mine = sender == self.account.name
        number = next(self._numbers)
        message = Message(
            client_id=f"m{number}",
            conversation_id=conversation_id,
            seq=None if state in (MessageState.WAITING, MessageState.FAILED) else number,
            sender=sender,
            text=text,
            time=at,
            state=state or (MessageState.SENT if mine else MessageState.RECEIVED),
            error="timeout" if state is MessageState.FAILED else "",
            content=content,
        )
        self._messages[conversation_id].append(message)
        return message

    def receive(self, conversation_id: str, sender: str, text: str) -> Message:
        message = self.add_message(conversation_id, sender, text, time.time())
        old = self._conversations[conversation_id]
        new = replace(
            old, last_text=text, last_sender=sender, last_time=message.time, unread=old.unread + 1
        )
        self._conversations[conversation_id] = new
        self.listener.on_message(message)
        self.listener.on_conversation(new)
        return message

    def settle(self, client_id: str, state: MessageState, error: str = "") -> None:
        for messages in self._messages.values():
            for row, message in enumerate(messages):
                if message.client_id == client_id:
                    seq = next(self._numbers) if state is MessageState.SENT else None
                    messages[row] = replace(message, state=state, seq=seq, error=error)
                    self.listener.on_message(messages[row])

    # --- the session

    def _identify(self, how: str, name: str, password: str) -> Account:
        self.calls.append((how, name, password))
        if self.refuse is not None:
            raise self.refuse
        self.account = Account(name=name)
        self.listener.on_link_state(ConnectionState.ONLINE)
        return self.account

    async def sign_up(self, name: str, password: str) -> Account:
        return self._identify("sign_up", name, password)

    async def log_in(self, name: str, password: str) -> Account:
        return self._identify("log_in", name, password)

    async def resume(self) -> Account | None:
        return self.account if self.remembered else None

    async def log_out(self) -> None:
        self.calls.append(("log_out",))

    async def close(self) -> None:
        self.closed = True

    def conversations(self) -> list[Conversation]:
        return list(self._conversations.values())

    def messages(
        self, conversation_id: str, before: float | None = None, limit: int = 50
    ) -> list[Message]:
        found = self._messages[conversation_id]
        if before is not None:
            found = [m for m in found if m.seq is not None and m.seq < before]
        return found[-limit:]

    def health(self) -> ConnectionHealth:
        return replace(self.health_now, state=self.listener.link_state)

    def send(self, conversation_id: str, text: str, quote: Quote | None = None) -> Message:
        self.calls.append(("send", conversation_id, text))
        if self.refuse is not None:
            raise self.refuse
        content = reply_content(quote) if quote else b""
        return self.add_message(
            conversation_id, self.account.name, text, time.time(), MessageState.WAITING, content
        )

    def retry(self, client_id: str) -> None:
        self.calls.append(("retry", client_id))
        self.settle(client_id, MessageState.WAITING)

    def mark_read(self, conversation_id: str) -> None:
        self.calls.append(("mark_read", conversation_id))
        new = replace(self._conversations[conversation_id], unread=0)
        self._conversations[conversation_id] = new
        self.listener.on_conversation(new)

    async def create_conversation(self, members: Sequence[str], title: str = "") -> Conversation:
        self.calls.append(("create", list(members), title))
        if self.refuse is not None:
            raise self.refuse
        kind = ConversationKind.GROUP if len(members) > 1 else ConversationKind.DIRECT
        return self.add_conversation(
            f"c{next(self._numbers)}", title or members[0], kind,
            members=(self.account.name, *members),
        )  # fmt: skip

    async def load_around(self, conversation_id: str, seq: int) -> tuple[list[Message], bool]:
        found = [m for m in self._messages[conversation_id] if m.seq is not None]
        near = [m for m in found if abs((m.seq or 0) - seq) < 30]
        return near, near[-1:] == found[-1:]

    async def load_newer(self, conversation_id: str, after: int) -> tuple[list[Message], bool]:
        found = [m for m in self._messages[conversation_id] if m.seq is not None and m.seq > after]
        return found[:60], len(found) <= 60

    async def search(self, asked: str, within: SearchFilter) -> list[Message]:
        self.calls.append(("search", asked, within))
        everything = (m for each in self._messages.values() for m in each)
        found = [
            m
            for m in everything
            if within.conversation_id in ("", m.conversation_id)
            and within.sender in ("", m.sender)
            and find_spans(m.text, asked)
        ]
        return sorted(found, key=lambda message: -message.time)

    async def load_older(self, conversation_id: str, before: int | None = None) -> list[Message]:
        self.calls.append(("load_older", conversation_id))
        return []

    async def find_people(self, prefix: str) -> list[str]:
        self.calls.append(("find_people", prefix))
        return [name for name in self.people if name.lower().startswith(prefix.lower())]
