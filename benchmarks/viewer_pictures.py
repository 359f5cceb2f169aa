"""Makes the log viewer's pictures in docs/screenshots: ``python -m benchmarks.viewer_pictures``.

The real window on two logs that it writes itself, one of them damaged and then one of them locked;
drawn by the Qt platform in use, under ``xvfb-run -a`` as on an X11 desktop. A folder may be named.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.desktop.application import make_application
from app.desktop.i18n import install_language
from app.desktop.theme import ThemeChoice, theme
from app.logviewer.dialogs import KeyDialog
from app.logviewer.keys import FileVault, NamedKeys
from app.logviewer.query import Pattern, Query
from app.logviewer.settings import Rule, ViewerSettings
from app.logviewer.window import ViewerWindow
from xlog.codec import new_compressor
from xlog.crypt import KeyPair, derive_tea_key, tea_encrypt
from xlog.format import BlockKind, build_block, next_seq
from xlog.record import Level, Record, format_line

DOCS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
SIZE = (1240, 780)
START = 1_795_000_000.0
LOST, BROKEN = (5, 6), 12  # blocks of the first log that are left out, and one that is damaged
_SAID: dict[str, tuple[tuple[int, Callable[[random.Random], str]], ...]] = {
    "heartbeat": ((1, lambda r: f"noop answered after {r.randrange(60, 420)} ms, next in 240 s"),),
    "task": (
        (1, lambda r: f"task {r.randrange(7000, 7400)} ended ok after {r.randrange(400)} ms"),
    ),
    "frame": ((0, lambda r: f"frame seq={r.randrange(900)} body={r.randrange(16, 1600)} bytes"),),
    "chat": ((2, lambda r: f"消息已送达 会话{r.randrange(9)} 来自 user{r.randrange(4)}"),),
    "longlink": (
        (3, lambda r: f"no answer from 198.51.100.{r.randrange(9, 200)} in 2.5 s, next address"),
        (4, lambda r: f"the peer closed the link: ECONNRESET\nsilent for {r.randrange(30)} s"),
    ),
    "store": ((1, lambda r: f"transaction of {r.randrange(1, 20)} rows took {r.random():.2f} ms"),),
}
TAGS = (("heartbeat", "task", "task", "frame", "chat", "longlink"), ("store", "task", "store"))


def write_log(path: Path, seed: int, tags: tuple[str, ...], key: KeyPair | None = None) -> None:
    """Some minutes of a chat's log, in blocks of 80 records; with ``key`` enciphered for it."""
    rng = random.Random(seed)
    client = KeyPair.generate()
    now, seq, blocks = START + seed, 0, []
    for _ in range(28):
        lines = []
        for _ in range(80):
            now += rng.expovariate(1.6)
            tag = rng.choice(tags)
            level, say = rng.choice(_SAID[tag])
            thread = 4242 + rng.randrange(5)
            place = (f"{tag}.py", rng.randrange(20, 300), "on_event")
            head = (Level(level), say(rng), now, 28800, 4242, thread, False, tag)
            lines.append(format_line(Record(*head, *place)))
        seq = next_seq(seq)
        body = new_compressor("zlib").compress(b"".join(lines))
        kind, hours = BlockKind.ASYNC_ZLIB_PLAIN, {"begin_hour": 19, "end_hour": 19}
        if key is not None:
            kind = BlockKind.ASYNC_ZLIB_CRYPT
            body = tea_encrypt(body, derive_tea_key(client.private, key.public))
        owner = client.public if key is not None else bytes(64)
        made = bytearray(build_block(kind, body, seq=seq, client_key=owner, **hours))
        if seed == 1 and key is None and seq == BROKEN:
            made[len(made) // 2 : len(made) // 2 + 40] = bytes(40)
        if seed != 1 or key is not None or seq not in LOST:
            blocks.append(bytes(made))
    path.write_bytes(b"".join(blocks))


def wait(until: Callable[[], bool]) -> None:
    """Run Qt's loop until something holds, and a little longer."""
    end = time.monotonic() + 20
    while not until() and time.monotonic() < end:
        QApplication.processEvents()
    still = time.monotonic() + 0.4
    while time.monotonic() < still:
        QApplication.processEvents()


def open_viewer(folder: Path, *logs: Path) -> ViewerWindow:
    """The window with logs, loaded."""
    home = folder / "home"
    window = ViewerWindow(
        ViewerSettings.load(home), NamedKeys(FileVault(home / "keys.json")), folder
    )
    window.resize(*SIZE)
    window.show()
    if logs:
        window.logs.open_paths(list(logs))
        wait(lambda: window.progress.isHidden() and len(window.model.view.rows) > 0)
    return window


def shoot(window: ViewerWindow, path: Path) -> None:
    """Save what the window shows."""
    wait(lambda: True)
    if not window.grab().save(str(path)):
        raise OSError(f"{path} cannot be written")


def damage(folder: Path, logs: list[Path], path: Path) -> None:
    """Two logs merged, a rule, a bookmark, and the damaged block with what is around it."""
    window = open_viewer(folder, *logs)
    window.commands.set_rules([Rule(Pattern("消息已送达"), 1)])
    found = window.logs.store.findings[1].row
    window.navigator.to_row(found - 6)
    window.commands.toggle_bookmark()
    window.navigator.to_row(found)
    window.panes.setCurrentIndex(1)
    shoot(window, path)
    window.close()


def filtered(folder: Path, logs: list[Path], path: Path) -> None:
    """A filter of two conditions, and the find bar."""
    window = open_viewer(folder, *logs)
    levels = frozenset(Query().levels - {0})
    conditions = (Pattern("transaction", exclude=True), Pattern(r"\d+ ms|ECONN", regex=True))
    window.panel.reset(Query(patterns=conditions, levels=levels))
    wait(lambda: len(window.model.view.rows) < len(window.logs.store))
    window.find_bar.open()
    window.find_bar.edit.field.setText("answered")
    wait(lambda: False)
    levels_shown = window.logs.store.columns["level"][window.model.view.rows]
    errors = [number for number, level in enumerate(levels_shown) if level == Level.ERROR]
    window.table.go_to(errors[len(errors) // 2])
    window.panes.setCurrentIndex(0)
    shoot(window, path)
    window.close()


def main() -> int:
    """Draw everything; the folder is docs/screenshots unless one is named."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    out.mkdir(parents=True, exist_ok=True)
    make_application()
    with tempfile.TemporaryDirectory() as data:
        folder = Path(data)
        logs = [folder / "net_20261118.xlog", folder / "phobos_20261118.xlog"]
        for number, (log, tags) in enumerate(zip(logs, TAGS, strict=True), 1):
            write_log(log, number, tags)
        for language in ("en", "zh_CN"):
            short = language[:2]
            install_language(language)
            theme().choose(ThemeChoice.LIGHT)
            damage(folder, logs, out / f"viewer-damage-{short}-light.png")
            theme().choose(ThemeChoice.DARK)
            filtered(folder, logs, out / f"viewer-filter-{short}-dark.png")
        install_language("en")
        theme().choose(ThemeChoice.LIGHT)
        locked = folder / "locked"
        locked.mkdir()
        write_log(locked / logs[0].name, 1, TAGS[0], KeyPair.generate())
        window = open_viewer(folder, locked / logs[0].name)
        shoot(window, out / "viewer-locked-en.png")
        window.commands.show_keys()
        dialog = window.findChild(KeyDialog)
        dialog.private.setText("1" * 64)
        dialog.add.click()
        wait(lambda: bool(dialog.reason.text()))
        dialog.grab().save(str(out / "viewer-keys-en.png"))
        window.close()
    with tempfile.TemporaryDirectory() as data:
        window = open_viewer(Path(data))
        shoot(window, out / "viewer-welcome-en.png")
        window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
