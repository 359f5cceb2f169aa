"""The dialog: what it shows is what is written; ticks, locked logs, errors, languages."""

import zipfile

import pytest
from PySide6.QtCore import Qt

from app.desktop.i18n import install_language
from app.diagnostics import preview
from app.diagnostics.export import ExportSource
from app.diagnostics.preview import ExportDialog
from app.diagnostics.preview_files import size_text
from tests.app.diagnostics.profiles import MESSAGE, NAME, PAIR, everything_in, leaks, make_profile


@pytest.fixture
def opened(qtbot, loop, tmp_path):
    """Opens the dialog on a profile with planted secrets, and waits until it has read it."""

    def open_one(**options):
        profile = make_profile(tmp_path / "p", **options)
        dialog = ExportDialog(ExportSource(profile), encrypted=bool(options))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.show()
        ready(qtbot, dialog)
        return dialog

    return open_one


def ready(qtbot, dialog):
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=60_000)


def row_of(dialog, name):
    for number in range(dialog.files.count()):
        if name in dialog.files.item(number).text():
            return dialog.files.item(number)
    raise AssertionError(name)


def show(dialog, name):
    dialog.files.setCurrentItem(row_of(dialog, name))
    return dialog.content.toPlainText()


def save(qtbot, dialog, target):
    with qtbot.waitSignal(dialog.saved, timeout=60_000) as signal:
        dialog.save_to(target)
    return signal.args


def test_every_file_is_shown_and_just_those_are_written(qtbot, opened, tmp_path):
    dialog = opened()
    shown = {dialog.files.name_at(n) for n in range(dialog.files.count())}
    path, id = save(qtbot, dialog, tmp_path / "out.zip")
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == shown
        assert id in archive.read("report.html").decode()
    assert leaks(everything_in(tmp_path / "out.zip")) == []


def test_the_content_shown_is_redacted_and_a_tick_shows_it(qtbot, opened):
    dialog = opened()
    assert MESSAGE not in show(dialog, ".xlog")
    dialog.keep["texts"].setChecked(True)
    ready(qtbot, dialog)
    assert MESSAGE in show(dialog, ".xlog")
    assert NAME not in dialog.content.toPlainText()
    assert "Messages" in dialog.warning.text()


def test_a_file_that_is_unticked_is_not_written_and_stays_unticked(qtbot, opened, tmp_path):
    dialog = opened()
    row_of(dialog, "settings.json").setCheckState(Qt.CheckState.Unchecked)
    ready(qtbot, dialog)
    dialog.keep["names"].setChecked(True)
    ready(qtbot, dialog)
    assert row_of(dialog, "settings.json").checkState() == Qt.CheckState.Unchecked
    save(qtbot, dialog, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert "settings.json" not in archive.namelist()


def test_the_note_goes_along(qtbot, opened, tmp_path):
    dialog = opened()
    dialog.note.setPlainText("很慢 since noon")
    qtbot.waitUntil(lambda: not dialog._delay.isActive(), timeout=60_000)
    ready(qtbot, dialog)
    assert show(dialog, "note.txt").startswith("很慢")


def test_an_encrypted_log_is_not_shown_and_not_ticked(qtbot, opened):
    dialog = opened(public_key=PAIR.public.hex())
    row = row_of(dialog, ".xlog")
    assert row.checkState() == Qt.CheckState.Unchecked
    assert "encrypted" in show(dialog, ".xlog")
    row.setCheckState(Qt.CheckState.Checked)
    ready(qtbot, dialog)
    assert "included unchecked" in dialog.warning.text()
    assert dialog.plain.isVisible()


def test_a_place_that_cannot_be_written_is_told_and_the_dialog_stays(qtbot, opened, tmp_path):
    dialog = opened()
    dialog.save_to(tmp_path / "no" / "out.zip")
    qtbot.waitUntil(lambda: "does not exist" in dialog.warning.text(), timeout=60_000)
    assert dialog.isVisible()
    assert dialog.save_button.isEnabled()


def test_closing_while_it_reads_ends_quietly(qtbot, loop, tmp_path):
    dialog = ExportDialog(ExportSource(make_profile(tmp_path / "p")), encrypted=False)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.reject()
    qtbot.waitUntil(lambda: len(dialog._tasks) == 0, timeout=60_000)


def test_a_failure_nobody_foresaw_is_told(qtbot, loop, tmp_path, monkeypatch, caplog):
    async def fail(*arguments, **options):
        raise RuntimeError("boom")

    monkeypatch.setattr(preview.ExportWorker, "gather", fail)
    dialog = ExportDialog(ExportSource(make_profile(tmp_path / "p")), encrypted=False)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.warning.text() == "boom", timeout=60_000)
    assert not dialog.save_button.isEnabled()


def test_it_speaks_chinese_and_so_does_its_report(qtbot, opened):
    dialog = opened()
    install_language("zh_CN")
    qtbot.waitUntil(lambda: dialog.windowTitle() == "导出诊断信息", timeout=60_000)
    ready(qtbot, dialog)
    assert "网络事件" in row_of(dialog, "history.json").text()
    assert 'lang="zh-CN"' in show(dialog, "report.html")
    install_language("en")


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1500, "2 kB"), (2_340_000, "2.3 MB")]
)
def test_sizes(size, text):
    assert size_text(size) == text


def test_logs_that_could_not_be_searched_are_not_ticked_and_it_says_why(qtbot, loop, tmp_path):
    profile = make_profile(tmp_path / "p")
    profile.database.write_bytes(b"SQLite format 3\0" + bytes(3000))
    dialog = ExportDialog(ExportSource(profile), encrypted=False)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    ready(qtbot, dialog)
    assert row_of(dialog, ".xlog").checkState() == Qt.CheckState.Unchecked
    assert "Look through each log before you include it." in dialog.warning.text()
    assert MESSAGE in show(dialog, ".xlog")  # shown to the one who is to decide
