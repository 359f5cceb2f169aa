"""Fetches what was missed and takes in what is pushed: the shell of :mod:`app.chat.sync`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from google.protobuf.message import DecodeError

from app.chat.bounds import bound
from app.chat.errors import ChatError
from app.chat.lost import LostHistory
from app.chat.model import Account, Message
from app.chat.notifier import Notifier
from app.chat.polling import WAIT, Polling
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import MAX_PAGE, Command
from app.chat.schema import MAX_SEQ
from app.chat.server_client import ServerClient
from app.chat.store import Store
from app.chat.sync import GAP_WAIT, Page, Phase, Step, Sync, missing
from netcore.runtime.alarm import Alarm
from netcore.runtime.clock import NEVER
from netcore.runtime.task_holder import TaskHolder
from netcore.task import Channel

_log = logging.getLogger("app.chat.receiver")
ACK_WAIT = 0.05  # seconds, in which several are acknowledged together
MAX_EPOCH = 64  # bytes of one that are kept
CHUNK = 16  # changes told in one turn of the loop
M = TypeVar("M", pb.MessageInfo, pb.ConversationInfo)


class Receiver:
    """Keeps the store in step with the server.

    ``on_state`` is called when :attr:`up_to_date` changes; ``on_own`` with the client id of a
    message of ours that the server has; ``on_doubts`` when the server's store turned out to have
    lost messages, and when it is settled which.
    """

    def __init__(
        self,
        remote: ServerClient,
        store: Store,
        notifier: Notifier,
        holder: TaskHolder,
        *,
        now: Callable[[], float],
        on_state: Callable[[], None],
        on_own: Callable[[str], None],
        on_doubts: Callable[[], None],
    ) -> None:
        self.up_to_date = False  # everything missed since the latest ``begin`` is here
        self._remote = remote
        self._store = store
        self._notifier = notifier
        self._holder = holder
        self._now = now
        self._on_state = on_state
        self._on_own = on_own
        self._lost = LostHistory(remote, store, notifier)
        self._on_doubts = on_doubts
        self._sync = Sync()
        self._alarm = Alarm(now, self.pump)
        self._polling = Polling()
        self._poll_alarm = Alarm(now, self._pump_poll)
        self._received: list[int] = []  # revisions of pushes that are to be acknowledged
        self._ack_alarm = Alarm(now, self._acknowledge)
        self._marking: set[str] = set()
        self._tops: dict[str, int] = {}  # how far each conversation was here at the latest request
        self._ahead: dict[str, int] = {}  # conversation -> a number of ours kept by the outbox

    @property
    def listing(self) -> bool:
        """Whether what changed is being asked for, or will be after a wait."""
        return self._sync.phase is Phase.LISTING

    # -- life -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """A connection is there, or something may have been missed: ask for all that changed."""
        self.up_to_date = False
        self._sync.begin(self._now())
        self.pump()

    def rest(self) -> None:
        """Ask for nothing: the connection is gone, or nobody is logged in."""
        self.up_to_date = False
        self._sync.rest()
        self._alarm.cancel()
        self._received.clear()
        self._ack_alarm.cancel()
        self.poll(False)

    def poll(self, wanted: bool) -> None:
        """Whether to wait for news over the short link: there is no other way, or a weak one."""
        self._polling.want(wanted)
        self._pump_poll()

    def _pump_poll(self) -> None:
        # While the list is being fetched, an answer would take its place in it away.
        if (
            self._remote.token
            and self._sync.phase is Phase.LIVE
            and self._polling.take(self._now())
        ):
            self._holder.start(self._poll(), "poll")
        live = self._sync.phase is Phase.LIVE
        self._poll_alarm.set(self._polling.deadline() if live else NEVER)

    async def _poll(self) -> None:
        generation, news = self._sync.generation, True
        try:
            synced = await self._ask(wait=WAIT)
            if generation == self._sync.generation:
                news = bool(synced.conversations)
                if synced.more or synced.diverged:
                    self.begin()
                else:
                    await self._take_in(synced)
                    self._want_missing()
        except ChatError as error:
            self._polling.failed(self._now(), retry_after=error.retry_after)
            self._notifier.failed("waiting for news", error)
        else:
            self._polling.answered(self._now(), news=news)
        self.pump()

    def pump(self) -> None:
        """Fetch what is due."""
        if not self._remote.token:
            return
        for step in self._sync.take(self._now()):
            self._holder.start(self._take(step), "sync")
        self._alarm.set(self._sync.deadline())
        self._pump_poll()
        if self._sync.settled and not self.up_to_date:
            self.up_to_date = True
            self._on_state()

    async def _take(self, step: Step) -> None:
        try:
            if step.conversation_id is None:
                await self._list(step)
            else:
                await self._pull(step, step.conversation_id)
        except ChatError as error:
            self._sync.failed(
                step, self._now(), permanent=error.permanent, retry_after=error.retry_after
            )
            self._notifier.failed("synchronizing", error)
        self.pump()

    # -- what was missed ------------------------------------------------------------------------

    async def _list(self, step: Step) -> None:
        since = self._store.revision
        synced = await self._ask()
        if not self._sync.is_current(step):
            return  # a newer list is under way, from a store that may have been emptied
        # A page that leads nowhere is the last.
        more = synced.more and (synced.revision != since or synced.diverged)
        await self._take_in(synced)
        self._sync.listed(step, self._now(), more=more)
        if not more:
            self._want_missing()
            self.tell_read_marks()

    async def _ask(self, *, wait: int = 0) -> pb.Synced:
        """A page of what changed; the server may keep it back for ``wait`` seconds."""
        account = self._store.account
        epoch, seen = self._store.history
        self._tops = self._store.tops()
        request = pb.Sync(since=self._store.revision, epoch=epoch, seen=seen, wait=wait)
        channel = Channel.SHORT if wait else Channel.BOTH
        synced = await self._remote.call(
            Command.SYNC, request, pb.Synced, channel=channel, kept_back=float(wait)
        )
        await self._breathe(account)
        return synced

    async def _take_in(self, synced: pb.Synced) -> None:
        """Put a page of what changed into the store."""
        account, tops = self._store.account, self._tops
        infos = [info for info in synced.conversations if _is_sane(info)]
        doubts = self._store.doubts()
        self._store.put_conversations(
            infos,
            min(synced.revision, MAX_SEQ),
            epoch=synced.epoch[:MAX_EPOCH],
            diverged=synced.diverged,
        )
        for info in infos:
            if info.last_seq < tops.get(info.id, 0):
                self._store.suspect(info.id)
        if synced.diverged:
            _log.warning("the server's store has gone back in time: what it lost is looked for")
        if self._store.doubts() != doubts:
            self._on_doubts()
        for number, info in enumerate(infos, 1):
            self._take_newest(info)
            self._notifier.conversation(info.id)
            if number % CHUNK == 0:
                await self._breathe(account)

    def _take_newest(self, info: pb.ConversationInfo) -> None:
        """Where only the newest message of a conversation is missing, the list has brought it."""
        span = self._store.span(info.id)
        if span is None or not 0 < span.top == info.last.seq - 1 or self._store.doubt(info.id):
            return
        info.last.conversation_id = info.id
        self._notifier.messages(self._store.put_messages(info.id, [info.last]))
        self._own_have_arrived([info.last])

    def _want_missing(self) -> None:
        for conversation_id in (*self._store.doubts(), *self._store.behind()):
            self._sync.want(conversation_id, self._now())

    async def _pull(self, step: Step, conversation_id: str) -> None:
        if self._store.doubt(conversation_id):
            account = self._store.account
            await self._lost.settle(conversation_id)
            await self._breathe(account)
            self._on_doubts()
            for each in self._store.behind():  # one may have taken another's place
                self._sync.want(each, self._now())
        page = self._missing(conversation_id)
        before = self._store.span(conversation_id)
        if page is not None:
            await self._fetch(conversation_id, page, MAX_PAGE)
        after = self._store.span(conversation_id)
        vain = before is not None and after is not None and before.top == after.top
        more = self._missing(conversation_id) is not None
        if vain and more:
            self._store.suspect(conversation_id)  # the server should have it: compare next time
        self._sync.pulled(step, self._now(), more=more, vain=vain)

    def _missing(self, conversation_id: str) -> Page | None:
        """What to ask for next; None where there is nothing missing, or no such conversation."""
        span = self._store.span(conversation_id)
        if span is None:
            return None
        last = max(span.last, self._ahead.get(conversation_id, 0))
        return missing(replace(span, last=last))

    async def _fetch(self, conversation_id: str, page: Page, limit: int) -> None:
        """Get a page of messages into the store; raises ChatError."""
        account = self._store.account
        request = pb.Pull(
            conversation_id=conversation_id,
            after=page.after or 0,
            before=page.before or 0,
            limit=limit,
        )
        pulled = await self._remote.call(Command.PULL, request, pb.Pulled)
        await self._breathe(account)
        infos = list(pulled.messages)
        if not _is_page(infos, page):
            raise ChatError("server_error", "a page of messages is not what was asked for")
        news = self._store.put_messages(
            conversation_id, infos, after=page.after, before=page.before, more=pulled.more
        )
        self._own_have_arrived(infos)
        for at in range(0, len(news), CHUNK):
            self._notifier.messages(news[at : at + CHUNK])
            await self._breathe(account)
        self._notifier.conversation(conversation_id)

    async def _breathe(self, account: Account | None) -> None:
        """Let a window on this loop be painted; raises ChatError when ``account`` has left."""
        await asyncio.sleep(0)
        if account != self._store.account:
            raise ChatError("not_logged_in", "somebody else has logged in meanwhile")

    def _own_have_arrived(self, infos: Sequence[pb.MessageInfo]) -> None:
        for info in infos:
            if info.client_id:
                self._on_own(info.client_id)

    async def load_older(
        self, conversation_id: str, limit: int, before: int | None = None
    ) -> list[Message]:
        """Fetch a page older than what is here; empty at the beginning. Raises ChatError.

        ``before`` is the oldest number in sight: it may lie below what is here without a gap.
        """
        span = self._store.span(conversation_id)
        if span is None:
            raise ChatError("no_such_conversation")
        if before is not None and before < span.floor:
            found, _ = await self.load_between(conversation_id, max(0, before - limit - 1), before)
            return found
        if span.top == 0 or span.floor <= 1:
            return []
        await self._fetch(conversation_id, Page(before=span.floor), limit)
        return self._store.messages(conversation_id, span.floor, limit)

    async def load_between(
        self, conversation_id: str, after: int, before: int
    ) -> tuple[list[Message], bool]:
        """The messages between two numbers, and whether the newest is among them.

        What is not here is fetched, though it may lie far from the rest; raises ChatError.
        """
        span = self._store.span(conversation_id)
        if span is None:
            raise ChatError("no_such_conversation")
        if not (span.floor - 1 <= after and min(before - 1, span.last) <= span.top):
            account = self._store.account
            limit = min(before - after - 1, MAX_PAGE)
            request = pb.Pull(conversation_id=conversation_id, after=after, limit=limit)
            pulled = await self._remote.call(Command.PULL, request, pb.Pulled)
            await self._breathe(account)
            infos = [info for info in pulled.messages if info.seq < before]
            if not _is_page(infos, Page(after=after)):
                raise ChatError("server_error", "a page of messages is not what was asked for")
            self._store.put_messages(conversation_id, infos)
            self._own_have_arrived(infos)
        found = self._store.messages_between(conversation_id, after, before)
        return found, before > max(span.last, span.top)

    # -- what is pushed -------------------------------------------------------------------------

    def on_message(self, body: bytes) -> None:
        """The server pushed a message; raises ChatError for one that is none."""
        info = _parsed(pb.MessageInfo(), body)
        conversation_id = info.conversation_id
        if not conversation_id or not 0 < info.seq < MAX_SEQ:
            raise ChatError("server_error", "a pushed message has no place")
        self._remote.core.push_took(self._now() - info.time_ms / 1000)
        if self._store.span(conversation_id) is None:
            if self._sync.phase is Phase.LIVE:  # of a conversation that we have not heard of
                self.begin()
            return
        if self._store.doubt(conversation_id):
            return  # its numbers may stand for other messages here: it is fetched again anyway
        news = self._store.put_messages(conversation_id, [info])
        self._saw(info.revision)
        if self._polling.asking and info.revision:  # there is another way that it would come by
            self._received.append(info.revision)
            self._ack_alarm.by(self._now() + ACK_WAIT)
        self._own_have_arrived([info])
        self._notifier.messages(news)
        self._notifier.conversation(conversation_id)
        self.on_gap(conversation_id)

    def on_conversation(self, body: bytes) -> None:
        """The server pushed a conversation's state; raises ChatError for one that is none."""
        info = _parsed(pb.ConversationInfo(), body)
        if not _is_sane(info):
            raise ChatError("server_error", "a pushed conversation makes no sense")
        self.put(info)
        self._saw(info.revision)
        self.on_gap(info.id)

    def _saw(self, revision: int) -> None:
        """A push showed a change of the server's store."""
        if 0 < revision < MAX_SEQ and self._remote.epoch:
            self._store.saw(self._remote.epoch, revision)

    def _acknowledge(self) -> None:
        received, self._received = self._received, []
        self._ack_alarm.cancel()
        if received:
            self._remote.acknowledge(received)

    def put(self, info: pb.ConversationInfo) -> None:
        """Take over one conversation as the server has it; raises ChatError."""
        self._store.put_conversations([info])
        self._notifier.conversation(info.id)

    def on_gap(self, conversation_id: str, ahead: int = 0) -> None:
        """Look whether messages are missing, and fetch them unless they come by themselves.

        ``ahead`` is the largest number of ours that the outbox keeps back; 0 where there is none.
        """
        self._ahead.pop(conversation_id, None)
        if ahead:
            self._ahead[conversation_id] = ahead
        if self._missing(conversation_id) is not None or self._store.doubt(conversation_id):
            self._sync.want(conversation_id, self._now(), wait=GAP_WAIT)
            self.pump()

    # -- read marks -----------------------------------------------------------------------------

    def tell_read_marks(self) -> None:
        """Tell the server of every read mark that it does not know; what fails is told later."""
        for conversation_id, seq in self._store.unread_marks():
            if conversation_id not in self._marking:
                self._marking.add(conversation_id)
                self._holder.start(self._tell_read(conversation_id, seq), "mark read")

    async def _tell_read(self, conversation_id: str, seq: int) -> None:
        account = self._store.account
        try:
            request = pb.MarkRead(conversation_id=conversation_id, seq=seq)
            await self._remote.call(Command.MARK_READ, request, pb.ConversationInfo)
        except ChatError as error:
            self._notifier.failed("telling a read mark", error)
            if not error.permanent:
                return
        finally:
            self._marking.discard(conversation_id)
        if account == self._store.account:
            try:
                self._store.told_read(conversation_id, seq)
            except ChatError as error:
                self._notifier.failed("keeping a read mark", error)
            else:
                self.tell_read_marks()  # it may have moved on meanwhile


def _parsed(made: M, body: bytes) -> M:
    try:
        made.ParseFromString(body)
    except DecodeError as error:
        raise ChatError("server_error", "a push cannot be read") from error
    bound(made)
    return made


def _is_sane(info: pb.ConversationInfo) -> bool:
    """Whether the numbers are ones that the store can keep."""
    numbers = (info.last_seq, info.read_seq, info.revision)
    return bool(info.id) and all(number < MAX_SEQ for number in numbers)


def _is_page(infos: Sequence[pb.MessageInfo], page: Page) -> bool:
    """Whether the numbers ascend within what was asked for."""
    at, end = page.after or 0, page.before or MAX_SEQ
    for info in infos:
        if not at < info.seq < end:
            return False
        at = info.seq
    return True
