"""Find: a text or regular expression among the rows shown, with a count."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from app.desktop.forms import restyle
from app.desktop.icons import icon
from app.desktop.plain_text import Label, tip
from app.desktop.theme import theme
from app.logviewer.i18n import tr
from app.logviewer.query import Pattern, PatternError

_TYPING_MS = 200


class PatternEdit(QWidget):
    """A field for a pattern with its two switches; shows at once whether it is one."""

    changed = Signal()
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setClearButtonEnabled(True)
        self.regex = _switch(".*")
        self.case = _switch("Aa")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        row.addWidget(self.case)
        row.addWidget(self.regex)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._judge)
        self.field.textChanged.connect(lambda _text: self._typing.start())
        self.field.returnPressed.connect(self._enter)
        self.regex.toggled.connect(lambda _on: self._judge())
        self.case.toggled.connect(lambda _on: self._judge())

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        for button, text in ((self.regex, tr("Regular expression")), (self.case, tr("Match case"))):
            button.setToolTip(text)
            button.setAccessibleName(text)

    def pattern(self) -> Pattern:
        """What is there now."""
        return Pattern(self.field.text(), self.regex.isChecked(), self.case.isChecked())

    def set_error(self, error: str) -> None:
        """Show that the pattern is none, and why; empty when it is well."""
        restyle(self.field, "invalid", bool(error))
        self.field.setToolTip(tip(error))

    def valid_pattern(self) -> Pattern | None:
        """The pattern, or None where the field is empty or holds none."""
        pattern = self.pattern()
        if not pattern.text:
            return None
        try:
            pattern.compiled()
        except PatternError:
            return None
        return pattern

    def _enter(self) -> None:
        if self._typing.isActive():
            self._judge()
        self.entered.emit()

    def _judge(self) -> None:
        self._typing.stop()
        error = ""
        try:
            self.pattern().compiled()
        except PatternError as problem:
            error = tr("Not a valid regular expression: {reason}", reason=problem)
        self.set_error(error)
        self.changed.emit()


def _switch(text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setFixedSize(32, 32)
    return button


class FindBar(QWidget):
    """The bar below the table; Enter and Shift+Enter go to the next and the one before."""

    pattern_changed = Signal(object)
    step = Signal(int)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.edit = PatternEdit()
        self.edit.field.setMaximumWidth(420)
        self.count = Label()
        self.count.setProperty("role", "muted")
        self.previous, self.next, self.close_button = QToolButton(), QToolButton(), QToolButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self.edit)
        row.addWidget(self.previous)
        row.addWidget(self.next)
        row.addWidget(self.count)
        row.addStretch(1)
        row.addWidget(self.close_button)
        self.edit.changed.connect(lambda: self.pattern_changed.emit(self.edit.valid_pattern()))
        self.edit.entered.connect(lambda: self.step.emit(1))
        self.previous.clicked.connect(lambda: self.step.emit(-1))
        self.next.clicked.connect(lambda: self.step.emit(1))
        self.close_button.clicked.connect(self.dismiss)
        theme().changed.connect(self._recolour)
        self._recolour()
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.edit.retranslate()
        self.edit.field.setPlaceholderText(tr("Find in the rows shown"))
        self.edit.field.setAccessibleName(tr("Find"))
        self.count.setAccessibleName(tr("Number of results"))
        for button, text in (
            (self.previous, tr("Previous (Shift+F3)")),
            (self.next, tr("Next (F3)")),
            (self.close_button, tr("Close (Esc)")),
        ):
            button.setToolTip(text)
            button.setAccessibleName(text)

    def open(self, text: str = "") -> None:
        """Show the bar and type into it; ``text`` is put there first."""
        self.show()
        if text:
            self.edit.field.setText(text)
        self.edit.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.field.selectAll()

    def dismiss(self) -> None:
        """Hide the bar and find nothing any more."""
        self.hide()
        self.pattern_changed.emit(None)
        self.closed.emit()

    def show_count(self, position: int, count: int | None, *, busy: bool, error: str = "") -> None:
        """``position`` counts from 1; 0 when the current row is none of those found."""
        self.edit.set_error(error)
        if error:
            text = tr("Stopped: {reason}", reason=error)
        elif count is None:
            text = ""
        elif busy:
            text = tr("{count}…", count=f"{count:,}")
        elif not count:
            text = tr("No results")
        elif position:
            text = tr("{n} of {total}", n=f"{position:,}", total=f"{count:,}")
        else:
            text = tr("{count} found", count=f"{count:,}")
        self.count.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer the keys told above; all others go on."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self.step.emit(-1)
        else:
            super().keyPressEvent(event)

    def _recolour(self) -> None:
        self.previous.setIcon(icon("chevron-up"))
        self.next.setIcon(icon("chevron-down"))
        self.close_button.setIcon(icon("close"))
