"""Dialogs: the key ring, jump to a time, highlight rules. None of them blocks the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.plain_text import Label, tip
from app.logviewer.findbar import PatternEdit
from app.logviewer.i18n import mark, tr
from app.logviewer.keys import NamedKeys
from app.logviewer.settings import RULE_COLOURS, Rule
from app.logviewer.styles import rule_colour
from xlog.errors import BadPrivateKeyError

_COLOUR_NAMES = (
    mark("Orange"),
    mark("Green"),
    mark("Violet"),
    mark("Teal"),
    mark("Gold"),
    mark("Magenta"),
)


_KEYS_SHOWN = 5  # rows of the key ring before it scrolls


class _Dialog(QDialog):
    """A dialog with a Close button and its own deletion."""

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.column = QVBoxLayout(self)
        self.column.setSpacing(10)
        self.column.setContentsMargins(18, 16, 18, 16)

    def add_buttons(self, *buttons: QDialogButtonBox.StandardButton) -> QDialogButtonBox:
        """The row of buttons at the bottom."""
        box = QDialogButtonBox()
        for button in buttons:
            box.addButton(button).setIcon(QIcon())
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        self.column.addWidget(box)
        return box


class KeyDialog(_Dialog):
    """The key ring: add a private key under a name, remove one, see where they are kept."""

    keys_changed = Signal()
    _kept = Signal(str)  # from the thread that writes to the keyring

    def __init__(self, parent: QWidget, keys: NamedKeys, reason: str = "") -> None:
        super().__init__(parent, tr("Keys"))
        self._keys = keys
        self._kept.connect(self._on_kept)
        self.setMinimumWidth(520)
        self.reason = Label(reason)
        self.reason.setWordWrap(True)
        self.reason.setVisible(bool(reason))
        self.column.addWidget(self.reason)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Private keys"))
        self.column.addWidget(self.list)
        self.remove = QPushButton(tr("Remove"))
        self.remove.setProperty("role", "danger")
        self.remove.clicked.connect(self._remove)
        self.list.currentRowChanged.connect(lambda row: self.remove.setEnabled(row >= 0))
        form = QGridLayout()
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("for example, release builds"))
        self.private = QLineEdit()
        self.private.setPlaceholderText(tr("64 hexadecimal digits"))
        self.private.setEchoMode(QLineEdit.EchoMode.Password)
        for line, (text, field) in enumerate(
            ((tr("Name"), self.name), (tr("Private key"), self.private))
        ):
            label = Label(text)
            label.setBuddy(field)
            form.addWidget(label, line, 0)
            form.addWidget(field, line, 1)
        self.column.addLayout(form)
        self.error = Label()
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        self.column.addWidget(self.error)
        self.add = QPushButton(tr("Add key"))
        self.add.setProperty("role", "primary")
        self.add.setDefault(True)
        self.add.clicked.connect(self._add)
        row = QHBoxLayout()
        row.addWidget(self.remove)
        row.addStretch(1)
        row.addWidget(self.add)
        self.column.addLayout(row)
        place = Label(self._place())
        place.setWordWrap(True)
        place.setProperty("role", "muted" if keys.secure else "notice")
        self.column.addWidget(place)
        self.add_buttons(QDialogButtonBox.StandardButton.Close)
        self._fill()
        self.private.setFocus()
        if keys.error:
            self._tell(tr("Can't read the keys: {reason}", reason=keys.error))

    def _place(self) -> str:
        if self._keys.secure:
            return tr("Stored in the system keyring ({name}).", name=self._keys.place)
        return tr(
            "This system has no keyring. The keys are stored unencrypted in "
            "{path}, which only your account can read.",
            path=self._keys.place,
        )

    def _fill(self) -> None:
        self.list.clear()
        for key in self._keys.all():
            item = QListWidgetItem(f"{key.name}   ({tr('public')} {key.public[:16]}…)", self.list)
            item.setData(Qt.ItemDataRole.UserRole, key.name)
            item.setToolTip(tip(key.public))
        shown = min(self.list.count(), _KEYS_SHOWN)
        row = self.list.sizeHintForRow(0) if shown else 0
        self.list.setFixedHeight(shown * row + 2 * self.list.frameWidth() + 4)
        self.list.setVisible(len(self._keys) > 0)
        self.remove.setVisible(len(self._keys) > 0)
        self.remove.setEnabled(self.list.currentRow() >= 0)

    def _tell(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))
        self.adjustSize()

    def _on_kept(self, error: str) -> None:
        if error:
            self._tell(tr("The keys work now but could not be saved: {reason}", reason=error))

    def say(self, text: str) -> None:
        """What the keys open, as it stands after a change of the ring."""
        self.reason.setText(text)
        self.reason.setVisible(bool(text))
        self.adjustSize()

    def _add(self) -> None:
        self._tell("")
        try:
            self._keys.add(self.name.text(), self.private.text(), self._kept.emit)
        except BadPrivateKeyError:
            self._tell(tr("Not a valid private key. A key has 64 hexadecimal digits."))
            return
        self.name.clear()
        self.private.clear()
        self._fill()
        self.adjustSize()
        self.keys_changed.emit()

    def _remove(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        self._keys.remove(item.data(Qt.ItemDataRole.UserRole), self._kept.emit)
        self._fill()
        self.keys_changed.emit()


class AskDialog(_Dialog):
    """One line of text, judged before it is taken."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        label: str,
        text: str,
        take: Callable[[str], str],
        choices: tuple[str, ...] = (),
    ) -> None:
        """``take`` gets the text and gives an empty text, or why it will not do."""
        super().__init__(parent, title)
        self._take = take
        self.setMinimumWidth(420)
        caption = Label(label)
        caption.setWordWrap(True)
        self.field = QLineEdit(text)
        self.field.selectAll()
        caption.setBuddy(self.field)
        self.choice = QComboBox()
        self.choice.addItems(list(choices))
        self.choice.setVisible(bool(choices))
        self.error = Label()
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        for widget in (caption, self.field, self.choice, self.error):
            self.column.addWidget(widget)
        standard = QDialogButtonBox.StandardButton
        self.add_buttons(standard.Ok, standard.Cancel)

    def accept(self) -> None:
        """Hand the text over; stay open where it will not do."""
        error = self._take(self.field.text())
        if error:
            self.error.setText(error)
            self.error.show()
            return
        super().accept()


class RulesDialog(_Dialog):
    """Highlight rules: the first that a row holds colours it."""

    rules_changed = Signal(object)

    def __init__(self, parent: QWidget, rules: list[Rule]) -> None:
        super().__init__(parent, tr("Highlight rules"))
        self._rules = list(rules)
        self.setMinimumWidth(480)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Highlight rules"))
        self.column.addWidget(self.list)
        self.edit = PatternEdit()
        self.edit.retranslate()
        self.edit.field.setPlaceholderText(tr("Rows containing…"))
        self.edit.field.setAccessibleName(tr("Rows containing…"))
        self.colour = QComboBox()
        self.colour.setAccessibleName(tr("Colour"))
        for number, name in enumerate(_COLOUR_NAMES):
            self.colour.addItem(tr(name))
            self.colour.setItemData(number, rule_colour(number), Qt.ItemDataRole.BackgroundRole)
        self.add = QPushButton(tr("Add"))
        self.add.setProperty("role", "primary")
        self.add.clicked.connect(self._add)
        self.edit.entered.connect(self._add)
        row = QHBoxLayout()
        row.addWidget(self.edit, 1)
        row.addWidget(self.colour)
        row.addWidget(self.add)
        self.column.addLayout(row)
        self.up, self.remove = QPushButton(tr("Move up")), QPushButton(tr("Remove"))
        self.remove.setProperty("role", "danger")
        self.up.clicked.connect(self._move_up)
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout()
        row.addWidget(self.up)
        row.addWidget(self.remove)
        row.addStretch(1)
        self.column.addLayout(row)
        box = self.add_buttons(QDialogButtonBox.StandardButton.Close)
        for button in (self.add, self.up, self.remove, *box.findChildren(QPushButton)):
            button.setAutoDefault(False)
        self._fill()

    def _fill(self, chosen: int = -1) -> None:
        self.list.clear()
        for rule in self._rules:
            pattern = rule.pattern
            kind = " (.*)" if pattern.regex else ""
            item = QListWidgetItem(f"{pattern.text}{kind}", self.list)
            item.setBackground(rule_colour(rule.colour))
        self.list.setCurrentRow(chosen)

    def _add(self) -> None:
        pattern = self.edit.valid_pattern()
        if pattern is None:
            return
        self._rules.append(Rule(pattern, self.colour.currentIndex()))
        self.edit.field.clear()
        self.colour.setCurrentIndex((self.colour.currentIndex() + 1) % RULE_COLOURS)
        self._tell(len(self._rules) - 1)

    def _move_up(self) -> None:
        row = self.list.currentRow()
        if row > 0:
            self._rules[row - 1 : row + 1] = [self._rules[row], self._rules[row - 1]]
            self._tell(row - 1)

    def _remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            del self._rules[row]
            self._tell(min(row, len(self._rules) - 1))

    def _tell(self, chosen: int) -> None:
        self._fill(chosen)
        self.rules_changed.emit(list(self._rules))
