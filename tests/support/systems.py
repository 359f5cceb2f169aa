"""What a test must know of the system that it runs on: what is missing there, how programs end."""

import importlib.util
import signal
import subprocess
import sys

import pytest

WINDOWS = sys.platform == "win32"
INTERRUPTED = 1 if WINDOWS else 130  # exit code of one of ours after interrupt()


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
