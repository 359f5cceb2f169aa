"""What the window does with files: asks, sends, fetches, saves, and shows how it goes.

A program is never started: a file is handed to another program only if its name says that it is a
picture, a text, sound or the like (:attr:`app.chat.files.FileInfo.may_be_opened`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDir, QMimeData, QObject, QStandardPaths, QTemporaryDir, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.chat.file_desk import FileDesk
from app.chat.files import FileInfo, file_of, size_text
from app.chat.model import Message, MessageState
from app.chat.transfers import Progress, TransferState
from app.desktop import icons
from app.desktop.client import Client
from app.desktop.i18n import tr
from app.desktop.send_files import SendFilesDialog
from netcore.runtime.task_holder import TaskHolder

_log = logging.getLogger("app.desktop.file_actions")


class FileActions(QObject):
    """The files of the open conversation, for the window ``page``."""

    changed = Signal(str)  # a message's client id: its file goes on, or is here

    def __init__(self, client: Client, page: QWidget) -> None:
        super().__init__(page)
        self._client = client
        self._page = page
        self._tasks = TaskHolder("files", on_error=self._failed)
        self._pasted: QTemporaryDir | None = None

    @property
    def _desk(self) -> FileDesk | None:
        session = self._client.session
        desk = getattr(session, "files", None)
        if isinstance(desk, FileDesk):
            desk.transfers.on_progress = self._progress
            return desk
        return None

    def _progress(self, progress: Progress) -> None:
        self.changed.emit(progress.client_id)

    # -- sending --------------------------------------------------------------------------------

    def choose(self, conversation_id: str) -> None:
        """Ask which files, then how."""
        names, _ = QFileDialog.getOpenFileNames(self._page, tr("Send files"))
        self.offer(conversation_id, [Path(name) for name in names])

    def offer(self, conversation_id: str, paths: Sequence[Path]) -> SendFilesDialog | None:
        """Show what would be sent, and send it if that is what the person wants."""
        if not paths or self._desk is None:
            return None
        dialog = SendFilesDialog(paths, self._page)
        dialog.accepted.connect(
            lambda: self.send(
                conversation_id,
                dialog.paths,
                dialog.caption.text(),
                keep_places=dialog.places.isChecked(),
            )
        )
        dialog.open()
        return dialog

    def send(
        self, conversation_id: str, paths: Sequence[Path], caption: str, *, keep_places: bool
    ) -> None:
        """Send files one after the other; the caption goes with the first."""
        desk = self._desk
        if desk is not None:
            work = self._send(desk, conversation_id, paths, caption, keep_places)
            self._run(work, "send files")

    async def _send(
        self,
        desk: FileDesk,
        conversation_id: str,
        paths: Sequence[Path],
        caption: str,
        keep_places: bool,
    ) -> None:
        for path in paths:
            try:
                message = await desk.send(conversation_id, path, caption, keep_places=keep_places)
            except Exception as error:
                self._refused(error)
            else:
                caption = ""
                self._client.message_changed.emit(message)

    def paths_of(self, source: QMimeData) -> list[Path]:
        """The files that are pasted or dropped; a picture becomes one."""
        paths = [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
        if paths or not source.hasImage():
            return paths
        image = source.imageData()
        if not isinstance(image, QImage) or image.isNull():
            return []
        if self._pasted is None:
            self._pasted = QTemporaryDir()
        path = Path(self._pasted.path()) / f"{tr('Pasted picture')}.png"
        return [path] if image.save(str(path)) else []

    # -- what a bubble says ---------------------------------------------------------------------

    def label(self, message: Message) -> str:
        """The line below a file's name: how it goes, or what a click does."""
        desk, info = self._desk, file_of(message)
        if desk is None or info is None:
            return ""
        progress = desk.progress(message.client_id)
        if progress is None or progress.state is TransferState.FAILED:
            if message.state in (MessageState.WAITING, MessageState.FAILED):
                return ""
            if desk.path(message) is None:
                return tr("Download") if progress is None else tr("Download failed. Try again")
            return tr("Open") if info.may_be_opened else tr("Save as…")
        share = tr("{done} of {size}", done=size_text(progress.done), size=size_text(progress.size))
        if progress.state is TransferState.PAUSED:
            return tr("Paused at {share}. Go on", share=share)
        return (
            tr("Sending: {share}", share=share)
            if progress.up
            else tr("Downloading: {share}", share=share)
        )

    def click(self, message: Message) -> None:
        """Do what :meth:`label` says."""
        desk, info = self._desk, file_of(message)
        if desk is None or info is None:
            return
        progress = desk.progress(message.client_id)
        if progress is not None and progress.state is TransferState.PAUSED:
            desk.go_on(message)
        elif progress is not None and progress.state is not TransferState.FAILED:
            desk.pause(message.client_id)
        elif desk.path(message) is None:
            desk.fetch(message)
        elif info.may_be_opened:
            self.open(message)
        else:
            self.save(message)

    def fill(self, menu: QMenu, message: Message) -> None:
        """Add what can be done with a message's file to its menu."""
        desk, info = self._desk, file_of(message)
        if desk is None or info is None:
            return
        menu.addSeparator()
        progress = desk.progress(message.client_id)
        if progress is not None and progress.state is not TransferState.FAILED:
            paused = progress.state is TransferState.PAUSED
            words = tr("Go on") if paused else tr("Pause")
            icon = icons.icon("play" if paused else "pause")
            menu.addAction(icon, words, lambda: self.click(message))
        elif desk.path(message) is not None:
            self._fill_here(menu, message, info)
        elif message.seq is not None:
            menu.addAction(icons.icon("arrow-down"), tr("Download"), lambda: desk.fetch(message))
        unsent = message.state is MessageState.FAILED
        if progress is not None or unsent:
            menu.addAction(icons.icon("close"), tr("Cancel"), lambda: self._cancel(desk, message))

    def _fill_here(self, menu: QMenu, message: Message, info: FileInfo) -> None:
        if info.may_be_opened:
            menu.addAction(icons.icon("eye"), tr("Open"), lambda: self.open(message))
        menu.addAction(icons.icon("export"), tr("Save as…"), lambda: self.save(message))
        menu.addAction(
            icons.icon("folder"), tr("Show in folder"), lambda: self.show_in_folder(message)
        )

    def _cancel(self, desk: FileDesk, message: Message) -> None:
        desk.cancel(message)
        self.changed.emit(message.client_id)

    # -- what is here ---------------------------------------------------------------------------

    def open(self, message: Message) -> None:
        """Let the system's program for it show the file."""
        self._run(self._show(message, folder=False), "open a file")

    def show_in_folder(self, message: Message) -> None:
        """Let the system's file manager show the folder it is in."""
        self._run(self._show(message, folder=True), "show a folder")

    async def _show(self, message: Message, *, folder: bool) -> None:
        desk = self._desk
        if desk is None:
            return
        try:
            path = await desk.named(message)
        except Exception as error:
            self._refused(error)
        else:
            shown = path.parent if folder else path
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(shown)))

    def save(self, message: Message) -> None:
        """Ask where to, and save the file there."""
        info = file_of(message)
        if info is None:
            return
        kind = QStandardPaths.StandardLocation.DownloadLocation
        folder = QStandardPaths.writableLocation(kind) or QDir.homePath()
        name, _ = QFileDialog.getSaveFileName(
            self._page, tr("Save as…"), str(Path(folder) / info.name)
        )
        if name:
            self._run(self._save(message, Path(name)), "save a file")

    async def _save(self, message: Message, target: Path) -> None:
        if self._desk is not None:
            try:
                await self._desk.save(message, target)
            except Exception as error:
                self._refused(error)

    # -- ends -----------------------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.start(work, name)

    def _refused(self, error: Exception) -> None:
        _log.info("a file: %s", error)
        self._client.notice.emit(getattr(error, "code", "") or "storage", str(error))

    def _failed(self, name: str, error: BaseException) -> None:
        if not isinstance(error, asyncio.CancelledError):
            _log.error("%s failed", name, exc_info=error)
            self._client.notice.emit("internal", "")
