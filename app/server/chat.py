"""Phobos's own chat: what each request does, sans-I/O. docs/protocol.md has the rules.

A method takes who is asking and the parsed request, and gives the result and the pushes, or what is
to be done in a worker thread first; it raises :class:`RefusedError`.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from google.protobuf.message import Message

from app.chat import protocol
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command, PushCommand
from app.chat.visible import is_blank
from app.server.accounts import Accounts, LogIn, ServerAccount
from app.server.bodies import Bodies
from app.server.body_files import Taken
from app.server.conversations import Conversations
from app.server.errors import RefusedError
from app.server.log_in_guard import LogInGuard, Try
from app.server.lookalikes import skeletons
from app.server.messages import Messages
from app.server.passwords import Passwords
from app.server.polls import MAX_WAIT
from app.server.presence import Peer, Presence
from app.server.response import Push, push_frame
from app.server.sending import Sending, StoreHistory, refuse_too_many
from app.server.settings import MINUTE, WRITES_WINDOW, Limits
from app.server.throttle import Throttle

_ID = re.compile("[0-9a-f]{24}")  # of a conversation that is not a topic
_DEFAULT_FOUND = 20  # names of a find that names no limit
_COUNTED = frozenset(
    {
        Command.IDENTIFY,
        Command.SYNC,
        Command.PULL,
        Command.CREATE,  # it looks for names before it writes
        Command.MARK_READ,
        Command.FIND,
        Command.ACKNOWLEDGE,
        Command.UPLOAD,
        Command.DOWNLOAD,
    }
)
"""What ``Limits.requests`` counts; the others have limits of their own."""
_log = logging.getLogger("app.server.chat")


class Caller(NamedTuple):
    """Who asks: from where, over which long link (None: the short one), as whom (None: nobody)."""

    host: str
    peer: Peer | None
    log_in: LogIn | None


@dataclass(slots=True)
class Reply:
    """A request's result, or why it is refused, and what others are to hear of it."""

    result: Message | RefusedError
    pushes: list[Push] = field(default_factory=list)
    silent: bool = False  # nobody waits for the answer


class Slow(NamedTuple):
    """``job`` belongs in a worker thread; ``then`` goes on with its result.

    ``undo`` is called instead where the job could not be done.
    """

    job: Callable[[], Any]
    then: Callable[[Any], Reply]
    undo: Callable[[], None]


class Wait(NamedTuple):
    """Nothing has changed for ``log_in``: ``reply`` may be kept back for ``seconds``."""

    log_in: LogIn
    seconds: float
    reply: Reply


class Chat:
    """Answers Phobos's requests. ``clock`` is any clock in seconds, for the throttles."""

    def __init__(
        self,
        server_id: str,
        accounts: Accounts,
        conversations: Conversations,
        messages: Messages,
        presence: Presence,
        sending: Sending,
        bodies: Bodies,
        passwords: Passwords,
        limits: Limits,
        *,
        clock: Callable[[], float],
        history: StoreHistory,
    ) -> None:
        self._server_id = server_id
        self._history = history
        self._accounts = accounts
        self._conversations = conversations
        self._messages = messages
        self._presence = presence
        self._sending = sending
        self._bodies = bodies
        self.polls = sending.polls
        self._passwords = passwords
        self._clock = clock
        self._guard = LogInGuard(limits)
        self._sign_ups = Throttle(limits.sign_ups_host, MINUTE)
        self._requests = Throttle(limits.requests, WRITES_WINDOW)
        self._commands: dict[
            Command, tuple[type[Message], Callable[[Caller, Any], Reply | Slow | Wait]]
        ] = {
            Command.SIGN_UP: (pb.Credentials, self._sign_up),
            Command.LOG_IN: (pb.Credentials, self._log_in),
            Command.IDENTIFY: (pb.Identify, self._identify),
            Command.LOG_OUT: (pb.LogOut, self._log_out),
            Command.SYNC: (pb.Sync, self._sync),
            Command.PULL: (pb.Pull, self._pull),
            Command.SEND: (pb.Send, self._send),
            Command.CREATE: (pb.Create, self._create),
            Command.MARK_READ: (pb.MarkRead, self._mark_read),
            Command.FIND: (pb.Find, self._find),
            Command.ACKNOWLEDGE: (pb.Acknowledge, self._acknowledge),
            Command.UPLOAD: (pb.Upload, self._upload),
            Command.DOWNLOAD: (pb.Download, self._download),
        }

    def handle(self, command: Command, caller: Caller, body: bytes) -> Reply | Slow | Wait:
        """Do a request; raises :class:`RefusedError`, DecodeError or sqlite3.Error."""
        kind, method = self._commands[command]
        if command in _COUNTED:
            who = caller.host if caller.log_in is None else caller.log_in.account_id
            refuse_too_many(
                self._requests, who, self._clock(), pb.TOO_MANY_REQUESTS, "wait {:.1f} s"
            )
        request = kind()
        request.ParseFromString(body)
        return method(caller, request)

    # -- accounts -------------------------------------------------------------------------------

    def _sign_up(self, caller: Caller, request: pb.Credentials) -> Slow:
        if not protocol.is_good_name(request.name):
            raise RefusedError(
                pb.BAD_NAME,
                f"a name has 1 to {protocol.MAX_NAME} printable characters, no space at an end "
                f"and no {protocol.GUEST_MARK} at the start",
            )
        if not protocol.MIN_PASSWORD <= len(request.password) <= protocol.MAX_PASSWORD:
            raise RefusedError(
                pb.BAD_PASSWORD,
                f"a password has {protocol.MIN_PASSWORD} to {protocol.MAX_PASSWORD} characters",
            )
        refuse_too_many(self._sign_ups, caller.host, self._clock(), pb.TOO_MANY_ATTEMPTS)
        if self._accounts.find(request.name) is not None:
            raise RefusedError(pb.NAME_TAKEN)

        def then(made: tuple[str, tuple[str, str]]) -> Reply:
            password_hash, looks = made
            account = self._accounts.add(request.name, password_hash, looks)
            return self._enter(caller, account, request.device)

        return Slow(
            lambda: (self._passwords.hash(request.password), skeletons(request.name)),
            then,
            lambda: self._sign_ups.take_back(caller.host),
        )

    def _log_in(self, caller: Caller, request: pb.Credentials) -> Slow:
        if len(request.password) > protocol.MAX_PASSWORD or len(request.name) > protocol.MAX_NAME:
            raise RefusedError(pb.WRONG_PASSWORD)
        account = self._accounts.find(request.name)
        known = account is not None and self._accounts.knows_network(account.id, caller.host)
        tried = Try(protocol.name_key(request.name), caller.host, known)
        wait = self._guard.attempt(tried, self._clock())
        if wait > 0:
            # Not a warning: asking on is free, and would fill the log.
            _log.debug("a log-in from %s is refused for %.0f s", caller.host, wait)
            raise RefusedError(pb.TOO_MANY_ATTEMPTS, retry_after=math.ceil(wait))

        def then(good: bool) -> Reply:
            if account is None or not good:
                self._log_in_failed(caller, account)
                raise RefusedError(pb.WRONG_PASSWORD)
            self._guard.succeeded(tried)
            return self._enter(caller, account, request.device)

        kept = None if account is None else account.password_hash
        return Slow(
            lambda: self._passwords.check(kept, request.password),
            then,
            lambda: self._guard.take_back(tried),
        )

    @staticmethod
    def _log_in_failed(caller: Caller, account: ServerAccount | None) -> None:
        """A name that nobody has is not logged: it may be a password in the wrong field."""
        if account is None:
            _log.warning("a log-in from %s failed: no such account", caller.host)
        else:
            _log.warning("a log-in as %r from %s failed: wrong password", account.name, caller.host)

    def _enter(self, caller: Caller, account: ServerAccount, device: str) -> Reply:
        token, log_in = self._accounts.log_in(account, device)
        self._accounts.note_network(account.id, caller.host)
        if caller.peer is not None:
            self._presence.identify(caller.peer, log_in)
        return Reply(
            pb.LoggedIn(
                name=account.name,
                token=token,
                server_id=self._server_id,
                identified=caller.peer is not None,
                epoch=self._history.epoch,
            )
        )

    def _identify(self, caller: Caller, request: pb.Identify) -> Reply:
        if caller.peer is None:
            raise RefusedError(pb.BAD_REQUEST, "only a long link can be identified")
        log_in = self._accounts.log_in_of(request.token)
        self._presence.identify(caller.peer, log_in)
        if log_in is None:
            raise RefusedError(pb.SESSION_EXPIRED)
        self._accounts.note_network(log_in.account_id, caller.host)
        return Reply(
            pb.Identified(name=log_in.name, server_id=self._server_id, epoch=self._history.epoch)
        )

    def _log_out(self, caller: Caller, _request: pb.LogOut) -> Reply:
        log_in = _needed(caller)
        self._accounts.end(log_in)
        frame = push_frame(PushCommand.LOGGED_OUT, pb.LoggedOut(code=pb.NOT_LOGGED_IN))
        pushes = []
        for peer in self._presence.of_log_in(log_in):
            self._presence.identify(peer, None)
            if peer is not caller.peer:
                pushes.append(Push(peer, frame))
        return Reply(pb.LogOut(), pushes)

    # -- conversations --------------------------------------------------------------------------

    def _sync(self, caller: Caller, request: pb.Sync) -> Reply | Wait:
        log_in = _needed(caller)
        account_id = log_in.account_id
        latest = self._history.revision()
        seen = max(request.since, request.seen)
        # Who names no epoch knows of none: only a revision that was never given gives it away.
        diverged = not self._history.shares(request.epoch or self._history.epoch, seen)
        found, more = self._conversations.changed_since(
            account_id, 0 if diverged else request.since
        )
        reply = Reply(
            pb.Synced(
                conversations=found,
                revision=found[-1].revision if more else latest,
                more=more,
                epoch=self._history.epoch,
                diverged=diverged,
            )
        )
        # On a long link, which has pushes, nothing behind it would be answered meanwhile.
        if request.wait and not found and not diverged and caller.peer is None:
            return Wait(log_in, min(float(request.wait), MAX_WAIT), reply)
        return reply

    def _create(self, caller: Caller, request: pb.Create) -> Reply:
        creator = _needed(caller)
        if len(request.members) > protocol.MAX_MEMBERS:
            raise RefusedError(pb.BAD_MEMBERS, f"at most {protocol.MAX_MEMBERS} members")
        title = "" if is_blank(request.title) else request.title.strip()
        if len(title) > protocol.MAX_TITLE or not title.isprintable():
            raise RefusedError(pb.BAD_TITLE, f"at most {protocol.MAX_TITLE} printable characters")
        if len(request.client_id) > protocol.MAX_CLIENT_ID:
            raise RefusedError(
                pb.BAD_REQUEST, f"a client_id has {protocol.MAX_CLIENT_ID} characters"
            )
        if request.id and not _ID.fullmatch(request.id):
            raise RefusedError(pb.BAD_REQUEST, "that is no id of a conversation")
        others = []
        for name in request.members:
            account = self._accounts.find(name) if len(name) <= protocol.MAX_NAME else None
            if account is None:
                raise RefusedError(pb.NO_SUCH_PERSON, name[: protocol.MAX_NAME])
            if account.id != creator.account_id:
                others.append(account)
        if not others:
            raise RefusedError(pb.BAD_MEMBERS, "a conversation needs somebody else")
        self._sending.count(creator)
        conversation_id, new = self._conversations.create(
            creator, others, title, request.client_id, request.id
        )
        pushes: list[Push] = []
        if new:
            for account_id in self._conversations.member_ids(conversation_id):
                pushes += self._changed(conversation_id, account_id, creator)
        return Reply(self._conversations.get(conversation_id, creator.account_id), pushes)

    def _mark_read(self, caller: Caller, request: pb.MarkRead) -> Reply:
        log_in = _needed(caller)
        self._conversations.kind_for(request.conversation_id, log_in.account_id)
        pushes: list[Push] = []
        if self._conversations.mark_read(request.conversation_id, log_in.account_id, request.seq):
            pushes = self._changed(request.conversation_id, log_in.account_id, log_in)
        return Reply(self._conversations.get(request.conversation_id, log_in.account_id), pushes)

    def _changed(self, conversation_id: str, account_id: int, by: LogIn) -> list[Push]:
        """A conversation, as one member sees it, for that member's other devices."""
        peers = self._presence.of_accounts([account_id], but=by)
        if not peers:
            return []
        frame = push_frame(
            PushCommand.CONVERSATION, self._conversations.get(conversation_id, account_id)
        )
        return [Push(each, frame) for each in peers]

    def _find(self, caller: Caller, request: pb.Find) -> Reply:
        log_in = _needed(caller)
        if len(request.prefix) > protocol.MAX_NAME:
            return Reply(pb.Found())
        limit = min(request.limit or _DEFAULT_FOUND, protocol.MAX_PAGE)
        names = self._accounts.names(request.prefix, limit, without=log_in.account_id)
        return Reply(pb.Found(names=names))

    # -- messages -------------------------------------------------------------------------------

    def _pull(self, caller: Caller, request: pb.Pull) -> Reply:
        account_id = _needed(caller).account_id
        self._conversations.kind_for(request.conversation_id, account_id)
        messages, more = self._messages.page(
            request.conversation_id,
            account_id,
            after=request.after,
            before=request.before,
            limit=min(request.limit or protocol.MAX_PAGE, protocol.MAX_PAGE),
        )
        return Reply(pb.Pulled(messages=messages, more=more))

    def _acknowledge(self, caller: Caller, request: pb.Acknowledge) -> Reply:
        self._sending.acknowledge(_needed(caller), request.revisions)
        return Reply(pb.Acknowledge(), silent=caller.peer is not None)

    def _send(self, caller: Caller, request: pb.Send) -> Reply:
        return Reply(*self._sending.send(_needed(caller), request))

    # -- bodies ---------------------------------------------------------------------------------

    def _upload(self, caller: Caller, request: pb.Upload) -> Reply | Slow:
        who = _needed(caller)
        self._bodies.sweep()
        key = self._bodies.upload(who, request)
        if key is None:
            return Reply(pb.Uploaded(held=request.size, complete=True))

        def then(taken: Taken) -> Reply:
            self._bodies.finish(key, request.size, taken)
            return Reply(pb.Uploaded(held=taken.held, complete=taken.complete))

        return Slow(lambda: self._bodies.take(key, request), then, lambda: self._bodies.undo(key))

    def _download(self, caller: Caller, request: pb.Download) -> Slow:
        size, read = self._bodies.download(_needed(caller), request)
        return Slow(read, lambda data: Reply(pb.Downloaded(size=size, data=data)), lambda: None)


def _needed(caller: Caller) -> LogIn:
    if caller.log_in is None:
        raise RefusedError(pb.NOT_LOGGED_IN)
    return caller.log_in
