"""ChatSession: the chat as a window sees it.

::

    remote = Remote(settings)
    session = ChatSession(remote, Store(path), LogInFile(path, "im.example:8081"), listener)
    await remote.core.start()
    account = await session.resume() or await session.log_in("Ada", "...")
    session.send(conversation_id, "hello")               # on disk before this returns
    ...
    await session.close()
    await remote.core.close()

All methods are called, and all of the listener's are called back, on the loop's thread. Methods
that are not ``async`` answer from the local store at once, with or without a connection. Errors are
:class:`~app.chat.errors.ChatError`.

The link as a person would put it:

=====================================================  ===========
there is                                               is shown as
=====================================================  ===========
no network                                             OFFLINE
no long link that knows us, but the short one works    SHORT_LINK
no link yet, or no more                                CONNECTING
a long link, not identified or not all fetched yet     UPDATING
a long link, and all fetched or nobody logged in       ONLINE
=====================================================  ===========
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from app.chat.errors import ChatError
from app.chat.file_desk import FileDesk
from app.chat.files import BodyFolder
from app.chat.log_in_file import LogInFile, SavedLogIn
from app.chat.model import (
    Account,
    ConnectionHealth,
    ConnectionState,
    Conversation,
    Message,
    MessageState,
    Waiting,
)
from app.chat.notifier import Notifier, SessionListener
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import MAX_TEXT, Command, PushCommand
from app.chat.receiver import Receiver
from app.chat.replies import Quote, reply_content
from app.chat.search import SearchFilter
from app.chat.sender import Sender
from app.chat.server_client import ServerClient
from app.chat.store import Store
from app.chat.transfers import Progress, Transfers
from app.chat.visible import is_blank
from netcore.errors import CertificateError
from netcore.runtime.clock import SystemClock
from netcore.runtime.task_holder import TaskHolder

__all__ = ["ChatSession", "SessionListener"]

_log = logging.getLogger("app.chat.session")
PAGE = 60  # messages of one page of history
LOG_OUT_TIMEOUT = 3.0  # seconds; the log-out is done here whether the server answers or not
IDENTIFY_PAUSE = 5.0  # seconds between two tries to tell a link who we are


class ChatSession:
    """One person's chat with one server; see the module's docstring.

    ``files`` is the folder for the bytes of files; without one, none are sent or fetched.
    """

    def __init__(
        self,
        remote: ServerClient,
        store: Store,
        log_in_file: LogInFile,
        listener: SessionListener,
        *,
        files: Path | None = None,
        now: Callable[[], float] = SystemClock.now,
        wall: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        self._remote = remote
        self._store = store
        self._log_in_file = log_in_file
        self._listener = listener
        self._now = now
        self._wall = wall
        self._tasks = TaskHolder("chat")
        self._notifier = Notifier(listener, store)
        self._receiver = Receiver(
            remote, store, self._notifier, self._tasks,
            now=now, on_state=self._tell_state, on_own=self._own_arrived,
            on_doubts=self._doubts_changed,
        )  # fmt: skip
        self.files: FileDesk | None = None
        transfers = None
        if files is not None:
            transfers = Transfers(
                remote, BodyFolder(files), self._tasks, now=now, on_end=self._transfer_ended
            )
            self.files = FileDesk(transfers, store, self._notifier, self._enter_outbox)
        self._sender = Sender(
            remote, store, self._notifier, self._tasks,
            now=now, rng=rng or random.Random(), on_gap=self._receiver.on_gap,
            on_changed=self._receiver.begin, transfers=transfers,
        )  # fmt: skip
        self._state: ConnectionState | None = None
        self._state_since = now()
        self._ready = False  # whether the long link knows us
        self._identifying = False
        remote.owner = self
        store.on_reset = self._store_was_reset

    @property
    def account(self) -> Account | None:
        """Who is logged in."""
        return self._store.account

    async def close(self) -> None:
        """End the session, keeping the log-in and all that is unsent."""
        self._remote.close()
        self._receiver.rest()
        self._sender.clear()
        await self._tasks.close()
        self._store.close()

    # -- logging in and out ---------------------------------------------------------------------

    async def sign_up(self, name: str, password: str) -> Account:
        """Create an account and log in; raises ChatError."""
        # Not tried twice by itself: an answer that was lost would come back as "name taken".
        return await self._enter(Command.SIGN_UP, name, password, retries=0)

    async def log_in(self, name: str, password: str) -> Account:
        """Log in; raises ChatError for what the server refuses it for."""
        return await self._enter(Command.LOG_IN, name, password, retries=1)

    async def _enter(self, command: Command, name: str, password: str, *, retries: int) -> Account:
        await self._remote.ready()
        request = pb.Credentials(
            name=_clean(name), password=_clean(password), device=self._remote.device
        )
        found = await self._remote.call(
            command, request, pb.LoggedIn, authed=False, retries=retries
        )
        if not found.token:
            raise ChatError("server_error", "the server gave no token")
        self._leave()
        log_in = SavedLogIn(found.name, found.server_id, found.token)
        account = self._adopt(log_in)
        try:
            self._log_in_file.save(log_in)
        except OSError as error:  # good for this run
            self._notifier.failed("keeping the log-in", ChatError("storage", str(error)))
        self._remote.set_token(found.token, identified=found.identified, epoch=found.epoch)
        self.on_link()
        self._sender.load()
        if not self._remote.up:
            self._receiver.begin()  # over the short link, as the log-in came
        elif not self._remote.identified:
            self.on_unknown()
        return account

    async def resume(self) -> Account | None:
        """Go on as whoever was logged in last; None where nobody was. Needs no connection."""
        if self._store.reset_to is not None:
            # After whoever called this has shown what there is.
            asyncio.get_running_loop().call_soon(
                self._listener.on_notice, "database_reset", str(self._store.reset_to)
            )
            self._store.reset_to = None
        log_in = self._log_in_file.load()
        if log_in is None:
            return None
        account = self._adopt(log_in)
        self._remote.set_token(log_in.token)
        self.on_link()
        self._sender.load()
        if self._remote.up:
            self.on_unknown()
        return account

    def _adopt(self, log_in: SavedLogIn) -> Account:
        account = Account(log_in.name, log_in.server_id)
        self._store.use_account(account)
        return account

    async def log_out(self) -> None:
        """End the log-in, here and (if it can be reached) on the server; what is unsent stays."""
        token = self._remote.token
        if token:
            try:
                await self._remote.call(
                    Command.LOG_OUT, pb.LogOut(), pb.LogOut, retries=0, timeout=LOG_OUT_TIMEOUT
                )
            except ChatError as error:
                _log.warning("the server was not told of the log-out: %s", error)
                if self._remote.up and self._remote.token == token:
                    self._remote.core.redo_tasks()  # nobody is on the next link
        if self._remote.token == token:  # else the server ended it, and somebody has logged in
            self._forget()

    def _forget(self) -> None:
        """The token is good no more."""
        self._leave()
        try:
            self._log_in_file.clear()
        except OSError as error:
            self._notifier.failed("forgetting the log-in", ChatError("storage", str(error)))

    def _leave(self) -> None:
        """Nobody is logged in from here on."""
        self._remote.set_token("")
        self._ready = False
        self._receiver.rest()
        self._sender.clear()
        if self.files is not None:
            self.files.clear()
        self._store.forget_account()

    @property
    def waiting(self) -> Waiting:
        """How much waits in the outbox, since when, and how slow the network is."""
        return self._sender.waiting

    # -- from the store -------------------------------------------------------------------------

    def conversations(self) -> list[Conversation]:
        """All conversations, in no order."""
        return self._store.conversations()

    def messages(
        self, conversation_id: str, before: int | None = None, limit: int = PAGE
    ) -> list[Message]:
        """The newest messages below the number ``before``, oldest first.

        Without a number: the newest of all, and after them everything that is not sent.
        """
        return self._store.messages(conversation_id, before, limit)

    async def search(self, asked: str, within: SearchFilter) -> list[Message]:
        """The newest messages here that hold all words asked for; raises ChatError "storage"."""
        if self._store.account is None:
            return []
        return await asyncio.to_thread(self._store.searcher(), asked, within)

    def send(self, conversation_id: str, text: str, quote: Quote | None = None) -> Message:
        """Put a message into the outbox, on disk before this returns; raises ChatError.

        ``quote`` is what it answers.

        Codes: "not_logged_in", "empty", "too_long", "no_such_conversation", "storage".
        """
        account = self._store.account
        if account is None:
            raise ChatError("not_logged_in")
        text = _clean(text)
        if len(text) > MAX_TEXT:
            raise ChatError("too_long", f"{len(text)} characters; the most are {MAX_TEXT}")
        if is_blank(text):
            raise ChatError("empty")
        if self._store.span(conversation_id) is None:
            raise ChatError("no_such_conversation", conversation_id)
        message = Message(
            secrets.token_urlsafe(12), conversation_id, None, account.name, text, self._wall(),
            MessageState.WAITING, content=reply_content(quote) if quote else b"",
        )  # fmt: skip
        self._enter_outbox(message)
        return message

    def _enter_outbox(self, message: Message) -> None:
        """Keep a message that is to be sent, and send it; raises ChatError."""
        self._store.add_waiting(message)
        self._sender.add(message)
        self._notifier.conversation(message.conversation_id)

    def retry(self, client_id: str) -> None:
        """Send a failed message again, as the newest; nothing happens to any other."""
        try:
            known = self._store.message(client_id)
            if known is None or known.state is not MessageState.FAILED:
                return
            message = self._store.mark_unsent(client_id, MessageState.WAITING)
        except ChatError as error:
            self._notifier.failed("sending a message again", error)
            return
        if message is not None:
            self._notifier.messages([message])
            self._notifier.conversation(message.conversation_id)
            self._sender.add(message)

    def mark_read(self, conversation_id: str) -> None:
        """Everything in the conversation has been seen."""
        try:
            if not self._store.mark_read(conversation_id):
                return
            self._notifier.conversation(conversation_id)
            if self._ready:
                self._receiver.tell_read_marks()
        except ChatError as error:
            self._notifier.failed("marking as read", error)

    # -- from the server ------------------------------------------------------------------------

    async def create_conversation(self, members: list[str], title: str = "") -> Conversation:
        """A conversation with one person (the one there is, if there is one), or a group."""
        request = pb.Create(
            members=[_clean(name) for name in members],
            title=_clean(title),
            client_id=uuid.uuid4().hex,
        )
        info = await self._remote.call(Command.CREATE, request, pb.ConversationInfo)
        self._receiver.put(info)
        self._receiver.on_gap(info.id)
        found = self._store.conversation(info.id)
        if found is None:
            raise ChatError("server_error", "the server gave no conversation")
        return found

    async def load_older(self, conversation_id: str, before: int | None = None) -> list[Message]:
        """Fetch a page of messages older than the store has; empty at the beginning.

        ``before`` is the oldest number that is shown, which may lie before a gap in the store.
        """
        return await self._receiver.load_older(conversation_id, PAGE, before)

    async def load_around(self, conversation_id: str, seq: int) -> tuple[list[Message], bool]:
        """A number's neighbourhood, and whether the newest message is in it."""
        return await self._receiver.load_between(
            conversation_id, max(0, seq - PAGE // 2), seq + PAGE // 2
        )

    async def load_newer(self, conversation_id: str, after: int) -> tuple[list[Message], bool]:
        """The messages after a number, and whether the newest one is among them."""
        return await self._receiver.load_between(conversation_id, after, after + PAGE + 1)

    async def find_people(self, prefix: str) -> list[str]:
        """The names that begin with ``prefix``."""
        found = await self._remote.call(
            Command.FIND, pb.Find(prefix=_clean(prefix), limit=20), pb.Found
        )
        return list(found.names)

    def health(self) -> ConnectionHealth:
        """How the connection does now, and what waits for it."""
        state = self._state or ConnectionState.CONNECTING
        waiting = self._sender.waiting
        down = state is ConnectionState.CONNECTING
        return ConnectionHealth(
            state,
            max(0.0, self._now() - self._state_since),
            waiting.count,
            waiting.since,
            self._remote.trouble if down else "",
            self._remote.next_try() if down else None,
            max(float(waiting.slow), self._remote.answer_time if self._remote.weak else 0.0),
        )

    # -- what the remote tells ------------------------------------------------------------------

    def on_link(self) -> None:
        """The link came up or went down, or is identified now; or another way carries calls."""
        remote = self._remote
        ready = bool(remote.token) and remote.up and remote.identified
        if ready and not self._ready:
            self._receiver.begin()
            self._sender.hurry()
            if self.files is not None:
                self.files.hurry()
        elif not ready and self._ready:
            self._receiver.rest()
        self._ready = ready
        self._poll()
        self._sender.pump()  # after "no network", the short link may carry messages at once
        self._tell_state()

    def on_weak(self) -> None:
        """The network became weak, or is no longer."""
        self._poll()
        self._listener.on_health()

    def _poll(self) -> None:
        """Wait for news over the short link where it is the only way, or the long one is weak."""
        remote = self._remote
        here = bool(remote.token) and remote.network
        self._receiver.poll(here and (remote.weak if self._ready else remote.by_short))

    def on_push(self, push: PushCommand, body: bytes) -> None:
        """The server sent something on its own."""
        if self._store.account is None:
            return
        try:
            if push is PushCommand.MESSAGE:
                self._receiver.on_message(body)
            elif push is PushCommand.CONVERSATION:
                self._receiver.on_conversation(body)
            else:
                self._forget()
                self._tell_state()
                self._listener.on_logged_out("logged_out")
        except ChatError as error:
            self._notifier.failed("taking in a push", error)

    def on_unknown(self) -> None:
        """The link is up and does not know who we are: tell it."""
        if not self._identifying:
            self._identifying = True
            self._tasks.start(self._identify(), "identify")

    async def _identify(self) -> None:
        try:
            while self._remote.up and self._remote.token and not self._remote.identified:
                try:
                    await self._remote.identify()
                except ChatError as error:
                    _log.warning("the link could not be told who we are: %s", error)
                    await asyncio.sleep(max(IDENTIFY_PAUSE, error.retry_after))
        finally:
            self._identifying = False

    def on_ended(self, code: str) -> None:
        """The server does not know the log-in any more."""
        if self._remote.token:
            self._forget()
            self._tell_state()
            self._listener.on_logged_out("session_expired")

    def on_untrusted(self, error: CertificateError) -> None:
        """The link cannot be had: nobody vouches for the server's certificate."""
        self._listener.on_notice("untrusted_certificate", error.fingerprint)

    def on_connect_failed(self) -> None:
        """No long link can be had just now: ask for news by the short one, unless that is tried."""
        if not self._receiver.listing:
            self._receiver.begin()

    def on_sync_wanted(self) -> None:
        """The long link is down, and it is time to ask for news by the short one."""
        if not self._ready:
            self._receiver.begin()
            self._sender.hurry()

    def _transfer_ended(self, progress: Progress) -> None:
        if progress.up:
            self._sender.uploaded(progress)

    def _own_arrived(self, client_id: str) -> None:
        self._sender.arrived(client_id)

    def _doubts_changed(self) -> None:
        """The server has lost messages, or it is settled which: some go back into the outbox."""
        with contextlib.suppress(ChatError):
            self._sender.load()

    def _store_was_reset(self, aside: Path) -> None:
        """The damaged store was set aside while we ran: tell it, and fetch everything again."""
        self._listener.on_notice("database_reset", str(aside))
        if self._remote.token:
            with contextlib.suppress(ChatError):
                self._sender.load()
            if self._ready:
                self._receiver.begin()

    def _tell_state(self) -> None:
        remote = self._remote
        if not remote.network:
            state = ConnectionState.OFFLINE
        elif remote.token and remote.by_short:
            state = ConnectionState.SHORT_LINK
        elif not remote.up:
            state = ConnectionState.CONNECTING
        elif remote.token and not (remote.identified and self._receiver.up_to_date):
            state = ConnectionState.UPDATING
        else:
            state = ConnectionState.ONLINE
        if state is not self._state:
            self._state, self._state_since = state, self._now()
            self._listener.on_link_state(state)


def _clean(text: str) -> str:
    """The text with lone surrogates (which UTF-8 cannot carry) replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
