"""The files of an export as a list: what each is, how large, and whether it goes along."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.desktop import icons
from app.desktop.plain_text import tip
from app.diagnostics.export import (
    DIAGNOSES,
    HISTORY,
    MANIFEST,
    NETWORK,
    NOTE,
    READ_ME,
    REPORT,
    SETTINGS,
    SYSTEM,
    Item,
)
from app.diagnostics.i18n import mark, tr

_NAME = Qt.ItemDataRole.UserRole

_WHAT = {
    NOTE: mark("Your note"),
    REPORT: mark("Report for the browser"),
    HISTORY: mark("Network events"),
    DIAGNOSES: mark("Diagnoses"),
    NETWORK: mark("Learned addresses and heartbeats"),
    SYSTEM: mark("System and versions"),
    SETTINGS: mark("Settings"),
    "log": mark("Log"),
    MANIFEST: mark("Contents"),
    READ_ME: mark("How to read this"),
}
_ALWAYS = frozenset({REPORT, MANIFEST, READ_ME, NOTE})
_ORDER = {name: place for place, name in enumerate(_WHAT)}


def size_text(size: int) -> str:
    """Bytes as people read them."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def locked_text() -> str:
    """What is said of a log that is encrypted."""
    return tr(
        "This log is encrypted and can't be shown here. Only someone who has the "
        "key can read it, and they can read all of it."
    )


class FileList(QListWidget):
    """Emits :attr:`ticked` when the person takes a file in or leaves it out."""

    ticked = Signal(str, bool)  # name, whether it goes along
    shown = Signal(object)  # Item, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(270)
        self.setSpacing(1)
        self._items: dict[str, Item] = {}
        self._current = ""
        self.itemChanged.connect(self._changed)
        self.currentItemChanged.connect(self._show)

    def fill(self, items: Iterable[Item]) -> None:
        """Show these; the one that is looked at stays the current one."""
        self._items = {item.name: item for item in items}
        self.refill()

    def refill(self) -> None:
        """The same again, in the language and the colours now in force."""
        current = self._current
        self.blockSignals(True)
        self.clear()
        for item in sorted(self._items.values(), key=lambda i: (_ORDER.get(i.kind, 99), i.name)):
            row = self._row(item)
            self.addItem(row)
            if item.name == current:
                self.setCurrentItem(row)
        if self.currentItem() is None and self.count():
            self.setCurrentRow(0)
        self.blockSignals(False)
        self._show()

    def name_at(self, row: int) -> str:
        """The name of the file in a row."""
        return str(self.item(row).data(_NAME))

    def _row(self, item: Item) -> QListWidgetItem:
        what = tr(_WHAT[item.kind]) if item.kind in _WHAT else item.name
        size = size_text(len(item.data))
        row = QListWidgetItem(f"{what}\n{item.name.removeprefix('logs/')} · {size}")
        row.setData(_NAME, item.name)
        row.setToolTip(tip(locked_text() if item.locked else item.problem or item.name))
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if item.name in _ALWAYS:
            row.setIcon(icons.icon("check", size=16))
        else:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
            state = Qt.CheckState.Checked if item.chosen else Qt.CheckState.Unchecked
            row.setCheckState(state)
        row.setFlags(flags if item.data else flags & ~Qt.ItemFlag.ItemIsEnabled)
        return row

    def _changed(self, row: QListWidgetItem) -> None:
        self.ticked.emit(row.data(_NAME), row.checkState() == Qt.CheckState.Checked)

    def _show(self) -> None:
        row = self.currentItem()
        item = self._items.get(row.data(_NAME)) if row is not None else None
        if item is not None:
            self._current = item.name
        self.shown.emit(item)
