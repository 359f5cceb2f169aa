"""What a test must know of the system that it runs on: what is missing there, how programs end."""

import importlib.util
import shutil
import signal
import subprocess
import sys

import pytest

WINDOWS = sys.platform == "win32"
KILLED = 1 if WINDOWS else -signal.SIGTERM  # exit code of a program after terminate()
INTERRUPTED = 1 if WINDOWS else 130  # exit code of one of ours after interrupt()


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skips a test where one of the programs is not installed, and names it."""
    missing = [each for each in programs if shutil.which(each) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def needs_module(name: str) -> pytest.MarkDecorator:
    """Skips a test where Python has no such module: it is another system's."""
    there = importlib.util.find_spec(name) is not None
    return pytest.mark.skipif(not there, reason=f"Python has no {name} on {sys.platform}")


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ctrl+C. Windows can send none to one program alone: there it is ended."""
    if WINDOWS:
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)
