"""Builds the packages twice, as differently as one system allows, and compares them byte for byte.

``python installers/check_reproducible.py [--keep]`` ends with 0 when they are the same. The two
builds share the source, the installed Python packages and ``SOURCE_DATE_EPOCH``. They differ in the
folder, the time, the time zone, the language, the umask, the seed of Python's hashes and the number
of processors that the packer may use. What differs inside is named.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6", "PyInstaller")

from freeze import ROOT, source_date

PLACES = ("here", "另一个 place")
SURROUNDINGS = (
    {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"},
    {"TZ": "Asia/Shanghai", "LC_ALL": "C", "PYTHONHASHSEED": "77"},
)
UMASKS = (0o022, 0o077)


def copy_source(target: Path) -> None:
    """What git knows or would add, as it lies here."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, done.stdout.decode().split("\0")):
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)
            shutil.copymode(source, target / name)


def build(place: Path, number: int, date: int) -> list[Path]:
    """Build in ``place``; gives the packages."""
    environment = {
        **os.environ,
        **SURROUNDINGS[number],
        "SOURCE_DATE_EPOCH": str(date),
        "PYTHONPATH": str(place),  # not the source that is installed in this environment
    }
    begun = time.monotonic()
    command = [sys.executable, str(place / "installers/build.py")]
    if number and hasattr(os, "sched_getaffinity"):
        command = ["taskset", "-c", str(min(os.sched_getaffinity(0))), *command]
    done = subprocess.run(
        command, cwd=place, env=environment, umask=UMASKS[number], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"the build in {place} failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    print(f"built in {place}  ({time.monotonic() - begun:.0f} s)", flush=True)
    return sorted(path for path in (place / "build").glob("phobos[-_]*") if path.is_file())


def members(package: Path) -> dict[str, tuple[object, ...]]:
    """Of a .deb or .tar.gz: each member's head and digest, in order."""
    if package.suffix == ".deb":
        command = ["dpkg-deb", "--fsys-tarfile", str(package)]
        data = subprocess.run(command, capture_output=True, check=True).stdout
    else:
        data = package.read_bytes()
    found: dict[str, tuple[object, ...]] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for number, entry in enumerate(archive):
            file = archive.extractfile(entry) if entry.isfile() else None
            digest = hashlib.sha256(file.read()).hexdigest() if file is not None else entry.linkname
            found[entry.name] = (
                number, entry.mode, entry.mtime, entry.uname, entry.gname, entry.size, digest,
            )  # fmt: skip
    return found


def differences(first: Path, second: Path) -> list[str]:
    """What differs inside two packages, a line each."""
    one, two = members(first), members(second)
    lines = [f"only in one: {name}" for name in sorted(one.keys() ^ two.keys())]
    words = ("place", "mode", "time", "owner", "group", "size", "content")
    for name in sorted(one.keys() & two.keys()):
        parts = [word for word, a, b in zip(words, one[name], two[name], strict=True) if a != b]
        if parts:
            lines.append(f"{name}: {', '.join(parts)}")
    return lines or ["their members are the same: the containers differ"]


def main() -> int:
    """Build twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave the two builds in /tmp")
    keep = parser.parse_args().keep
    work = Path(tempfile.mkdtemp(prefix="phobos-reproducible-"))
    same = True
    try:
        for place in PLACES:
            copy_source(work / place)
        date = source_date()  # asked once: somebody may commit meanwhile
        built = [build(work / place, number, date) for number, place in enumerate(PLACES)]
        if not built[0] or [p.name for p in built[0]] != [p.name for p in built[1]]:
            sys.exit(f"the builds made {built}")
        for first, second in zip(*built, strict=True):
            digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)]
            if digests[0] == digests[1]:
                print(f"same     {first.name}  {digests[0]}")
                continue
            same = False
            print(f"differs  {first.name}")
            print("\n".join(f"    {line}" for line in differences(first, second)[:60]))
    finally:
        if keep:
            print(f"kept in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
