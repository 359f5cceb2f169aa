"""Signs every Mach-O file of Phobos.app, the inner ones first: ``sign.py APP [IDENTITY]``.

Apple notarises an app only when each of its executables and libraries is signed by a Developer ID,
with the hardened runtime and a time stamp of Apple's server; PyInstaller's and Qt's have no suffix
as often as not (frameworks, the commands), so they are known by their first bytes. The identity "-"
signs ad hoc, for which there is no time stamp.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# mach-o/loader.h and fat.h: 32 and 64 bits, of either byte order, and "fat" files of several.
_THIN = {b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"}
_FAT = {b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"}
_MAX_ARCHITECTURES = (
    30  # a Java class file begins like a fat file; its version comes there, from 45
)


def is_mach_o(head: bytes) -> bool:
    """Whether a file that begins with these 8 bytes is a Mach-O file."""
    if head[:4] in _THIN:
        return True
    return head[:4] in _FAT and 0 < int.from_bytes(head[4:8], "big") < _MAX_ARCHITECTURES


def mach_o_files(app: Path) -> list[Path]:
    """All of them but links, the deepest first, as codesign wants them."""
    found = []
    for path in app.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            if is_mach_o(file.read(8)):
                found.append(path)
    return sorted(found, key=lambda path: (-len(path.parts), str(path)))


def commands(app: Path, identity: str, entitlements: Path) -> list[list[str]]:
    """The codesign commands, in order: libraries, then programs with entitlements, then the app."""
    stamp = "--timestamp=none" if identity == "-" else "--timestamp"
    sign = ["codesign", "--force", stamp, "--options", "runtime", "--sign", identity]
    programs = app / "Contents/MacOS"
    rights = ["--entitlements", str(entitlements)]
    files = mach_o_files(app)
    libraries = [path for path in files if path.parent != programs]
    own = [path for path in files if path.parent == programs]
    return [
        *([*sign, str(path)] for path in libraries),
        *([*sign, *rights, str(path)] for path in own),
        [*sign, *rights, str(app)],
        ["codesign", "--verify", "--strict", "--deep", "--verbose=2", str(app)],
    ]


def main() -> int:
    """Sign, and verify; the first command that fails ends it."""
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    app = Path(sys.argv[1])
    identity = sys.argv[2] if len(sys.argv) > 2 else "-"
    for command in commands(app, identity, Path(__file__).with_name("entitlements.plist")):
        subprocess.run(command, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
