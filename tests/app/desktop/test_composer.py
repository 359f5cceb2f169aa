import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication

from app.chat.model import MAX_TEXT
from app.desktop.composer import MAX_LINES, Composer


@pytest.fixture
def composer(qtbot):
    made = Composer()
    qtbot.addWidget(made)
    made.resize(500, 60)
    made.show()
    return made


def test_enter_sends_and_empties_the_field(qtbot, composer) -> None:
    qtbot.keyClicks(composer.field, "hello")
    with qtbot.waitSignal(composer.sent) as caught:
        qtbot.keyClick(composer.field, Qt.Key.Key_Return)
    assert caught.args == ["hello"]
    assert composer.draft == ""


def test_shift_enter_breaks_the_line(qtbot, composer) -> None:
    qtbot.keyClicks(composer.field, "one")
    with qtbot.assertNotEmitted(composer.sent):
        qtbot.keyClick(composer.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.field, "two")
    assert composer.draft == "one\ntwo"


def test_enter_belongs_to_the_input_method_in_the_middle_of_a_word(qtbot, composer) -> None:
    QApplication.sendEvent(composer.field, QInputMethodEvent("nihao", []))
    with qtbot.assertNotEmitted(composer.sent):
        qtbot.keyClick(composer.field, Qt.Key.Key_Return)
    done = QInputMethodEvent("", [])
    done.setCommitString("你好")
    QApplication.sendEvent(composer.field, done)
    with qtbot.waitSignal(composer.sent) as caught:
        qtbot.keyClick(composer.field, Qt.Key.Key_Return)
    assert caught.args[0].startswith("你好")


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_is_not_sent(qtbot, composer, text) -> None:
    composer.draft = text
    with qtbot.assertNotEmitted(composer.sent):
        composer.submit()
    assert not composer.button.isEnabled()


def test_a_message_that_is_too_long_is_kept_and_told(qtbot, composer) -> None:
    composer.draft = "好" * (MAX_TEXT + 1)
    assert not composer.note.isHidden()
    with qtbot.assertNotEmitted(composer.sent):
        composer.submit()
    assert len(composer.draft) == MAX_TEXT + 1
    composer.draft = "好" * MAX_TEXT
    assert composer.note.isHidden() and composer.button.isEnabled()


def test_the_field_grows_to_six_lines_and_then_scrolls(qtbot, composer) -> None:
    heights = []
    for lines in (1, 2, MAX_LINES, MAX_LINES + 4):
        composer.draft = "\n".join("x" * lines)
        heights.append(composer.field.height())
    assert heights[0] < heights[1] < heights[2] == heights[3]


def test_only_plain_text_is_pasted(composer) -> None:
    mime = QMimeData()
    mime.setHtml("<b>bold</b>")
    mime.setText("bold")
    composer.field.insertFromMimeData(mime)
    assert composer.draft == "bold"
