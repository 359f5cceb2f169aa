"""``phobos --end`` against a process that has the profile, as a setup program calls it."""

import subprocess
import sys

from app.start.profile import ProfileInUseError, is_in_use, open_profile

HOLDER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from app.start.profile import open_profile
from app.start.single_instance import SingleInstance
app = QCoreApplication([])
profile = open_profile(Path(sys.argv[1]))
listening = SingleInstance(profile.folder) if sys.argv[2] == "answers" else None
if listening:
    listening.end_wanted.connect(app.quit)
print("ready", flush=True)
QTimer.singleShot(60_000, app.quit)
app.exec()
profile.close()
"""


def holder(folder, kind):
    command = [sys.executable, "-c", HOLDER, str(folder), kind]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def end(folder):
    command = [sys.executable, "-m", "app", "--end", "--data", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_nobody_runs_and_nothing_is_made(tmp_path):
    folder = tmp_path / "none"
    assert end(folder).returncode == 0
    assert not folder.exists()


def test_it_ends_and_the_command_waits_for_that(tmp_path):
    process = holder(tmp_path, "answers")
    assert is_in_use(tmp_path)
    assert end(tmp_path).returncode == 0
    assert process.wait(20) == 0
    assert not is_in_use(tmp_path)
    process.stdout.close()


def test_one_that_does_not_answer_is_left_alone(tmp_path):
    process = holder(tmp_path, "silent")
    done = end(tmp_path)
    assert done.returncode == 2
    assert "does not answer" in done.stderr
    assert process.poll() is None
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_profile_is_in_use_while_it_is_open(tmp_path):
    profile = open_profile(tmp_path)
    assert is_in_use(tmp_path)
    try:
        open_profile(tmp_path)
    except ProfileInUseError as error:
        assert str(error) == str(tmp_path)
    else:
        raise AssertionError("opened twice")
    profile.close()
    assert not is_in_use(tmp_path)
