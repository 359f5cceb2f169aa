"""The version resource of Windows's programs for PyInstaller: what Explorer shows of them."""

from __future__ import annotations

DESCRIPTIONS = {
    "phobos": "Phobos",  # the name that Task Manager and the notifications show
    "phobos-console": "Phobos (console)",
    "phobos-server": "Phobos chat server",
    "phobos-xlog": "Phobos xlog reader",
    "phobos-net": "Phobos network diagnosis",
}


def numbers(version: str) -> tuple[int, int, int, int]:
    """Four numbers of a version such as "1.2.3" or "1.2.0rc1": what follows digits is left out."""
    found = []
    for part in version.split(".")[:4]:
        digits = "".join(each for each in part.partition("rc")[0] if each.isdecimal())
        found.append(min(int(digits or 0), 65535))
    found += [0] * (4 - len(found))
    return found[0], found[1], found[2], found[3]


def resource(name: str, version: str) -> str:
    """The text of PyInstaller's ``version`` file for the program ``name``."""
    four = numbers(version)
    words = {
        "CompanyName": "The Phobos developers",
        "FileDescription": DESCRIPTIONS[name],
        "FileVersion": version,
        "InternalName": name,
        "LegalCopyright": "The Phobos developers, MIT licence",
        "OriginalFilename": f"{name}.exe",
        "ProductName": "Phobos",
        "ProductVersion": version,
    }
    strings = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in words.items())
    return (
        "VSVersionInfo(\n"
        f"  ffi=FixedFileInfo(filevers={four}, prodvers={four}, mask=0x3F, flags=0, OS=0x40004,\n"
        "    fileType=1, subtype=0, date=(0, 0)),\n"
        "  kids=[\n"
        f"    StringFileInfo([StringTable('040904B0', [{strings}])]),\n"
        "    VarFileInfo([VarStruct('Translation', [0x0409, 1200])]),\n"
        "  ],\n"
        ")\n"
    )
