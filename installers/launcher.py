"""The one program of a package: its name says which command it is.

``phobos`` starts the desktop; under the names ``phobos-server``, ``phobos-xlog`` and ``phobos-net``
(symbolic links on Linux and macOS, programs of their own on Windows) the same code is that command.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path


def main() -> int:
    """Run the command that the program's name says; gives its exit code."""
    multiprocessing.freeze_support()  # a worker process of the reader starts here too
    name = Path(sys.argv[0]).stem.lower()
    if name == "phobos-server":
        from app.server.__main__ import main as command
    elif name == "phobos-xlog":
        from xlog.cli import main as command
    elif name == "phobos-net":
        from netcore.sdt.cli import main as command
    else:
        from app.__main__ import main as command
    return int(command() or 0)


if __name__ == "__main__":
    sys.exit(main())
