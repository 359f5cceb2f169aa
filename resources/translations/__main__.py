"""``python -m resources.translations``: collects strings into the ``.ts`` files and compiles them.

Every literal given to ``tr`` or ``mark`` in a room of ``app`` goes into that room's ``.ts`` file,
which is a context of its own: the same English may be another Chinese in another room;
translations already there are kept, strings no longer in the source are dropped. Then each ``.ts``
is compiled by PySide6's lrelease to the ``.qm`` beside it. Rooms can be named, as in
``python -m resources.translations desktop``. ``--check`` writes nothing. It ends with 1 where a
file is out of date or a string has no translation.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import PySide6

FOLDER = Path(__file__).parent
APP = FOLDER.parent.parent / "app"
LANGUAGES = ("zh_CN",)


def rooms() -> dict[str, list[Path]]:
    """The Python files of each room: every folder of ``app``.

    Loose files and those that start the app count as the desktop's. The diagnostics have two: the
    panel, and the export beside it. A room without a single string gets no file.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(APP.rglob("*.py")):
        parts = path.relative_to(APP).parts
        room = parts[0] if len(parts) > 1 and parts[0] != "start" else "desktop"
        if room == "diagnostics" and len(parts) == 2:
            room = "export"
        found.setdefault(room, []).append(path)
    return found


def strings(path: Path) -> dict[str, int]:
    """Every literal given to ``tr`` or ``mark`` in one file, with its first line."""
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        if node.func.id not in ("tr", "mark"):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.setdefault(first.value, first.lineno)
    return found


def answered_by(path: Path) -> str | None:
    """The catalogue that a file's ``tr`` asks; None where it imports none.

    That is the name in the ``Texts("...")`` of the module that it imports ``tr`` from.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and any(name.name == "tr" for name in node.names):
            home = APP.parent.joinpath(*(node.module or "").split(".")).with_suffix(".py")
            for call in ast.walk(ast.parse(home.read_text("utf-8"))):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id == "Texts"
                    and isinstance(call.args[0], ast.Constant)
                ):
                    return str(call.args[0].value)
    return None


def translations(path: Path) -> dict[str, str]:
    """The finished translations in a ``.ts`` file."""
    if not path.exists():
        return {}
    kept = {}
    for message in ET.parse(path).getroot().iter("message"):
        text = message.findtext("translation") or ""
        if text:
            kept[message.findtext("source") or ""] = text
    return kept


def catalogue(
    room: str, language: str, files: list[Path], known: dict[str, str]
) -> tuple[str, list[str]]:
    """The text of a ``.ts`` file for ``files``, and the strings that lack a translation."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = room
    missing = []
    seen: set[str] = set()
    for path in files:
        for source in strings(path):
            if source in seen:
                continue
            seen.add(source)
            message = ET.SubElement(context, "message")
            where = path.relative_to(APP.parent).as_posix()
            ET.SubElement(message, "location", filename=where)
            ET.SubElement(message, "source").text = source
            translation = ET.SubElement(message, "translation")
            if known.get(source):
                translation.text = known[source]
            else:
                translation.set("type", "unfinished")
                missing.append(source)
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode") if seen else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n' if seen else "",
        missing,
    )


def compile_ts(path: Path) -> None:
    """Make the ``.qm`` beside a ``.ts``, whole or not at all: a running app has it mapped."""
    tool = Path(PySide6.__file__).parent / (
        "lrelease.exe" if sys.platform == "win32" else "lrelease"
    )
    target = path.with_suffix(".qm")
    made = target.with_suffix(".part")
    command = [str(tool), "-silent", "-removeidentical", str(path), "-qm", str(made)]
    subprocess.run(command, check=True)
    made.replace(target)


def check(room: str) -> list[str]:
    """What is wrong with a room's catalogues.

    Strings without translation, files out of date, and files that would be answered by another
    catalogue.
    """
    problems = []
    for path in rooms()[room]:
        other = answered_by(path)
        if other not in (None, room):
            where = path.relative_to(APP.parent).as_posix()
            problems.append(f"{where}: its tr is of the catalogue {other!r}, not {room!r}")
    for language in LANGUAGES:
        path = FOLDER / f"{room}_{language}.ts"
        text, missing = catalogue(room, language, rooms()[room], translations(path))
        problems += [f"{path.name}: no translation for {source!r}" for source in missing]
        if text and (not path.exists() or path.read_text("utf-8") != text):
            problems.append(f"{path.name}: out of date: run python -m resources.translations")
        if text and not path.with_suffix(".qm").exists():
            problems.append(f"{path.name}: not compiled: run python -m resources.translations")
    return problems


def update(room: str) -> None:
    """Collect a room's strings and compile its catalogues."""
    for language in LANGUAGES:
        path = FOLDER / f"{room}_{language}.ts"
        text, _ = catalogue(room, language, rooms()[room], translations(path))
        if not text:
            continue
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
        compile_ts(path)


def main(arguments: list[str]) -> int:
    """Collect and compile the rooms named (else all), or only check; see the module's text."""
    named = [word for word in arguments if not word.startswith("-")] or sorted(rooms())
    if "--check" not in arguments:
        for room in named:
            update(room)
    problems = [problem for room in named for problem in check(room)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
