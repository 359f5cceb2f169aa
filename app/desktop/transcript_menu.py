"""The context menu of one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from app.chat.model import MessageState
from app.chat.replies import answered
from app.desktop import icons
from app.desktop.i18n import tr

if TYPE_CHECKING:
    from app.desktop.transcript_view import TranscriptView


def build_menu(view: TranscriptView, row: int, url: str = "") -> QMenu:
    """What can be done with the message of ``row``, and with the link ``url`` under the pointer."""
    message = view.transcript().message(row)
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    clipboard = QGuiApplication.clipboard()
    if message.seq is not None:
        menu.addAction(icons.icon("reply"), tr("Reply"), lambda: view.reply_wanted.emit(message))
    quote = answered(message.content)
    if quote is not None:
        at = quote.seq
        menu.addAction(
            icons.icon("search"),
            tr("Show what it answers"),
            lambda: view.place_wanted.emit(at),
        )
    if not menu.isEmpty():
        menu.addSeparator()
    marked = view.selected_text()
    if marked:
        menu.addAction(icons.icon("copy"), tr("Copy selection"), lambda: clipboard.setText(marked))
    menu.addAction(icons.icon("copy"), tr("Copy message"), lambda: clipboard.setText(message.text))
    if url:
        menu.addAction(icons.icon("globe"), tr("Open link"), lambda: view.link_opened.emit(url))
        menu.addAction(icons.icon("copy"), tr("Copy link"), lambda: clipboard.setText(url))
    menu.addAction(
        icons.icon("log"),
        tr("Show the whole message"),
        lambda: view.whole_wanted.emit(message.text),
    )
    if message.state is MessageState.FAILED:
        menu.addSeparator()
        menu.addAction(
            icons.icon("retry"), tr("Send again"), lambda: view.retry_wanted.emit(message.client_id)
        )
    view.menu_opened.emit(menu, message)
    return menu
