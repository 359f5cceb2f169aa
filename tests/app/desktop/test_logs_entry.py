"""The menu's way to the log viewer: its parts are imported in a thread, then it is shown."""

from app.logviewer import entry
from app.logviewer.window import ViewerWindow


def test_the_log_viewer_opens_on_the_folder_of_the_running_log(
    qtbot, window, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    opened = []
    open_window = entry.open_window

    def opening(folder, paths):
        viewer = open_window(folder, paths)
        qtbot.addWidget(viewer)
        opened.append((viewer, folder, paths))
        return viewer

    monkeypatch.setattr(entry, "open_window", opening)
    monkeypatch.setattr(ViewerWindow, "raise_", lambda self: None)  # nothing to raise off screen
    window.show()
    window.show_logs()
    window.show_logs()  # twice, before it is there
    assert not opened  # nothing waits for the import
    qtbot.waitUntil(lambda: bool(opened) and opened[0][0].isVisible())
    ((viewer, folder, paths),) = opened
    assert isinstance(viewer, ViewerWindow)
    assert folder == tmp_path / "logs"
    assert paths == [str(tmp_path / "logs")]
    viewer.close()
    window.show_logs()
    assert viewer.isVisible()
    assert len(opened) == 1
    viewer.close()
