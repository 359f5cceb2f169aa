"""The left side: who is logged in, search, new conversation, and the conversations."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.chat.model import Conversation, Message
from app.desktop import icons
from app.desktop.conversation_delegate import ConversationDelegate
from app.desktop.conversations_model import (
    CONVERSATION_ROLE,
    ConversationsFilter,
    ConversationsModel,
    shown_title,
)
from app.desktop.empty_state import EmptyState
from app.desktop.i18n import tr
from app.desktop.link_state import LinkStateLine
from app.desktop.local_time import calendar
from app.desktop.plain_text import Label
from app.desktop.search_results import (
    RESULT_ROLE,
    Result,
    ResultDelegate,
    ResultKind,
    SearchResults,
)
from app.desktop.theme import theme

SEARCH_DELAY_MS = 80  # of rest after a key, before the store is asked


class SideBar(QWidget):
    """Emits what was chosen; the menu belongs to the window."""

    chosen = Signal(str)  # a conversation's id
    hit_chosen = Signal(str, int)  # a conversation's id, a message's number
    person_chosen = Signal(str)
    search_wanted = Signal(str, str)  # what is typed, the id of the conversation or "" for all
    new_wanted = Signal()

    def __init__(self, model: ConversationsModel, menu: QMenu) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("sideBar")
        self.setMinimumWidth(240)
        self.filter = ConversationsFilter(model, self)
        self._open = ""  # the id of the open conversation
        self._held = False  # the list's current row changes, but nobody chose another one
        # Connected before the list's own: it moves its mark while a row goes.
        for signal in (
            self.filter.rowsAboutToBeRemoved,
            self.filter.layoutAboutToBeChanged,
            self.filter.modelAboutToBeReset,
        ):
            signal.connect(self._hold)
        self.state_line = LinkStateLine()
        self.menu_button, self.new_button = QToolButton(), QToolButton()
        self.menu_button.setMenu(menu)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.title = Label("Phobos")
        self.title.setProperty("role", "heading")
        for button in (self.menu_button, self.new_button):
            button.setIconSize(QSize(22, 22))
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setProperty("role", "search")
        self._glass = QAction(self)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.list = self._build_list()
        self.nothing = EmptyState("chat")
        self.no_match = EmptyState("search")
        self.results = SearchResults(model, self)
        self.result_list = self._build_results()
        self._answered = True  # whether the store has answered what is typed
        self._ask_timer = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._ask_timer.timeout.connect(self._ask)
        self.within_chip = QToolButton()
        self.within_chip.setProperty("role", "chip")
        self.within_chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.within_chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross at the end
        self.within_chip.hide()
        self.within_chip.clicked.connect(self.search_everywhere)
        self.pages = QStackedWidget()
        for page in (self.list, self.nothing, self.no_match, self.result_list):
            self.pages.addWidget(page)

        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch()
        words.addWidget(self.title)
        words.addWidget(self.state_line, 0, Qt.AlignmentFlag.AlignLeft)
        words.addStretch()
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 8, 0)
        head.addWidget(self.menu_button)
        head.addLayout(words, 1)
        head.addWidget(self.new_button)
        top = QWidget()
        top.setFixedHeight(60)
        top.setLayout(head)
        said = QHBoxLayout()
        said.setContentsMargins(16, 0, 16, 0)
        said.addWidget(self.state_line.detail)
        self.state_line.detail.setContentsMargins(0, 0, 0, 8)
        field = QHBoxLayout()
        field.setContentsMargins(16, 0, 16, 8)
        field.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addLayout(said)
        column.addLayout(field)
        chip = QHBoxLayout()
        chip.setContentsMargins(16, 0, 16, 0)
        chip.addWidget(self.within_chip)
        chip.addStretch()
        self.within_chip.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        column.addLayout(chip)
        column.addWidget(self.pages, 1)

        self.new_button.clicked.connect(self.new_wanted)
        self.nothing.action.connect(self.new_wanted)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._open_first)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.dataChanged):
            signal.connect(self._choose_page)
        theme().changed.connect(self._paint_icons)
        calendar().changed.connect(self.list.viewport().update)
        self._paint_icons()
        self.retranslate()
        self._choose_page()

    def _build_list(self) -> QListView:
        shown = QListView()
        shown.setModel(self.filter)
        shown.setItemDelegate(ConversationDelegate(self._model, shown))
        shown.setUniformItemSizes(True)
        shown.setMouseTracking(True)
        shown.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        shown.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        shown.selectionModel().currentChanged.connect(self._current_changed)
        for signal in (
            self.filter.rowsRemoved,
            self.filter.rowsInserted,
            self.filter.layoutChanged,
            self.filter.modelReset,
        ):
            signal.connect(self._mark)
        return shown

    def _build_results(self) -> QListView:
        shown = QListView()
        shown.setModel(self.results)
        shown.setItemDelegate(ResultDelegate(self.results, self._model, shown))
        shown.setMouseTracking(True)
        shown.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        shown.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        shown.clicked.connect(self._choose)
        QShortcut(
            QKeySequence(Qt.Key.Key_Return), shown, context=Qt.ShortcutContext.WidgetShortcut
        ).activated.connect(lambda: self._choose(shown.currentIndex()))
        return shown

    def _choose(self, index: QModelIndex) -> None:
        found: Result | None = index.data(RESULT_ROLE)
        if found is None or found.shown is None:
            return
        if found.kind is ResultKind.PERSON:
            self.person_chosen.emit(found.title)
        elif found.kind is ResultKind.MESSAGE and found.seq is not None:
            self.hit_chosen.emit(found.shown.id, found.seq)
        else:
            self.chosen.emit(found.shown.id)

    def _current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and not self._held:
            self.chosen.emit(current.data(CONVERSATION_ROLE).id)

    def _hold(self, *_rows: object) -> None:
        self._held = True

    def _mark(self, *_rows: object) -> None:
        """Rows came or went: the mark is on the open conversation where it is in the list."""
        index = self._index_of(self._open)
        self._held = True
        if index != self.list.currentIndex():
            self.list.setCurrentIndex(index)
        self._held = False

    def _index_of(self, conversation_id: str) -> QModelIndex:
        row = self._model.row_of(conversation_id) if conversation_id else -1
        return self.filter.mapFromSource(self._model.index(row)) if row >= 0 else QModelIndex()

    def _search(self, text: str) -> None:
        self.filter.search(text)
        self._answered = not text.strip()
        self.results.begin(text, self.results.within)
        if self._answered:
            self._ask_timer.stop()
        else:
            self._ask_timer.start()
        self._choose_page()

    def _ask(self) -> None:
        self.search_wanted.emit(self.search.text(), self.results.within)

    def show_messages(self, typed: str, within: str, found: list[Message]) -> None:
        """What the store has for what was typed, unless something else is typed by now."""
        if (typed, within) == (self.search.text(), self.results.within):
            self._answered = True
            self.results.show_messages(found)
            self._choose_page()

    def show_people(self, typed: str, names: list[str]) -> None:
        """The same for the people whom the server knows."""
        if typed == self.search.text() and not self.results.within:
            self.results.show_people(names)
            self._choose_page()

    def search_within(self, conversation: Conversation) -> None:
        """Search one conversation from now on, until the search is left."""
        words = tr("In {title}", title=shown_title(conversation))
        room = self.width() - 80
        self.within_chip.setText(
            self.within_chip.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
        )
        self.within_chip.show()
        self.results.begin("", conversation.id)
        self._search(self.search.text())

    def search_everywhere(self) -> None:
        """Search all conversations again."""
        if self.results.within:
            self.within_chip.hide()
            self.results.begin("", "")
            self._search(self.search.text())

    @property
    def searching(self) -> bool:
        """Whether results stand in the place of the conversations, or are about to."""
        return bool(self.search.text().strip() or self.results.within)

    def leave_search(self) -> None:
        """Show all conversations again."""
        self.search.clear()
        self.search_everywhere()

    def _open_first(self) -> None:
        row = self.results.first_choice()
        if row >= 0:
            index = self.results.index(row)
            self.result_list.setCurrentIndex(index)
            self._choose(index)

    def _choose_page(self) -> None:
        if self.search.text().strip():
            found = self.results.rowCount() or not self._answered
            self.pages.setCurrentWidget(self.result_list if found else self.no_match)
        elif not self._model.rowCount():
            self.pages.setCurrentWidget(self.nothing)
        else:
            self.pages.setCurrentWidget(self.list)

    def select(self, conversation_id: str) -> None:
        """Mark a conversation as the open one; "" where there is none."""
        self._open = conversation_id
        self._mark()
        if self.list.currentIndex().isValid():
            self.list.scrollTo(self.list.currentIndex())

    def step(self, by: int) -> None:
        """Open the conversation ``by`` rows further down."""
        rows = self.filter.rowCount()
        if rows:
            now = self.list.currentIndex()
            row = (now.row() + by) % rows if now.isValid() else 0
            self.list.setCurrentIndex(self.filter.index(row, 0))

    def _paint_icons(self) -> None:
        self.menu_button.setIcon(icons.icon("menu", "text", size=22))
        self.new_button.setIcon(icons.icon("compose", "accent", size=22))
        self._glass.setIcon(icons.icon("search"))
        self.within_chip.setIcon(icons.icon("close", size=14))
        self.list.viewport().update()

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        self.search.setPlaceholderText(tr("Search"))
        self._glass.setText(tr("Search"))
        self.search.setAccessibleName(tr("Search people, conversations and messages"))
        self.list.setAccessibleName(tr("Conversations"))
        self.menu_button.setToolTip(tr("Menu"))
        self.menu_button.setAccessibleName(tr("Menu"))
        self.new_button.setToolTip(tr("New conversation (Ctrl+N)"))
        self.new_button.setAccessibleName(tr("New conversation"))
        self.nothing.say(
            tr("No conversations yet"),
            tr("Find people by name and send them a message."),
            tr("New conversation"),
        )
        self.no_match.say(
            tr("No results"),
            tr("Nothing on this device matches. Filters: from:NAME, after:2026-01-31, before:…"),
        )
        self.search.setToolTip(
            tr("Words, and if wanted from:NAME, after:2026-01-31 or before:2026-01-31")
        )
        self.within_chip.setToolTip(tr("Search all conversations"))
        self.result_list.setAccessibleName(tr("Search results"))
        self.results.rebuild()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody waits for an answer any more."""
        self._ask_timer.stop()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
