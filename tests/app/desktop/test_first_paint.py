"""Work that begins once the window is to be seen."""

from PySide6.QtWidgets import QWidget

from app.desktop.first_paint import FirstPaint


def test_it_begins_once_and_after_the_first_painting(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    begun: list[bool] = []
    FirstPaint(window, lambda: begun.append(window.isVisible()))
    assert begun == []
    window.show()
    qtbot.waitUntil(lambda: bool(begun))
    window.hide()
    window.show()
    qtbot.wait(600)
    assert begun == [True]


def test_a_window_that_is_never_painted_waits_no_longer_than_its_limit(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    begun: list[int] = []
    FirstPaint(window, lambda: begun.append(1))
    qtbot.waitUntil(lambda: begun == [1], timeout=5000)
