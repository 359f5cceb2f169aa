"""Freezes Phobos with PyInstaller into ``build/dist/phobos``, the same bytes for the same input.

Set ``SOURCE_DATE_EPOCH`` (seconds) to choose the date in archives; the commit's is the default.
"""

from __future__ import annotations

import os
import py_compile
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6", "PyInstaller")

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
FOLDER = BUILD / "dist" / "phobos"
COMMANDS = ("phobos-server", "phobos-xlog", "phobos-net")
ICNS_TYPES = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08"}


def version() -> str:
    """The one version there is, from ``netcore/__init__.py``."""
    text = (ROOT / "netcore/__init__.py").read_text("utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if found is None:
        sys.exit("netcore/__init__.py names no __version__")
    return found[1]


def source_date() -> int:
    """Seconds since the epoch for every date in a package."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdecimal():
        return int(given)
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:  # no git: a source archive is built
        return 315_532_800
    return int(done.stdout) if done.stdout.strip().isdecimal() else 315_532_800  # 1980


def icon_images() -> dict[int, bytes]:
    """The icon's PNG files by size."""
    paths = (ROOT / "resources/icons").glob("phobos-*.png")
    return {int(path.stem.partition("-")[2]): path.read_bytes() for path in paths}


def write_icons() -> None:
    """``phobos.ico`` and ``phobos.icns``: containers around the same PNG images."""
    images = sorted(icon_images().items())
    head = struct.pack("<HHH", 0, 1, len(images))
    offset = len(head) + 16 * len(images)
    entries = b""
    for size, image in images:
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(image), offset)
        offset += len(image)
    BUILD.mkdir(exist_ok=True)
    (BUILD / "phobos.ico").write_bytes(head + entries + b"".join(image for _, image in images))
    parts = b"".join(
        ICNS_TYPES[size] + struct.pack(">I", len(image) + 8) + image
        for size, image in images
        if size in ICNS_TYPES
    )
    (BUILD / "phobos.icns").write_bytes(b"icns" + struct.pack(">I", len(parts) + 8) + parts)


def freeze() -> Path:
    """Run PyInstaller, slim what it collected and add the commands; gives the folder."""
    write_icons()
    # A fixed hash seed makes the order of sets, and so of the archive's entries, the same.
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "1",
        "SOURCE_DATE_EPOCH": str(source_date()),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [
        sys.executable,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--clean",
        "--log-level",
        "ERROR",
    ]
    command += ["--workpath", str(BUILD / "pyinstaller"), "--distpath", str(FOLDER.parent)]
    subprocess.run([*command, str(ROOT / "installers/phobos.spec")], env=environment, check=True)
    if sys.platform.startswith("linux"):
        strip_symbols(FOLDER)
        for name in COMMANDS:
            (FOLDER / name).symlink_to("phobos")
    for path in FOLDER.rglob("*"):  # programs run, libraries are read, whatever the umask was
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent == FOLDER else 0o644)
    return FOLDER


def frozen() -> Path:
    """The folder that was frozen last; ends the process where there is none."""
    if not FOLDER.exists():
        sys.exit(f"there is no {FOLDER}: run `python3 dev.py package` first")
    return FOLDER


def compile_signatures(target: Path) -> None:
    """PySide6's own support modules, compiled, for ``shiboken6/files.dir`` in the package.

    They lie in its library as a zip of sources, which it would unpack and compile at every start
    (an eighth of a bare window's). Where a folder of this name is, it imports them from there.
    """
    shutil.rmtree(target, ignore_errors=True)
    sources = "import sys, PySide6.QtCore; from pathlib import Path; a = sys.argv[1]\n"
    sources += "sys.modules['shibokensupport'].__loader__.zfile.extractall(a)"
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.executable, "-c", sources, work], check=True)
        for source in sorted(Path(work).glob("shibokensupport/**/*.py")):
            inside = source.relative_to(work)
            py_compile.compile(
                str(source),
                str((target / inside).with_suffix(".pyc")),
                str(inside),
                doraise=True,
                optimize=1,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )


def needed_by(library: str | Path) -> set[str]:
    """The file names of the libraries that an ELF file is linked against; needs binutils."""
    command = ["objdump", "-p", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(re.findall(r"^\s*NEEDED\s+(\S+)$", done.stdout, re.MULTILINE))


def strip_symbols(folder: Path) -> None:
    """Leave out debug symbols: nine tenths of zstandard's wheel, two thirds of a built Python."""
    if shutil.which("strip") is None:
        print("strip (binutils) is not installed: the package keeps its debug symbols")
        return
    # Libraries that a wheel brings patched (numpy's, Qt's) stay as their makers left them.
    library = folder / "lib"
    found = [
        *library.glob("zstandard/*.so"),
        *library.glob("libpython*"),
        *library.glob("python3*/**/*.so"),
    ]
    for path in sorted(found):
        subprocess.run(["strip", "--strip-debug", str(path)], check=True)


if __name__ == "__main__":
    print(freeze())
