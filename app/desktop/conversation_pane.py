"""The right side: the open conversation's header, transcript and composer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.chat.model import Conversation, ConversationKind, Message
from app.chat.replies import quote_of
from app.desktop import icons
from app.desktop.avatar import avatar_pixmap
from app.desktop.composer import Composer
from app.desktop.conversation_delegate import SIGNS, badge_text
from app.desktop.conversations_model import shown_title
from app.desktop.elided_label import ElidedLabel
from app.desktop.empty_state import EmptyState
from app.desktop.i18n import listed, tr
from app.desktop.plain_text import Label
from app.desktop.theme import theme
from app.desktop.transcript_model import TranscriptModel
from app.desktop.transcript_view import TranscriptView

HEADER = 60
AVATAR = 38


DRAFT_MS = 500  # of rest after a key, before a draft is kept


class ConversationPane(QStackedWidget):
    """Shows one conversation, or an invitation to open one.

    ``draft_of`` gives a conversation's draft; :attr:`draft_changed` says what it is now.
    """

    sent = Signal(str, str, object)  # conversation id, text, the Quote of what it answers or None
    draft_changed = Signal(str, str)  # conversation id, text

    def __init__(self, model: TranscriptModel, draft_of: Callable[[str], str]) -> None:
        super().__init__()
        self.conversation: Conversation | None = None
        self._draft_of = draft_of
        self._draft_timer = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._draft_timer.timeout.connect(self._note_draft)
        self._missed = 0
        self.transcript = TranscriptView(model)
        self.composer = Composer()
        self.empty = EmptyState("chat")
        self.addWidget(self.empty)
        self._page = self._build()
        self.addWidget(self._page)
        self.down = QToolButton(self.transcript)
        self.down.setProperty("role", "floating")
        self.down.setIconSize(QSize(20, 20))
        self.down.setFixedSize(40, 40)
        self.down.hide()
        self.missed = Label(parent=self.transcript, alignment=Qt.AlignmentFlag.AlignCenter)
        self.missed.setObjectName("missed")
        self.missed.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.missed.hide()
        self.down.clicked.connect(self.transcript.scroll_to_end)
        self.transcript.away_from_end.connect(self._away)
        self.transcript.installEventFilter(self)
        self.composer.sent.connect(self._send)
        self.transcript.reply_wanted.connect(self.reply_to)
        self.composer.field.textChanged.connect(self._draft_timer.start)
        theme().changed.connect(self._paint)
        self._paint()
        self.retranslate()

    def _build(self) -> QWidget:
        self._avatar = Label()
        self._title, self._subtitle = ElidedLabel(), ElidedLabel()
        self._title.setProperty("role", "section")
        self._subtitle.setProperty("role", "muted")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch()
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        words.addStretch()
        header = QFrame()
        header.setObjectName("conversationHeader")
        header.setFixedHeight(HEADER)
        row = QHBoxLayout(header)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(12)
        row.addWidget(self._avatar)
        row.addLayout(words, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(self.transcript, 1)
        column.addWidget(self.composer)
        return page

    def open(self, conversation: Conversation) -> None:
        """Show a conversation; its draft comes back."""
        self.keep_draft()
        changed = self.conversation is None or self.conversation.id != conversation.id
        self.conversation = conversation
        self.setCurrentWidget(self._page)
        if changed:
            self.composer.answer(None)
            self.composer.draft = self._draft_of(conversation.id)
            self._set_missed(0)
        self._describe()

    def update_conversation(self, conversation: Conversation) -> None:
        """Take the open conversation's new title or members."""
        if self.conversation and self.conversation.id == conversation.id:
            self.conversation = conversation
            self._describe()

    def close_conversation(self) -> None:
        """Show the invitation again."""
        self.keep_draft()
        self.conversation = None
        self.composer.answer(None)
        self.setCurrentWidget(self.empty)

    def forget(self) -> None:
        """Show nothing of somebody who has left; their drafts are kept."""
        self.close_conversation()
        self.composer.draft = ""

    def keep_draft(self) -> None:
        """Say what is written now, the word in the input method included."""
        if self.conversation:
            self._draft_timer.stop()
            self.draft_changed.emit(self.conversation.id, self.composer.draft)

    def _note_draft(self) -> None:
        """The same while somebody may be typing: their input method is left alone."""
        if self.conversation:
            self.draft_changed.emit(self.conversation.id, self.composer.field.toPlainText())

    def _send(self, text: str) -> None:
        if self.conversation:
            self._note_draft()  # the field is empty by now
            self.transcript.scroll_to_end()
            quote = self.composer.quote
            self.composer.answer(None)
            self.sent.emit(self.conversation.id, text, quote)

    def reply_to(self, message: Message) -> None:
        """The next message answers this one."""
        self.composer.answer(quote_of(message))
        self.composer.setFocus()

    def give_back(self, conversation_id: str, text: str) -> None:
        """A text could not be kept: it stands in the field again, before what is there by now."""
        opened = self.conversation is not None and self.conversation.id == conversation_id
        draft = self.composer.draft if opened else self._draft_of(conversation_id)
        text = f"{text}\n{draft}" if draft else text
        if opened:
            self.composer.draft = text
        else:
            self.draft_changed.emit(conversation_id, text)

    def count_missed(self) -> None:
        """A message came in below what is in sight."""
        if not self.transcript.at_end:
            self._set_missed(self._missed + 1)

    def _set_missed(self, number: int) -> None:
        self._missed = number
        self.missed.setText(badge_text(number))
        self.missed.adjustSize()
        self.missed.setVisible(number > 0)
        self._place_down()

    def _away(self, away: bool) -> None:
        self.down.setVisible(away)
        if not away:
            self._set_missed(0)
        self._place_down()

    def _place_down(self) -> None:
        box = self.transcript.rect()
        self.down.move(box.right() - 40 - 18, box.bottom() - 40 - 12)
        self.missed.resize(max(20, self.missed.sizeHint().width() + 10), 20)
        self.missed.move(self.down.x() + 20 - self.missed.width() // 2, self.down.y() - 8)
        self.down.raise_()
        self.missed.raise_()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Keep the button in the transcript's corner."""
        if watched is self.transcript and isinstance(event, QResizeEvent):
            self._place_down()
        return False

    def _describe(self) -> None:
        found = self.conversation
        if found is None:
            return
        self._title.setText(shown_title(found))
        subtitle = ""
        if found.kind is ConversationKind.GROUP:
            subtitle = tr("{n} members: {names}", n=len(found.members), names=listed(found.members))
        elif found.kind is ConversationKind.PUBLIC:
            subtitle = tr("Public conversation")
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))
        ratio = self.devicePixelRatioF()
        sign = SIGNS.get(found.kind, "")
        self._avatar.setPixmap(avatar_pixmap(found.title, AVATAR, ratio, sign))
        self.transcript.setAccessibleName(tr("Messages in {title}", title=shown_title(found)))

    def _paint(self) -> None:
        self.down.setIcon(icons.icon("arrow-down", "text"))
        self._describe()

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        self.empty.say(tr("Select a conversation"), tr("or press Ctrl+N to start a new one."))
        self.down.setToolTip(tr("Jump to the latest message"))
        self.down.setAccessibleName(tr("Jump to the latest message"))
        self._describe()
        self.transcript.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
