import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFont, QGuiApplication, QImage, QPainter

from app.chat.model import Message, MessageState
from app.desktop.bubble import Bubble, Content
from app.desktop.local_time import day_text, local_day
from app.desktop.row_heights import RowHeights
from app.desktop.theme import ThemeChoice, theme
from app.desktop.transcript_menu import build_menu
from app.desktop.transcript_model import TranscriptModel
from app.desktop.transcript_view import TranscriptView

START = 1_760_000_000.0


def message(number, text="Hello", sender="Alan", seq=0, state=MessageState.RECEIVED, at=None):
    return Message(
        client_id=f"m{number}",
        conversation_id="c",
        seq=number if seq == 0 else seq,
        sender=sender,
        text=text,
        time=START + number * 60 if at is None else at,
        state=state,
        error="",
    )


@pytest.fixture
def view(qtbot):
    model = TranscriptModel()
    made = TranscriptView(model)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    model.setParent(made)
    return made


def fill(view, count, text="Hello", first=0):
    messages = [message(first + n, f"{text} {n}" * (1 + n % 7)) for n in range(count)]
    view.transcript().show(messages, me="Ada", group=True)
    return messages


def test_a_conversation_opens_at_its_end(view) -> None:
    fill(view, 300)
    assert view.at_end
    bottom = view.visualRect(view.model().index(299, 0)).bottom()
    assert bottom <= view.viewport().height()
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_only_what_is_shown_is_laid_out(view) -> None:
    fill(view, 50_000)
    laid_out = sum(view._rows.is_exact(row) for row in range(50_000))
    assert laid_out < 200


def test_older_messages_come_in_above_without_moving_what_is_read(view) -> None:
    fill(view, 100, first=1000)
    view.verticalScrollBar().setValue(300)
    row = view.indexAt(view.viewport().rect().center()).row()
    before = view.visualRect(view.model().index(row, 0)).top()
    view.transcript().prepend([message(n, "older " * 40) for n in range(50)])
    view.settle()
    assert view.visualRect(view.model().index(row + 50, 0)).top() == before


def test_a_new_message_scrolls_in_at_the_end_but_not_while_reading_above(view) -> None:
    fill(view, 100)
    view.transcript().put(message(100, "new"))
    view.settle()
    assert view.visualRect(view.model().index(100, 0)).bottom() <= view.viewport().height()
    view.verticalScrollBar().setValue(200)
    assert not view.at_end
    view.transcript().put(message(101, "newer"))
    view.settle()
    assert view.verticalScrollBar().value() == 200


def test_resizing_keeps_the_first_visible_message_in_place(view) -> None:
    fill(view, 200, "many words that wrap in a narrow window ")
    view.verticalScrollBar().setValue(2000)
    row = view.indexAt(view.viewport().rect().topLeft()).row()
    view.resize(380, 400)
    view.settle()
    assert view.indexAt(view.viewport().rect().topLeft()).row() == row


def test_few_messages_stand_at_the_bottom(view) -> None:
    fill(view, 2)
    box = view.visualRect(view.model().index(1, 0))
    assert box.bottom() > view.viewport().height() - 30


def test_nearing_the_top_asks_for_older_messages(qtbot, view) -> None:
    fill(view, 300)
    with qtbot.waitSignal(view.older_wanted):
        view.verticalScrollBar().setValue(100)


def test_every_row_can_be_found_where_it_is_painted(view) -> None:
    fill(view, 60)
    for value in range(0, view.verticalScrollBar().maximum(), 97):
        view.verticalScrollBar().setValue(value)
        for y in (1, 200, 380):
            index = view.indexAt(view.viewport().rect().topLeft() + QPointF(50, y).toPoint())
            box = view.visualRect(index)
            assert box.top() <= y <= box.bottom()


def test_own_states_are_shown_and_a_number_from_the_server_moves_the_message(view) -> None:
    model = view.transcript()
    model.show([message(1)], me="Ada", group=False)
    model.put(message(2, sender="Ada", seq=None, state=MessageState.WAITING))
    model.put(message(3, seq=2))
    assert [model.message(r).client_id for r in range(3)] == ["m1", "m3", "m2"]
    model.put(message(2, sender="Ada", seq=3, state=MessageState.SENT))
    assert model.rowCount() == 3
    assert model.message(2).state is MessageState.SENT


def test_the_same_message_twice_is_shown_once(view) -> None:
    model = view.transcript()
    model.show([], me="Ada", group=False)
    assert model.put(message(1)) is True
    assert model.put(message(1)) is False
    assert model.rowCount() == 1


def test_days_and_runs_are_told_apart() -> None:
    model = TranscriptModel()
    day = 86_400
    model.show(
        [
            message(1, at=START),
            message(2, at=START + 60),
            message(3, sender="Ada", at=START + 90),
            message(4, sender="Ada", at=START + 3 * day),
        ],
        me="Ada",
        group=False,
    )
    assert [model.starts_day(r) for r in range(4)] == [True, False, False, True]
    assert [model.starts_run(r) for r in range(4)] == [True, False, True, True]
    assert [model.ends_run(r) for r in range(4)] == [False, True, True, True]


def test_a_day_is_named_as_a_person_would() -> None:
    today = local_day(START)
    assert day_text(today, today) == "Today"
    assert day_text(local_day(START - 86_400), today) == "Yesterday"
    assert str(today.year - 1) in day_text(today.replace(year=today.year - 1), today)


def test_screen_readers_hear_who_when_what_and_whether_it_was_sent() -> None:
    model = TranscriptModel()
    failed = message(1, "lost", sender="Ada", seq=None, state=MessageState.FAILED)
    model.show([message(2, "Hi"), failed], me="Ada", group=False)
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index(0).data(role).startswith("Alan, ")
    assert model.index(1).data(role).startswith("You, ")
    assert model.index(1).data(role).endswith("lost, not sent")


def test_text_is_marked_with_the_mouse_and_copied(qtbot, view) -> None:
    view.transcript().show([message(1, "你好 🚀 world")], me="Ada", group=False)
    view.settle()
    box = view._layout.bubble_box(0, view._top(0))
    qtbot.mouseDClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=(box.topLeft() + QPointF(20, 15)).toPoint()
    )
    assert view.selected_text() == "你好 🚀 world"
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "你好 🚀 world"


def test_the_menu_of_a_failed_message_offers_to_send_it_again(qtbot, view) -> None:
    failed = message(1, sender="Ada", seq=None, state=MessageState.FAILED)
    view.transcript().show([failed], me="Ada", group=False)
    menu = build_menu(view, 0, "https://example.org")
    actions = {action.text(): action for action in menu.actions()}
    assert {"Copy message", "Open link", "Copy link", "Send again"} <= set(actions)
    with qtbot.waitSignal(view.retry_wanted) as caught:
        actions["Send again"].trigger()
    assert caught.args == ["m1"]
    menu.deleteLater()


def test_a_link_is_opened_by_a_click(qtbot, view) -> None:
    text = "🚀 see https://example.org/a?b=c. now"
    view.transcript().show([message(1, text)], me="Ada", group=False)
    view.settle()
    bubble, box = view._layout.bubble(0), view._layout.bubble_box(0, view._top(0))
    spot = next(
        QPointF(x, 16) for x in range(0, int(box.width()), 2) if bubble.link_at(QPointF(x, 16))
    )
    with qtbot.waitSignal(view.link_opened) as caught:
        qtbot.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, pos=(box.topLeft() + spot).toPoint()
        )
    assert caught.args == ["https://example.org/a?b=c"]


def test_arrow_keys_walk_through_the_messages(qtbot, view) -> None:
    fill(view, 40)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.currentIndex().row() == 39
    for _ in range(12):
        qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.currentIndex().row() == 27
    assert view.visualRect(view.currentIndex()).top() >= 0
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0


def test_a_very_long_message_is_cut_and_shown_whole_on_request(qtbot, view) -> None:
    text = "long " * 20_000
    view.transcript().show([message(1, text)], me="Ada", group=False)
    view.settle()
    assert view._layout.bubble(0).content.more
    assert len(view._layout.bubble(0).text) == 4000
    view.setCurrentIndex(view.model().index(0, 0))
    with qtbot.waitSignal(view.whole_wanted) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert caught.args == [text]


ODD_TEXTS = [
    "",
    " ",
    "\n\n\n",
    "a" * 3000,
    "\u202eturned\u202c",
    "\ud83d",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 50,
    "a\tb\x00c",
]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_texts_are_painted(view, text) -> None:
    view.transcript().show([message(1, text)], me="Ada", group=True)
    view.settle()
    assert not view.grab().isNull()
    assert view._layout.bubble(0).size.width() <= 600


def test_the_time_stands_in_the_last_line_where_it_fits(qapp) -> None:
    font = QFont()
    short = Bubble(Content("Hi", out=True, time="10:00"), font, 400)
    bare = Bubble(Content("Hi", out=True), font, 400)
    assert short.size.height() == bare.size.height()
    assert short.size.width() > bare.size.width()


def test_heights_add_up_after_any_change() -> None:
    rows = RowHeights()
    rows.reset([10] * 100)
    rows.measured(50, 37)
    rows.insert(0, [5] * 20)
    rows.remove(30, 10)
    expected = 5 * 20 + 10 * 99 + 37 - 10 * 10
    assert rows.total == expected
    for row in range(len(rows)):
        assert rows.row_at(rows.top(row)) == row
        assert rows.row_at(rows.top(row) + rows.height(row) - 1) == row
    assert rows.row_at(10**9) == len(rows) - 1
    assert RowHeights().row_at(5) == -1


def test_a_change_of_language_lays_the_transcript_out_again(qapp, view) -> None:
    fill(view, 20)
    view.retranslate()
    qapp.sendEvent(view, QEvent(QEvent.Type.LanguageChange))
    view.settle()
    assert view._rows.is_exact(19)


@pytest.mark.parametrize("text", ["🚀", "👍🏽👨‍👩‍👧‍👦🇨🇳", "❤️", "🎉 🎉"])
def test_a_message_of_a_few_emoji_is_shown_large(qapp, text) -> None:
    font = QFont()
    small = Bubble(Content(text=f"{text} x", out=False), font, 400).size.height()
    assert Bubble(Content(text=text, out=False), font, 400).size.height() > 1.25 * small


@pytest.mark.parametrize("text", ["7", "©x", "🚀🚀🚀🚀", "🚀\n🚀", "a🚀", "1️2"])
def test_any_other_message_is_shown_as_it_is(qapp, text) -> None:
    font = QFont()
    other = Bubble(Content(text=text.replace("🚀", "x"), out=False), font, 400).size.height()
    assert Bubble(Content(text=text, out=False), font, 400).size.height() < 1.25 * other


def test_links_are_inked_in_every_line_and_in_each_theme(qapp) -> None:
    bubble = Bubble(Content("see https://im.example/" + "a/" * 60, out=False), QFont(), 200)
    assert bubble._layout.lineCount() > 2

    def ink():
        (found,) = bubble._layout.formats()
        assert (found.start, found.length) == (4, len(bubble.text) - 4)
        look = found.format
        return look.foreground().color().name()

    before = ink()
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    theme().choose(ThemeChoice.DARK)
    painter = QPainter(image)
    bubble.paint(painter, QPointF(0, 0))
    painter.end()
    assert ink() == theme().color("link").name() != before
