"""The real window: opening, keys, filtering, finding, following, exporting."""

import json
import os
import threading
import zipfile

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog

from app.desktop.i18n import install_language
from app.desktop.theme import DARK, LIGHT, ThemeChoice, theme
from app.logviewer.actions import MENUS, shortcut_list
from app.logviewer.dialogs import AskDialog, KeyDialog, RulesDialog
from app.logviewer.model import LogColumn
from app.logviewer.query import Pattern, Query
from app.logviewer.settings import Rule
from app.logviewer.sources import Discovery
from app.logviewer.store import FINDING
from xlog.appender import Appender, AppenderConfig
from xlog.record import Level

from .logs import DATA, PRIVATE, START, WRONG, block, line, write_log
from .test_loading import WHOLE


def settle(qtbot, window) -> None:
    """Until all is loaded and judged, and the window has heard of it."""

    def settled() -> bool:
        view = window.model.view
        return (
            not window.progress.isVisible()
            and view.judged == view.total == len(window.logs.store)
            and not view.finding
        )

    qtbot.waitUntil(settled, timeout=20_000)


def opened(qtbot, window, *paths):
    window.logs.open_paths(list(paths))
    settle(qtbot, window)
    return window


def messages(window) -> list[str]:
    model = window.model
    return [model.text(n, LogColumn.MESSAGE) for n in range(model.rowCount())]


def filtered(qtbot, window, change) -> list[str]:
    generation = window.model.view.generation
    change()
    qtbot.waitUntil(lambda: window.model.view.generation > generation, timeout=20_000)
    settle(qtbot, window)
    return messages(window)


def dialog_of(window, kind) -> QDialog:
    return next(each for each in window.findChildren(kind) if each.isVisible())


def sample(tmp_path):
    lines = [
        line("connect to server", 1, Level.INFO, "net", 1),
        line("connect failed\nwith a second line", 2, Level.ERROR, "net", 2),
        line("数据库已打开", 3, Level.DEBUG, "db", 1),
        line("retry", 4, Level.WARN, "net", 2),
        line("give up", 65, Level.FATAL, "chat", 1),
    ]
    return write_log(tmp_path / "sample.xlog", *lines)


@pytest.mark.parametrize("name", WHOLE)
def test_every_kind_of_log_opens_with_its_key(viewer, qtbot, name) -> None:
    window = viewer()
    window.keys.add("mine", PRIVATE)
    opened(qtbot, window, DATA / f"{name}.xlog")
    # 240 messages and two marks; in sync logs the lines behind the opening mark, a block each.
    more = 8 if name.startswith("sync") else 0
    assert window.model.rowCount() == 242 + more
    assert window.notices.texts() == []
    assert "task end taskid:0" in messages(window)[1 + more]


@pytest.mark.parametrize("path", sorted(DATA.glob("damaged_*.xlog")), ids=lambda path: path.stem)
def test_damaged_logs_open_with_marked_rows_and_a_list(viewer, qtbot, path) -> None:
    window = opened(qtbot, viewer(), path)
    pane = window.panes.findings
    assert pane.findings.rowCount() == len(window.logs.store.findings) > 0
    assert "Findings (" in window.panes.tabText(1)
    pane.chosen.emit(pane.findings.store_row(0))
    assert window.current_row().level == FINDING
    assert " at byte " in window.panes.detail.text.toPlainText()
    assert window.table.viewport().grab().toImage().isNull() is False


def test_a_locked_log_asks_for_its_key_refuses_a_wrong_one_and_opens_with_the_right(
    viewer, qtbot
) -> None:
    window = opened(qtbot, viewer(), DATA / "async_zstd_crypt.xlog")
    qtbot.waitUntil(lambda: window.notices.texts() != [])
    assert "private key is needed" in window.notices.texts()[0]
    window.commands.show_keys()
    dialog = dialog_of(window, KeyDialog)
    dialog.private.setText("nonsense")
    dialog.add.click()
    assert "Not a valid private key" in dialog.error.text()
    dialog.private.setText(WRONG)
    dialog.add.click()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.notices.texts() != [])
    assert "None of the saved keys (1)" in window.notices.texts()[0]
    assert "None of the saved keys (1)" in dialog.reason.text()
    assert set(window.logs.store.columns["level"].tolist()) == {FINDING}
    dialog.name.setText("right")
    dialog.private.setText(f" {PRIVATE} ")
    dialog.add.click()
    qtbot.waitUntil(lambda: len(window.logs.store) == 242, timeout=20_000)
    settle(qtbot, window)
    assert window.notices.texts() == []
    qtbot.waitUntil(lambda: dialog.reason.text() == "Nothing in these logs is encrypted.")
    assert dialog.list.count() == 2 and dialog.list.height() >= 2 * dialog.list.sizeHintForRow(0)
    assert dialog.private.height() >= dialog.private.sizeHint().height()
    assert window.model.rowCount() == 242
    dialog.close()


def test_a_key_kept_once_is_tried_by_itself_the_next_time(viewer, qtbot) -> None:
    viewer().keys.add("mine", PRIVATE)
    window = opened(qtbot, viewer(), DATA / "async_zlib_crypt.xlog")
    assert window.model.rowCount() == 242 and not window.notices.texts()


def test_an_empty_file_and_one_that_is_no_log_are_told(viewer, qtbot, tmp_path) -> None:
    (tmp_path / "empty.xlog").touch()
    (tmp_path / "text.xlog").write_text("words and words\n" * 50)
    window = opened(qtbot, viewer(), tmp_path / "empty.xlog", tmp_path / "text.xlog")
    qtbot.waitUntil(lambda: len(window.notices.texts()) == 2)
    assert "is empty" in window.notices.texts()[0]
    assert "not an xlog file. It looks like plain text" in window.notices.texts()[1]
    assert window.model.rowCount() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_a_selected_row_is_written_in_the_selections_own_ink(viewer, qtbot, tmp_path, dark) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    theme().choose(ThemeChoice.DARK if dark else ThemeChoice.LIGHT)
    window.table.selectAll()
    picture = window.table.viewport().grab().toImage()
    inks = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(80)}
    theme().choose(ThemeChoice.SYSTEM)
    palette = DARK if dark else LIGHT
    assert {palette.selection, palette.selection_text} <= inks
    assert not inks & {palette.level_error, palette.level_warning, palette.muted}


def test_a_folder_that_takes_long_holds_nothing_up_and_can_be_given_up(
    viewer, qtbot, tmp_path, monkeypatch
) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    go_on = threading.Event()
    find = Discovery.find

    def slow(self, paths):
        self._progress(132_000)
        go_on.wait(20)
        return find(self, paths)

    monkeypatch.setattr(Discovery, "find", slow)
    folder = tmp_path / "many"
    folder.mkdir()
    write_log(folder / "a.xlog", line("found at last"))
    window.logs.open_paths([folder])
    qtbot.waitUntil(lambda: "132,000" in window.statusBar().currentMessage())
    assert window.progress.isVisible()
    assert window.cancel.isVisible()
    assert "connect to server" in messages(window)[0]  # what was open stays so far
    window.cancel.click()
    assert not window.cancel.isVisible()
    go_on.set()
    qtbot.wait(50)
    assert "connect to server" in messages(window)[0]

    go_on.clear()
    window.logs.open_paths([folder])
    qtbot.waitUntil(lambda: window.progress.isVisible())
    go_on.set()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("a.xlog"))
    settle(qtbot, window)
    assert messages(window) == ["found at last"]


def test_a_pipe_is_told_and_not_waited_for(viewer, qtbot, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.xlog")
    window = viewer()
    window.logs.open_paths([tmp_path / "pipe.xlog"])
    qtbot.waitUntil(lambda: window.notices.texts() != [])
    assert "is a device or a pipe" in window.notices.texts()[0]


def test_of_a_row_of_megabytes_only_what_is_shown_is_decoded(viewer, qtbot, tmp_path) -> None:
    path = write_log(tmp_path / "long.xlog", line("x" * 12_000_000), line("behind it"))
    window = opened(qtbot, viewer(), path)
    window.table.go_to(0)
    assert len(window.model.row(0).message) < 1_000_000
    end = "… truncated here. Copy or export it to get all of it."
    assert window.panes.detail.text.toPlainText().endswith(end)
    assert messages(window)[1] == "behind it"
    window.commands.copy_text()
    qtbot.waitUntil(lambda: len(QGuiApplication.clipboard().text()) > 12_000_000, timeout=20_000)


def test_what_is_not_there_is_told_and_nothing_else_changes(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    window.logs.open_paths([tmp_path / "gone.xlog"])
    assert "does not exist" in window.notices.texts()[0]
    assert window.model.rowCount() == 5


def test_a_folder_an_archive_and_a_dropped_file_open(viewer, qtbot, tmp_path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    sample(folder)
    write_log(folder / "other.xlog", line("other", 2.5))
    window = opened(qtbot, viewer(), folder)
    assert [text.split("\n")[0] for text in messages(window)] == [
        "connect to server", "connect failed", "other", "数据库已打开", "retry", "give up",
    ]  # fmt: skip
    archive = tmp_path / "diagnosis.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(folder / "other.xlog", "logs/other.xlog")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(archive))])
    drop = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(drop)
    settle(qtbot, window)
    assert messages(window) == ["other"]
    assert window.settings.recent[:2] == [str(archive), str(folder)]


def test_a_log_is_added_to_those_that_are_open(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    window.logs.open_paths([write_log(tmp_path / "more.xlog", line("more", 0))], add=True)
    settle(qtbot, window)
    assert messages(window)[0] == "more" and window.model.rowCount() == 6
    assert "2 logs" in window.windowTitle()


def test_filters_by_level_tag_thread_text_and_time(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    panel = window.panel
    at = int(START * 1000)

    def rows(change) -> list[str]:
        return [text.split("\n")[0] for text in filtered(qtbot, window, change)]

    assert rows(lambda: panel.only("tag", "db")) == ["数据库已打开"]
    assert rows(lambda: panel.all_of("tag"))[0] == "connect to server"
    assert rows(lambda: panel.only("thread", "42, 2")) == ["connect failed", "retry"]
    assert len(rows(window.commands.clear_filter)) == 5
    assert rows(lambda: panel.set_span(at + 3000, at + 4000)) == ["数据库已打开", "retry"]
    assert len(rows(window.commands.clear_filter)) == 5
    typed = "SECOND"
    assert rows(lambda: qtbot.keyClicks(panel.edit.field, typed)) == ["connect failed"]
    assert len(rows(window.commands.clear_filter)) == 5
    item = panel._items["level", str(int(Level.INFO))]
    assert "connect to server" not in rows(lambda: item.setCheckState(0, Qt.CheckState.Unchecked))


def test_conditions_are_kept_one_by_one_excluded_and_removed(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    panel = window.panel

    def shows(*wanted: str) -> None:
        def first_lines() -> list[str]:
            return [text.split("\n")[0] for text in messages(window)]

        qtbot.waitUntil(lambda: first_lines() == list(wanted), timeout=20_000)

    panel.edit.field.setText("connect")
    panel.keep_pattern()
    shows("connect to server", "connect failed")
    panel.edit.regex.setChecked(True)
    panel.edit.field.setText("fail.d")
    shows("connect failed")
    panel.exclude.click()
    shows("connect to server")
    assert panel.kept.patterns == (Pattern("connect"), Pattern("fail.d", True, exclude=True))
    assert panel.patterns.count() == 2
    panel._change(1, None)
    shows("connect to server", "connect failed")


def test_a_broken_expression_is_shown_at_its_field(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    window.panel.edit.regex.setChecked(True)
    window.panel.edit.field.setText("(")
    qtbot.waitUntil(lambda: window.panel.edit.field.property("invalid") is True)
    assert "Not a valid regular expression" in window.panel.edit.field.toolTip()
    settle(qtbot, window)
    assert window.model.rowCount() == 5


def test_a_filter_is_saved_and_taken_again(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    filtered(qtbot, window, lambda: window.panel.reset(Query().with_level_from(Level.ERROR)))
    window.commands.ask_save_filter()
    dialog = dialog_of(window, AskDialog)
    dialog.accept()
    assert dialog.isVisible() and dialog.error.text()
    dialog.field.setText("errors")
    dialog.accept()
    again = opened(qtbot, viewer(), tmp_path / "sample.xlog")
    menu = again.panel.saved.menu()
    menu.aboutToShow.emit()
    assert menu.actions()[0].text() == "errors"
    assert len(filtered(qtbot, again, menu.actions()[0].trigger)) == 2


def test_find_goes_round_with_a_count(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    window.table.go_to(0)
    window.menus["find"].trigger()
    qtbot.keyClicks(window.find_bar.edit.field, "connect")
    qtbot.waitUntil(lambda: window.find_bar.count.text() == "1 of 2")
    qtbot.keyClick(window.find_bar.edit.field, Qt.Key.Key_Return)
    assert window.table.current_position() == 1
    assert window.find_bar.count.text() == "2 of 2"
    window.commands.find_next()
    assert window.table.current_position() == 0
    window.commands.find_previous()
    assert window.table.current_position() == 1
    window.table.go_to(3)
    assert window.find_bar.count.text() == "2 found"
    window.find_bar.edit.field.setText("nowhere")
    qtbot.waitUntil(lambda: window.find_bar.count.text() == "No results")
    qtbot.keyClick(window.find_bar.edit.field, Qt.Key.Key_Escape)
    assert not window.find_bar.isVisible()
    qtbot.waitUntil(lambda: window.model.view.found is None)


def test_letters_on_the_table_go_to_errors_threads_and_bookmarks(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    table = window.table
    table.go_to(0)
    table.setFocus()
    window.activateWindow()
    qtbot.waitUntil(table.hasFocus)
    qtbot.keyClick(table, Qt.Key.Key_E)
    assert table.current_position() == 1
    assert window.panes.detail.text.toPlainText() == "connect failed\nwith a second line"
    qtbot.keyClick(table, Qt.Key.Key_T)
    assert table.current_position() == 3
    qtbot.keyClick(table, Qt.Key.Key_M)
    assert table.bookmarks == {3}
    qtbot.keyClick(table, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert table.current_position() == 1
    qtbot.keyClick(table, Qt.Key.Key_B)
    assert table.current_position() == 3
    qtbot.keyClick(table, Qt.Key.Key_D)
    assert table.current_position() == 3
    assert window.statusBar().currentMessage() == "Nothing further in this direction."


def test_bookmarks_with_notes_are_there_the_next_time(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    window.table.go_to(2)
    window.commands.ask_note()
    pane = window.panes.bookmarks
    pane.topLevelItem(0).setText(0, "看这里")
    again = opened(qtbot, viewer(), tmp_path / "sample.xlog")
    qtbot.waitUntil(lambda: again.table.bookmarks == {2})
    assert again.panes.bookmarks.topLevelItem(0).text(0) == "看这里"
    again.panes.bookmarks.setCurrentItem(again.panes.bookmarks.topLevelItem(0))
    qtbot.keyClick(again.panes.bookmarks, Qt.Key.Key_Delete)
    assert again.table.bookmarks == frozenset()


def test_a_jump_takes_a_time_of_the_day(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    window.table.go_to(0)
    window.commands.ask_jump()
    dialog = dialog_of(window, AskDialog)
    dialog.field.setText("noon")
    dialog.accept()
    assert dialog.isVisible() and "Enter a time" in dialog.error.text()
    dialog.field.setText("19:07:40")
    dialog.accept()
    assert window.current_row().message == "give up"


def test_the_time_map_scrolls_and_chooses_a_span(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    qtbot.mouseClick(window.map, Qt.MouseButton.LeftButton, pos=QPoint(window.map.width() - 10, 20))
    assert window.current_row().message == "give up"
    window.map.setFocus()
    qtbot.keyClick(window.map, Qt.Key.Key_Home)
    assert window.table.current_position() == 0
    start = int(START * 1000)
    shown = filtered(qtbot, window, lambda: window.map.span_chosen.emit(start, start + 2500))
    assert len(shown) == 2
    assert window.panel.since.text().endswith("19:06:40.000")


def test_rules_colour_rows(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    window.commands.show_rules()
    dialog = dialog_of(window, RulesDialog)
    dialog.edit.field.setText("retry")
    dialog.add.click()
    qtbot.waitUntil(
        lambda: (
            window.model.view.colours is not None
            and window.model.view.colours.tolist() == [0, 0, 0, 1, 0]
        )
    )
    assert window.settings.rules == [Rule(Pattern("retry"), 0)]
    dialog.list.setCurrentRow(0)
    dialog.remove.click()
    qtbot.waitUntil(lambda: window.model.view.colours is None)
    dialog.close()


def test_selected_rows_are_copied_as_text_and_as_json(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    clipboard = QGuiApplication.clipboard()
    window.table.selectAll()
    assert "5 selected, 64.000 s apart" in window.count.text()
    clipboard.clear()
    window.commands.copy_text()
    qtbot.waitUntil(lambda: clipboard.text().count("\n") == 6)
    window.table.go_to(2)
    window.commands.copy_json()
    qtbot.waitUntil(lambda: clipboard.text().startswith("{"))
    assert json.loads(clipboard.text())["message"] == "数据库已打开"


def test_the_filter_result_is_exported(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    filtered(qtbot, window, lambda: window.panel.only("thread", "42, 2"))
    out = tmp_path / "out.jsonl"
    window.commands.extracts.write(out, window.model.view.rows)
    qtbot.waitUntil(lambda: "rows written" in window.statusBar().currentMessage())
    rows = [json.loads(text) for text in out.read_text("utf-8").splitlines()]
    assert [row["message"].split("\n")[0] for row in rows] == ["connect failed", "retry"]
    window.commands.extracts.write(tmp_path / "no" / "out.csv", window.model.view.rows)
    qtbot.waitUntil(lambda: any("Can't write" in t for t in window.notices.texts()))


def test_a_growing_log_is_followed_at_its_end(viewer, qtbot, tmp_path) -> None:
    path = write_log(tmp_path / "a.xlog", *(line(f"n {n}", n) for n in range(100)))
    window = opened(qtbot, viewer(), path)
    window.menus["follow"].setChecked(True)
    with path.open("ab") as file:
        file.write(block(line("the newest", 200)))
    qtbot.waitUntil(lambda: window.model.rowCount() == 101, timeout=10_000)
    assert window.table.at_end()
    window.menus["follow"].setChecked(False)


def test_phobos_own_running_log_is_opened_and_followed(viewer, qtbot, tmp_path) -> None:
    window = viewer()
    window.commands.open_own_log()
    assert "has not written any logs" in window.notices.texts()[0]
    appender = Appender(AppenderConfig(log_dir=tmp_path / "logs", prefix="phobos"))
    try:
        appender.log(Level.INFO, "net", "first")  # in the memory buffer alone
        window.commands.open_own_log()
        settle(qtbot, window)
        qtbot.waitUntil(lambda: "first" in messages(window), timeout=10_000)
        appender.flush_sync()
        appender.log(Level.INFO, "net", "live")
        qtbot.waitUntil(lambda: "live" in messages(window), timeout=10_000)
        window.commands.open_own_log()
        settle(qtbot, window)
        qtbot.waitUntil(lambda: "live" in messages(window), timeout=10_000)
        appender.log(Level.INFO, "net", "last")
        qtbot.waitUntil(lambda: "last" in messages(window), timeout=10_000)
        assert [messages(window).count(text) for text in ("first", "live", "last")] == [1, 1, 1]
    finally:
        window.close()
        appender.close()


def test_a_log_deleted_and_one_truncated_while_open_stay_readable(viewer, qtbot, tmp_path) -> None:
    gone = sample(tmp_path)
    cut = write_log(tmp_path / "cut.xlog", *(line(f"n {n}", n) for n in range(50)))
    window = opened(qtbot, viewer(), gone, cut)
    window.menus["follow"].setChecked(True)
    gone.unlink()
    qtbot.waitUntil(lambda: any("was deleted" in text for text in window.notices.texts()))
    qtbot.waitUntil(lambda: len(window.logs.store) == 55)
    with cut.open("ab") as file:
        file.write(block(line("grown", 60)))
    qtbot.waitUntil(lambda: len(window.logs.store) == 56)
    cut.write_bytes(block(line("anew", 70)))
    qtbot.waitUntil(lambda: any("truncated" in text for text in window.notices.texts()))
    settle(qtbot, window)
    assert "connect failed\nwith a second line" in messages(window)
    window.menus["follow"].setChecked(False)


def test_loading_can_be_cancelled_and_the_log_be_left(viewer, qtbot, tmp_path) -> None:
    path = write_log(tmp_path / "a.xlog", *(line(f"n {n}", n) for n in range(20_000)))
    window = viewer()
    window.logs.open_paths([path])
    qtbot.waitUntil(lambda: window.model.rowCount() > 0)
    window.cancel.click()
    settle(qtbot, window)
    assert 0 < len(window.logs.store) <= 20_000
    opened(qtbot, window, sample(tmp_path))
    assert window.model.rowCount() == 5


def test_a_change_of_the_filter_keeps_the_current_row(viewer, qtbot, tmp_path) -> None:
    path = write_log(
        tmp_path / "a.xlog", *(line(f"n {n}", n, tag=f"t{n % 2}") for n in range(2000))
    )
    window = opened(qtbot, viewer(), path)
    window.table.go_to(1501)
    filtered(qtbot, window, lambda: window.panel.only("tag", "t1"))
    assert window.current_row().message == "n 1501"
    filtered(qtbot, window, window.commands.clear_filter)
    assert window.current_row().message == "n 1501"


def test_a_finding_that_the_filter_hides_says_so(viewer, qtbot) -> None:
    window = opened(qtbot, viewer(), DATA / "damaged_zeros_async_zlib_plain.xlog")
    filtered(qtbot, window, lambda: window.panel.only("level", "4"))
    window.panes.findings.chosen.emit(window.panes.findings.findings.store_row(0))
    assert "hides" in window.notices.texts()[0]


def test_every_part_has_a_name_for_a_screen_reader(viewer, qtbot, tmp_path) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    parts = (
        window.table, window.map, window.markers, window.progress, window.panel.tree,
        window.panel.edit.field, window.panel.edit.regex, window.panel.edit.case,
        window.panel.since, window.panel.until, window.panel.saved, window.panel.clear,
        window.find_bar.edit.field, window.find_bar.next, window.find_bar.previous,
        window.find_bar.close_button, window.panes.detail.text, window.panes.findings,
        window.panes.bookmarks,
    )  # fmt: skip
    assert all(part.accessibleName() for part in parts)
    spoken = window.model.data(window.model.index(1, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Error, ") and "connect failed" in spoken


def test_every_command_has_words_and_no_two_share_a_key() -> None:
    keys = [
        key
        for _, commands in MENUS
        for command in commands
        if command is not None
        for key in (*command.keys, *command.letters)
    ]
    assert len(keys) == len(set(keys))
    assert len(shortcut_list()) > 30


def test_the_language_and_the_theme_change_while_the_window_is_open(
    viewer, qtbot, tmp_path
) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    install_language("zh_CN")
    QApplication.processEvents()
    assert window.panel.title.text() == "筛选"
    assert window.menus["open"].text() == "打开…"
    theme().choose(ThemeChoice.DARK)
    dark = window.grab().toImage().pixelColor(600, 300)
    theme().choose(ThemeChoice.LIGHT)
    assert dark.lightness() < 80 < window.grab().toImage().pixelColor(600, 300).lightness()


def test_the_window_comes_back_in_its_shape(viewer) -> None:
    window = viewer()
    window.menus["panel"].setChecked(False)
    assert not window.panel.isVisible()
    window.close()
    again = viewer()
    assert not again.menus["panel"].isChecked() and not again.panel.isVisible()


def test_the_documentation_names_every_key() -> None:
    text = (DATA.parents[2] / "docs" / "viewer.md").read_text("utf-8")
    for _, commands in MENUS:
        for command in commands:
            if command is not None and (command.keys or command.letters):
                keys = ", ".join(f"`{key}`" for key in (*command.keys, *command.letters))
                assert f"| {command.text.rstrip('…')} | {keys} |" in text


def test_a_closed_window_lets_the_records_go_and_reads_them_when_shown_again(
    viewer, qtbot, tmp_path
) -> None:
    window = opened(qtbot, viewer(), sample(tmp_path))
    window.close()
    assert window.model.rowCount() == 0
    window.show()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.model.rowCount() == 5)


def test_the_chat_opens_the_viewer_on_its_own_logs(qtbot, tmp_path, monkeypatch) -> None:
    from app.logviewer import entry, settings

    monkeypatch.setattr(settings, "default_folder", lambda: tmp_path / "home")
    logs = tmp_path / "logs"
    logs.mkdir()
    sample(logs)
    window = entry.open_window(logs, [str(logs)])
    window.show()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.model.rowCount() == 5)
    assert window.menus["follow"].isChecked()
    window.close()
    window.deleteLater()


def test_the_command_line_explains_itself_and_refuses_nonsense(capsys) -> None:
    from app.logviewer.entry import main

    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0 and "FILE" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--theme", "purple"])
    assert ended.value.code == 2
