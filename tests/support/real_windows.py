"""Real app processes on an X server of their own, driven with xdotool as a person would."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Process = subprocess.Popen[bytes] | subprocess.Popen[str]
ROOT = Path(__file__).resolve().parents[2]
SCREEN = (1480, 780)
NEW = "New conversation|新建会话"  # the dialog's title
PATIENCE = 45.0  # seconds until a wait is given up


def wait_for(what: str, condition: Callable[[], T], timeout: float = PATIENCE) -> T:
    """Ask every 50 ms until ``condition`` gives something true; processes tell no other way."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {timeout:.0f} s for {what}")


def end(process: Process) -> None:
    """End a process and wait for it; its pipe is closed too."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def kill(process: Process) -> None:
    """End a process as a crash would: SIGKILL."""
    process.kill()
    process.wait()
    end(process)


class Screen:
    """An Xvfb of its own, on a display number that it chose itself."""

    def __init__(self) -> None:
        reader, writer = os.pipe()
        size = "{}x{}x24".format(*SCREEN)
        # Without -noreset it starts over when its last client goes, and refuses others then.
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-noreset"]
        command += ["-nolisten", "tcp"]
        self.process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as answer:
            self.name = f":{answer.readline().strip()}"

    def environment(self) -> dict[str, str]:
        """What a program needs to draw here."""
        kept = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "XAUTHORITY")}
        return {**kept, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"}

    def xdotool(self, *words: object) -> str:
        """Run xdotool; "" when it found nothing."""
        command = ["xdotool", *map(str, words)]
        done = subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, timeout=30, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def picture(self, path: Path) -> None:
        """Save what the whole screen shows."""
        script = (
            "import sys\nfrom PySide6.QtGui import QGuiApplication\napp = QGuiApplication([])\n"
            "assert app.primaryScreen().grabWindow(0).save(sys.argv[1])"
        )
        subprocess.run(
            [sys.executable, "-c", script, str(path)], env=self.environment(), check=True
        )


class Server:
    """A phobos-server process, which can be killed and started again on the same ports."""

    program: tuple[str, ...] = (sys.executable, "-m", "app.server")

    def __init__(self, data: Path, *, plain: bool = True) -> None:
        self.data, self.plain = data, plain
        self.longlink_port = self.shortlink_port = 0
        self.start()

    def start(self) -> None:
        """Start it and wait for its line."""
        command = [*self.program, "--host", "127.0.0.1", *["--plain"] * self.plain]
        command += ["--longlink-port", str(self.longlink_port)]
        command += ["--shortlink-port", str(self.shortlink_port), "--data", str(self.data)]
        with tempfile.TemporaryFile() as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
            assert self.process.stdout is not None
            line = self.process.stdout.readline()
            if not line:
                end(self.process)
                log.seek(0)
                raise AssertionError(f"phobos-server did not start: {log.read().decode()}")
        ports = json.loads(line)
        self.longlink_port = int(ports["longlink_port"])
        self.shortlink_port = int(ports["shortlink_port"])

    def kill(self) -> None:
        """SIGKILL."""
        kill(self.process)


class App:
    """A phobos process and its window; without a server it brings its own."""

    program: tuple[str, ...] = (sys.executable, "-m", "app")

    def __init__(
        self, screen: Screen, server: Server | None, data: Path, name: str, *look: str
    ) -> None:
        self.screen, self.server, self.data, self.name = screen, server, data, name
        self.look = look
        self.start()

    def start(self) -> None:
        """Start it, the first time or again."""
        server = self.server
        command = [*self.program]
        if server is None:
            command.append("--demo")
        else:
            command += ["--server", "127.0.0.1", *["--plain"] * server.plain]
            command += ["--longlink-port", str(server.longlink_port)]
            command += ["--shortlink-port", str(server.shortlink_port)]
        command += ["--data", str(self.data), *self.look]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.screen.environment())

    def kill(self) -> None:
        """SIGKILL."""
        kill(self.process)

    def windows(self, title: str) -> list[str]:
        """The visible windows of this process whose title holds ``title``."""
        pid = str(self.process.pid)
        return self.screen.xdotool(
            "search", "--all", "--onlyvisible", "--pid", pid, "--name", title
        ).split()

    def window(self, title: str = "Phobos$") -> str:
        """The one window of a title, as soon as it is there."""
        found = wait_for(f"{self.name}'s window {title!r}", lambda: self.windows(title))
        return found[0]

    def place(self, x: int, width: int, height: int) -> None:
        """Put the main window somewhere on the screen."""
        window = self.window()
        self.screen.xdotool("windowmove", "--sync", window, x, 0)
        self.screen.xdotool("windowsize", window, width, height)

    def focus(self, title: str = "Phobos$") -> None:
        """Give the keyboard to a window; there is no window manager to do it."""
        self.screen.xdotool("windowfocus", "--sync", self.window(title))

    def keys(self, *names: str) -> None:
        """Press keys, by X11's names."""
        self.screen.xdotool("key", "--delay", 40, *names)

    def type(self, text: str) -> None:
        """Type a text.

        What no key has, xdotool puts on a spare key, presses it and takes it off again: a window
        that is busy just then must have time to look it up before.
        """
        for part in re.findall(r"[ -~]+|[^ -~]", text):
            self.screen.xdotool("type", "--delay", 30 if part.isascii() else 800, part)

    def title(self) -> str:
        """The main window's title now."""
        return self.screen.xdotool("getwindowname", self.window())

    def sign_up(self, password: str = "a long password") -> None:
        """Create an account with the keyboard alone, on a server that is trusted."""
        self.ask_sign_up(password)
        self.wait_logged_in()

    def ask_sign_up(self, password: str = "a long password") -> None:
        """Fill in the form for a new account and send it off."""
        self.focus()
        if self.server is not None:  # a demo begins with the form for a new account
            self.keys("Tab", "Tab", "Tab", "space")
        self.type(self.name)
        for _ in range(2):
            self.keys("Tab")
            self.type(password)
        self.keys("Return")

    def wait_logged_in(self) -> None:
        """Until the window bears the person's name; in a demo somebody has written already."""
        title = f"{self.name} — Phobos"
        wait_for(
            f"{self.name} to be logged in",
            lambda: self.title().removeprefix("(1) " * (self.server is None)) == title,
        )

    def start_conversation(self, name: str) -> None:
        """Open a conversation with somebody."""
        self.focus()
        self.keys("ctrl+n")
        self.focus(NEW)
        self.type(name)

        def taken() -> bool:
            # The first Enter takes the person once the server has answered, the next one goes on.
            if self.windows(NEW):
                self.keys("Return")
            return not self.windows(NEW)

        wait_for(f"a conversation with {name}", taken)
        self.focus()

    def texts(self, *, sent: bool = True) -> list[str]:
        """The texts in the profile's database: those with the server's number, or those without."""
        with contextlib.closing(
            sqlite3.connect(f"file:{self.data}/chat.sqlite3?mode=ro", uri=True, timeout=5)
        ) as db:
            rows = db.execute(
                "SELECT text FROM messages WHERE (seq IS NOT NULL) = ? ORDER BY seq, place", (sent,)
            )
            return [row[0] for row in rows]

    def write(self, text: str) -> None:
        """Write a message into the open conversation and wait until it is on disk."""
        self.focus()
        self.type(text)
        self.keys("Return")
        wait_for(
            f"{self.name}'s {text!r} to be kept",
            lambda: text in self.texts() + self.texts(sent=False),
        )


@contextlib.contextmanager
def two_windows(
    folder: Path, themes: tuple[str, str] = ("light", "dark"), language: str = "en"
) -> Iterator[tuple[Screen, Server, App, App]]:
    """A screen, a server, and two people with a window each, side by side."""
    with contextlib.ExitStack() as last:
        screen = Screen()
        last.callback(end, screen.process)
        server = Server(folder / "server")
        last.callback(lambda: end(server.process))
        look = ["--language", language, "--theme"]
        ada = App(screen, server, folder / "ada", "Ada", *look, themes[0])
        last.callback(lambda: end(ada.process))
        bob = App(screen, server, folder / "bob", "Bob", *look, themes[1])
        last.callback(lambda: end(bob.process))
        half = SCREEN[0] // 2
        ada.place(0, half - 2, SCREEN[1])
        bob.place(half + 2, half - 2, SCREEN[1])
        yield screen, server, ada, bob


def greet(ada: App, bob: App, text: str) -> None:
    """Both sign up, Ada writes to Bob, Bob opens the conversation; by keyboard alone."""
    ada.sign_up()
    bob.sign_up()
    ada.start_conversation("Bob")
    ada.type(text)
    ada.keys("Return")
    wait_for("the message to reach Bob", lambda: bob.title() == "(1) Bob — Phobos")
    bob.focus()
    bob.keys("alt+Down")
    wait_for("Bob to have it in sight", lambda: bob.title() == "Bob — Phobos")
