"""Replies in the window: asked for, shown above the field, sent, painted, and followed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from app.chat.replies import Quote, answered, quote_of, reply_content
from app.desktop.transcript_menu import build_menu


def labels(menu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def choose(menu, label: str) -> None:
    next(action for action in menu.actions() if action.text() == label).trigger()


def test_reply_in_the_menu_quotes_above_the_field_and_goes_with_the_message(qtbot, chat) -> None:
    page = chat.chat
    page.open("a")
    composer = page.pane.composer
    choose(build_menu(page.pane.transcript, 0), "Reply")
    assert composer.quote_row.isVisible()
    assert composer.quote == Quote(page.messages.message(0).seq, "Alan", "Hello")
    composer.field.setPlainText("Hello to you")
    qtbot.keyClick(composer.field, Qt.Key.Key_Return)
    sent = page.messages.message(page.messages.rowCount() - 1)
    assert sent.text == "Hello to you"
    assert answered(sent.content).excerpt == "Hello"
    assert not composer.quote_row.isVisible()
    assert "in reply to Alan: Hello" in page.messages._spoken(sent)
    assert "Reply" not in labels(build_menu(page.pane.transcript, page.messages.rowCount() - 1))


def test_escape_and_another_conversation_end_the_reply(qtbot, chat) -> None:
    page = chat.chat
    page.open("a")
    for leave in (lambda: qtbot.keyClick(chat, Qt.Key.Key_Escape), lambda: page.open("g")):
        page.pane.reply_to(page.messages.message(0))
        assert page.pane.composer.quote is not None
        leave()
        assert page.pane.composer.quote is None
        assert not page.pane.composer.quote_row.isVisible()


def test_a_click_on_the_quote_shows_what_was_answered(qtbot, chat, session) -> None:
    first = session.messages("a")[0]
    answer = session.add_message(
        "a", "Alan", "Yes", first.time + 9000, content=reply_content(quote_of(first))
    )
    page = chat.chat
    page.open("a")
    view = page.pane.transcript
    row = page.messages.row_of_seq(answer.seq)
    view.settle()
    made = view._layout.bubble(row)
    assert made.content.quote_sender == "Alan"
    box = view._layout.bubble_box(row, view._top(row))
    spot = box.topLeft() + made._quote_box.center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPointF(spot).toPoint())
    assert view.currentIndex().row() == 0


def test_a_long_quote_is_one_line_within_its_bubble(chat, session) -> None:
    quote = Quote(1, "Alan", "words " * 30)
    answer = session.add_message("a", "Alan", "ok", 2e9, content=reply_content(quote))
    page = chat.chat
    page.open("a")
    layout = page.pane.transcript._layout
    made = layout.bubble(page.messages.row_of_seq(answer.seq))
    assert made.size.width() <= layout._room() + 1
    assert made._quote_box.right() <= made.size.width()
    assert made.position_at(made._quote_box.center()) == 0
