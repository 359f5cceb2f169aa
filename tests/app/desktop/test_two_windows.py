import shutil
import sys

import pytest

from tests.support.real_windows import greet, two_windows, wait_for

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="drives real windows through X11"
)
TEXT = "hello 你好 🚀"
RECONNECT = 60.0  # seconds, at most, until a window that was left alone has its link again


@pytest.fixture
def windows(tmp_path):
    assert shutil.which("Xvfb") and shutil.which("xdotool"), "install xvfb and xdotool"
    with two_windows(tmp_path) as made:
        yield made


def test_what_one_window_writes_the_other_shows(windows, tmp_path) -> None:
    screen, _server, ada, bob = windows
    greet(ada, bob, TEXT)
    assert ada.texts() == bob.texts() == [TEXT]
    screen.picture(tmp_path / "both.png")
    assert (tmp_path / "both.png").stat().st_size > 20_000
    for app in (ada, bob):
        app.focus()
        app.keys("ctrl+q")
        assert app.process.wait(5) == 0


def test_a_server_that_was_killed_and_comes_back_is_found_again(windows) -> None:
    _screen, server, ada, bob = windows
    greet(ada, bob, "before")
    server.kill()
    for text in ("first", "second", "third"):
        ada.write(text)
    bob.write("answer")
    assert ada.texts(sent=False) == ["first", "second", "third"]
    server.start()
    wanted = ["answer", "before", "first", "second", "third"]
    for app in (ada, bob):
        name = f"everything to be in {app.name}'s window"
        wait_for(name, lambda app=app: sorted(app.texts()) == wanted, RECONNECT)
        assert app.texts(sent=False) == []
    assert ada.texts() == bob.texts()  # the same order for both, and the writer's own:
    assert [text for text in bob.texts() if text != "answer"] == [
        "before", "first", "second", "third",
    ]  # fmt: skip
    ada.write("live again")
    wait_for("a live message", lambda: bob.texts()[-1] == "live again")


def test_a_window_killed_after_enter_sends_once_at_the_next_start(windows) -> None:
    _screen, server, ada, bob = windows
    greet(ada, bob, "before")
    server.kill()
    ada.write("not lost")
    ada.kill()
    server.start()
    ada.start()
    wait_for("the message to reach Bob", lambda: "not lost" in bob.texts(), RECONNECT)
    wait_for("Ada to know it", lambda: ada.texts() == ["before", "not lost"])
    assert ada.texts(sent=False) == []
    ada.window("Ada — Phobos")
    bob.write("I have it")
    wait_for("the answer", lambda: ada.texts()[-1] == "I have it")
    assert bob.texts() == ada.texts() == ["before", "not lost", "I have it"]
