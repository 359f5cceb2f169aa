"""What a SEND does: a message gets its number, once, in the order in which its sender wrote it.

Sans-I/O. Whatever link each message took and in whatever order they came, one that names its
predecessor (``Send.after``) is numbered after it; see :mod:`app.server.early` for what waits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

from app.chat import protocol
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import PushCommand
from app.chat.visible import is_blank
from app.server.accounts import LogIn
from app.server.bodies import Bodies
from app.server.conversations import Conversations
from app.server.deliveries import Deliveries
from app.server.early import Draft, EarlyMessages, Key
from app.server.errors import RefusedError
from app.server.mars_sample import MarsSample, is_topic
from app.server.messages import Messages
from app.server.polls import Polls
from app.server.presence import Presence
from app.server.response import Push, push_frame
from app.server.settings import WRITES_WINDOW, Limits
from app.server.throttle import Throttle


class StoreHistory(Protocol):
    """What the store says of its own past: :class:`app.server.database.Database` is one."""

    epoch: bytes

    def revision(self) -> int:
        """The revision of the latest change."""

    def shares(self, epoch: bytes, seen: int) -> bool:
        """Whether revision ``seen`` of ``epoch`` is part of the store's history."""


class Sending:
    """Numbers messages and announces them. ``clock`` is any clock in seconds.

    :attr:`on_deadline` is given the moment at which :meth:`repeat` is to be called.
    """

    def __init__(
        self,
        conversations: Conversations,
        messages: Messages,
        presence: Presence,
        sample: MarsSample,
        history: StoreHistory,
        bodies: Bodies,
        limits: Limits,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._conversations = conversations
        self._messages = messages
        self._presence = presence
        self._sample = sample
        self._history = history
        self._bodies = bodies
        self._clock = clock
        self._early = EarlyMessages()
        self._deliveries = Deliveries()
        self.polls = Polls(presence)
        self.on_deadline: Callable[[float], None] = lambda _at: None
        self._writes = Throttle(limits.writes, WRITES_WINDOW)

    def count(self, who: LogIn) -> None:
        """Count something that an account writes, on whichever of its devices; refuse too many."""
        refuse_too_many(
            self._writes, who.account_id, self._clock(), pb.TOO_MANY_MESSAGES, "wait {:.1f} s"
        )

    def acknowledge(self, log_in: LogIn, revisions: Sequence[int]) -> None:
        """A device has what it was pushed."""
        self._deliveries.acknowledged(log_in, revisions, self._clock())

    def repeat(self) -> None:
        """Tell devices over their other way what they have not acknowledged in the usual time."""
        for log_in in self._deliveries.late(self._clock()):
            self.polls.wake(log_in)
        self.on_deadline(self._deliveries.deadline())

    def send(self, sender: LogIn, request: pb.Send) -> tuple[pb.Sent | RefusedError, list[Push]]:
        """(the result or the refusal, what others are to hear); raises :class:`RefusedError`."""
        draft = Draft(
            request.conversation_id, request.client_id, request.text, request.content, sender,
            tuple(request.bodies),
        )  # fmt: skip
        if (
            not 0 < len(draft.client_id) <= protocol.MAX_CLIENT_ID
            or request.after == draft.client_id
        ):
            raise RefusedError(
                pb.BAD_REQUEST, f"a client_id has 1 to {protocol.MAX_CLIENT_ID} characters"
            )
        if request.epoch and not self._history.shares(request.epoch, request.seen):
            raise RefusedError(pb.STORE_CHANGED, "this store has lost what the client has seen")
        known = self._messages.find(sender.account_id, draft.client_id)
        if known is not None:
            if known.conversation_id != draft.conversation_id:
                raise RefusedError(pb.BAD_REQUEST, "the client_id was used in another conversation")
            return self._sent(request, known, duplicate=True), []
        try:
            self._check(draft)
        except RefusedError as refusal:
            return self._pass_on(draft, request.after, refusal)
        if draft.key not in self._early:
            self.count(sender)
        if not self._is_settled(sender.account_id, request.after):
            kept = self._early.hold(draft, request.after, self._clock())
            raise RefusedError(pb.TOO_EARLY, "kept for a while" if kept else "no room to keep it")
        self._early.drop(draft.key)
        (own, *released), pushes = self._number([draft, *self._released(draft.key)])
        return self._sent(request, own, released), pushes

    def _check(self, draft: Draft) -> None:
        """Refuse for good what no conversation takes, or not this one."""
        if len(draft.text) > protocol.MAX_TEXT:
            raise RefusedError(pb.TOO_LONG, f"a message has at most {protocol.MAX_TEXT} characters")
        if not draft.content and is_blank(draft.text):
            raise RefusedError(pb.EMPTY)
        if len(draft.content) > protocol.MAX_CONTENT:
            raise RefusedError(
                pb.TOO_LONG, f"a message's content has at most {protocol.MAX_CONTENT} bytes"
            )
        self._conversations.kind_for(draft.conversation_id, draft.sender.account_id)
        self._bodies.check_uses(draft.sender, draft.bodies)

    def _is_settled(self, account_id: int, after: str) -> bool:
        """Whether what a message follows is numbered, or will never be."""
        after = self._early.predecessor(account_id, after)
        return not after or self._messages.has(account_id, after)

    def _pass_on(
        self, draft: Draft, after: str, refusal: RefusedError
    ) -> tuple[RefusedError, list[Push]]:
        """Refuse a message for good; what waited for it waits for its predecessor, or no longer."""
        account_id = draft.sender.account_id
        self._early.refused(draft.key, after, self._clock())
        pushes: list[Push] = []
        if self._is_settled(account_id, after):
            before = self._early.predecessor(account_id, after)
            _, pushes = self._number(self._released((account_id, before)))
        return refusal, pushes

    def _released(self, key: Key) -> list[Draft]:
        """What waited for a message, but for what is to be refused by now."""
        drafts = []
        for each in self._early.release(key):
            try:
                self._check(each)  # its sender may have left the conversation since it came
            except RefusedError:
                self._early.refused(each.key, "", self._clock())
            else:
                drafts.append(each)
        return drafts

    def _number(self, drafts: list[Draft]) -> tuple[list[pb.MessageInfo], list[Push]]:
        """Give messages their numbers, in this order, and announce them."""
        infos = self._messages.add(drafts) if drafts else []
        pushes: list[Push] = []
        for each, info in zip(drafts, infos, strict=True):
            self._early.allowed(each.key)
            pushes += self._announce(info, each.sender)
        return infos, pushes

    def _sent(
        self,
        request: pb.Send,
        message: pb.MessageInfo,
        released: Sequence[pb.MessageInfo] = (),
        *,
        duplicate: bool = False,
    ) -> pb.Sent:
        epoch = self._history.epoch
        return pb.Sent(
            seq=message.seq,
            time_ms=message.time_ms,
            duplicate=duplicate,
            released=[
                pb.Numbered(
                    client_id=each.client_id,
                    seq=each.seq,
                    time_ms=each.time_ms,
                    revision=each.revision,
                )
                for each in released
            ],
            revision=message.revision,
            epoch=epoch if request.epoch != epoch else b"",
        )

    def _announce(self, message: pb.MessageInfo, sender: LogIn) -> list[Push]:
        """A new message for every device of every member but the one that sent it."""
        kind = self._conversations.kind_for(message.conversation_id, sender.account_id)
        if kind == pb.PUBLIC:
            peers = self._presence.known(but=sender)
        else:
            members = self._conversations.member_ids(message.conversation_id)
            peers = self._presence.of_accounts(members, but=sender)
        for_sender = push_frame(PushCommand.MESSAGE, message)
        for_others = for_sender
        if peers:
            client_id = message.client_id
            message.ClearField("client_id")  # the sender's business alone
            for_others = push_frame(PushCommand.MESSAGE, message)
            message.client_id = client_id
        pushes = []
        for peer in peers:
            if peer.log_in is not None and self.polls.is_beside(peer):
                if peer.waits:  # the long link is first
                    continue
                now = self._clock()
                self.on_deadline(self._deliveries.pushed(peer.log_in, message.revision, now))
            own = peer.log_in is not None and peer.log_in.account_id == sender.account_id
            pushes.append(Push(peer, for_sender if own else for_others))
        if is_topic(message.conversation_id):
            pushes += self._sample.pushes(message.conversation_id, message.text, sender.name)
        return pushes


def refuse_too_many(
    throttle: Throttle, key: Hashable, now: float, code: pb.Code, detail: str = ""
) -> None:
    """Count an attempt; refuse it when there were too many, with the seconds in ``detail``."""
    wait = throttle.attempt(key, now)
    if wait > 0:
        raise RefusedError(code, detail.format(wait), retry_after=math.ceil(wait))
