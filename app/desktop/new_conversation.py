"""The dialog that finds people and starts a conversation with one of them, or a group."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import icons
from app.desktop.avatar import avatar_pixmap
from app.desktop.forms import restyle
from app.desktop.i18n import listed, tr
from app.desktop.plain_text import Label
from app.desktop.theme import theme

SEARCH_DELAY_MS = 200  # of rest after a key, before the server is asked
AVATAR = 34


class NewConversationDialog(QDialog):
    """One person chosen makes a direct conversation, several a group with a title."""

    search_wanted = Signal(str)
    create_wanted = Signal(list, str)  # names, title ("" for a direct conversation)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(420, 540)
        self._chosen: list[str] = []
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(self._ask)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setProperty("role", "search")
        self._glass = QAction(self)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        theme().changed.connect(self._paint_icon)
        self._paint_icon()
        self.group_title = QLineEdit()
        self.group_title.setMaxLength(100)
        self.chosen_line = Label(wordWrap=True)
        self.chosen_line.setProperty("role", "muted")
        self.people = QListWidget()
        self.people.setIconSize(QSize(AVATAR, AVATAR))
        self.people.setSpacing(2)
        self.note = Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self.note.setContentsMargins(0, 18, 0, 6)
        self.create_button, self.cancel_button = QPushButton(), QPushButton()
        self.create_button.setDefault(True)
        self.create_button.setEnabled(False)
        self.cancel_button.setAutoDefault(False)
        self._heading = Label()
        self._heading.setProperty("role", "heading")
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.create_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(self._heading)
        column.addWidget(self.search)
        column.addWidget(self.note)
        column.addWidget(self.people, 1)
        column.addWidget(self.chosen_line)
        column.addWidget(self.group_title)
        column.addSpacing(4)
        column.addLayout(buttons)
        self.search.textEdited.connect(lambda _text: self._delay.start())
        self.search.installEventFilter(self)
        self.people.itemChanged.connect(self._ticked)
        self.people.itemActivated.connect(self._activated)
        self.people.itemClicked.connect(self._clicked)
        self.create_button.clicked.connect(self._create)
        self.cancel_button.clicked.connect(self.reject)
        self.retranslate()
        self._update()
        self._say(tr("Type the beginning of a name."))
        self.search.setFocus()

    def _paint_icon(self) -> None:
        self._glass.setIcon(icons.icon("search"))

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        self._glass.setText(tr("Search"))
        self.setWindowTitle(tr("New conversation"))
        self._heading.setText(tr("New conversation"))
        self.search.setPlaceholderText(tr("Find people by name"))
        self.search.setAccessibleName(tr("Find people by name"))
        self.people.setAccessibleName(tr("People found"))
        self.group_title.setPlaceholderText(tr("Group name (optional)"))
        self.group_title.setAccessibleName(tr("Group name"))
        self.cancel_button.setText(tr("Cancel"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self._update()
        super().changeEvent(event)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Enter in the search takes the first person found; in an empty one it goes on."""
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and self.search.text().strip()
        ):
            self._take_first()
            return True
        return False

    def _take_first(self) -> None:
        rows = (self.people.item(row) for row in range(self.people.count()))
        first = next((i for i in rows if i.checkState() is Qt.CheckState.Unchecked), None)
        if first is not None:
            first.setCheckState(Qt.CheckState.Checked)
            self.search.clear()

    def _ask(self) -> None:
        self.search_wanted.emit(self.search.text().strip())

    def show_people(self, asked: str, names: list[str]) -> None:
        """The server's answer; one that comes too late is dropped."""
        if asked != self.search.text().strip():
            return
        self.people.blockSignals(True)
        self.people.clear()
        rest = [name for name in names if name not in self._chosen]
        for name in [*self._chosen, *rest]:
            item = QListWidgetItem(name)
            ratio = self.devicePixelRatioF()
            item.setIcon(QIcon(avatar_pixmap(name, AVATAR, ratio)))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            ticked = name in self._chosen
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            item.setSizeHint(QSize(0, AVATAR + 12))
            self.people.addItem(item)
        self.people.blockSignals(False)
        self._say("" if names else tr("No names match"))

    def show_error(self, words: str) -> None:
        """Say why it did not work; nothing that was chosen is lost."""
        self._say(words, "error")
        self._update()

    def _say(self, words: str, role: str = "muted") -> None:
        restyle(self.note, "role", role)
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _clicked(self, item: QListWidgetItem) -> None:
        """A click anywhere on a row ticks it; on the box itself Qt has done so already."""
        mouse = self.people.mapFromGlobal(self.cursor().pos())
        if mouse.x() > AVATAR:
            self._activated(item)

    def _activated(self, item: QListWidgetItem) -> None:
        on = item.checkState() is Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def _ticked(self, item: QListWidgetItem) -> None:
        name = item.text()
        ticked = item.checkState() is Qt.CheckState.Checked
        if ticked and name not in self._chosen:
            self._chosen.append(name)
        elif not ticked and name in self._chosen:
            self._chosen.remove(name)
        self._update()

    @property
    def chosen(self) -> list[str]:
        """The names ticked, in order of ticking."""
        return list(self._chosen)

    def _update(self) -> None:
        several = len(self._chosen) > 1
        self.group_title.setVisible(several)
        self.chosen_line.setVisible(bool(self._chosen))
        self.chosen_line.setText(tr("With {names}", names=listed(self._chosen)))
        self.create_button.setEnabled(bool(self._chosen))
        self.create_button.setText(tr("Create group") if several else tr("Start"))

    def _create(self) -> None:
        # A group without a title is called after the others in it, by each of its members.
        title = self.group_title.text().strip() if len(self._chosen) > 1 else ""
        self.create_button.setEnabled(False)
        self.create_wanted.emit(list(self._chosen), title)
