"""Makes ``build/phobos-VERSION-linux-ARCH.tar.gz``: the frozen folder with an installer script.

For Linux systems that know no .deb. Unpack it and run ``./install.sh``, with ``--remove`` to undo.
"""

from __future__ import annotations

import gzip
import platform
import tarfile
import tempfile
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6", "PyInstaller")

from debian import LINUX, lay_out
from freeze import BUILD, FOLDER, frozen, source_date, version


def make(folder: Path = FOLDER) -> Path:
    """Build the archive; gives its path."""
    name = f"phobos-{version()}-linux-{platform.machine()}"
    target = BUILD / f"{name}.tar.gz"

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = source_date()
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with tempfile.TemporaryDirectory(dir=BUILD) as work:
        lay_out(folder, Path(work), prefix="tree")
        script = Path(work) / "install.sh"
        script.write_bytes((LINUX / "install.sh").read_bytes())
        script.chmod(0o755)
        # gzip would write the time of packing and the file's name into its head.
        with (
            target.open("wb") as file,
            gzip.GzipFile("", "wb", 6, file, mtime=source_date()) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted(Path(work).rglob("*")):
                inside = f"{name}/{path.relative_to(work)}"
                archive.add(path, inside, recursive=False, filter=plain)
    return target


if __name__ == "__main__":
    print(make(frozen()))
