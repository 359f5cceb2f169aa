"""Two starts with one profile: the second, a process of its own, brings the first forward."""

import subprocess
import sys
from pathlib import Path

from app.summons import Summons

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.summons import summon
app = QCoreApplication([])
sys.exit(0 if summon(Path(sys.argv[1])) else 5)
"""


def start_again(qtbot, folder: Path) -> int:
    process = subprocess.Popen([sys.executable, "-c", SECOND, str(folder)])
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
    return process.returncode


def test_a_second_start_brings_the_first_forward_each_time(qtbot, tmp_path) -> None:
    summons = Summons(tmp_path)
    came = []
    summons.came.connect(lambda: came.append(True))
    assert [start_again(qtbot, tmp_path) for _ in range(2)] == [0, 0]
    assert len(came) == 2
    summons.close()


def test_nobody_answers_for_another_profile_or_after_the_end(qtbot, tmp_path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    summons = Summons(tmp_path)
    assert start_again(qtbot, other) == 5
    summons.close()
    assert start_again(qtbot, tmp_path) == 5


def test_what_a_killed_process_left_does_not_hinder(qtbot, tmp_path) -> None:
    killed = (
        "import os, sys\nfrom pathlib import Path\nfrom PySide6.QtCore import QCoreApplication\n"
        "from app.summons import Summons\napp = QCoreApplication([])\n"
        "kept = Summons(Path(sys.argv[1]))\nos._exit(9)"
    )
    assert (
        subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False).returncode == 9
    )
    summons = Summons(tmp_path)
    with qtbot.waitSignal(summons.came, timeout=20_000):
        assert start_again(qtbot, tmp_path) == 0
    summons.close()
