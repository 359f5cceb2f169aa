"""Makes ``build/phobos_VERSION_ARCH.deb`` of a frozen folder; needs dpkg and binutils.

The program goes to ``/usr/lib/phobos``, its commands to ``/usr/bin``. What it needs of the system
is read off its libraries; what they only open at run time is named here. Nothing but files is
installed, so that removal leaves nothing; what people wrote stays in their home folders.
"""

from __future__ import annotations

import gzip
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6", "PyInstaller")

from contents import of_debian, system_libraries
from freeze import (
    BUILD,
    COMMANDS,
    FOLDER,
    ROOT,
    frozen,
    icon_images,
    needed_by,
    source_date,
    version,
)

LINUX = ROOT / "installers/linux"
SUMMARY = "chat that keeps working on bad networks"
LONG = """\
 Phobos keeps one long link to its server, learns the network that it is on, and
 sends where others are still connecting. It brings a viewer for .xlog files and
 a live page of the network.
 .
 The package holds Python, Qt and every library it uses but those named as
 dependencies."""
OPENED_AT_RUN_TIME = (
    "ca-certificates",  # whom TLS trusts
    "fontconfig-config",
    "fonts-dejavu-core | fonts-noto-core | fonts-freefont-ttf",
    "xkb-data",  # keyboards
)
RECOMMENDED = (
    "desktop-file-utils",
    "shared-mime-info",
    "xdg-utils",
    "fonts-noto-cjk",
    "fonts-noto-color-emoji",
    "gnome-keyring | kwalletmanager | keepassxc",
)


def filled(path: Path) -> str:
    """A template with the version and its date in their places."""
    date = datetime.fromtimestamp(source_date(), UTC).strftime("%Y-%m-%d")
    return path.read_text("utf-8").replace("@VERSION@", version()).replace("@DATE@", date)


def maintainer() -> str:
    """Who answers for the package: its builder, in the variables that Debian's own tools read."""
    name = os.environ.get("DEBFULLNAME") or "The Phobos developers"
    address = os.environ.get("DEBEMAIL", "")
    return f"{name} <{address}>" if address else name


def compressed(text: str) -> bytes:
    """gzip without a name and a time, so that the same text gives the same bytes."""
    return gzip.compress(text.encode(), 9, mtime=0)


def changelog() -> str:
    """Debian's changelog: one entry, the release's notes stand in CHANGELOG.md."""
    date = datetime.fromtimestamp(source_date(), UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    who = maintainer()
    who = who if who.endswith(">") else f"{who} <>"  # the form asks for the brackets
    return (
        f"phobos ({version()}) stable; urgency=medium\n\n  * Release {version()}."
        f"\n\n -- {who}  {date}\n"
    )


def copyright_text(folder: Path) -> str:
    """Debian's copyright file."""
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: Phobos\n\n"
        "Files: *\nCopyright: The Phobos developers\nLicense: MIT\n"
        + "".join(
            f" {line}\n" if line else " .\n"
            for line in (folder / "LICENSE.txt").read_text("utf-8").splitlines()
        )
        + "\nFiles: usr/lib/phobos/lib/*\nCopyright: see THIRD-PARTY-NOTICES.txt\n"
        "License: various\n The licences of all parts, and their sizes, stand in\n"
        " THIRD-PARTY-NOTICES.txt and CONTENTS.txt beside this file.\n"
    )


def lay_out(folder: Path, tree: Path, prefix: str = "usr") -> None:
    """Put everything where it belongs below ``tree``; the tar.gz's installer uses it too."""
    root = tree / prefix
    shutil.copytree(folder, root / "lib/phobos", symlinks=True)
    documents = root / "share/doc/phobos"
    documents.mkdir(parents=True)
    for name in ("CONTENTS.txt", "THIRD-PARTY-NOTICES.txt"):
        (root / "lib/phobos" / name).rename(documents / name)
    (root / "lib/phobos/LICENSE.txt").unlink()
    (documents / "copyright").write_text(copyright_text(folder), "utf-8")
    (root / "bin").mkdir()
    for name in ("phobos", *COMMANDS):
        (root / "bin" / name).symlink_to(f"../lib/phobos/{name}")
        page = root / "share/man/man1" / f"{name}.1.gz"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(compressed(filled(LINUX / "man" / f"{name}.1")))
    for size, image in icon_images().items():
        icon = root / f"share/icons/hicolor/{size}x{size}/apps/im.phobos.Phobos.png"
        icon.parent.mkdir(parents=True)
        icon.write_bytes(image)
    for source, target in (
        ("im.phobos.Phobos.desktop", "applications"),
        ("im.phobos.Phobos.viewer.desktop", "applications"),
        ("im.phobos.Phobos.metainfo.xml", "metainfo"),
        ("phobos-mime.xml", "mime/packages"),
    ):
        path = root / "share" / target / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(filled(LINUX / source), "utf-8")


def dependencies(tree: Path) -> str:
    """The packages of the system libraries that the program loads and does not bring with it."""
    library = tree / "usr/lib/phobos/lib"
    files = [*library.rglob("*.so*"), tree / "usr/lib/phobos/phobos"]
    inside = {path.name for path in files}
    needed: set[str] = set().union(*map(needed_by, files))
    system = system_libraries()
    packages: set[str] = set()
    for name in sorted(needed - inside):
        made = of_debian(system[name]) if name in system else None
        if made is None:
            sys.exit(f"{name} is needed, but neither in the package nor on this system")
        packages.add(made.name.removesuffix(" (Debian)"))
    # The C library is the one whose version decides where the program runs.
    libc = ".".join(platform.libc_ver()[1].split(".")[:2])
    return ", ".join(f"libc6 (>= {libc})" if each == "libc6" else each for each in sorted(packages))


def make(folder: Path = FOLDER) -> Path:
    """Build the package; gives its path."""
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    target = BUILD / f"phobos_{version()}_{architecture}.deb"
    with tempfile.TemporaryDirectory(dir=BUILD) as work:
        tree = Path(work) / "tree"
        tree.mkdir(mode=0o755)
        lay_out(folder, tree)
        (tree / "usr/share/doc/phobos/changelog.gz").write_bytes(compressed(changelog()))
        overrides = tree / "usr/share/lintian/overrides/phobos"
        overrides.parent.mkdir(parents=True)
        overrides.write_text((LINUX / "lintian-overrides").read_text("utf-8"), "utf-8")
        size = sum(p.lstat().st_size for p in tree.rglob("*") if not p.is_dir()) // 1024
        needed = ", ".join([dependencies(tree), *OPENED_AT_RUN_TIME])
        control = (
            f"Package: phobos\nVersion: {version()}\nArchitecture: {architecture}\n"
            f"Maintainer: {maintainer()}\nInstalled-Size: {size}\nDepends: {needed}\n"
            f"Recommends: {', '.join(RECOMMENDED)}\nSection: net\nPriority: optional\n"
            f"Description: {SUMMARY}\n{LONG}\n"
        )
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN/control").write_text(control, "utf-8")
        for path in (tree, *tree.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            os.utime(path, (source_date(), source_date()), follow_symlinks=False)
        environment = {
            **os.environ,
            "SOURCE_DATE_EPOCH": str(source_date()),
            "DPKG_DEB_THREADS_MAX": "2",  # xz's output is another with one processor
        }
        command = ["dpkg-deb", "--build", "--root-owner-group", "-Zxz", "-z3"]
        subprocess.run(
            [*command, str(tree), str(target)], env=environment, check=True, capture_output=True
        )
    return target


if __name__ == "__main__":
    print(make(frozen()))
