import shutil
import sys

import pytest

from .real_windows import greet, two_windows

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="drives real windows through X11"
)
TEXT = "hello 你好 🚀"


def test_what_one_window_writes_the_other_shows(tmp_path) -> None:
    assert shutil.which("Xvfb") and shutil.which("xdotool"), "install xvfb and xdotool"
    with two_windows(tmp_path) as (screen, _server, ada, bob):
        greet(ada, bob, TEXT)
        assert bob.holds(TEXT) and ada.holds(TEXT)
        screen.picture(tmp_path / "both.png")
        assert (tmp_path / "both.png").stat().st_size > 20_000
        for app in (ada, bob):
            app.focus()
            app.keys("ctrl+q")
            assert app.process.wait(5) == 0
