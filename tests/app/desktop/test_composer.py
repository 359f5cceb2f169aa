import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent, QTextOption
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


def test_enter_sends_again_once_the_input_method_went_without_a_word(qtbot, composer) -> None:
    QApplication.sendEvent(composer.field, QInputMethodEvent("nihao", []))
    composer.field.clear()  # the word goes with the text, and no event says so
    qtbot.keyClicks(composer.field, "hello")
    with qtbot.waitSignal(composer.sent) as caught:
        qtbot.keyClick(composer.field, Qt.Key.Key_Return)
    assert caught.args == ["hello"]


def test_the_button_sends_the_word_that_the_input_method_is_in_the_middle_of(
    qtbot, composer
) -> None:
    QApplication.sendEvent(composer.field, QInputMethodEvent("nihao", []))
    assert composer.button.isEnabled()
    with qtbot.waitSignal(composer.sent) as caught:
        qtbot.mouseClick(composer.button, Qt.MouseButton.LeftButton)
    assert caught.args == ["nihao"]
    assert composer.draft == "" and not composer.field.composing


def test_a_draft_keeps_the_word_in_the_input_method(composer) -> None:
    composer.draft = "so "
    QApplication.sendEvent(composer.field, QInputMethodEvent("nihao", []))
    assert composer.draft == "so nihao"


UNSEEN = ["\u200b", "\u3164", "\u2800", "\u202e", "\u00ad\u2060", "\U000e0041", "\ufe0f", " \u3000"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n", *UNSEEN])
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


def test_a_megabyte_from_the_clipboard_is_told_and_not_taken_in(composer) -> None:
    composer.draft = "before"
    mime = QMimeData()
    mime.setText("x" * 2**20)
    composer.field.insertFromMimeData(mime)
    assert composer.draft == "before"
    assert not composer.note.isHidden() and "1,048,576" in composer.note.text()
    assert composer.button.isEnabled()
    composer.field.insertPlainText("!")
    assert composer.note.isHidden()


def test_what_is_marked_makes_room_for_what_is_pasted(composer) -> None:
    composer.draft = "y" * MAX_TEXT
    composer.field.selectAll()
    mime = QMimeData()
    mime.setText("x" * MAX_TEXT)
    composer.field.insertFromMimeData(mime)
    assert composer.draft == "x" * MAX_TEXT and composer.note.isHidden()


def test_the_indent_of_pasted_code_is_kept(qtbot, composer) -> None:
    composer.draft = "\n  \n    if ready:\n        go()\n\n"
    with qtbot.waitSignal(composer.sent) as caught:
        composer.submit()
    assert caught.args == ["    if ready:\n        go()"]


@pytest.mark.parametrize(
    ("text", "anywhere"),
    [
        ("a" * 5000, True),
        ("word " * 1000, False),
        ("好" * 5000, False),  # Chinese breaks at every character by itself
        ("好" * 1000 + " understanding", False),
        ("ひらがなカタカナ、" * 500 + " understanding", False),
        ("안녕하세요" * 500, False),
        ("好" * 500 + "a" * 1000, True),
    ],
)
def test_a_text_breaks_between_words_where_there_are_any(composer, text, anywhere) -> None:
    composer.draft = text
    modes = QTextOption.WrapMode
    wanted = modes.WrapAnywhere if anywhere else modes.WrapAtWordBoundaryOrAnywhere
    assert composer.field.wordWrapMode() is wanted
    composer.submit()
    assert composer.field.wordWrapMode() is modes.WrapAtWordBoundaryOrAnywhere


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
