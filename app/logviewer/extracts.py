"""Rows taken out of the viewer: copied to the clipboard, or written to a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from app.logviewer.export import ExportFormat
from app.logviewer.i18n import tr
from app.logviewer.jobs import CopyJob, ExportJob
from app.logviewer.open_logs import OpenLogs
from app.logviewer.timeline import Rows
from app.logviewer.window_layout import WindowLayout

COPY_MAX = 100_000
"""Rows that may be copied; more belong into a file."""


class Extracts:
    """One copy and one export at a time; a new one takes the place of one under way."""

    def __init__(self, frame: WindowLayout, logs: OpenLogs) -> None:
        self._frame, self._logs = frame, logs
        self.export_job: ExportJob | None = None
        self.copy_job: CopyJob | None = None

    def copy(self, form: ExportFormat, folder: str) -> None:
        """Copy the selected rows; too many are offered as a file in ``folder``."""
        frame = self._frame
        rows = frame.table.selected_rows()
        if not len(rows):
            return
        if len(rows) > COPY_MAX:
            text = tr("{n} rows are too many to copy. Export them instead.", n=f"{len(rows):,}")
            frame.notices.show_notice("copy", text, tr("Export…"), lambda: self.ask(folder))
            return
        if self.copy_job is not None:
            self.copy_job.close()
        self.copy_job = CopyJob(self._logs.store, rows, form)
        text = tr("{n} rows copied", n=f"{len(rows):,}")

        def copied(lines: str) -> None:
            QGuiApplication.clipboard().setText(lines)
            frame.say(text)

        self.copy_job.finished.connect(copied)
        self.copy_job.start()

    def ask(self, folder: str) -> None:
        """Choose a file for the selected rows, or for all that are shown if one or none is."""
        rows = self._frame.table.selected_rows()
        if len(rows) < 2:
            rows = self._frame.model.view.rows
        if not len(rows):
            return
        title = tr("Export {n} rows", n=f"{len(rows):,}")
        dialog = QFileDialog(self._frame, title, folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        names = (tr("Text"), tr("JSON lines"), tr("CSV"))
        filters = [f"{name} (*.{form})" for name, form in zip(names, ExportFormat, strict=True)]
        dialog.setNameFilters(filters)
        dialog.setDefaultSuffix(ExportFormat.TEXT)
        dialog.selectFile(self._name())
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix(list(ExportFormat)[filters.index(chosen)])
        )
        dialog.fileSelected.connect(lambda path: self.write(Path(path), rows))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _name(self) -> str:
        """The first log's name; the dialog adds the suffix of the format that is chosen."""
        sources = self._logs.sources
        return Path(sources[0].name).stem if sources else "log"

    def write(self, path: Path, rows: Rows) -> None:
        """Write ``rows`` to ``path``, in the format its suffix names (text if none)."""
        frame = self._frame
        suffix = path.suffix.lower().removeprefix(".")
        form = ExportFormat(suffix) if suffix in set(ExportFormat) else ExportFormat.TEXT
        if self.export_job is not None:
            self.export_job.close()
        count = len(rows)
        job = self.export_job = ExportJob(self._logs.store, rows, path, form)
        job.progress.connect(lambda done: frame.say(tr("Exporting… {n}", n=f"{done:,}")))

        def finished(error: str) -> None:
            if error:
                text = tr("Can't write {path}: {reason}", path=str(path), reason=error)
                frame.notices.show_notice("export", text)
            else:
                frame.say(tr("{n} rows written to {path}", n=f"{count:,}", path=path.name))

        job.finished.connect(finished)
        job.start()

    def end(self) -> None:
        """End what is under way."""
        for job in (self.export_job, self.copy_job):
            if job is not None:
                job.close()
