"""How long the app takes to start: ``python -m benchmarks.startup [--runs N]`` prints JSON.

Each run is a process of its own; the time counts from its start to the first painted frame of a
window that takes input, beside a bare PySide6 window with a field and a button; both are started in
turns, so that a busy machine is busy for both. Memory is the resident set at that moment. The
server is not there: starting must not wait for it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

BARE = """
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
app = QApplication([])
window = QWidget()
column = QVBoxLayout(window)
column.addWidget(QLineEdit())
column.addWidget(QPushButton("Send"))
watch(window)
window.show()
app.exec()
"""

PHOBOS = """
from app.desktop import window as room
made = room.MainWindow.__init__
def init(self, *arguments):
    made(self, *arguments)
    watch(self)
room.MainWindow.__init__ = init
from app.__main__ import main
main(["--data", sys.argv[1], "--server", "127.0.0.1", "--longlink-port", "9", "--plain"])
"""

WATCH = """
import os, sys, time
def watch(window):
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QLineEdit
    class Watcher(QObject):
        done = False
        def look(self):
            fields = [f for f in window.findChildren(QLineEdit) if f.isVisible() and f.isEnabled()]
            if not fields:
                return QTimer.singleShot(1, self.look)
            with open("/proc/self/statm") as file:
                pages = int(file.read().split()[1])
            print(time.time(), pages * os.sysconf("SC_PAGE_SIZE"), flush=True)
            os._exit(0)
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint and not self.done:
                self.done = True
                QTimer.singleShot(0, self.look)
            return False
    window.watcher = Watcher()
    window.installEventFilter(window.watcher)
"""


def once(program: str, compiled: str) -> tuple[float, int]:
    """Seconds to usable and bytes resident, of one fresh process.

    ``compiled`` keeps the bytecode, as an installation does.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", WATCH + program, folder]
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = compiled
        root = Path(__file__).resolve().parent.parent
        begun = time.time()
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            cwd=root,
            timeout=60,
            check=False,
        )
    if done.returncode or not done.stdout.strip():
        sys.exit(f"the window never came:\n{done.stderr}")
    shown, resident = done.stdout.split()[:2]
    return float(shown) - begun, int(resident)


def measure(programs: Sequence[str], runs: int) -> list[dict[str, float]]:
    """Medians over ``runs`` processes each, after one that compiles and warms the disk cache."""
    with tempfile.TemporaryDirectory() as compiled:
        for program in programs:
            once(program, compiled)
        rounds = [[once(program, compiled) for program in programs] for _ in range(runs)]
    return [
        {
            "usable_ms": round(statistics.median(seconds for seconds, _ in results) * 1000, 1),
            "resident_mib": round(statistics.median(size for _, size in results) / 2**20, 1),
        }
        for results in zip(*rounds, strict=True)
    ]


def main() -> int:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    bare, phobos = measure((BARE, PHOBOS), runs)
    result = {
        "platform": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "python": sys.version.split()[0],
        "runs": runs,
        "bare": bare,
        "phobos": phobos,
        "over_bare_ms": round(phobos["usable_ms"] - bare["usable_ms"], 1),
        "over_bare_mib": round(phobos["resident_mib"] - bare["resident_mib"], 1),
    }
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
