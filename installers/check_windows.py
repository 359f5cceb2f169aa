"""Checks Phobos on Windows, on Debian: ``python3 installers/check_windows.py`` (as root).

Makes a Debian 13 with Wine 10 and Windows's Python (installers/wine/root.py; kept in --root), runs
the tests in it, freezes the package, compiles and installs the setup, uses the installed program as
a person does, upgrades it while it runs, uninstalls it, and looks for what is left. What Wine does
otherwise than Windows is in installers/wine/artefacts.py, one by one with its reason; any other
failure fails the check. The exit code is 0 when all held.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "installers"), str(ROOT / "installers/wine")]

from artefacts import TESTS
from freeze import BUILD, version
from root import PYTHON, WINE, WineError, WineRoot, say

MAX_SETUP = 45.0  # MB
# How much longer a start may take than a bare window's: 300 ms over the 315 ms that one takes on a
# quiet Debian. Wine's own milliseconds say little.
MAX_RATIO = 1.95
STARTS = 3
BARE = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
app = QApplication([])
window = QWidget()
window.setWindowTitle("Bare window")
column = QVBoxLayout(window)
column.addWidget(QLineEdit())
column.addWidget(QPushButton("Send"))
window.show()
QTimer.singleShot(8000, app.quit)
app.exec()
"""
# Starts a program and prints the milliseconds until a window of the title $1 can be seen.
UNTIL_SEEN = """
title=$1; shift; begun=$(date +%s%N)
: | wine "$@" >/dev/null 2>&1 &
for _ in $(seq 1500); do
    if [ -n "$(xdotool search --onlyvisible --name "$title")" ]; then
        echo $((($(date +%s%N) - begun) / 1000000)); exit 0
    fi
    sleep 0.02
done
exit 1
"""
SMALL = 200 * 200  # pixels of a window that is none to work in
PASSWORD = "a long password"
PATIENCE = 90.0  # seconds until a wait for the installed program is given up; Wine is slow
HEADLESS = ("tests/xlog", "tests/netcore", "tests/app/chat", "tests/app/server")
OFF_SCREEN = ("tests/app/platform",)
ON_SCREEN = ("tests/app/desktop", "tests/app/diagnostics", "tests/app/logviewer", "tests/app/start")
RESULT = re.compile(r"^(FAILED|ERROR) (tests.+?)(?: - .*)?$", re.MULTILINE)
COUNT = re.compile(r"(\d+) (?:failed|errors?)\b")
INSTALLED = r"C:\users\root\AppData\Local\Programs\Phobos"
PROFILE = r"C:\users\root\AppData\Local\phobos"
SAMPLE = ROOT / "tests/data/xlog/async_zlib_plain.xlog"
UNINSTALL_KEY = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Phobos"
IN_SOURCE = r"import os,sys;os.chdir('Z:\\src');sys.path.insert(0,'Z:\\src');"
# A windowed program's standard handles and console, as Explorer gives it none: DETACHED_PROCESS.
DETACHED = "import subprocess,sys;subprocess.Popen(sys.argv[1:],creationflags=0x8|0x200)"


class FaultError(Exception):
    """Something did not hold; the message says what."""


def wait_for(what: str, condition: Callable[[], object], timeout: float = PATIENCE) -> object:
    """Ask every 200 ms; raises FaultError after ``timeout`` seconds."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.2)
    raise FaultError(f"waited {timeout:.0f} s for {what}")


class Check:
    """The steps, in order; each raises FaultError, and the next ones go on all the same."""

    def __init__(self, root: WineRoot, pictures: Path) -> None:
        self.root = root
        self.pictures = pictures
        self.display = ""
        self.setup = BUILD / f"phobos-{version()}-setup.exe"

    def steps(self) -> dict[str, Callable[[], str]]:
        """Name and step; what a step gives is shown."""
        return {
            "root": self.make_root,
            "packages": self.install_packages,
            "tests": self.run_tests,
            "gui-tests": self.run_gui_tests,
            "freeze": self.freeze,
            "setup": self.compile_setup,
            "install": self.install,
            "selftest": self.selftest,
            "use": self.use,
            "second-start": self.second_start,
            "association": self.association,
            "diagnosis": self.diagnosis,
            "upgrade": self.upgrade,
            "start-time": self.start_time,
            "uninstall": self.uninstall,
        }

    # -- Windows's programs ---------------------------------------------------------------------

    def windows(self, *words: str, timeout: float = 300.0, **variables: str) -> tuple[int, str]:
        """Run a Windows program on the screen to its end."""
        environment = {"DISPLAY": self.display, **variables}
        code, text = self.root.windows(*words, environment=environment, timeout=timeout)
        return code, text.replace("\r", "")

    def must(self, *words: str, timeout: float = 300.0, **variables: str) -> str:
        """The same; raises FaultError with its last words unless it gives 0."""
        code, text = self.windows(*words, timeout=timeout, **variables)
        if code:
            raise FaultError(f"{words[0]} gave {code}:\n{text[-3000:]}")
        return text

    def detached(self, *words: str) -> None:
        """Start a program as Explorer does."""
        self.must(PYTHON, "-c", DETACHED, *words)

    def local(self, path: str) -> Path:
        """Where a path on C: is for this machine."""
        return self.root.drive_c / path.removeprefix("C:\\").replace("\\", "/")

    def xdotool(self, *words: object) -> str:
        """What xdotool prints, "" when it finds nothing."""
        try:
            found = self.root.linux(
                "xdotool", *map(str, words), environment={"DISPLAY": self.display}, timeout=60.0
            )
        except WineError:
            return ""
        return found.strip()

    def window(self, title: str) -> str:
        """The number of the largest visible window whose title matches, or "".

        Wine shows the tray's icon as a small window of the same title.
        """
        found = {}
        for number in self.xdotool("search", "--onlyvisible", "--name", title).split():
            shape = dict(re.findall(r"(WIDTH|HEIGHT)=(\d+)", self._shape(number)))
            found[number] = int(shape.get("WIDTH", 0)) * int(shape.get("HEIGHT", 0))
        large = [number for number, area in found.items() if area > SMALL]
        return max(large, key=found.__getitem__, default="")

    def _shape(self, window: str) -> str:
        return self.xdotool("getwindowgeometry", "--shell", window)

    def picture(self, name: str) -> None:
        """Keep what the screen shows."""
        inside = f"/tmp/{name}.png"
        self.root.linux("import", "-window", "root", inside, environment={"DISPLAY": self.display})
        self.pictures.mkdir(parents=True, exist_ok=True)
        shutil.move(self.root.folder / inside.strip("/"), self.pictures / f"{name}.png")

    def registry(self, key: str) -> str:
        """What stands under a key, with what is below it; "" when there is none."""
        code, text = self.windows("reg", "query", key, "/s")
        return text if code == 0 else ""

    # -- the steps ------------------------------------------------------------------------------

    def make_root(self) -> str:
        self.root.make()
        return self.root.linux("wine", "--version", environment=WINE).strip()

    def install_packages(self) -> str:
        stamp = self.root.drive_c / "python/phobos-packages"
        wanted = (ROOT / "pyproject.toml").read_text("utf-8")
        if not stamp.exists() or stamp.read_text("utf-8") != wanted:
            self.must(
                *(PYTHON, "-m", "pip", "install", "-q", "--no-warn-script-location"),
                *("--disable-pip-version-check", "numpy==1.26.4", "-e", r"Z:\src[dev]"),
                timeout=1200.0,
                PIP_USE_DEPRECATED="legacy-certs",
                PIP_CERT=r"Z:\etc\ssl\certs\ca-certificates.crt",
            )
            stamp.write_text(wanted, "utf-8")
        return self.must(PYTHON, "-c", "import sys, numpy, PySide6; print(sys.version)").strip()

    def run_tests(self) -> str:
        return self._pytest((*HEADLESS, *OFF_SCREEN), "offscreen")

    def run_gui_tests(self) -> str:
        return self._pytest(ON_SCREEN, "windows")

    def _pytest(self, folders: Iterable[str], platform: str) -> str:
        """Each folder in a process of its own: what one leaves open does not stop the next."""
        unexpected, lines = [], []
        for folder in folders:
            code, text = self.windows(
                *(PYTHON, "-X", "utf8", "-c"),
                IN_SOURCE + "import pytest;sys.exit(pytest.main(sys.argv[1:]))",
                *(folder, "-q", "-n", "1", "--dist", "loadfile", "-p", "no:cacheprovider"),
                *("--timeout", "90", "--tb", "short", "-rfE", "--color", "no"),
                *(word for each in ignored(folder) for word in ("--ignore", each)),
                timeout=900.0,
                WQT_QPA_PLATFORM=platform,
                WQT_QPA_FONTDIR=r"C:\windows\Fonts",
            )
            (BUILD / f"wine-{folder.replace('/', '-')}.txt").write_text(text, "utf-8")
            failed = {found[1].replace("\\", "/") for found in RESULT.findall(text)}
            new = sorted(each for each in failed if artefact(each) is None)
            unexpected += new
            lines.append(f"{folder}: {last_line(text)}; {len(failed) - len(new)} of them Wine's")
            counted = sum(map(int, COUNT.findall(last_line(text))))
            if code not in (0, 1) or counted != len(failed):
                unexpected.append(f"{folder}: pytest gave {code}, and counts {counted} failures")
        report = "\n".join(lines)
        if unexpected:
            raise FaultError("\n".join([report, *unexpected]))
        return report

    def freeze(self) -> str:
        shutil.rmtree(BUILD / "dist", ignore_errors=True)
        text = self.must(
            *(PYTHON, "-c"),
            IN_SOURCE + "sys.path.insert(0,'installers');import runpy;"
            "sys.argv=['build.py','--freeze-only'];"
            "runpy.run_path('installers/build.py',run_name='__main__')",
            timeout=900.0,
        )
        return last_line(text)

    def compile_setup(self) -> str:
        import windows_setup

        windows_setup.make()
        size = self.setup.stat().st_size / 1e6
        if size > MAX_SETUP:
            raise FaultError(f"the setup has {size:.1f} MB, over {MAX_SETUP:.0f}")
        return f"{size:.1f} MB"

    def install(self) -> str:
        self._run_setup()
        key = self.registry(UNINSTALL_KEY)
        for value in ("DisplayVersion", "QuietUninstallString", "EstimatedSize"):
            if value not in key:
                raise FaultError(f"the registry has no {value}")
        menu = self.local(
            r"C:\users\root\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Phobos"
        )
        links = sorted(path.name for path in menu.glob("*.lnk"))
        if "Phobos.lnk" not in links:
            raise FaultError(f"the Start menu has {links}")
        if b"im.phobos.Phobos" not in (menu / "Phobos.lnk").read_bytes().replace(b"\0", b""):
            say("the shortcut has no AppUserModelID (Wine keeps no properties of shortcuts)")
        return f"{sum(1 for _ in self.local(INSTALLED).rglob('*'))} files; {', '.join(links)}"

    def _run_setup(self) -> None:
        target = self.root.drive_c / "setup.exe"
        shutil.copy(self.setup, target)
        self.must(r"C:\setup.exe", "/S", timeout=240.0)
        target.unlink()
        if not (self.local(INSTALLED) / "phobos.exe").exists():
            raise FaultError("the setup gave 0 and installed nothing")

    def selftest(self) -> str:
        text = self.must(rf"{INSTALLED}\phobos-console.exe", "--selftest")
        result = json.loads(text[text.index("{") :])
        if not result["ok"]:
            raise FaultError(json.dumps(result["checks"], indent=1, ensure_ascii=False))
        return f"{len(result['checks'])} checks, {result['system']}"

    def use(self) -> str:
        shutil.rmtree(self.local(PROFILE), ignore_errors=True)
        self.detached(rf"{INSTALLED}\phobos.exe", "--demo", "--language", "en")
        window = str(wait_for("the window", lambda: self.window("Phobos$")))
        wait_for("the demo server", (self.local(PROFILE) / "server").exists)
        time.sleep(3.0)
        self.picture("windows-sign-up")
        name = "Ada"
        self.xdotool("windowfocus", "--sync", window)
        for words, key in ((name, "Tab"), (PASSWORD, "Tab"), (PASSWORD, "Return")):
            self.xdotool("type", "--delay", "60", words)
            time.sleep(0.5)
            self.xdotool("key", key)
        time.sleep(1.0)
        self.picture("windows-signing-up")
        wait_for("the account", lambda: self.window("Ada — Phobos$"))
        wait_for("the server's echo to write", lambda: self._texts(sent=True))
        time.sleep(2.0)
        self.xdotool("key", "alt+Down")
        time.sleep(2.0)
        self.xdotool("type", "--delay", "60", "Hello from Windows")
        self.xdotool("key", "Return")
        wait_for(
            "the message and its answer",
            lambda: sum("Hello from Windows" in text for text in self._texts(sent=True)) >= 2,
        )
        time.sleep(1.0)
        self.picture("windows-conversation")
        return f"{len(self._texts(sent=True))} messages with the server's numbers"

    def _texts(self, *, sent: bool) -> list[str]:
        path = self.local(PROFILE) / "chat.sqlite3"
        if not path.exists():
            return []
        # A copy: Wine's locks and this machine's know nothing of each other.
        copy = BUILD / "wine-chat"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(parents=True)
        for part in path.parent.glob("chat.sqlite3*"):
            if not part.name.endswith("-shm"):
                shutil.copy(part, copy)
        try:
            with closing(sqlite3.connect(copy / path.name)) as db:
                question = "SELECT text FROM messages WHERE (seq IS NOT NULL) = ?"
                return [row[0] for row in db.execute(question, (sent,))]
        except sqlite3.Error:
            return []

    def second_start(self) -> str:
        before = self._processes()
        self.detached(rf"{INSTALLED}\phobos.exe")
        time.sleep(12.0)
        windows = self.xdotool("search", "--onlyvisible", "--name", "Phobos").split("\n")
        after = self._processes()
        if after != before:
            raise FaultError(f"{before} programs ran before the second start and {after} after it")
        return f"the first window came forward; {len(windows)} windows, {after} programs"

    def _processes(self) -> int:
        code, text = self.windows("tasklist")
        return text.lower().count("phobos.exe") if code == 0 else -1

    def association(self) -> str:
        shutil.copy(SAMPLE, self.root.drive_c / "a log.xlog")
        self.windows("start", r"C:\a log.xlog", timeout=60.0)
        title = r"a log\.xlog"
        wait_for("the log viewer", lambda: self.window(title))
        time.sleep(4.0)
        self.picture("windows-log-viewer")
        self.xdotool("windowclose", self.window(title))
        return "the viewer shows it"

    def diagnosis(self) -> str:
        target = self.root.drive_c / "diagnosis.zip"
        target.unlink(missing_ok=True)
        text = self.must(
            rf"{INSTALLED}\phobos-console.exe",
            "export-diagnostics",
            "--no-check",
            "--output",
            r"C:\diagnosis.zip",
        )
        size = target.stat().st_size
        target.unlink()
        return f"{size} bytes; {last_line(text)}"

    def upgrade(self) -> str:
        if not self.window("Ada — Phobos$"):
            raise FaultError("the program does not run any more")
        begun = time.monotonic()
        self._run_setup()
        if self.window("Ada — Phobos$"):
            raise FaultError("the old program still runs")
        return f"ended and replaced within {time.monotonic() - begun:.0f} s"

    def start_time(self) -> str:
        bare, ours = [], []
        for number in range(STARTS + 1):  # the first of each warms the disk's cache
            bare.append(self._until_seen("^Bare window$", PYTHON, "-c", BARE))
            wait_for("the bare window to go", lambda: not self.window("^Bare window$"))
            data = rf"C:\start-{number}"
            program = rf"{INSTALLED}\phobos.exe"
            ours.append(self._until_seen("^Phobos$", program, "--data", data))
            time.sleep(5.0)  # until it listens
            self.must(rf"{INSTALLED}\phobos-console.exe", "--end", "--data", data)
            shutil.rmtree(self.local(data), ignore_errors=True)
        quick, slow = statistics.median(bare[1:]), statistics.median(ours[1:])
        text = f"bare {quick:.0f} ms, Phobos {slow:.0f} ms: {slow / quick:.2f} times"
        if slow > MAX_RATIO * quick:
            raise FaultError(text)
        return text

    def _until_seen(self, title: str, *words: str) -> float:
        environment = {**WINE, "DISPLAY": self.display}
        command = ("sh", "-c", UNTIL_SEEN, "sh", title, *words)
        return float(self.root.linux(*command, environment=environment, timeout=120.0))

    def uninstall(self) -> str:
        self.must(rf"{INSTALLED}\uninstall.exe", "/S")
        folder = self.local(INSTALLED)
        wait_for("the folder to go", lambda: not folder.exists(), 60.0)
        left = [
            *(key for key in (UNINSTALL_KEY, r"HKCU\Software\Phobos") if self.registry(key)),
            *(key for key in (r"HKCU\Software\Classes\Phobos.xlog",) if self.registry(key)),
        ]
        if left:
            raise FaultError(f"left over: {left}")
        if not self.local(PROFILE).exists():
            raise FaultError("the profile went too")
        return "nothing is left but the profile"


def ignored(folder: str) -> list[str]:
    """The files below a folder that no Windows can run, each with its reason in TESTS."""
    return [
        each.removesuffix("::") for each in TESTS if each.startswith(folder) and each[-2:] == "::"
    ]


def artefact(test: str) -> str | None:
    """The reason why a test may fail under Wine, if there is one."""
    return next((why for name, why in TESTS.items() if test.startswith(name)), None)


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def main() -> int:
    """Run the steps and say what held."""
    parser = argparse.ArgumentParser(description="Check Phobos on Windows, under Wine.")
    kept = Path("/var/cache/phobos-wine/trixie")
    parser.add_argument("--root", type=Path, default=kept, help=f"the Debian root ({kept})")
    parser.add_argument("--pictures", type=Path, default=BUILD / "wine-pictures")
    parser.add_argument("--only", nargs="+", metavar="STEP", help="run these steps alone")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("check_windows.py needs root: it makes a Debian system of its own")
    BUILD.mkdir(exist_ok=True)
    check = Check(WineRoot(arguments.root), arguments.pictures)
    steps = check.steps()
    unknown = set(arguments.only or ()) - set(steps)
    if unknown:
        sys.exit(f"no such step: {', '.join(unknown)}; there are {', '.join(steps)}")
    begun, faults = time.monotonic(), []
    check.make_root()
    with check.root.screen() as check.display:
        for name, step in steps.items():
            if arguments.only and name not in arguments.only:
                continue
            say(name)
            before = time.monotonic()
            try:
                told = step()
            except (FaultError, WineError, OSError, ValueError) as error:
                faults.append(name)
                told = f"FAILED: {error}"
            print(f"{told}\n({time.monotonic() - before:.0f} s)", flush=True)
        if not arguments.only:
            check.root.kill_all()
    minutes = (time.monotonic() - begun) / 60
    if faults:
        print(f"did not hold: {', '.join(faults)} ({minutes:.0f} min)")
        return 1
    print(f"all held ({minutes:.0f} min)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
