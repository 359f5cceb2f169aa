"""Files in the window, over a real session with a real server."""

import os

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QImage
from PySide6.QtWidgets import QFileDialog, QMenu

from app.chat.files import file_of
from app.chat.model import MessageState
from app.desktop.send_files import SendFilesDialog

from .test_real_session import desk, server  # noqa: F401

BODY = os.urandom(200_000)


@pytest.fixture
def chat(desk):  # noqa: F811
    desk.enter("Ada", up=True)
    desk.window.chat.open("0")
    return desk.window.chat


def drop(chat, source: QMimeData) -> SendFilesDialog:
    assert chat.pane.composer.field.canInsertFromMimeData(source)
    chat.pane.composer.field.insertFromMimeData(source)
    return chat.findChild(SendFilesDialog)


def sent(desk, chat, row=0):  # noqa: F811
    desk.until(
        lambda: (
            chat.messages.rowCount() > row and chat.messages.message(row).state is MessageState.SENT
        )
    )
    return chat.messages.message(row)


def actions(chat, message) -> dict:
    menu = QMenu()
    chat.files.fill(menu, message)
    return {each.text(): each for each in menu.actions() if each.text()}


def test_dropped_files_are_named_and_sent_with_their_caption(desk, chat, tmp_path):  # noqa: F811
    paths = [tmp_path / "plan.txt", tmp_path / "setup.exe"]
    for each in paths:
        each.write_bytes(BODY + each.name.encode())
    source = QMimeData()
    source.setUrls([QUrl.fromLocalFile(str(each)) for each in paths])
    dialog = drop(chat, source)
    assert dialog.names.text() == "plan.txt  (200 kB)\nsetup.exe  (200 kB)"
    dialog.caption.setText("for you")
    dialog.send_button.click()
    first, second = sent(desk, chat, 0), sent(desk, chat, 1)
    assert [first.text, second.text] == ["[plan.txt, 200 kB]\nfor you", "[setup.exe, 200 kB]"]
    assert chat.files.label(first) == "Open"
    assert chat.files.label(second) == "Save as…"  # never started
    assert "Open" not in actions(chat, second)


def test_a_file_is_fetched_opened_and_saved(desk, chat, tmp_path, monkeypatch):  # noqa: F811
    (tmp_path / "plan.txt").write_bytes(BODY)
    chat.files.send("0", [tmp_path / "plan.txt"], "", keep_places=False)
    message = sent(desk, chat)
    body = desk.client.session.files.path(message)
    body.unlink()  # as on a device that has not fetched it
    assert chat.files.label(message) == "Download"
    chat.pane.transcript.file_clicked.emit(message)
    desk.until(lambda: chat.files.label(message) == "Open")
    assert body.read_bytes() == BODY
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    chat.pane.transcript.file_clicked.emit(message)
    desk.until(lambda: opened)
    assert opened[0].fileName() == "plan.txt"
    actions_now = actions(chat, message)
    assert list(actions_now) == ["Open", "Save as…", "Show in folder"]
    target = tmp_path / "saved.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    chat.files.save(message)
    desk.until(lambda: target.exists())
    assert target.read_bytes() == BODY


def test_a_pasted_picture_is_a_file(desk, chat):  # noqa: F811
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    source = QMimeData()
    source.setImageData(image)
    drop(chat, source).send_button.click()
    info = file_of(sent(desk, chat))
    assert (info.name, info.width, info.height) == ("Pasted picture.png", 60, 40)
    assert info.thumbnail


def test_an_empty_file_is_refused_in_words(desk, chat, tmp_path):  # noqa: F811
    (tmp_path / "empty").touch()
    chat.files.send("0", [tmp_path / "empty"], "", keep_places=False)
    desk.until(lambda: desk.window.notices.isVisible())
    assert chat.messages.rowCount() == 0


def test_text_with_a_picture_of_it_is_text(desk, chat):  # noqa: F811
    source = QMimeData()
    source.setImageData(QImage(5, 5, QImage.Format.Format_RGB32))
    source.setText("a cell")
    chat.pane.composer.field.insertFromMimeData(source)
    assert chat.pane.composer.draft == "a cell"
    assert chat.findChild(SendFilesDialog) is None
