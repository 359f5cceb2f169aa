"""Files that are written whole or not at all.

A new file is written beside the old one and takes its place in one step, so that a crash, a full
disk or an error leaves the old one as it was. ``app`` uses this too; ``xlog``, which imports
neither, has its like in ``xlog.cli_output``.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_NAME_KEPT = 40  # characters of a file's name in that of the one beside it


@contextlib.contextmanager
def whole_file(path: Path, *, private: bool = True, sync: bool = False) -> Iterator[BinaryIO]:
    """A file to write, which replaces ``path`` when the block ends, and is deleted if that raises.

    The folder must exist. ``private``: mode 0600 from birth, else what the user's umask allows.
    ``sync`` waits until the disk has it. Raises OSError, and ValueError for a name that no system
    takes.
    """
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name[:_NAME_KEPT]}-", suffix=".part"
    )
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        if not private:
            beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes | str, *, private: bool = True, sync: bool = False) -> None:
    """Write a file whole; text as UTF-8. The folder is made if it is missing.

    Raises OSError, and UnicodeEncodeError for text with lone surrogates. See :func:`whole_file`.
    """
    content = data.encode() if isinstance(data, str) else data
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, private=private, sync=sync) as file:
        file.write(content)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
