import shutil
import sys

import pytest

from .real_windows import two_windows, wait_for

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="drives real windows through X11"
)
TEXT = "hello 你好 🚀"


def test_what_one_window_writes_the_other_shows(tmp_path) -> None:
    assert shutil.which("Xvfb") and shutil.which("xdotool"), "install xvfb and xdotool"
    with two_windows(tmp_path) as (screen, _server, ada, bob):
        ada.sign_up()
        bob.sign_up()
        ada.start_conversation("Bob")
        ada.type(TEXT)
        ada.keys("Return")
        wait_for("the message to reach Bob", lambda: bob.title() == "(1) Bob — Phobos")
        bob.focus()
        bob.keys("alt+Down")
        wait_for("Bob to have it in sight", lambda: bob.title() == "Bob — Phobos")
        assert bob.holds(TEXT) and ada.holds(TEXT)
        screen.picture(tmp_path / "both.png")
        assert (tmp_path / "both.png").stat().st_size > 20_000
        for app in (ada, bob):
            app.focus()
            app.keys("ctrl+q")
            assert app.process.wait(5) == 0
