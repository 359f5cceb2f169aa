"""Standard output and error that can be written to, on every system.

A windowed program on Windows has none (``sys.stderr`` is None), and a console or pipe there has a
code page in which not every name can be said. Called first of all, this spares every other place
the question. ``xlog``, which stands alone, writes bytes and sees to it by itself.
"""

from __future__ import annotations

import io
import os
import sys


def prepare_streams() -> None:
    """Give ``sys.stdout`` and ``sys.stderr`` a null device where there is none.

    What a stream's encoding cannot say is escaped, and a pipe on Windows gets UTF-8.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Held by sys for the life of the process.
            null = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
            setattr(sys, name, null)
        elif isinstance(stream, io.TextIOWrapper):
            piped = sys.platform == "win32" and not stream.isatty()
            stream.reconfigure(
                encoding="utf-8" if piped else None,
                errors="backslashreplace",
            )
