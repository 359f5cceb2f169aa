"""A service over a real store, without a socket, in time that the test turns."""

from __future__ import annotations

from argon2 import PasswordHasher

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server.accounts import Accounts
from app.server.bodies import Bodies
from app.server.body_files import BodyFiles
from app.server.chat import Chat
from app.server.conversations import Conversations
from app.server.database import Database
from app.server.mars_sample import MarsSample
from app.server.messages import Messages
from app.server.passwords import Passwords
from app.server.presence import Peer, Presence
from app.server.response import Later
from app.server.sending import Sending
from app.server.service import Service
from app.server.settings import Limits
from netcore.longlink.codec import Frame
from tests.app.server.clients import PASSWORD

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class World:
    """A service over a real store, with a clock that we turn."""

    def __init__(self, folder, limits=None):
        self.now = 1_800_000_000.0
        self.database = Database(folder, wall=lambda: self.now)
        self.presence = Presence()
        self.accounts = Accounts(self.database)
        self.messages = Messages(self.database)
        self.conversations = Conversations(self.database, self.messages)
        sample = MarsSample(
            self.conversations,
            self.messages,
            self.presence,
            random_bytes=lambda size: b"r" * size,
            limits=limits,
            clock=lambda: self.now,
        )
        self.bodies = Bodies(self.database, BodyFiles(folder / "bodies"), limits or Limits())
        sending = Sending(
            self.conversations,
            self.messages,
            self.presence,
            sample,
            self.database,
            self.bodies,
            limits or Limits(),
            clock=lambda: self.now,
        )
        chat = Chat(
            self.database.server_id,
            self.accounts,
            self.conversations,
            self.messages,
            self.presence,
            sending,
            self.bodies,
            Passwords(CHEAP),
            limits or Limits(),
            clock=lambda: self.now,
            history=self.database,
        )
        self.service = Service(
            self.accounts, chat, sample, wall=lambda: self.now, batch=self.database.batch
        )
        self.sent = []

    def peer(self, host="192.0.2.1"):
        peer = Peer(host, lambda data: self.sent.append((peer, data)))
        self.presence.add(peer)
        return peer

    def ask(self, peer, command, request):
        outcome = self.service.frame(peer, Frame(command, 1, request.SerializeToString()))
        if isinstance(outcome, Later):
            try:
                result = outcome.job()
            except Exception as error:
                outcome = outcome.failed(error)
            else:
                outcome = outcome.then(result)
        return pb.Answer.FromString(outcome.body), outcome.pushes

    def log_in(self, peer, password=PASSWORD, name="Ada"):
        return self.ask(peer, Command.LOG_IN, pb.Credentials(name=name, password=password))[0]

    def sign_up(self, name="Ada", host="192.0.2.1"):
        peer = self.peer(host)
        request = pb.Credentials(name=name, password=PASSWORD)
        answer, _ = self.ask(peer, Command.SIGN_UP, request)
        assert answer.code == pb.OK
        return peer, pb.LoggedIn.FromString(answer.result).token
