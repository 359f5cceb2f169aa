"""A profile: the folder that holds one person's messages, settings and logs.

One process a profile: a lock file, freed by the system when the process dies, keeps a second one
out. Where the folder cannot be written, a temporary one takes its place and the person is told
that nothing will be kept.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class ProfileInUseError(Exception):
    """Another Phobos has this profile open; close it or give another ``--data`` folder."""


@dataclass(slots=True)
class Profile:
    """The paths of one open profile; ``limited`` says that it is temporary, and why."""

    folder: Path
    limited: str = ""
    _lock: IO[bytes] | None = None
    _temporary: tempfile.TemporaryDirectory[str] | None = None

    @property
    def database(self) -> Path:
        """Messages, conversations and the outbox (SQLite)."""
        return self.folder / "chat.sqlite3"

    @property
    def files(self) -> Path:
        """The bytes of files that were sent or fetched, by their hash."""
        return self.folder / "files"

    @property
    def log_in(self) -> Path:
        """Who is logged in, with the token (json, for the owner's eyes alone)."""
        return self.folder / "log_in.json"

    @property
    def proxy_password(self) -> Path:
        """The password of the person's own proxy (json, for the owner's eyes alone)."""
        return self.folder / "proxy.json"

    @property
    def demo_data(self) -> Path:
        """The data of the demo server that the app starts itself."""
        return self.folder / "server"

    @property
    def second_person(self) -> Path:
        """The profile of the other person in a demo."""
        return self.folder / "second person"

    @property
    def settings(self) -> Path:
        """Settings and the window's place (ini)."""
        return self.folder / "settings.ini"

    @property
    def logs(self) -> Path:
        """The .xlog files."""
        return self.folder / "logs"

    def close(self) -> None:
        """Free the profile for the next process."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None


def default_folder() -> Path:
    """Where a profile lives unless ``--data`` says otherwise."""
    import platformdirs

    return Path(platformdirs.user_data_dir("phobos", appauthor=False, roaming=False))


def open_profile(folder: Path | None = None) -> Profile:
    """Open (and make) a profile; raises :class:`ProfileInUseError`.

    A folder that cannot be written gives a temporary profile whose ``limited`` says why.
    """
    wanted = (folder or default_folder()).expanduser()
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        (wanted / "logs").mkdir(exist_ok=True)
        return Profile(wanted, _lock=_locked(wanted / "lock"))
    except OSError as error:
        temporary = tempfile.TemporaryDirectory(prefix="phobos-")
        made = Profile(Path(temporary.name), limited=f"{wanted}: {error.strerror or error}")
        made.logs.mkdir()
        made._temporary = temporary
        return made


def is_in_use(folder: Path) -> bool:
    """Whether some process has the profile in ``folder`` open; one that is not there is not."""
    path = folder / "lock"
    if not path.exists():
        return False
    try:
        _locked(path).close()
    except ProfileInUseError:
        return True
    except OSError:
        return False
    return False


def _locked(path: Path) -> IO[bytes]:
    file = path.open("a+b")
    try:
        if sys.platform == "win32":
            _lock_windows(file, path)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        if isinstance(error, BlockingIOError):
            raise ProfileInUseError(str(path.parent)) from error
        raise
    except ProfileInUseError:
        file.close()
        raise
    return file


def _lock_windows(file: IO[bytes], path: Path) -> None:
    if sys.platform != "win32":
        return
    import msvcrt

    file.seek(0)
    try:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as error:  # EACCES or EDEADLOCK: the C library has no other reason to refuse
        raise ProfileInUseError(str(path.parent)) from error
