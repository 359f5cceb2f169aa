"""Makes ``build/phobos-VERSION-setup.exe`` of a frozen folder with makensis (NSIS 3).

makensis runs on Linux too: there the script is compiled for its own sake (``--check``) around a
small stand-in folder, since the programs of a Windows package can only be frozen on Windows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6")

from freeze import BUILD, FOLDER, ROOT, version, write_icons


def compile_setup(folder: Path, target: Path) -> Path:
    """Run makensis; ends the process with its words when the script is wrong."""
    makensis = shutil.which("makensis")
    if makensis is None:
        sys.exit("makensis is not installed: see installers/README.md")
    write_icons()
    values = {"VERSION": version(), "DIST": folder, "OUT": target, "ICON": BUILD / "phobos.ico"}
    command = [makensis, "-V2", "-WX", "-INPUTCHARSET", "UTF8"]
    command += [f"-D{name}={value}" for name, value in values.items()]
    environment = dict(os.environ)
    if sys.platform != "win32":  # where it takes no path beyond ASCII without such a locale
        environment["LC_ALL"] = "C.UTF-8"
    command.append(str(ROOT / "installers/windows/phobos.nsi"))
    subprocess.run(command, env=environment, check=True)
    return target


def make(folder: Path = FOLDER) -> Path:
    """Build the installer of a folder frozen on Windows; gives its path."""
    return compile_setup(folder, BUILD / f"phobos-{version()}-setup.exe")


def check() -> None:
    """Compile the script around a stand-in folder; nothing is kept."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "phobos"
        (folder / "lib").mkdir(parents=True)
        for name in ("phobos.exe", "phobos-console.exe", "lib/module.dll", "CONTENTS.txt"):
            (folder / name).write_bytes(b"stand-in")
        target = compile_setup(folder, Path(work) / "phobos-setup.exe")
        print(f"the script compiles: {target.stat().st_size} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make or check the Windows installer.")
    parser.add_argument("--check", action="store_true", help="only compile the script")
    if parser.parse_args().check:
        check()
    else:
        print(make())
