"""The chat: the side bar and the open conversation, and what binds them to the client."""

from __future__ import annotations

import time

from PySide6.QtCore import QByteArray, QMimeData, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QWidget

from app.chat.model import Account, Conversation, ConversationKind, Message
from app.desktop.client import Client
from app.desktop.conversation_pane import ConversationPane
from app.desktop.conversations_model import ConversationsModel
from app.desktop.file_actions import FileActions
from app.desktop.link_state import is_quiet
from app.desktop.new_conversation import NewConversationDialog
from app.desktop.side_bar import SideBar
from app.desktop.transcript_model import TranscriptModel
from app.desktop.whole_text import WholeTextDialog
from app.desktop.wording import failure_text

HEALTH_MS = 1000  # between two looks at a connection that is not well


class ChatPage(QWidget):
    """Everything a logged-in person sees."""

    connection_wanted = Signal()
    unread_changed = Signal(int)
    was_read = Signal(str)  # a conversation's id: nothing in it is unread any more
    arrived = Signal(object, object)  # Conversation, Message: came in while not looked at

    def __init__(self, client: Client, menu: QMenu) -> None:
        super().__init__()
        self._client = client
        self._account: Account | None = None
        self._drafts: dict[str, str] = {}  # of this account: the disk may be full
        self._no_more: set[str] = set()
        self._dialog: NewConversationDialog | None = None
        self.conversations = ConversationsModel(self)
        self.messages = TranscriptModel(self)
        self.side = SideBar(self.conversations, menu)
        self.pane = ConversationPane(self.messages, self._draft_of)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.side)
        self.splitter.addWidget(self.pane)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([320, 680])
        self.splitter.setHandleWidth(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.splitter)

        self.side.chosen.connect(self.open)
        self.side.new_wanted.connect(self.start_conversation)
        self.side.search_wanted.connect(self._search)
        self.side.hit_chosen.connect(self.open_at)
        self.side.person_chosen.connect(lambda name: client.create_conversation([name], ""))
        self.side.state_line.opened.connect(self.connection_wanted)
        self.pane.draft_changed.connect(self._keep_draft)
        self.pane.sent.connect(client.send)
        self.pane.transcript.retry_wanted.connect(client.retry)
        self.pane.transcript.older_wanted.connect(self._older)
        self.pane.transcript.place_wanted.connect(self._open_place)
        self.pane.transcript.newer_wanted.connect(self._newer)
        self.pane.transcript.end_wanted.connect(self._show_newest)
        self.pane.transcript.end_reached.connect(self.mark_read)
        self.pane.transcript.link_opened.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        self.pane.transcript.whole_wanted.connect(lambda text: WholeTextDialog(text, self).open())
        self.files = FileActions(client, self)
        self.files.changed.connect(self.messages.file_changed)
        self.messages.file_label = self.files.label
        self.pane.composer.attach_wanted.connect(self._attach)
        self.pane.composer.field.files_given.connect(self._take_files)
        self.pane.transcript.file_clicked.connect(self.files.click)
        self.pane.transcript.menu_opened.connect(self.files.fill)
        self._health_timer = QTimer(self, singleShot=True)
        self._health_timer.timeout.connect(self._show_health)
        client.link_state_changed.connect(self._show_health)
        client.waiting_changed.connect(self._show_health)
        client.health_changed.connect(self._show_health)
        client.conversation_changed.connect(self._conversation)
        client.message_changed.connect(self._message)
        client.history_changed.connect(self._history)
        client.refused.connect(self.pane.give_back)
        client.older_loaded.connect(self._older_loaded)
        client.newer_loaded.connect(self._newer_loaded)
        client.around_loaded.connect(self._around_loaded)
        client.messages_found.connect(self.side.show_messages)
        client.people_found.connect(self.side.show_people)
        client.created.connect(self._created)

    def enter(self, account: Account) -> None:
        """Show the conversations of whoever logged in."""
        self._account = account
        self._no_more.clear()
        found = self._client.conversations()
        self.conversations.show(found, account.name)
        for each in found:
            self.conversations.set_draft(each.id, self._draft_of(each.id))
        self._show_health()
        self.unread_changed.emit(self.conversations.unread)
        self.side.search.setFocus()

    def leave(self) -> None:
        """Show nothing of whoever was logged in."""
        self.pane.forget()
        self._account = None
        self._drafts.clear()
        self._health_timer.stop()
        self.side.select("")
        self.side.leave_search()
        self.messages.show([], me="", group=False)
        self.conversations.show([], "")
        self.unread_changed.emit(0)
        if self._dialog is not None:
            self._dialog.close()

    def _draft_of(self, conversation_id: str) -> str:
        kept = self._drafts.get(conversation_id)
        if kept is None and self._account is not None:
            kept = self._client.draft(self._account, conversation_id)
        return kept or ""

    def _keep_draft(self, conversation_id: str, text: str) -> None:
        if self._account is not None:
            self._drafts[conversation_id] = text
            self.conversations.set_draft(conversation_id, text)
            self._client.keep_draft(self._account, conversation_id, text)

    def _show_health(self, *_news: object) -> None:
        health = self._client.health()
        self.side.state_line.show_health(health, time.time())
        if self._account is not None and not is_quiet(health):
            self._health_timer.start(HEALTH_MS)  # a count of seconds and a time-out go on
        else:
            self._health_timer.stop()

    @property
    def opened(self) -> Conversation | None:
        """The open conversation."""
        return self.pane.conversation

    def open(self, conversation_id: str) -> None:
        """Open a conversation, from the local store, at its end."""
        found = self.conversations.find(conversation_id)
        if found is None or (self.opened is not None and self.opened.id == conversation_id):
            return
        self.pane.open(found)
        self.conversations.set_open(conversation_id)
        self._show(found)
        self.side.select(conversation_id)
        self.pane.composer.setFocus()
        self.mark_read()

    def open_at(self, conversation_id: str, seq: int) -> None:
        """Open a conversation at a message, which may be long ago."""
        found = self.conversations.find(conversation_id)
        if found is None:
            return
        if self.opened is None or self.opened.id != conversation_id:
            self.open(conversation_id)
        row = self.messages.row_of_seq(seq)
        if row >= 0:
            self.pane.transcript.show_row(row)
        else:
            self._client.load_around(conversation_id, seq)

    def _open_place(self, seq: int) -> None:
        if self.opened is not None:
            self.open_at(self.opened.id, seq)

    def _around_loaded(
        self, conversation_id: str, seq: int, messages: list[Message], newest: bool
    ) -> None:
        if self.opened is None or self.opened.id != conversation_id:
            return
        if newest:  # with what is not sent yet
            first = messages[0].seq or 0 if messages else 0
            messages = messages + [
                m for m in self._client.messages(conversation_id) if m.seq is None or m.seq < first
            ]
        self._no_more.discard(conversation_id)
        self._show(self.opened, messages, at_newest=newest)
        row = self.messages.row_of_seq(seq)
        if row >= 0:
            self.pane.transcript.show_row(row)

    def _newer(self) -> None:
        newest = self.messages.newest_seq()
        if self.opened is not None and newest is not None:
            self._client.load_newer(self.opened.id, newest)

    def _newer_loaded(self, conversation_id: str, messages: list[Message], newest: bool) -> None:
        if self.opened is None or self.opened.id != conversation_id or self.messages.at_newest:
            return
        self.messages.append(messages, at_newest=newest or not messages)
        if self.messages.at_newest:
            for message in self._client.messages(conversation_id):
                self.messages.put(message)

    def _show_newest(self) -> None:
        if self.opened is not None:
            self._show(self.opened)

    def _search(self, typed: str, conversation_id: str) -> None:
        self._client.search(typed, conversation_id)
        if not conversation_id and ":" not in typed:
            self._client.find_people(typed)

    def _show(
        self,
        conversation: Conversation,
        messages: list[Message] | None = None,
        *,
        at_newest: bool = True,
    ) -> None:
        """Messages of the open conversation; without any, the newest of the local store."""
        group = conversation.kind is not ConversationKind.DIRECT
        me = self._client.account.name if self._client.account else ""
        if messages is None:
            messages = self._client.messages(conversation.id)
        self.messages.show(messages, me=me, group=group, at_newest=at_newest)

    def mark_read(self) -> None:
        """What stands in sight of the person has been read."""
        found = self.opened
        if found is None or not self.window().isActiveWindow():
            return
        known = self.conversations.find(found.id)
        if known is not None and known.unread and self.pane.transcript.at_end:
            self._client.mark_read(found.id)

    def _conversation(self, conversation: Conversation) -> None:
        self.conversations.put(conversation)
        self.pane.update_conversation(conversation)
        self.unread_changed.emit(self.conversations.unread)
        if not conversation.unread:
            self.was_read.emit(conversation.id)
        self.mark_read()

    def _history(self, conversation_id: str) -> None:
        """The server has lost messages: show the conversation as it is now, or not at all."""
        self._no_more.discard(conversation_id)
        opened = self.opened is not None and self.opened.id == conversation_id
        found = {each.id: each for each in self._client.conversations()}.get(conversation_id)
        if found is None:
            self.conversations.remove(conversation_id)
            if opened:
                self.pane.forget()
                self.messages.show([], me="", group=False)
        elif opened:
            self._show(found)

    def _message(self, message: Message) -> None:
        opened = self.opened
        mine = self.messages.is_mine(message)
        if opened is not None and opened.id == message.conversation_id:
            new = self.messages.put(message)
            if new and not mine:
                self.pane.count_missed()
            if self.window().isActiveWindow():
                return
        found = self.conversations.find(message.conversation_id)
        # History that is being fetched, and what another device has read, is no news.
        if found is not None and not mine and (message.seq or 0) > found.read_seq:
            self.arrived.emit(found, message)

    def _attach(self) -> None:
        if self.opened is not None:
            self.files.choose(self.opened.id)

    def _take_files(self, source: QMimeData) -> None:
        """Files were pasted or dropped."""
        if self.opened is not None:
            self.files.offer(self.opened.id, self.files.paths_of(source))

    def _older(self) -> None:
        found = self.opened
        if found is not None and found.id not in self._no_more:
            self._client.load_older(found.id, self.messages.oldest_seq())

    def _older_loaded(self, conversation_id: str, messages: list[Message], more: bool) -> None:
        if not more:
            self._no_more.add(conversation_id)
        if self.opened is not None and self.opened.id == conversation_id:
            fresh = self.messages.prepend(messages)
            if messages and not fresh:
                self._no_more.add(conversation_id)

    def start_conversation(self) -> None:
        """Show the dialog that finds people."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        dialog = NewConversationDialog(self)
        self._dialog = dialog
        dialog.search_wanted.connect(self._client.find_people)
        dialog.create_wanted.connect(self._client.create_conversation)
        self._client.people_found.connect(dialog.show_people)
        self._client.create_failed.connect(self._create_failed)
        dialog.finished.connect(self._dialog_done)
        dialog.open()

    def _create_failed(self, code: str, detail: str) -> None:
        if self._dialog is not None:
            self._dialog.show_error(failure_text(code, detail))

    def _dialog_done(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            self._client.people_found.disconnect(dialog.show_people)
            self._client.create_failed.disconnect(self._create_failed)

    def _created(self, conversation: Conversation) -> None:
        if self._dialog is not None:
            self._dialog.accept()
        self.conversations.put(conversation)
        self.side.leave_search()
        self.open(conversation.id)

    def save_state(self) -> QByteArray:
        """The splitter's state."""
        return self.splitter.saveState()
