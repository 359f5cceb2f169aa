"""What is inside a frozen folder: each part's size and licence, and the third-party notices.

``python installers/contents.py`` writes ``CONTENTS.txt`` and ``THIRD-PARTY-NOTICES.txt`` into the
folder and prints the first. Python code lies compressed in the program itself and is counted there.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6", "PyInstaller")

from freeze import FOLDER, ROOT, frozen, version
from PyInstaller.archive.readers import CArchiveReader

OWN = {"app", "netcore", "xlog", "resources"}
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
QT_LICENCE = "LGPL-3.0-only"


@dataclass
class Part:
    """A project whose files are inside."""

    name: str
    version: str = ""
    licence: str = ""
    size: int = 0  # bytes of files of its own; code in the program's archive not counted
    texts: list[str] = field(default_factory=list)


def _first(about: metadata.PackageMetadata, field: str) -> str:
    return str(next(iter(about.get_all(field) or ()), ""))


def of_distribution(name: str) -> Part:
    """A Python distribution: version, licence and the texts it ships."""
    found = metadata.distribution(name)
    about = found.metadata
    licence = _first(about, "License-Expression")
    if not licence:
        marks = [
            each.rpartition("::")[2].strip()
            for each in about.get_all("Classifier") or ()
            if each.startswith("License ::")
        ]
        licence = ", ".join(marks) or _first(about, "License").split("\n")[0]
    texts = [
        Path(path.locate()).read_text("utf-8", "replace")
        for path in found.files or ()
        if LICENCE_FILE.search(str(path)) and ".dist-info/" in str(path)
    ]
    return Part(about["Name"], found.version, licence or "see its notice", texts=texts)


def of_debian(path: Path) -> Part | None:
    """The Debian package that a system library came from; None on other systems."""
    # Merged /usr: the package database may know the file by either of its names.
    for name in {path, path.resolve(), Path("/usr") / path.relative_to("/")}:
        done = subprocess.run(
            ["dpkg-query", "-S", str(name)], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            package = done.stdout.split(":")[0]
            shown = subprocess.run(
                ["dpkg-query", "-W", "-f=${Version}", package],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            notice = Path("/usr/share/doc") / package / "copyright"
            text = notice.read_text("utf-8", "replace") if notice.exists() else ""
            named = dict.fromkeys(re.findall(r"^License: *(\S.*)$", text, re.MULTILINE))
            licence = ", ".join(list(named)[:4]) or "see its notice"
            return Part(f"{package} (Debian)", shown.stdout, licence, texts=[text])
    return None


def system_libraries() -> dict[str, Path]:
    """Where the shared libraries of the system lie, by file name."""
    done = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False)
    pairs = re.findall(r"^\s*(\S+) \(.*\) => (\S+)$", done.stdout, re.MULTILINE)
    return {name: Path(path) for name, path in reversed(pairs)}


def packed_modules(folder: Path) -> set[str]:
    """The top-level names of the Python modules in the program's archive."""
    program = next(path for path in (folder / "phobos", folder / "phobos.exe") if path.exists())
    archive = CArchiveReader(str(program))
    pyz = next(name for name, entry in archive.toc.items() if entry[-1] == "z")
    return {name.partition(".")[0] for name in archive.open_embedded_archive(pyz).toc}


def parts_of(folder: Path) -> list[Part]:
    """All parts, the largest first."""
    distributions = metadata.packages_distributions()
    python = Part("Python", sys.version.split()[0], "PSF-2.0")
    found: dict[str, Part] = {"": Part("Phobos", version(), "MIT"), "python": python}

    def owner(top: str) -> Part:
        if top in OWN:
            return found[""]
        if top.startswith(("PySide6", "shiboken6")) or top == "Shiboken":
            name = "PySide6-Essentials"
        else:
            name = next(iter(distributions.get(top, ())), "")
        if not name:
            return python
        if name not in found:
            found[name] = of_distribution(name)
            if name == "PySide6-Essentials":
                found[name].name = "Qt and PySide6"
                found[name].licence = QT_LICENCE
        return found[name]

    for top in packed_modules(folder):
        owner(top)
    system = system_libraries() if sys.platform.startswith("linux") else {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.is_symlink():
            continue
        inside = path.relative_to(folder).parts
        top = inside[1] if inside[0] == "lib" and len(inside) > 2 else ""
        name = path.name
        if inside[0] != "lib" or name == "LICENSE":
            part = found[""]
        elif top:
            part = owner(re.sub(r"(\.libs$|-[\d.]+\.dist-info$)", "", top))
        elif name in system and not name.startswith(("libpython", "libQt6")):
            made = of_debian(system[name])
            part = found.setdefault(made.name, made) if made else python
        else:
            part = owner(name.partition(".")[0])
        part.size += path.stat().st_size
    return sorted(found.values(), key=lambda each: (-each.size, each.name))


def table(parts: Iterable[Part]) -> str:
    """The parts as text, a line each."""
    parts = list(parts)
    total = sum(part.size for part in parts)
    lines = [f"{'part':44} {'version':28} {'MB':>7}  licence", "-" * 110]
    lines += [
        f"{part.name[:44]:44} {part.version[:28]:28} {part.size / 1e6:7.2f}  {part.licence}"
        for part in parts
    ]
    return "\n".join([*lines, f"{'together':44} {'':28} {total / 1e6:7.2f}", ""])


def notices(parts: Iterable[Part]) -> str:
    """The licence texts of all parts that are not ours."""
    bars = "=" * 100
    text = [
        "Phobos contains the following works of others, each under its own licence.",
        "Qt and PySide6 are used under the LGPL version 3: their libraries lie unchanged and",
        "replaceable in lib/PySide6; their source is at https://code.qt.io.",
        "",
    ]
    for part in parts:
        if part.name == "Phobos":
            continue
        text += [bars, f"{part.name} {part.version}: {part.licence}", bars, ""]
        text += dict.fromkeys(each.strip() + "\n" for each in part.texts)
    licence = Path(sys.base_prefix) / "lib" / f"python3.{sys.version_info.minor}" / "LICENSE.txt"
    if licence.exists():
        text += [bars, "Python", bars, licence.read_text("utf-8")]
    return "\n".join(text)


def write(folder: Path = FOLDER) -> list[Part]:
    """Write both files into the folder; gives the parts."""
    parts = parts_of(folder)
    (folder / "CONTENTS.txt").write_text(table(parts), "utf-8")
    (folder / "THIRD-PARTY-NOTICES.txt").write_text(notices(parts), "utf-8")
    (folder / "LICENSE.txt").write_bytes((ROOT / "LICENSE").read_bytes())
    return parts


if __name__ == "__main__":
    print(table(write(frozen())))
