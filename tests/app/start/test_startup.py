"""What a start loads, looked at in processes of their own."""

import json
import os
import re
import subprocess
import sys

from app.desktop.preferences import ServerAddress
from app.start.arguments import Arguments, parse
from app.start.startup import BEHIND, _address

# Ends the process at the window's first painting and tells what was loaded by then.
AT_FIRST_PAINT = """
import enum, json, os, sys
made = []
plain = enum.EnumType.__call__
def noted(kind, value, *names, **more):
    if names:
        made.append(value)
    return plain(kind, value, *names, **more)
import PySide6.QtCore
enum.EnumType.__call__ = noted
import app.start.startup as compose
class End(compose.FirstPaint):
    def __init__(self, window, then):
        def tell():
            field = window.log_in.name
            ready = field.isVisible() and field.isEnabled()
            print(json.dumps({"modules": list(sys.modules), "enums": made, "ready": ready}))
            sys.stdout.flush()
            os._exit(0)
        super().__init__(window, tell)
compose.FirstPaint = End
from app.start.arguments import parse
compose.run(parse(["--data", sys.argv[1], "--server", "127.0.0.1", "--plain"]))
"""

# Closes the window as soon as it was painted, or presses log in before the client is there.
BEFORE_THE_CLIENT = """
import sys
import app.start.startup as compose
from PySide6.QtCore import QTimer
what = sys.argv[2]
class Then(compose.FirstPaint):
    def __init__(self, window, then):
        def act():
            if what == "close":
                window.close()
            else:
                assert window._client is None
                assert window.log_in.showing_sign_up()  # nobody has an account on a new server
                window.log_in.name.setText("Ada")
                for field in (window.log_in.password, window.log_in.again):
                    field.setText("correct horse")
                window.log_in.submit()
                wait(window)
            then()
        super().__init__(window, act)
def wait(window):
    def look():
        if window.windowTitle() == "(1) Ada — Phobos":  # somebody to talk to has greeted
            assert window.pages.currentWidget() is window.chat
            print([each.title for each in window._client.conversations()], flush=True)
            assert window.menu.entries["second"].isVisible()
            window.close()
        else:
            QTimer.singleShot(20, window, look)
    QTimer.singleShot(20, window, look)
compose.FirstPaint = Then
from app.start.arguments import parse
words = ["--data", sys.argv[1], "--plain", "--language", "en"]
words += ["--server", "127.0.0.1"] if what == "close" else ["--demo"]
sys.exit(compose.run(parse(words)))
"""


def run(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_log_in_is_painted_before_anything_else_is_loaded(tmp_path) -> None:
    done = run(AT_FIRST_PAINT, str(tmp_path))
    assert done.returncode == 0, done.stderr
    at = json.loads(done.stdout.splitlines()[-1])
    assert at["ready"]
    loaded = set(at["modules"])
    late = {"asyncio", "qasync", "ssl", "sqlite3", "numpy", "cryptography", "keyring", "google"}
    late |= {
        "PySide6.QtNetwork",
        "PySide6.QtDBus",
        "app.start.demo",
        "app.start.services",
        "netcore.errors",
    }
    assert not loaded & (late | set(BEHIND))
    # PySide6 makes the 93 enumerations of the Qt namespace when the first is named.
    assert "ConnectionType" not in at["enums"] and "Format" in at["enums"]


def test_a_window_closed_before_the_client_is_there_ends_the_app(tmp_path) -> None:
    done = run(BEFORE_THE_CLIENT, str(tmp_path), "close")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_log_in_before_the_client_is_there_is_done_once_it_is(tmp_path) -> None:
    done = run(BEFORE_THE_CLIENT, str(tmp_path), "log in")
    assert done.returncode == 0, done.stderr
    where, talks = done.stdout.splitlines()
    assert re.fullmatch(
        r"The demo server listens on 127\.0\.0\.1: long link \d+, short link \d+, without TLS; "
        + re.escape(f"data in {tmp_path / 'server'}"),
        where,
    )
    assert "'Echo'" in talks


def test_pyside6s_hook_is_off_the_import_statement() -> None:
    script = "import builtins, PySide6.QtCore\nhook = builtins.__feature_import__\n"
    script += "assert builtins.__import__ is hook\nimport app.desktop\n"
    done = run(script + "assert builtins.__import__ is not hook")
    assert done.returncode == 0, done.stderr


def test_a_profile_in_use_is_told_and_ends_with_1(tmp_path) -> None:
    script = (
        "import sys; from app.start.profile import open_profile\n"
        "import app.start.startup as compose\n"
        "from app.start.arguments import parse; from PySide6.QtCore import QTimer\n"
        "from pathlib import Path; kept = open_profile(Path(sys.argv[1]))\n"
        "from app.desktop.application import make_application\n"
        "QTimer.singleShot(300, make_application('en'), make_application('en').quit)\n"
        "sys.exit(compose.run(parse(['--data', sys.argv[1]])))"
    )
    done = run(script, str(tmp_path))
    assert done.returncode == 1
    assert "close the other Phobos or give --data" in done.stderr


def test_the_command_line_overrules_the_kept_address() -> None:
    kept = ServerAddress("chat.example", 1, 2, plain=False)
    assert _address(Arguments(), kept) == kept
    words = ["--server", "other.example", "--longlink-port", "9", "--shortlink-port", "8"]
    assert _address(parse([*words, "--plain"]), kept) == ServerAddress(
        "other.example", 9, 8, plain=True
    )
    assert _address(parse(["--longlink-port", "9"]), kept) == ServerAddress("chat.example", 9, 2)


# Stands still in the window's thread once everything runs, until the watchdog has logged it.
STANDS_STILL = """
import json, logging, sys, threading
import app.start.startup as startup
from PySide6.QtCore import QTimer
noticed = threading.Event()
class Noticed(logging.Handler):
    def emit(self, record):
        noticed.set()
logging.getLogger("netcore.watchdog").addHandler(Noticed())
class Then(startup.FirstPaint):
    def __init__(self, window, then):
        def act():
            then()
            QTimer.singleShot(20, look)
        def look():
            import app.start.services as services
            if not started:
                QTimer.singleShot(20, look)
                return
            assert noticed.wait(60.0)
            QTimer.singleShot(0, tell)
        def tell():
            process = started[0].support.live()["process"]
            print(json.dumps(process), flush=True)
            window.close()
        super().__init__(window, act)
startup.FirstPaint = Then
started = []
import app.start.services
begin = app.start.services.Services.start
async def start(self):
    await begin(self)
    started.append(self)
app.start.services.Services.start = start
from app.start.arguments import parse
sys.exit(startup.run(parse(["--data", sys.argv[1], "--server", "127.0.0.1", "--plain"])))
"""


def test_a_window_that_stands_still_is_noticed_and_told_to_an_export(tmp_path):
    ended = run(STANDS_STILL, str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    process = json.loads(ended.stdout)
    assert process["stalls"] >= 1
    assert process["longest_stall"] >= 1.0
    assert process["open"]["total"] != 0
