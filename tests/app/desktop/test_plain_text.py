"""What other people wrote is shown as they wrote it, in every widget: never as markup."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QToolTip, QWidget

import app
from app.chat.model import ConversationKind, MessageState
from app.desktop.elided_label import ElidedLabel
from app.desktop.new_conversation import NewConversationDialog
from app.desktop.plain_text import Label, tip, window_title
from app.desktop.settings_dialog import SettingsDialog
from app.desktop.trust_dialog import TrustDialog
from app.desktop.whole_text import WholeTextDialog

HOSTILE = "<b>Ada</b><img src='{picture}'>&amp;[*]&x\u202e"


@pytest.fixture
def hostile(tmp_path) -> str:
    """Markup that would show a picture from this machine's disk."""
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(QColor("#ff00ff"))
    path = tmp_path / "secret.png"
    assert picture.save(str(path))
    return HOSTILE.format(picture=path)


def shows_markup(text: str) -> bool:
    """Whether Qt would take a tool tip for HTML that is not our own escaping."""
    return GuiQt.mightBeRichText(text) and ("<img" in text or "<b>" in text)


def faults(root: QWidget) -> list[str]:
    """Every widget under ``root``, hidden ones too, that would take its text for markup."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        name = f"{type(widget).__name__} {widget.objectName()}"
        if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
            found.append(f"{name}: guesses at {widget.text()!r}")
        if shows_markup(widget.toolTip()):
            found.append(f"{name}: tool tip {widget.toolTip()!r}")
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            for row in range(model.rowCount()):
                column = 0
                while model.hasIndex(row, column):
                    told = model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or ""
                    if shows_markup(told):
                        found.append(f"{name}: tool tip of row {row}: {told!r}")
                    column += 1
    return found


def has_picture(widget: QWidget) -> bool:
    """Whether the secret picture's colour is to be seen."""
    image = widget.grab().toImage()
    return any(
        image.pixelColor(x, y) == QColor("#ff00ff")
        for x in range(0, image.width(), 8)
        for y in range(0, image.height(), 8)
    )


def test_a_label_never_guesses(qtbot, hostile) -> None:
    label = Label(hostile)
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == hostile
    assert not has_picture(label)
    guessing = QLabel(hostile)  # the test can see one
    qtbot.addWidget(guessing)
    assert faults(guessing) and has_picture(guessing)


def test_a_tool_tip_is_escaped_and_keeps_its_lines(hostile) -> None:
    assert tip("") == ""
    assert tip("1 < 2 & 3\nx") == "<span>1 &lt; 2 &amp; 3<br>x</span>"
    assert not shows_markup(tip(hostile)) and shows_markup(hostile)


def test_a_window_title_keeps_what_qt_would_take_for_its_own(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setWindowTitle(window_title("a[*]b"))
    window.setWindowModified(True)  # no warning of a title without a place for its mark
    assert window.windowTitle() == "a[*][*]b"


@pytest.mark.parametrize("kind", list(ConversationKind))
def test_the_window_shows_hostile_text_as_it_is(
    qtbot, window, client, session, hostile, kind
) -> None:
    session.remembered = True
    session.account = type(session.account)(name=hostile)
    session.add_conversation(
        "a", hostile, kind, members=(hostile, "<img src=x>"), last_text=hostile,
        last_sender=hostile, last_time=1.76e9, unread=3,
    )  # fmt: skip
    session.add_message("a", hostile + "2", hostile, 1.76e9)
    session.add_message("a", hostile, hostile, 1.76e9, MessageState.FAILED)
    window.resize(640, 440)  # the header's title has no room: its tool tip has all of it
    window.show()
    with qtbot.waitSignal(client.logged_in):
        client.start()
    window.chat.open("a")
    for code in ("database_reset", "update", "no_such_code", "untrusted_certificate"):
        window.tell(code, hostile)
        assert faults(window) == []
    client.log_in_failed.emit("no_such_code", hostile)
    window.chat.pane.transcript.setFocus()
    QApplication.processEvents()
    assert faults(window) == []
    assert not has_picture(window)


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_the_tip_of_a_title_without_room_draws_no_file(qtbot, hostile) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.resize(40, 20)
    label.setText(hostile * 3)
    label.show()
    assert label.toolTip() and faults(label) == []
    where = QPoint(5, 5)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, where, label.mapToGlobal(where))
    QApplication.sendEvent(label, event)
    qtbot.waitUntil(QToolTip.isVisible)
    shown = [w for w in QApplication.topLevelWidgets() if w.inherits("QTipLabel")]
    assert shown and not any(has_picture(each) for each in shown)
    QToolTip.hideText()
    QTest.qWait(0)


def test_dialogs_show_hostile_text_as_it_is(qtbot, preferences, hostile) -> None:
    people = NewConversationDialog()
    people.search.setText("x")
    people.show_people("x", [hostile, "<img src=x>"])
    for row in range(people.people.count()):
        people.people.item(row).setCheckState(Qt.CheckState.Checked)
    people.show_error(hostile)
    dialogs = [
        people,
        TrustDialog(hostile, "ab" * 32, changed=True),
        SettingsDialog(preferences, hostile),
        WholeTextDialog(hostile),
    ]
    for dialog in dialogs:
        dialog.show()
        assert faults(dialog) == [], dialog
        assert not has_picture(dialog), dialog
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
    assert "<b>Ada</b>" in people.chosen_line.text()


def test_pasted_markup_is_text(window, hostile) -> None:
    data = QMimeData()
    data.setHtml(hostile)
    data.setText(hostile)
    data.setData("image/png", QByteArray(b"x"))
    from app.desktop.composer import Composer

    composer = Composer()
    composer.field.insertFromMimeData(data)
    assert composer.draft == hostile


# --- the source: what the walk does not come to


def calls(tree: ast.AST):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def is_ours(node: ast.expr, own: set[str]) -> bool:
    """Whether a text can only be our own words, or has been escaped."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.IfExp):
        return is_ours(node.body, own) and is_ours(node.orelse, own)
    if isinstance(node, ast.Call):
        if name_of(node.func) == "tip":
            return True
        return name_of(node.func) == "tr" and all(
            keyword.arg in ("n", "count") for keyword in node.keywords
        )
    return isinstance(node, ast.Name) and node.id in own


def own_words(tree: ast.AST) -> set[str]:
    """Names of loops over tuples of tr(...) and of assignments from it."""
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
            rows = node.iter.elts if isinstance(node.iter, ast.Tuple) else []
            for at, name in enumerate(node.target.elts):
                texts = [row.elts[at] for row in rows if isinstance(row, ast.Tuple)]
                if texts and isinstance(name, ast.Name) and all(is_ours(t, own) for t in texts):
                    own.add(name.id)
        named = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if named and is_ours(node.value, own):
            own.add(node.targets[0].id)
    return own


SOURCES = sorted(Path(app.__file__).parent.rglob("*.py"))
# The log viewer's actions name themselves and their keys; the tray's tip is a count.
KNOWN = {("actions.py", "setToolTip")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_source_makes_a_widget_that_guesses(path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    own = own_words(tree)
    for call in calls(tree):
        name = name_of(call.func)
        where = f"{path}:{call.lineno}"
        if path.name != "plain_text.py":
            assert name not in ("QLabel", "QTextBrowser", "QErrorMessage"), where
        assert name not in ("setHtml", "setMarkdown", "insertHtml", "appendHtml"), where
        if name in ("setToolTip", "setWhatsThis") and (path.name, name) not in KNOWN:
            assert is_ours(call.args[-1], own), f"{where}: escape it with plain_text.tip"
        if name == "setTextFormat":
            assert "PlainText" in ast.unparse(call), where
        if name == "QMessageBox":
            assert "setTextFormat(Qt.TextFormat.PlainText)" in path.read_text("utf-8"), where


def test_the_search_for_sources_finds_a_guess() -> None:
    tree = ast.parse("label.setToolTip(name)\nother.setToolTip(tr('a {name}', name=name))")
    assert [is_ours(call.args[-1], own_words(tree)) for call in calls(tree)][:2] == [False, False]
