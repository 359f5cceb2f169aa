"""What a person does with files: send, fetch, pause, cancel, save."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.chat.errors import ChatError
from app.chat.files import (
    BodyFolder,
    FileInfo,
    content_of,
    fallback_text,
    file_of,
    safe_name,
    save_copy,
)
from app.chat.model import MAX_TEXT, Message, MessageState
from app.chat.notifier import Notifier
from app.chat.pictures import describe
from app.chat.store import Store
from app.chat.transfers import Progress, Transfers


class FileDesk:
    """The files of one session. ``enter`` puts a message into the outbox."""

    def __init__(
        self,
        transfers: Transfers,
        store: Store,
        notifier: Notifier,
        enter: Callable[[Message], None],
    ) -> None:
        self.transfers = transfers
        self._store = store
        self._notifier = notifier
        self._enter = enter

    @property
    def _folder(self) -> BodyFolder:
        return self.transfers.folder

    async def send(
        self, conversation_id: str, path: Path, caption: str = "", *, keep_places: bool = False
    ) -> Message:
        """Send a file as it is now, under its own name: on disk, and in the outbox, at the end.

        Of a photo, where it was taken is left out unless ``keep_places``. Raises ChatError:
        "not_logged_in", "too_long", "no_such_conversation", "storage" and those of
        :meth:`~app.chat.files.BodyFolder.copy_in`.
        """
        account = self._store.account
        if account is None:
            raise ChatError("not_logged_in")
        if self._store.span(conversation_id) is None:
            raise ChatError("no_such_conversation", conversation_id)
        if len(caption) > MAX_TEXT // 2:
            raise ChatError("too_long")
        client_id = secrets.token_urlsafe(12)
        try:
            info = await asyncio.to_thread(self._prepare, client_id, path, keep_places)
        except OSError as error:
            raise ChatError("storage", str(error)) from error
        if self._store.account != account:
            raise ChatError("not_logged_in", "somebody else has logged in meanwhile")
        info = replace(info, caption=caption.strip())
        message = Message(
            client_id, conversation_id, None, account.name, fallback_text(info), time.time(),
            MessageState.WAITING, content=content_of(info),
        )  # fmt: skip
        self._enter(message)
        return message

    def _prepare(self, client_id: str, path: Path, keep_places: bool) -> FileInfo:
        """Take a copy, look at it if it is a picture, and give it its hash."""
        aside = self._folder.copy_in(path, client_id)
        try:
            picture = describe(aside, keep_places=keep_places)
            body_hash, size = self._folder.keep(aside)
        finally:
            aside.unlink(missing_ok=True)
        name = safe_name(path.name)
        info = FileInfo(name, mimetypes.guess_type(name)[0] or "", size, body_hash)
        if picture is None:
            return info
        return replace(
            info,
            width=picture.width,
            height=picture.height,
            thumbnail=picture.thumbnail,
            blur=picture.blur,
        )

    def fetch(self, message: Message) -> None:
        """Fetch the file that a message brings, or go on with it; nothing where it is here."""
        info = file_of(message)
        if info is not None and not self._folder.has(info):
            self.transfers.start(message.client_id, info, up=False)

    def go_on(self, message: Message) -> None:
        """Go on with what was paused."""
        info = file_of(message)
        if info is not None:
            up = message.state is MessageState.WAITING
            self.transfers.start(message.client_id, info, up=up)

    def pause(self, client_id: str) -> None:
        """Stop for now."""
        self.transfers.pause(client_id)

    def cancel(self, message: Message) -> None:
        """Forget a transfer; a message of ours whose file the server has not got goes, too."""
        progress = self.transfers.progress(message.client_id)
        self.transfers.cancel(message.client_id)
        unsent = message.state is MessageState.FAILED or (progress is not None and progress.up)
        if not unsent or message.seq is not None:
            return
        try:
            self._store.drop_unsent(message.client_id)
            self._notifier.history(message.conversation_id)
        except ChatError as error:
            self._notifier.failed("cancelling a file", error)

    def progress(self, client_id: str) -> Progress | None:
        """How the transfer of a message's file does; None where there is none."""
        return self.transfers.progress(client_id)

    def path(self, message: Message) -> Path | None:
        """Where the file is, under its hash; None while it is not whole."""
        info = file_of(message)
        return self._folder.path(info.hash) if info and self._folder.has(info) else None

    async def save(self, message: Message, target: Path) -> None:
        """Copy the file somewhere; raises ChatError "storage" or "no_such_file"."""
        source = self.path(message)
        if source is None:
            raise ChatError("no_such_file")
        try:
            await asyncio.to_thread(save_copy, source, target)
        except OSError as error:
            raise ChatError("storage", str(error)) from error

    async def named(self, message: Message) -> Path:
        """The file under its own name; raises ChatError as :meth:`save` does."""
        info = file_of(message)
        if info is None or self.path(message) is None:
            raise ChatError("no_such_file")
        try:
            return await asyncio.to_thread(self._folder.named, info)
        except OSError as error:
            raise ChatError("storage", str(error)) from error

    def hurry(self) -> None:
        """A connection is there."""
        self.transfers.hurry()

    def clear(self) -> None:
        """Nobody is logged in any more."""
        self.transfers.clear()
