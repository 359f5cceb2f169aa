"""How a real process starts and ends: its own demo server, a certificate to be trusted."""

import shutil
import signal
import subprocess
import sys

import psutil
import pytest

from tests.support.real_windows import SCREEN, App, Screen, Server, end, wait_for
from xlog.reader import read_text

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="drives real windows through X11"
)


@pytest.fixture
def screen():
    assert shutil.which("Xvfb") and shutil.which("xdotool"), "install xvfb and xdotool"
    made = Screen()
    yield made
    end(made.process)


def quit_by_keyboard(app: App) -> None:
    app.focus()
    app.keys("ctrl+q")
    assert app.process.wait(15) == 0


def test_the_demo_brings_a_server_and_takes_it_along(screen, tmp_path) -> None:
    ada = App(screen, None, tmp_path / "ada", "Ada", "--language", "en")
    try:
        ada.sign_up()  # over TLS, and nobody was asked about the server's certificate
        servers = psutil.Process(ada.process.pid).children()
        assert any("app.server" in each.cmdline() for each in servers)
        quit_by_keyboard(ada)
        assert not any(each.is_running() for each in servers)
        ada.start()
        ada.window("Ada — Phobos")  # the same person at once, though the ports are others
        servers = psutil.Process(ada.process.pid).children()
        ada.kill()
        wait_for(
            "the server to end with the killed app", lambda: not psutil.wait_procs(servers, 0)[1]
        )
    finally:
        end(ada.process)


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_signal_closes_the_window_as_a_person_would(screen, tmp_path, number) -> None:
    ada = App(screen, None, tmp_path / "ada", "Ada", "--language", "en")
    try:
        ada.window()
        ada.process.send_signal(getattr(signal, number))
        assert ada.process.wait(15) == 0
    finally:
        end(ada.process)


@pytest.mark.skipif(not shutil.which("trayer"), reason="trayer is not installed")
def test_a_window_closed_into_the_notification_area_comes_back(screen, tmp_path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "settings.ini").write_text("[notifications]\nkeep_in_tray=True\n")
    area = ["trayer", "--edge", "bottom", "--align", "right", "--widthtype", "request"]
    desktop = [
        subprocess.Popen(each, env=screen.environment(), stderr=subprocess.DEVNULL)
        for each in (["openbox"], [*area, "--height", "34"])
    ]
    ada = App(screen, None, tmp_path / "ada", "Ada", "--language", "en")
    try:
        ada.sign_up()
        ada.keys("alt+F4")
        wait_for("the window to go", lambda: not ada.windows("Phobos$"))
        width, height = SCREEN

        def back() -> object:
            screen.xdotool("mousemove", width - 14, height - 16, "click", 1)
            return ada.windows("Ada — Phobos")

        wait_for("the window to come back", back)
        ada.keys("ctrl+q")
        assert ada.process.wait(15) == 0
    finally:
        for each in (ada.process, *desktop):
            end(each)


def test_a_window_system_that_goes_away_ends_the_app_in_order(screen, tmp_path) -> None:
    ada = App(screen, None, tmp_path / "ada", "Ada", "--language", "en")
    try:
        ada.sign_up()
        servers = psutil.Process(ada.process.pid).children()
        end(screen.process)
        assert ada.process.wait(15) == 1
        assert not psutil.wait_procs(servers, 5)[1]
        logs = (tmp_path / "ada" / "logs").glob("*.xlog")
        log = b"".join(read_text(path) for path in logs).decode()
        assert "ended with the window system" in log
        assert "Traceback" not in log
    finally:
        end(ada.process)


def test_a_certificate_nobody_vouches_for_is_asked_about_once(screen, tmp_path) -> None:
    server = Server(tmp_path / "server", plain=False)
    ada = App(screen, server, tmp_path / "ada", "Ada", "--language", "en")
    try:
        ada.ask_sign_up()
        ada.focus("Trust this server")
        ada.keys("shift+Tab", "space")
        ada.wait_logged_in()  # what was asked for goes on by itself
        ada.kill()
        ada.start()
        ada.window("Ada — Phobos")
        assert not ada.windows("Trust this server")
        quit_by_keyboard(ada)
    finally:
        end(ada.process)
        end(server.process)
