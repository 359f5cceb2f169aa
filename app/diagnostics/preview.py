"""The export's dialog: every file is shown before it is written, and can be left out.

Reading and redacting happen in another process; a tick starts again and voids what is under way.
The dialog never writes anything but the file that the person names.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import icons
from app.desktop.plain_text import Label
from app.desktop.theme import theme
from app.diagnostics.export import (
    Bundle,
    Choices,
    ExportError,
    ExportSource,
    Item,
    new_id,
    total_size,
    write,
)
from app.diagnostics.export_worker import ExportWorker
from app.diagnostics.i18n import current_language, mark, tr
from app.diagnostics.preview_files import FileList, locked_text, size_text
from app.diagnostics.redact import Keep
from netcore.runtime.task_holder import TaskHolder
from xlog.appender import flush_all

_log = logging.getLogger("app.diagnostics.preview")

SIZE = QSize(980, 700)
DELAY_MS = 350  # of rest after a key in the note
SHOWN = 200_000  # characters of one file
_FAILED = {
    "full": mark("The disk is full. Free some space or choose another folder."),
    "read_only": mark("Can't write to this folder. Choose another one."),
    "no_folder": mark("This folder does not exist. Choose another one."),
    "is_folder": mark("This is a folder. Enter a file name."),
    "other": mark("Can't write the file. Details are in the log."),
}


class ExportDialog(QDialog):
    """Emits :attr:`saved` with the archive's path and its correlation id."""

    saved = Signal(str, str)

    def __init__(
        self, source: ExportSource, *, encrypted: bool, parent: QWidget | None = None
    ) -> None:
        """``encrypted`` tells that the logs are, so that plain ones are a choice."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(SIZE)
        self.id = new_id()
        self._source = source
        self._encrypted = encrypted
        self._bundle: Bundle | None = None
        self._ticks: dict[str, bool] = {}  # what the person took in or left out, by name
        self._generation = 0
        self._tasks = TaskHolder("export", on_error=self._lost)
        self._export_worker = ExportWorker()
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._noted)
        self._build()
        self._bind()
        self.retranslate()
        self._paint()
        self.note.setFocus()
        self.gather()

    # --- parts

    def _build(self) -> None:
        self._heading, self._about = Label(), Label(wordWrap=True)
        self._heading.setProperty("role", "heading")
        self._about.setProperty("role", "muted")
        self.id_label = Label(self.id)
        self.id_label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.id_label.setFont(fixed)
        self.copy_button = QToolButton()
        self.note = QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(62)
        self.files = FileList()
        self.content = QPlainTextEdit(readOnly=True)
        self.content.setFont(fixed)
        self.content.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.content.setTabChangesFocus(True)
        self._keep_label = Label()
        self.keep = {name: QCheckBox() for name in Keep.__slots__}
        self.plain = QCheckBox()
        self.plain.setVisible(self._encrypted)
        self.warning = Label(wordWrap=True)
        self.warning.setProperty("role", "error")
        self.status = Label()
        self.status.setProperty("role", "muted")
        self.save_button, self.cancel_button = QPushButton(), QPushButton()
        self.save_button.setDefault(True)
        self.cancel_button.setAutoDefault(False)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self.id_label)
        head.addWidget(self.copy_button)
        panes = QSplitter(Qt.Orientation.Horizontal)
        beside = QWidget()
        inner = QHBoxLayout(beside)
        inner.setContentsMargins(12, 0, 0, 0)
        inner.addWidget(self.content)
        panes.addWidget(self.files)
        panes.addWidget(beside)
        panes.setSizes([300, 680])
        panes.setStretchFactor(1, 1)
        panes.setChildrenCollapsible(False)
        ticks = QHBoxLayout()
        ticks.setSpacing(16)
        ticks.addWidget(self._keep_label)
        for box in self.keep.values():
            ticks.addWidget(box)
        ticks.addStretch()
        buttons = QHBoxLayout()
        buttons.addWidget(self.status, 1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._about)
        column.addWidget(self.note)
        column.addWidget(panes, 1)
        column.addLayout(ticks)
        column.addWidget(self.plain)
        column.addWidget(self.warning)
        column.addLayout(buttons)

    def _bind(self) -> None:
        self.copy_button.clicked.connect(self._copy)
        self.note.textChanged.connect(self._delay.start)
        for box in (*self.keep.values(), self.plain):
            box.toggled.connect(self.gather)
        self.files.shown.connect(self._show)
        self.files.ticked.connect(self._ticked)
        self.save_button.clicked.connect(self._ask_where)
        self.cancel_button.clicked.connect(self.reject)
        theme().changed.connect(self._paint)

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        self.setWindowTitle(tr("Export diagnostics"))
        self._heading.setText(tr("Export diagnostics"))
        self._about.setText(
            tr(
                "Creates one file for the person who helps you. Names, messages, "
                "tokens and addresses are removed. Look through it first: nothing"
                " is sent automatically."
            )
        )
        self.id_label.setAccessibleName(tr("Correlation ID"))
        self.id_label.setToolTip(tr("Give this ID to the person who helps you"))
        self.copy_button.setToolTip(tr("Copy ID"))
        self.copy_button.setAccessibleName(tr("Copy ID"))
        self.note.setPlaceholderText(tr("What did you see, and when? (optional)"))
        self.note.setAccessibleName(tr("Your note"))
        self.files.setAccessibleName(tr("Files of the archive"))
        self.content.setAccessibleName(tr("Content of the file"))
        self._keep_label.setText(tr("Keep readable:"))
        for name, words in (
            ("names", tr("Names")),
            ("texts", tr("Messages")),
            ("tokens", tr("Tokens")),
            ("addresses", tr("Addresses")),
        ):
            self.keep[name].setText(words)
        self.plain.setText(tr("Logs can be read without the key"))
        self.save_button.setText(tr("Save…"))
        self.cancel_button.setText(tr("Cancel"))
        self._say_warning()
        self.files.refill()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language; the report is in it too."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.gather()
        super().changeEvent(event)

    def _paint(self) -> None:
        self.copy_button.setIcon(icons.icon("copy", size=16))
        self.files.refill()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.id)

    # --- gathering

    def choices(self) -> Choices:
        """What is ticked and typed now."""
        return Choices(
            keep=Keep.of(name for name, box in self.keep.items() if box.isChecked()),
            plain=self.plain.isChecked(),
            language=current_language(),
        )

    def gather(self) -> None:
        """Read and redact everything again; the newest call wins."""
        self._generation += 1
        self._say_warning()
        self._busy(tr("Reading…"))
        self._tasks.start(self._gather(self._generation, self.choices()), "gather")

    def _noted(self) -> None:
        """The note was written: it goes into the bundle there is, or into the one to come."""
        if self._bundle is not None and self.save_button.isEnabled():
            self._bundle.set_note(self.note.toPlainText())
            self._again()

    def _again(self) -> None:
        """The bundle changed: make its report and its list of contents again."""
        self._generation += 1
        self._busy(tr("Reading…"))
        self._tasks.start(self._finish(self._generation), "finish")

    async def _gather(self, generation: int, choices: Choices) -> None:
        await asyncio.to_thread(flush_all)
        if self._is_void(generation):
            return
        bundle = await self._export_worker.gather(self._source, choices, id=self.id)
        if bundle is None or self._is_void(generation):
            return
        bundle.set_note(self.note.toPlainText())
        for name, chosen in self._ticks.items():
            bundle.choose(name, chosen)
        self._bundle = bundle
        await self._finish(generation)

    async def _finish(self, generation: int) -> None:
        bundle = self._bundle
        if bundle is None:
            return
        files = await asyncio.to_thread(bundle.chosen)
        if self._is_void(generation):
            return
        self._say_warning()
        self.files.fill([*files, *(item for item in bundle.items if not item.chosen)])
        self.save_button.setEnabled(True)
        count, size = len(files), size_text(total_size(files))
        self.status.setText(tr("{count} files, {size} uncompressed", count=count, size=size))

    def _is_void(self, generation: int) -> bool:
        return generation != self._generation

    def _busy(self, words: str) -> None:
        self.save_button.setEnabled(False)
        self.status.setText(words)

    def _lost(self, name: str, error: BaseException) -> None:
        _log.error("%s failed", name, exc_info=error)
        self._error(str(error) or type(error).__name__)

    # --- the files

    def _ticked(self, name: str, chosen: bool) -> None:
        self._ticks[name] = chosen
        if self._bundle is None:
            return
        self._bundle.choose(name, chosen)
        self._say_warning()
        self._again()

    def _show(self, item: Item | None) -> None:
        if item is None:
            self.content.clear()
            return
        text = locked_text() if item.locked else item.shown
        if len(text) > SHOWN:
            text = text[:SHOWN] + "\n…"
        if text != self.content.toPlainText():
            self.content.setPlainText(text)

    def _say_warning(self) -> None:
        kept = [box.text() for box in self.keep.values() if box.isChecked()]
        items = self._bundle.items if self._bundle else ()
        locked = any(item.locked and item.chosen for item in items)
        lines = []
        if kept:
            lines.append(tr("Anyone who gets the file can read: {what}.", what=", ".join(kept)))
        if locked:
            lines.append(tr("An encrypted log is included unchecked."))
        if any(item.unsearched for item in items):
            lines.append(
                tr(
                    "Your contacts and messages could not be read, so the logs "
                    "were not searched for them. Look through each log before you"
                    " include it."
                )
            )
        self._error(" ".join(lines))

    def _error(self, words: str) -> None:
        self.warning.setText(words)
        self.warning.setVisible(bool(words))

    # --- saving

    def _ask_where(self) -> None:
        if self._bundle is None:
            return
        places = QStandardPaths.StandardLocation
        folder = QStandardPaths.writableLocation(places.DocumentsLocation) or str(Path.home())
        dialog = QFileDialog(self, tr("Save the diagnostics"), folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Zip (*.zip)")
        dialog.setDefaultSuffix("zip")
        dialog.selectFile(self._bundle.file_name)
        dialog.fileSelected.connect(lambda path: self.save_to(Path(path)))
        dialog.open()

    def save_to(self, target: Path) -> None:
        """Write the archive there, in a thread; ends in :attr:`saved` or in words of why."""
        if self._bundle is None:
            return
        self._busy(tr("Writing…"))
        bundle = replace(self._bundle, items=list(self._bundle.items))
        self._tasks.start(self._save(bundle, target), "save")

    async def _save(self, bundle: Bundle, target: Path) -> None:
        try:
            await asyncio.to_thread(write, bundle, target)
        except ExportError as error:
            _log.warning("diagnostics were not written: %s", error)
            self._error(tr(_FAILED[error.code]))
            self.status.clear()
            self.save_button.setEnabled(True)
            return
        self.saved.emit(str(target), self.id)
        self.accept()

    async def ended(self) -> None:
        """Wait until nothing is under way any more; call it once the dialog is closed."""
        await self._tasks.close()

    def done(self, result: int) -> None:
        """Void what is under way; a write that has begun ends whole or leaves nothing."""
        self._generation += 1
        self._delay.stop()
        self._tasks.cancel()
        self._export_worker.close()
        super().done(result)
