"""Builds every package that this system can build: ``python3 dev.py package``.

Linux: a .deb (where dpkg is) and a .tar.gz, and the Windows script is compiled as a check where
makensis is. Windows: the setup program. macOS: the .dmg. What was built stands in ``build/``.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6", "PyInstaller")

import contents
import debian
import tarball
import windows_setup
from freeze import FOLDER, ROOT, freeze, version


def packages() -> list[Path]:
    """Make this system's packages of the frozen folder."""
    if sys.platform == "win32":
        return [windows_setup.make()]
    if sys.platform == "darwin":
        app = FOLDER.parent / "Phobos.app"
        for name in ("CONTENTS.txt", "THIRD-PARTY-NOTICES.txt", "LICENSE.txt"):
            shutil.copy(FOLDER / name, app / "Contents/Resources" / name)
        script = ROOT / "installers/macos/dmg.sh"
        subprocess.run([str(script), str(app), version()], check=True)
        return [ROOT / f"build/phobos-{version()}.dmg"]
    made = [tarball.make()]
    if shutil.which("dpkg-deb"):
        made.insert(0, debian.make())
    if shutil.which("makensis"):
        windows_setup.check()
    return made


def main() -> int:
    """Freeze, list what is inside, and make the packages."""
    parser = argparse.ArgumentParser(description="Build the packages that this system can build.")
    parser.add_argument("--freeze-only", action="store_true", help="stop at build/dist/phobos")
    only = parser.parse_args().freeze_only
    folder = freeze()
    print(contents.table(contents.write(folder)))
    for path in [] if only else packages():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1e6:.1f} MB  sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
