"""The system's own small programs, asked for what no library tells. Blocks: call it guarded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

TIMEOUT = 3.0  # seconds


def output_of(*command: str, timeout: float = TIMEOUT) -> str:
    """What a program prints; "" when it is not there, fails or takes over ``timeout`` seconds."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=environment(),
            # Windows would flash a console beside a program that has none.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def environment() -> dict[str, str]:
    """This process's environment, with the libraries' path that the system's programs expect.

    A packaged Phobos looks for libraries in its own folder first (PyInstaller), which are the wrong
    ones for others.
    """
    made = dict(os.environ)
    if getattr(sys, "frozen", False):
        for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
            before = made.pop(f"{name}_ORIG", "")
            made.pop(name, None)
            if before:
                made[name] = before
    return made
