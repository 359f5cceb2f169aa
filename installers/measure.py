"""Size and start of the package beside a bare PySide6 application frozen the same way.

``python installers/measure.py [--runs N]`` after ``python3 dev.py package``; prints JSON. Sizes are
of the unpacked folder. A start counts from the process's begin to its window being on the screen
(Xvfb), the median of N processes after one that warms the disk cache; both are looked at in turns,
so that a busy machine is busy for both. Where others work at the same time, ``chrt -f 10`` before
the command (as root) gives both the processor first.
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
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6", "PyInstaller")

from freeze import BUILD, FOLDER, ROOT

sys.path.insert(0, str(ROOT))

from tests.support.real_windows import Screen, end

BARE = """
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
app = QApplication([])
window = QWidget()
window.setWindowTitle("Bare")
column = QVBoxLayout(window)
column.addWidget(QLineEdit())
column.addWidget(QPushButton("Send"))
window.show()
app.exec()
"""
PATIENCE = 60.0


def freeze_bare() -> Path:
    """A window with a field and a button, frozen as PyInstaller does it by itself."""
    folder = BUILD / "measure"
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "bare.py"
    script.write_text(BARE, "utf-8")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    command += ["--onedir", "--name", "bare", "--distpath", str(folder), "--specpath", str(folder)]
    subprocess.run([*command, "--workpath", str(folder / "work"), str(script)], check=True)
    return folder / "bare"


def size(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def start(command: list[str], title: str, screen: Screen) -> float:
    """Seconds until the window is there."""
    environment = screen.environment()
    look = ["xwininfo", "-name", title]
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        while True:
            found = subprocess.run(
                look, env=environment, capture_output=True, text=True, check=False
            )
            passed = time.perf_counter() - begun
            if "IsViewable" in found.stdout:
                return passed
            if passed > PATIENCE or process.poll() is not None:
                sys.exit(f"{command[0]} showed no window")
    finally:
        end(process)


def main() -> int:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    bare = freeze_bare()
    os.environ.pop("QT_QPA_PLATFORM", None)
    screen = Screen()
    times: dict[str, list[float]] = {"bare": [], "phobos": []}
    try:
        for _ in range(runs + 1):
            with tempfile.TemporaryDirectory() as profile:
                words = ["--data", profile, "--server", "127.0.0.1", "--longlink-port", "9"]
                program = [str(FOLDER / "phobos"), *words, "--plain"]
                times["phobos"].append(start(program, "Phobos", screen))
            times["bare"].append(start([str(bare / "bare")], "Bare", screen))
    finally:
        end(screen.process)
    result = {
        "runs": runs,
        "unpacked_mb": {"bare": size(bare) / 1e6, "phobos": size(FOLDER) / 1e6},
        "start_ms": {name: statistics.median(each[1:]) * 1000 for name, each in times.items()},
    }
    for values in (result["unpacked_mb"], result["start_ms"]):
        assert isinstance(values, dict)
        values["over"] = values["phobos"] - values["bare"]
        values.update({name: round(value, 1) for name, value in values.items()})
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
