"""Where messages are written: Enter sends, Shift+Enter breaks, the field grows to six lines."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTextBoundaryFinder, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QPalette,
    QResizeEvent,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.chat.model import MAX_TEXT
from app.chat.replies import Quote
from app.chat.visible import is_blank, trimmed
from app.desktop import icons
from app.desktop.elided_label import ElidedLabel
from app.desktop.i18n import locale, tr
from app.desktop.plain_text import Label
from app.desktop.theme import theme

MAX_LINES = 6
# Without a place to break a line in, Qt looks for one again and again: a second for 32 KiB.
UNBROKEN = 1000  # characters
_NO_SPACE = re.compile(rf"\S{{{UNBROKEN}}}")
_WRAP = QTextOption.WrapMode


def is_unbroken(text: str) -> bool:
    """Whether a stretch of ``UNBROKEN`` characters has no place to break a line in.

    Chinese has one at nearly every character, without a space.
    """
    if _NO_SPACE.search(text) is None:
        return False
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Line, text)
    before = 0
    while (at := finder.toNextBoundary()) >= 0:
        if at - before >= UNBROKEN:
            return True
        before = at
    return False


class Field(QPlainTextEdit):
    """The text field; :attr:`submitted` when Enter is pressed outside of an input method."""

    submitted = Signal()
    composed = Signal()  # an input method changed or wrote the word it is in the middle of
    files_given = Signal(object)  # QMimeData with files or a picture, pasted or dropped
    overflowed = Signal(int)  # characters of a text that was not taken in, being too long

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self._wrap_for("")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(1)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    def _grow(self, _size: object = None) -> None:
        lines = max(1, round(self.document().size().height()))  # counted in lines, not pixels
        line = self.fontMetrics().lineSpacing()
        wanted = min(lines, MAX_LINES) * line + 2
        frame = self.height() - self.viewport().height() if self.isVisible() else 18
        many = lines > MAX_LINES
        on, off = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(on if many else off)
        self.setFixedHeight(wanted + max(18, frame))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks lines elsewhere."""
        super().resizeEvent(event)
        self._grow()

    @property
    def composing(self) -> bool:
        """Whether an input method is in the middle of a word, as the text's own layout has it."""
        return bool(self.textCursor().block().layout().preeditAreaText())

    def commit(self) -> None:
        """Let the input method write down the word it is in the middle of."""
        if self.composing:
            QGuiApplication.inputMethod().commit()
        written = self.textCursor().block().layout().preeditAreaText()
        if written:  # it did not, or not yet: what the person sees is what counts
            event = QInputMethodEvent()
            event.setCommitString(written)
            super().inputMethodEvent(event)
            QGuiApplication.inputMethod().reset()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Say that there is something to send, or no longer."""
        super().inputMethodEvent(event)
        self.composed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends, unless it belongs to the input method; with Shift it breaks the line."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if not enter or self.composing:
            super().keyPressEvent(event)
        elif shift:
            self.insertPlainText("\n")
            self.ensureCursorVisible()
        else:
            self.submitted.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Files and pictures are taken, too: not into the text."""
        return _brings_files(source) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Only plain text comes in; files are passed on."""
        if _brings_files(source):
            self.files_given.emit(source)
            return
        text = source.text()
        cursor = self.textCursor()
        marked = cursor.selectionEnd() - cursor.selectionStart()
        if len(self.toPlainText()) - marked + len(text) > MAX_TEXT:
            self.overflowed.emit(len(text))  # laying out a megabyte would stop the window
        elif text:
            self._wrap_for(text)
            self.insertPlainText(text)

    def replace(self, text: str) -> None:
        """Show a text in place of what is there, the cursor behind it."""
        self._wrap_for(text)
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def _wrap_for(self, text: str) -> None:
        self.setWordWrapMode(
            _WRAP.WrapAnywhere if is_unbroken(text) else _WRAP.WrapAtWordBoundaryOrAnywhere
        )


def _brings_files(source: QMimeData) -> bool:
    """Whether it is files, or a picture and no text (a cell of a table is both)."""
    local = any(url.isLocalFile() for url in source.urls())
    return local or (source.hasImage() and not source.hasText())


class Composer(QFrame):
    """The field and its button; :attr:`sent` carries the text."""

    sent = Signal(str)
    attach_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self.field = Field(self)
        self.button = QToolButton(self)
        self.button.setProperty("role", "send")
        self.button.setIconSize(QSize(20, 20))
        self.button.setFixedSize(38, 38)
        self.note = Label(parent=self, wordWrap=True)
        self.note.setProperty("role", "error")
        self.note.hide()
        self.attach = QToolButton(self)
        self.attach.setIconSize(QSize(20, 20))
        self.attach.setFixedSize(38, 38)
        self.attach.clicked.connect(self.attach_wanted)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.attach, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.field, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 12)
        column.setSpacing(4)
        self.quote: Quote | None = None  # what the next message answers
        self._quote_words = ElidedLabel()
        self._quote_words.setProperty("role", "muted")
        self._quote_sign = Label()
        self.quote_end = QToolButton()
        self.quote_end.setIconSize(QSize(16, 16))
        self.quote_end.clicked.connect(lambda: self.answer(None))
        self.quote_row = QWidget()
        beside = QHBoxLayout(self.quote_row)
        beside.setContentsMargins(4, 0, 4, 2)
        beside.setSpacing(8)
        beside.addWidget(self._quote_sign)
        beside.addWidget(self._quote_words, 1)
        beside.addWidget(self.quote_end)
        self.quote_row.hide()
        column.addWidget(self.note)
        column.addWidget(self.quote_row)
        column.addLayout(row)
        self.setFocusProxy(self.field)
        self.field.submitted.connect(self.submit)
        self.field.overflowed.connect(self._overflowed)
        self.button.clicked.connect(self._press)
        self.field.textChanged.connect(self._edited)
        self.field.composed.connect(self._edited)
        theme().changed.connect(self._paint_icon)
        self.retranslate()

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        self.field.setPlaceholderText(tr("Write a message"))
        self.field.setAccessibleName(tr("Message"))
        self.button.setToolTip(tr("Send (Enter)"))
        self.button.setAccessibleName(tr("Send"))
        self.attach.setToolTip(tr("Attach files"))
        self.attach.setAccessibleName(tr("Attach files"))
        self.quote_end.setToolTip(tr("Do not reply (Esc)"))
        self.quote_end.setAccessibleName(tr("Do not reply"))
        self.answer(self.quote)
        self._edited()

    def answer(self, quote: Quote | None) -> None:
        """What the next message answers is shown above the field; None: nothing."""
        self.quote = quote
        if quote is not None:
            words = tr("Reply to {name}: {text}", name=quote.sender, text=quote.excerpt)
            self._quote_words.setText(words)
        self.quote_row.setVisible(quote is not None)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _paint_icon(self) -> None:
        ready = self.button.isEnabled()
        self.attach.setIcon(icons.icon("attach", "muted"))
        self.button.setIcon(icons.icon("send", "on_accent" if ready else "muted"))
        self.quote_end.setIcon(icons.icon("close"))
        accent = theme().color("accent")
        ratio = self.devicePixelRatioF()
        self._quote_sign.setPixmap(icons.pixmap("reply", accent, 18, ratio))
        palette = self.field.palette()
        palette.setColor(QPalette.ColorRole.PlaceholderText, theme().color("muted"))
        self.field.setPalette(palette)

    def _overflowed(self, size: int) -> None:
        self.note.setText(
            tr(
                "This text is too long: {n} characters. A message can have up to {most}.",
                n=locale().toString(size),
                most=locale().toString(MAX_TEXT),
            )
        )
        self.note.show()

    def _edited(self) -> None:
        text = self.field.toPlainText()
        too_long = len(text) > MAX_TEXT
        if too_long:
            self.note.setText(tr("This message is too long. Split it into several."))
        self.note.setVisible(too_long)
        # A word that an input method has not written yet is something to send, too.
        self.button.setEnabled((not is_blank(text) or self.field.composing) and not too_long)
        self._paint_icon()

    def _press(self) -> None:
        """The button, unlike Enter, is no key of the input method's: its word counts as written."""
        self.field.commit()
        self.submit()

    def submit(self) -> None:
        """Send what is written, if it can be sent."""
        text = trimmed(self.field.toPlainText())
        if is_blank(text) or not self.button.isEnabled():
            return
        self.field.replace("")
        self.sent.emit(text)

    @property
    def draft(self) -> str:
        """What is written and not sent, the word in the input method included."""
        self.field.commit()
        return self.field.toPlainText()

    @draft.setter
    def draft(self, text: str) -> None:
        self.field.replace(text)
