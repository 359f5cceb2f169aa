"""The developer's front door, before it installs anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def dev(tmp_path: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """dev.py on a machine without a screen, where nothing was made yet."""
    environment = {**os.environ, "PHOBOS_VENV": str(tmp_path / "venv"), **variables}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        environment.pop(name, None)
    command = [sys.executable, str(ROOT / "dev.py"), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others always have a screen")
def test_a_missing_screen_is_said_before_anything_is_installed(tmp_path) -> None:
    done = dev(tmp_path, "run", "--two", PATH=str(tmp_path))  # without apt-get, dpkg-query and pip
    assert done.returncode == 2
    assert "There is no screen here" in done.stderr
    line = "apt-get install -y xvfb xauth && xvfb-run -a python3 dev.py run --two"
    assert line in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
    assert line.removesuffix(" --two") in (ROOT / "README.md").read_text("utf-8")


def test_help_names_every_command(tmp_path) -> None:
    done = dev(tmp_path, "help")
    assert done.returncode == 0
    for name in ("run", "run --two", "test", "check", "bench", "package", "setup"):
        assert name in done.stdout
    assert dev(tmp_path, "no-such-command").returncode == 2
