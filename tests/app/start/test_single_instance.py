"""Two starts with one profile: the second, a process of its own, brings the first forward."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import app.start.single_instance
from app.start.single_instance import SingleInstance, address

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.start.single_instance import raise_other_instance
app = QCoreApplication([])
sys.exit(0 if raise_other_instance(Path(sys.argv[1])) else 5)
"""


def start_again(qtbot, folder: Path) -> int:
    process = subprocess.Popen([sys.executable, "-c", SECOND, str(folder)])
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
    return process.returncode


def test_a_second_start_brings_the_first_forward_each_time(qtbot, tmp_path) -> None:
    single_instance = SingleInstance(tmp_path)
    came = []
    single_instance.came.connect(lambda: came.append(True))
    assert [start_again(qtbot, tmp_path) for _ in range(2)] == [0, 0]
    assert len(came) == 2
    single_instance.close()


def test_nobody_answers_for_another_profile_or_after_the_end(qtbot, tmp_path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    single_instance = SingleInstance(tmp_path)
    assert start_again(qtbot, other) == 5
    single_instance.close()
    assert start_again(qtbot, tmp_path) == 5


def test_what_a_killed_process_left_does_not_hinder(qtbot, tmp_path) -> None:
    killed = (
        "import os, sys\nfrom pathlib import Path\nfrom PySide6.QtCore import QCoreApplication\n"
        "from app.start.single_instance import SingleInstance\napp = QCoreApplication([])\n"
        "kept = SingleInstance(Path(sys.argv[1]))\nos._exit(9)"
    )
    assert (
        subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False).returncode == 9
    )
    single_instance = SingleInstance(tmp_path)
    with qtbot.waitSignal(single_instance.came, timeout=20_000):
        assert start_again(qtbot, tmp_path) == 0
    single_instance.close()


@pytest.fixture
def runtime(monkeypatch) -> Iterator[Path]:
    """A runtime folder as the system makes it; a socket's path must be short."""
    with tempfile.TemporaryDirectory(prefix="run-") as made:  # 0700, as mkdtemp makes it
        monkeypatch.setenv("XDG_RUNTIME_DIR", made)
        yield Path(made)


posix = pytest.mark.skipif(sys.platform == "win32", reason="a pipe there, which has no folder")


@posix
def test_the_socket_is_its_users_alone_and_in_the_runtime_folder(qtbot, runtime, tmp_path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    single_instance = SingleInstance(profile)
    (made,) = runtime.iterdir()
    assert str(made) == address(profile)
    assert stat.S_ISSOCK(made.lstat().st_mode)
    assert stat.S_IMODE(made.lstat().st_mode) == 0o600
    assert start_again(qtbot, profile) == 0
    single_instance.close()
    assert list(runtime.iterdir()) == []


@posix
@pytest.mark.parametrize("fault", ["none", "writable", "link", "relative", "long"])
def test_a_runtime_folder_that_others_can_write_is_not_used(
    runtime, tmp_path, monkeypatch, fault
) -> None:
    profile = tmp_path / "profile"
    profile.mkdir(mode=0o755)
    monkeypatch.setattr("app.start.single_instance.RUNTIME_FOLDERS", str(tmp_path / "none"))
    if fault == "none":
        monkeypatch.delenv("XDG_RUNTIME_DIR")
    elif fault == "writable":
        runtime.chmod(0o777)
    elif fault == "link":
        (tmp_path / "link").symlink_to(runtime)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "link"))
    elif fault == "relative":
        monkeypatch.setenv("XDG_RUNTIME_DIR", "run")
    else:
        long = runtime / ("x" * 100)
        long.mkdir(mode=0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    monkeypatch.setattr("app.start.single_instance.LONGEST_PATH", len(str(profile)) + 40)
    assert Path(address(profile)).parent == profile
    folder = tmp_path / "none" / str(os.getuid())
    folder.mkdir(parents=True, mode=0o700)
    assert Path(address(profile)).parent == folder
    folder.rmdir()
    # A profile that is too deep: a folder of our own, made for us alone.
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("app.start.single_instance.LONGEST_PATH", len(str(tmp_path)) + 50)
    deep = profile / ("y" * 60)
    deep.mkdir()
    own = tmp_path / f"phobos-{os.getuid()}"
    assert Path(address(deep)).parent == own
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    own.chmod(0o777)  # somebody else's hand
    assert address(deep) is None


@posix
def test_who_is_at_the_other_end_is_looked_at_on_both_sides(
    qtbot, runtime, tmp_path, monkeypatch, caplog
) -> None:
    single_instance = SingleInstance(tmp_path)
    came = []
    single_instance.came.connect(lambda: came.append(True))
    real = app.start.single_instance.user_at

    def stranger(connection):
        assert real(connection) == os.getuid()
        return os.getuid() + 1

    monkeypatch.setattr("app.start.single_instance.user_at", stranger)
    assert start_again(qtbot, tmp_path) == 5  # it is not answered
    assert came == []
    assert f"a process of user {os.getuid() + 1} called" in caplog.text
    # And a second start does not believe a stranger's answer.
    monkeypatch.setattr("app.start.single_instance.user_at", real)
    lying = SECOND.replace(
        "from app.start.single_instance import raise_other_instance\n",
        "import app.start.single_instance\n"
        "from app.start.single_instance import raise_other_instance\n"
        "app.start.single_instance.user_at = lambda connection: -1\n",
    ).replace("app = QCoreApplication", "qt = QCoreApplication")
    process = subprocess.Popen([sys.executable, "-c", lying, str(tmp_path)])
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
    assert process.returncode == 5
    single_instance.close()
