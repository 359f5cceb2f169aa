"""Every command of the viewer: its words, its keys, its place in the menus and the tool bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from app.desktop.icons import icon
from app.logviewer.commands import Commands
from app.logviewer.i18n import mark, tr
from app.logviewer.window_layout import WindowLayout


@dataclass(frozen=True, slots=True)
class Action:
    """One command; ``run`` does it, with the state of the switch where it is ``checkable``.

    ``letters`` are keys that work while the table has focus, so that single letters stay free for
    typing elsewhere; ``keys`` work in the whole window.
    """

    name: str
    text: str
    run: Callable[..., object] | None  # of the window's Commands; None: a menu of its own
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    letters: tuple[str, ...] = ()


SEPARATOR = None
MENUS: tuple[tuple[str, tuple[Action | None, ...]], ...] = (
    (
        mark("&File"),
        (
            Action("open", mark("Open…"), Commands.ask_open, ("Ctrl+O",), "folder"),
            Action(
                "open_folder", mark("Open folder…"), Commands.ask_open_folder,
                ("Ctrl+Shift+O",),
            ),
            Action("add", mark("Add logs…"), Commands.ask_add, ("Ctrl+Alt+O",)),
            Action("own", mark("Open Phobos's own log"), Commands.open_own_log, ("Ctrl+L",), "log"),
            Action("recent", mark("Recent"), None),
            SEPARATOR,
            Action("keys", mark("Keys…"), Commands.show_keys, ("Ctrl+K",), "key"),
            Action("reload", mark("Reload"), Commands.reload, ("F5", "Ctrl+R"), "retry"),
            Action("export", mark("Export…"), Commands.ask_export, ("Ctrl+E",), "export"),
            SEPARATOR,
            Action("close", mark("Close"), Commands.close, ("Ctrl+W",)),
        ),
    ),
    (
        mark("&Edit"),
        (
            Action("copy", mark("Copy"), Commands.copy_text, ("Ctrl+C",), "copy"),
            Action("copy_json", mark("Copy as JSON lines"), Commands.copy_json, ("Ctrl+Shift+C",)),
            SEPARATOR,
            Action(
                "find", mark("Find…"), Commands.open_find,
                ("Ctrl+F",), "search", letters=("/",),
            ),
            Action("find_next", mark("Find next"), Commands.find_next, ("F3",)),
            Action("find_previous", mark("Find previous"), Commands.find_previous, ("Shift+F3",)),
            SEPARATOR,
            Action("rules", mark("Highlight rules…"), Commands.show_rules, ("Ctrl+H",), "palette"),
        ),
    ),
    (
        mark("F&ilter"),
        (
            Action("filter", mark("Filter text"), Commands.focus_filter, ("Ctrl+Shift+F",)),
            Action("only_tag", mark("Only this tag"), Commands.only_tag, ("Ctrl+1",)),
            Action("hide_tag", mark("Hide this tag"), Commands.hide_tag, ("Ctrl+2",)),
            Action("only_thread", mark("Only this thread"), Commands.only_thread, ("Ctrl+3",)),
            Action("only_level", mark("This level and above"), Commands.only_level, ("Ctrl+4",)),
            Action("from_here", mark("From here"), Commands.from_here, ("Ctrl+[",)),
            Action("until_here", mark("Until here"), Commands.until_here, ("Ctrl+]",)),
            SEPARATOR,
            Action("save_filter", mark("Save the filter…"), Commands.ask_save_filter, ("Ctrl+S",)),
            Action(
                "clear_filter", mark("Clear the filter"), Commands.clear_filter,
                ("Ctrl+Backspace",),
            ),
        ),
    ),
    (
        mark("&Go"),
        (
            Action("jump", mark("Go to time…"), Commands.ask_jump, ("Ctrl+G",), "clock"),
            SEPARATOR,
            Action(
                "error", mark("Next error"), Commands.next_error,
                icon="arrow-down", letters=("E",),
            ),
            Action(
                "error_back", mark("Previous error"), Commands.previous_error, letters=("Shift+E",),
            ),
            Action("damage", mark("Next damage"), Commands.next_damage, letters=("D",)),
            Action(
                "damage_back", mark("Previous damage"), Commands.previous_damage,
                letters=("Shift+D",),
            ),
            Action("thread", mark("Next in this thread"), Commands.next_of_thread, letters=("T",)),
            Action(
                "thread_back", mark("Previous in this thread"), Commands.previous_of_thread,
                letters=("Shift+T",),
            ),
            SEPARATOR,
            Action(
                "bookmark", mark("Bookmark"), Commands.toggle_bookmark, ("Ctrl+B",), "bookmark",
                letters=("M",),
            ),
            Action("note", mark("Bookmark note…"), Commands.ask_note, letters=("N",)),
            Action("mark_next", mark("Next bookmark"), Commands.next_bookmark, letters=("B",)),
            Action(
                "mark_back", mark("Previous bookmark"), Commands.previous_bookmark,
                letters=("Shift+B",),
            ),
        ),
    ),
    (
        mark("&View"),
        (
            Action(
                "follow", mark("Follow the end"), Commands.set_follow, ("Ctrl+T",), "play",
                checkable=True, letters=("F",),
            ),
            Action(
                "panel", mark("Filter panel"), Commands.show_panel,
                ("F9",), "filter", checkable=True,
            ),
            Action("panes", mark("Record, findings, bookmarks"), Commands.show_panes, ("F10",),
                    checkable=True),
            SEPARATOR,
            Action("larger", mark("Larger text"), Commands.larger, ("Ctrl++", "Ctrl+=")),
            Action("smaller", mark("Smaller text"), Commands.smaller, ("Ctrl+-",)),
            Action("normal", mark("Normal text size"), Commands.normal_size, ("Ctrl+0",)),
            SEPARATOR,
            Action("shortcuts", mark("Keyboard shortcuts…"), Commands.show_shortcuts, ("F1",)),
        ),
    ),
)  # fmt: skip
TOOLS = (
    "open", "keys", SEPARATOR, "panel", "find", "rules", SEPARATOR,
    "error", "bookmark", "jump", SEPARATOR, "follow", "export",
)  # fmt: skip
CONTEXT = (
    "copy", "copy_json", SEPARATOR, "only_tag", "hide_tag", "only_thread", "only_level",
    "from_here", "until_here", SEPARATOR, "thread", "thread_back", SEPARATOR, "bookmark", "note",
)  # fmt: skip


class Actions:
    """The QActions of a window, in its menus and its tool bar."""

    def __init__(self, window: WindowLayout, commands: Commands) -> None:
        self._window, self._commands = window, commands
        self._bar = bar = window.tools
        self.recent = QMenu(window)
        self._actions: dict[str, QAction] = {}
        self._menus: list[tuple[str, QMenu]] = []
        for title, actions in MENUS:
            menu = window.menuBar().addMenu("")
            self._menus.append((title, menu))
            for command in actions:
                if command is None:
                    menu.addSeparator()
                else:
                    menu.addAction(self._make(command))
        for name in TOOLS:
            if name is None:
                bar.addSeparator()
            else:
                bar.addAction(self._actions[name])
        window.panel_shown.connect(self["panel"].setChecked)
        window.panes_shown.connect(self["panes"].setChecked)
        self.retranslate()
        self.recolour()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def _make(self, command: Action) -> QAction:
        window = self._window
        if command.run is None:
            action = self.recent.menuAction()
        else:
            action = QAction(window)
            action.setCheckable(command.checkable)
            run = partial(command.run, self._commands)
            if command.checkable:
                action.toggled.connect(run)
            else:
                action.triggered.connect(lambda _checked=False: run())
        action.setShortcuts([QKeySequence(keys) for keys in command.keys or command.letters])
        if not command.keys and command.letters:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            window.table.addAction(action)
        elif command.letters:
            for letter in command.letters:
                shortcut = QShortcut(QKeySequence(letter), window.table)
                shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
                shortcut.activated.connect(action.trigger)
        self._actions[command.name] = action
        return action

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        for title, menu in self._menus:
            menu.setTitle(tr(title))
        for _, commands in MENUS:
            for command in commands:
                if command is not None:
                    action = self._actions[command.name]
                    text = tr(command.text)
                    action.setText(text)
                    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                    action.setToolTip(f"{text.rstrip('…')} ({keys})" if keys else text)
        self._bar.setWindowTitle(tr("Tools"))

    def recolour(self) -> None:
        """Draw the icons in the theme's colours."""
        for _, commands in MENUS:
            for command in commands:
                if command is not None and command.icon:
                    active = "accent" if command.checkable else None
                    self._actions[command.name].setIcon(icon(command.icon, active=active))

    def context_menu(self) -> QMenu:
        """What the right button offers over a row."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in CONTEXT:
            if name is None:
                menu.addSeparator()
            else:
                menu.addAction(self._actions[name])
        return menu


def shortcut_list() -> list[tuple[str, str]]:
    """Every command that has keys: its words and its keys, in the order of the menus."""
    return [
        (
            tr(command.text).rstrip("…"),
            "  ".join(
                QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
                for keys in (*command.keys, *command.letters)
            ),
        )
        for _, commands in MENUS
        for command in commands
        if command is not None and (command.keys or command.letters)
    ]
