"""A double-clicked file on macOS comes as an event."""

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent

from app.start import file_open
from app.start.file_open import FileOpenEvents


def test_a_file_that_the_system_sends_is_opened(qapp):
    opened = []
    events = FileOpenEvents(qapp, opened.append)
    for path in ("/tmp/日志 one.xlog", "/tmp/two.xlog"):
        QCoreApplication.sendEvent(qapp, QFileOpenEvent(QUrl.fromLocalFile(path)))
    QCoreApplication.sendEvent(qapp, QFileOpenEvent(QUrl("https://example.org")))
    qapp.removeEventFilter(events)
    assert opened == ["/tmp/日志 one.xlog", "/tmp/two.xlog"]


def test_it_is_read_by_a_viewer_of_its_own(monkeypatch):
    started = []
    monkeypatch.setattr(file_open.subprocess, "Popen", lambda command, **_: started.append(command))
    file_open.open_viewer("/tmp/a.xlog")
    assert started[0][-2:] == ["viewer", "/tmp/a.xlog"]


def test_a_viewer_that_cannot_start_is_logged(monkeypatch, caplog):
    monkeypatch.setattr(file_open, "VIEWER", ("/no/such/program", "viewer"))
    file_open.open_viewer("/tmp/a.xlog")
    assert "the log viewer cannot start" in caplog.text
