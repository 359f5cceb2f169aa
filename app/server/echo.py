"""Somebody to talk to on a demo server: an account that answers what one writes to it.

It is a client like any other, but in the server's own process: it is pushed what concerns it and
sends by the same requests, so what it does is what a second person would do. It greets everybody
who signs up. Nobody can log in as it, for its password hash is none.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from google.protobuf.message import Message

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command, PushCommand
from app.server.accounts import Accounts, LogIn, ServerAccount
from app.server.conversations import Conversations
from app.server.presence import Peer, Presence
from app.server.response import Done
from app.server.service import Service
from netcore.longlink.codec import Decoder, Frame

NAMES = ("Echo", "Echo (demo)", "Echo (demo server)")  # a person may have taken one
GREETING = "Hello! I am Echo: I answer what you write.\n你好！我是回声，你写什么，我就回什么。"
_NO_PASSWORD = "!echo"
_log = logging.getLogger("app.server.echo")
R = TypeVar("R", bound=Message)


class Echo:
    """``soon`` calls something after what runs now, on the loop's thread."""

    def __init__(
        self,
        accounts: Accounts,
        conversations: Conversations,
        presence: Presence,
        service: Service,
        *,
        soon: Callable[[Callable[[], None]], object],
    ) -> None:
        self._accounts = accounts
        self._conversations = conversations
        self._presence = presence
        self._service = service
        self._soon = soon
        self._decoder = Decoder()
        self._peer = Peer("echo", self._receive, speaks_phobos=True)

    def start(self) -> None:
        """Be there from now on."""
        account = self._account()
        if account is None:
            _log.warning("no echo: people have all of its names")
            return
        self._presence.add(self._peer)
        self._presence.identify(self._peer, LogIn(account.id, account.name, b"echo"))
        self._accounts.on_added = self._came

    def _account(self) -> ServerAccount | None:
        for name in NAMES:
            found = self._accounts.find(name)
            if found is None:
                return self._accounts.add(name, _NO_PASSWORD)
            if found.password_hash == _NO_PASSWORD:
                return found
        return None

    def _came(self, account: ServerAccount) -> None:
        self._soon(lambda: self._greet(account.name))

    def _greet(self, name: str) -> None:
        made = self._ask(Command.CREATE, pb.Create(members=[name]), pb.ConversationInfo)
        if made is not None:
            self._say(made.id, GREETING)

    def _receive(self, data: bytes) -> None:
        for cmdid, _, body in self._decoder.feed(data):
            if cmdid == PushCommand.MESSAGE:
                message = pb.MessageInfo.FromString(body)
                self._soon(partial(self._answer, message))

    def _answer(self, said: pb.MessageInfo) -> None:
        account = self._peer.log_in
        assert account is not None
        kind = self._conversations.kind_for(said.conversation_id, account.account_id)
        if kind == pb.DIRECT:
            self._say(said.conversation_id, said.text)

    def _say(self, conversation_id: str, text: str) -> None:
        request = pb.Send(
            conversation_id=conversation_id, client_id=secrets.token_hex(8), text=text
        )
        self._ask(Command.SEND, request, pb.Sent)

    def _ask(self, command: Command, request: Message, result: type[R]) -> R | None:
        """Do a request as any client would; None where it is refused."""
        done = self._service.frame(self._peer, Frame(command, 1, request.SerializeToString()))
        assert isinstance(done, Done)  # only passwords take longer, and it has none
        for peer, frame in done.pushes:
            peer.send(frame)
        answer = pb.Answer.FromString(done.body or b"")
        if answer.code != pb.OK:
            _log.info("%s is refused: %s", command.name, answer.detail)
            return None
        return result.FromString(answer.result)
