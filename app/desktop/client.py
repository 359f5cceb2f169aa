"""Between the window and the chat: calls go in as asyncio tasks, news come out as Qt signals.

Everything happens on the one thread of the one loop. The window never awaits and never sees an
exception: each call ends in a signal, good or bad.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.chat.drafts import Drafts
from app.chat.model import (
    Account,
    ConnectionHealth,
    ConnectionState,
    Conversation,
    Message,
    Waiting,
)
from app.chat.replies import Quote
from app.chat.search import parse
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.session_port import PAGE, SessionPort
from netcore.errors import CertificateError, ConfigError, NetcoreError
from netcore.runtime.task_holder import TaskHolder

_log = logging.getLogger("app.desktop.client")

Opener = Callable[[ServerAddress, "Client"], Awaitable[SessionPort]]
"""Makes a session for a server; the :class:`Client` is its listener."""


class Client(QObject):
    """The window's one counterpart; it is the session's listener."""

    link_state_changed = Signal(object)  # LinkState
    health_changed = Signal()  # in another way than by its state: ask :meth:`health`
    conversation_changed = Signal(object)  # Conversation
    message_changed = Signal(object)  # Message
    waiting_changed = Signal(object)  # Waiting: how much waits in the outbox, and how slow it goes
    history_changed = Signal(str)  # conversation id: what is shown of it is to be read again
    logged_in = Signal(object)  # Account
    logged_out = Signal(str)  # why; "" when the person asked for it
    log_in_needed = Signal()  # nobody is logged in
    log_in_failed = Signal(str, str)  # code, detail
    trust_wanted = Signal(str, str, bool)  # host, fingerprint, whether another was trusted before
    plain_wanted = Signal(str, bool)  # host, whether it was reached by TLS before
    refused = Signal(str, str)  # conversation id, a text that could not be put into the outbox
    notice = Signal(str, str)  # code, detail
    people_found = Signal(str, list)  # what was asked, names
    created = Signal(object)  # Conversation
    create_failed = Signal(str, str)  # code, detail
    older_loaded = Signal(str, list, bool)  # conversation id, messages, whether there may be more
    newer_loaded = Signal(str, list, bool)  # conversation id, messages, whether the newest is there
    around_loaded = Signal(str, int, list, bool)  # the same, around a number
    messages_found = Signal(str, str, list)  # what was typed, the conversation or "", messages

    def __init__(
        self,
        opener: Opener,
        preferences: Preferences,
        address: ServerAddress,
        drafts: Drafts | None = None,
    ) -> None:
        super().__init__()
        self._drafts = drafts
        self._opener = opener
        self._preferences = preferences
        self.address = address
        self.session: SessionPort | None = None
        self.account: Account | None = None
        self.link_state = ConnectionState.CONNECTING
        self._again: Callable[[], None] | None = None
        self._turn = asyncio.Lock()
        self._loading: set[str] = set()
        self._searching = ("", "")
        self._refused: set[str] = set()
        self._tasks = TaskHolder("desktop", on_error=self._lost)

    # --- the session's listener

    def on_link_state(self, state: ConnectionState) -> None:
        """The connection changed."""
        self.link_state = state
        self.link_state_changed.emit(state)

    def on_health(self) -> None:
        """The network became slow, or is no longer."""
        self.health_changed.emit()

    def on_conversation(self, conversation: Conversation) -> None:
        """A conversation is new or changed."""
        self.conversation_changed.emit(conversation)

    def on_message(self, message: Message) -> None:
        """A message is new or changed its state."""
        self.message_changed.emit(message)

    def on_waiting(self, waiting: Waiting) -> None:
        """How much waits in the outbox has changed, or how slow the network is."""
        self.waiting_changed.emit(waiting)

    def on_history(self, conversation_id: str) -> None:
        """Messages of a conversation are gone or stand elsewhere, or it is gone itself."""
        self.history_changed.emit(conversation_id)

    def on_logged_out(self, reason: str) -> None:
        """The server ended the session."""
        self.account = None
        self.logged_out.emit(reason)

    def on_notice(self, code: str, detail: str) -> None:
        """Something the person should know."""
        if code == "untrusted_certificate" and detail:
            # A link that goes on trying would ask again and again: once is enough.
            # A log-in asks by itself; before one, nobody wants to be asked about a server.
            if detail not in self._refused and self.account is not None:
                self.ask_trust(detail)
        else:
            self.notice.emit(code, detail)

    # --- calls of the window

    def start(self) -> None:
        """Open the session and go on where the last run ended, if somebody was logged in."""
        self._run(self._start(), "start")

    async def _start(self) -> None:
        expected = bool(self._preferences.name)
        if not expected:
            self.log_in_needed.emit()  # at once: opening the session takes a moment
        try:
            account = await (await self._open(self.address)).resume()
        except Exception as error:
            _log.exception("the session could not be resumed")
            self.log_in_needed.emit()
            self.notice.emit(*self._said(error))
            return
        if self.account is not None:
            return  # somebody has logged in meanwhile
        if account is not None:
            self._enter(account)
        elif expected:
            self.log_in_needed.emit()

    async def _open(self, address: ServerAddress, *, anew: bool = False) -> SessionPort:
        """The session with a server; ``anew``: with what is trusted now, even if there is one.

        Callers take turns, so that a log-in during the start does not open a second one.
        """
        async with self._turn:
            if self.session is not None:
                if address == self.address and not anew:
                    return self.session
                old, self.session = self.session, None
                await old.close()
            self.address = address
            self._preferences.note_host(address.host)
            self.session = await self._opener(address, self)
            return self.session

    def _enter(self, account: Account) -> None:
        self.account = account
        if self._drafts is not None:
            self._drafts.load(account)
        self._preferences.name = account.name
        if not self.address.plain:
            self._preferences.note_secured(self.address.host)
        self.logged_in.emit(account)

    def log_in(self, name: str, password: str, address: ServerAddress) -> None:
        """Ends in :attr:`logged_in` or :attr:`log_in_failed`."""
        self._again = lambda: self.log_in(name, password, address)
        self._run(self._identify("log_in", name, password, address), "log in")

    def sign_up(self, name: str, password: str, address: ServerAddress) -> None:
        """Ends in :attr:`logged_in` or :attr:`log_in_failed`."""
        self._again = lambda: self.sign_up(name, password, address)
        self._run(self._identify("sign_up", name, password, address), "sign up")

    async def _identify(self, how: str, name: str, password: str, address: ServerAddress) -> None:
        secured = self._preferences.secured(address.host)
        asks = address.plain and (secured or address.leaves_this_machine)
        if asks and not self._preferences.may_be_plain(address.host):
            self.plain_wanted.emit(address.host, secured)
            return
        try:
            session = await self._open(address)
            account = await getattr(session, how)(name, password)
        except Exception as error:
            certificate = _certificate_error(error)
            if certificate is not None and certificate.fingerprint:
                self.ask_trust(certificate.fingerprint)
                return
            _log.info("%s failed: %s", how, error)
            self.log_in_failed.emit(*self._said(error))
            return
        self._again = None
        if address != self._preferences.server:
            self._preferences.server = address
        self._enter(account)

    def allow_plain(self, host: str) -> None:
        """Reach the host without TLS, now and later, and go on with what was asked for."""
        self._preferences.allow_plain(host)
        if self._again is not None:
            self._again()

    def refuse_plain(self) -> None:
        """The person does not want to be without TLS; nothing was sent."""
        self._again = None
        self.log_in_failed.emit("not_encrypted", "")

    def ask_trust(self, fingerprint: str) -> None:
        """The server shows a certificate nobody vouches for: ask the person."""
        known = self._preferences.pins(self.address.host)
        self.trust_wanted.emit(self.address.host, fingerprint, bool(known - {fingerprint}))

    def trust(self, host: str, fingerprint: str) -> None:
        """Pin the certificate, then do again what failed for the lack of trust."""
        self._preferences.pin(host, fingerprint)
        self._refused.discard(fingerprint)
        if host == self.address.host:  # else another server was chosen while the person thought
            self._run(self._trusted(self._again), "trust")

    async def _trusted(self, again: Callable[[], None] | None) -> None:
        await self._open(self.address, anew=True)
        if again is not None:
            again()
        else:
            await self._start()

    def distrust(self, fingerprint: str) -> None:
        """The person does not trust the server that shows this certificate."""
        self._again = None
        self._refused.add(fingerprint)
        if self.account is None:
            self.log_in_failed.emit("untrusted_certificate", "")
        else:
            self.notice.emit("untrusted_certificate", fingerprint)

    def log_out(self) -> None:
        """Ends in :attr:`logged_out`, even when the server cannot be told."""
        self._run(self._log_out(), "log out")

    async def _log_out(self) -> None:
        account = self.account
        try:
            if self.session is not None:
                await self.session.log_out()
        except Exception as error:
            _log.warning("the server was not told of the log-out: %s", error)
        if self.account is account and account is not None:
            self.account = None
            self.logged_out.emit("")

    def conversations(self) -> list[Conversation]:
        """All conversations, from the local store."""
        return self.session.conversations() if self.session else []

    def messages(self, conversation_id: str) -> list[Message]:
        """The newest messages of a conversation, from the local store."""
        return self.session.messages(conversation_id, limit=PAGE) if self.session else []

    def health(self) -> ConnectionHealth:
        """How the connection does now, and what waits for it."""
        if self.session is None:
            return ConnectionHealth(self.link_state)
        return self.session.health()

    def draft(self, account: Account, conversation_id: str) -> str:
        """What an account has written there and not sent, in this run or before it."""
        return self._drafts.get(account, conversation_id) if self._drafts is not None else ""

    def keep_draft(self, account: Account, conversation_id: str, text: str) -> None:
        """Keep what is written and not sent; "" forgets it."""
        if self._drafts is not None:
            self._drafts.keep(account, conversation_id, text)

    def send(self, conversation_id: str, text: str, quote: Quote | None = None) -> None:
        """Put a message, or an answer to one, into the outbox.

        Ends in :attr:`message_changed` or :attr:`refused`.
        """
        if self.session is None:
            return
        try:
            self.message_changed.emit(self.session.send(conversation_id, text, quote))
        except Exception as error:
            _log.warning("a message was refused: %s", error)
            self.refused.emit(conversation_id, text)
            self.notice.emit(*self._said(error))

    def retry(self, client_id: str) -> None:
        """Send a failed message again."""
        if self.session is not None:
            self.session.retry(client_id)

    def mark_read(self, conversation_id: str) -> None:
        """Everything in the conversation has been seen."""
        if self.session is not None:
            self.session.mark_read(conversation_id)

    def load_older(self, conversation_id: str, before: int | None) -> None:
        """Older messages, from the store or else from the server; ends in :attr:`older_loaded`."""
        if self.session is not None and conversation_id not in self._loading:
            self._loading.add(conversation_id)
            self._run(self._load_older(self.session, conversation_id, before), "load older")

    async def _load_older(
        self, session: SessionPort, conversation_id: str, before: int | None
    ) -> None:
        account = self.account
        found: list[Message] = []
        more = True
        try:
            found = session.messages(conversation_id, before=before, limit=PAGE) if before else []
            if not found:
                found = await session.load_older(conversation_id, before)
            more = bool(found)
        except Exception as error:
            _log.info("no older messages: %s", error)
        finally:
            self._loading.discard(conversation_id)
        if account is self.account:
            self.older_loaded.emit(conversation_id, found, more)

    def load_newer(self, conversation_id: str, after: int) -> None:
        """Messages after a number; ends in :attr:`newer_loaded` unless they cannot be had."""
        if self.session is not None and conversation_id not in self._loading:
            self._loading.add(conversation_id)
            self._run(self._load_newer(self.session, conversation_id, after), "load newer")

    async def _load_newer(self, session: SessionPort, conversation_id: str, after: int) -> None:
        account = self.account
        try:
            found, newest = await session.load_newer(conversation_id, after)
        except Exception as error:
            _log.info("no newer messages: %s", error)
            return
        finally:
            self._loading.discard(conversation_id)
        if account is self.account:
            self.newer_loaded.emit(conversation_id, found, newest)

    def load_around(self, conversation_id: str, seq: int) -> None:
        """What stands around a message; ends in :attr:`around_loaded`, or a notice."""
        if self.session is not None:
            self._run(self._load_around(self.session, conversation_id, seq), "load around")

    async def _load_around(self, session: SessionPort, conversation_id: str, seq: int) -> None:
        account = self.account
        try:
            found, newest = await session.load_around(conversation_id, seq)
        except Exception as error:
            _log.info("a message cannot be shown in its place: %s", error)
            if account is self.account:
                self.notice.emit(*self._said(error))
            return
        if account is self.account:
            self.around_loaded.emit(conversation_id, seq, found, newest)

    def search(self, typed: str, conversation_id: str = "") -> None:
        """Search the messages on this device; ends in :attr:`messages_found`.

        Only the latest question is answered: the one before has been typed over.
        """
        self._searching = (typed, conversation_id)
        if self.session is not None:
            self._run(self._search(self.session, typed, conversation_id), "search")

    async def _search(self, session: SessionPort, typed: str, conversation_id: str) -> None:
        account = self.account
        found: list[Message] = []
        try:
            found = await session.search(*parse(typed, conversation_id))
        except Exception as error:
            _log.warning("the search failed: %s", error)
        if account is self.account and self._searching == (typed, conversation_id):
            self.messages_found.emit(typed, conversation_id, found)

    def find_people(self, prefix: str) -> None:
        """Ends in :attr:`people_found` or :attr:`create_failed`."""
        self._run(self._find_people(prefix), "find people")

    async def _find_people(self, prefix: str) -> None:
        account = self.account
        try:
            names = await self.session.find_people(prefix) if prefix and self.session else []
        except Exception as error:
            if account is self.account:
                self.create_failed.emit(*self._said(error))
            return
        if account is not self.account:
            return
        me = self.account.name if self.account else ""
        self.people_found.emit(prefix, [name for name in names if name != me])

    def create_conversation(self, members: list[str], title: str) -> None:
        """Ends in :attr:`created` or :attr:`create_failed`."""
        self._run(self._create(members, title), "create a conversation")

    async def _create(self, members: list[str], title: str) -> None:
        if self.session is None:
            return
        account = self.account
        try:
            made = await self.session.create_conversation(members, title)
        except Exception as error:
            _log.info("no conversation: %s", error)
            if account is self.account:
                self.create_failed.emit(*self._said(error))
            return
        if account is self.account:  # else it is the conversation of somebody who has left
            self.created.emit(made)

    # --- ends

    async def close(self) -> None:
        """End every call and the session."""
        await self._tasks.close()
        if self.session is not None:
            session, self.session = self.session, None
            await session.close()
        if self._drafts is not None:
            self._drafts.close()

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.start(work, name)

    def _lost(self, name: str, error: BaseException) -> None:
        """An exception that no call foresaw: logged whole, told in a sentence."""
        _log.error("%s failed", name, exc_info=error)
        self.notice.emit("internal", "")

    @staticmethod
    def _said(error: Exception) -> tuple[str, str]:
        code = getattr(error, "code", "")
        if isinstance(error, ConfigError):
            code = "bad_address"
        elif isinstance(error, NetcoreError):
            code = "no_connection"
        elif isinstance(error, OSError):
            code = "storage"
        return (code if isinstance(code, str) else "", str(error))


def _certificate_error(error: BaseException | None) -> CertificateError | None:
    """The certificate error behind an error, if that is what it is."""
    seen = 0
    while error is not None and seen < 8:
        if isinstance(error, CertificateError):
            return error
        error = error.__cause__ or error.__context__
        seen += 1
    return None
