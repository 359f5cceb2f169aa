"""What the server's store has lost: found by comparing, undone here, sent again by its senders.

A store goes back in time when a backup or a snapshot is put back, or a power cut takes its last
moments. Messages that were acknowledged are not there any more, and their numbers may stand for
others by now. SYNC tells that it happened (:mod:`app.server.database`); which messages it took is
found here, a conversation at a time:

==========================================  ====================================================
the server has the conversation             pages of it are compared with what is here, the newest
                                            first, until the same message has the same number in
                                            both: history parted after that one
it does not                                 it is made again under its old id, or is another one
                                            by now (two people have one); nothing is in common
==========================================  ====================================================

What comes after the last common message is undone (:func:`app.chat.schema.go_back`): messages of
ours wait in the outbox again, in their order and with their ids, so that two devices of one sender
make one message of it; those of others leave, for their senders do the same.
"""

from __future__ import annotations

import logging

from app.chat import schema
from app.chat.errors import ChatError
from app.chat.notifier import Notifier
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import MAX_PAGE, Command
from app.chat.server_client import ServerClient
from app.chat.store import Store

_log = logging.getLogger("app.chat.lost")
_REFUSED = frozenset(
    {"no_such_person", "bad_members", "bad_title", "bad_request", "not_a_member", "not_supported"}
)
"""Codes with which a conversation cannot be made again: what is sent to it fails, and says so."""


class LostHistory:
    """Settles what a conversation has lost."""

    def __init__(self, remote: ServerClient, store: Store, notifier: Notifier) -> None:
        self._remote = remote
        self._store = store
        self._notifier = notifier

    async def settle(self, conversation_id: str) -> None:
        """Undo what the server does not have; raises ChatError, and may be called again then."""
        account = self._store.account
        common, newest = 0, self._store.newest(conversation_id)
        if self._store.doubt(conversation_id) == schema.LISTED:
            common = await self._common(conversation_id, newest)
        else:
            made = await self._make_again(conversation_id)
            if made is not None:
                if account != self._store.account:
                    return
                self._store.put_conversations([made])
                if made.id != conversation_id:
                    _log.warning("conversation %s is %s now", conversation_id, made.id)
                    self._store.move(conversation_id, made.id)
                    self._notifier.history(conversation_id)
                    self._notifier.history(made.id)
                    return
        if account != self._store.account:
            return
        self._store.go_back(conversation_id, common, newest)
        if common < newest:
            _log.warning(
                "conversation %s: the server has lost what came after %d of %d",
                conversation_id, common, newest,
            )  # fmt: skip
            self._notifier.history(conversation_id)

    async def _common(self, conversation_id: str, newest: int) -> int:
        """The last number that stands for the same message here and there; 0 where none does."""
        account = self._store.account
        before = newest + 1
        while before > 1:
            request = pb.Pull(conversation_id=conversation_id, before=before, limit=MAX_PAGE)
            pulled = await self._remote.call(Command.PULL, request, pb.Pulled)
            if account != self._store.account:
                raise ChatError("not_logged_in", "somebody else has logged in meanwhile")
            infos = [info for info in pulled.messages if 0 < info.seq < before]
            for info in infos:
                info.conversation_id = conversation_id
            found = self._store.common(infos)
            if found is not None:
                return found
            if not infos or not pulled.more:
                return 0
            before = min(info.seq for info in infos)
        return 0

    async def _make_again(self, conversation_id: str) -> pb.ConversationInfo | None:
        """The conversation as the server has it now; None where it cannot have it."""
        info = self._store.conversation_info(conversation_id)
        if info is None or info.kind == pb.PUBLIC:
            return None
        request = pb.Create(members=info.members, title=info.title, id=conversation_id)
        try:
            return await self._remote.call(Command.CREATE, request, pb.ConversationInfo)
        except ChatError as error:
            if error.code not in _REFUSED:
                raise
            _log.warning("conversation %s cannot be made again: %s", conversation_id, error)
            return None
