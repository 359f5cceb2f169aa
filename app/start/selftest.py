"""``phobos --selftest``: tries every part of this build and prints a JSON result.

::

    {"ok": true, "version": "0.1.0", "python": "3.11.7", "system": "Linux-...", "frozen": true,
     "checks": {"qt": {"ok": true, "ms": 41, "detail": "6.11.3, offscreen"}, ...}}

It draws nothing on the screen, keeps everything in a temporary folder and talks to nobody but the
server that it starts on the loopback address. The exit code is 0 when every check is good, else 1.
What a system may lack without harm (a keyring) is told in ``detail`` and no failure.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import pkgutil
import platform
import sqlite3
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netcore import __version__

if TYPE_CHECKING:
    from app.chat.model import Message

PATIENCE = 20.0  # seconds until the chat with itself is given up
OTHER_SYSTEMS = {
    "app.platform.windows": "win32",
    "app.platform.macos": "darwin",
    **{
        f"app.platform.{name}": "linux"
        for name in ("dbus", "linux_network", "logind", "notifications", "session_bus")
    },
}
"""Packages that import only on the system that they are for."""


class CheckFailedError(Exception):
    """A part does not do what it is there for; the message says how."""


def _rooms() -> str:
    count = 0
    for top in ("app", "netcore", "xlog", "resources"):
        package = importlib.import_module(top)
        for found in pkgutil.walk_packages(package.__path__, f"{top}."):
            if found.name.endswith(".__main__"):
                continue
            if OTHER_SYSTEMS.get(found.name, sys.platform) != sys.platform:
                continue
            importlib.import_module(found.name)
            count += 1
    if count < 50:
        raise CheckFailedError(f"only {count} modules are in this build")
    return f"{count} modules"


def _qt() -> str:
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QGuiApplication, QImageReader
    from PySide6.QtWidgets import QApplication, QPushButton

    _application()
    formats = {bytes(each.data()).decode() for each in QImageReader.supportedImageFormats()}
    if not {"png", "svg"} <= formats:
        raise CheckFailedError(f"Qt reads no PNG or no SVG, only {sorted(formats)}")
    button = QPushButton("Phobos")
    picture = button.grab().toImage()
    QApplication.processEvents()
    colours = {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}
    if len(colours) < 3:
        raise CheckFailedError("a button was drawn without its text: are there fonts?")
    return f"{qVersion()}, {QGuiApplication.platformName()}"


def _resources() -> str:
    from app.desktop.icons import icon
    from app.desktop.theme import ThemeChoice, theme

    _application()
    if icon("close", "text", size=16).isNull():
        raise CheckFailedError("the icons are missing")
    theme().choose(ThemeChoice.DARK)
    return "icons and styles"


def _translations() -> str:
    from app.desktop.i18n import install_language, tr

    _application()
    try:
        install_language("zh_CN")
        if tr("Settings") == "Settings":
            raise CheckFailedError("the Chinese translation is missing")
    finally:
        install_language("en")
    return "zh_CN"


def _application() -> object:
    from app.desktop.application import make_application

    return make_application()


def _tls() -> str:
    import truststore

    if not ssl.HAS_TLSv1_3:
        raise CheckFailedError(f"{ssl.OPENSSL_VERSION} has no TLS 1.3")
    truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.OPENSSL_VERSION


def _sqlite(folder: Path) -> str:
    database = sqlite3.connect(folder / "selftest.sqlite3")
    try:
        mode = database.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise CheckFailedError(f"SQLite keeps a {mode} journal, not WAL")
    finally:
        database.close()
    return sqlite3.sqlite_version


def _protobuf() -> str:
    import google.protobuf

    from app.chat.proto import chat_pb2 as pb

    sent = pb.Send(conversation_id="c", client_id="1", text="你好 🚀")
    if pb.Send.FromString(sent.SerializeToString()) != sent:
        raise CheckFailedError("a message did not survive protobuf")
    return google.protobuf.__version__


def _zstd() -> str:
    import zstandard

    text = b"phobos " * 1000
    if zstandard.decompress(zstandard.compress(text)) != text:
        raise CheckFailedError("a text did not survive zstd")
    return f"{zstandard.__version__}, {zstandard.backend}"


def _keyring() -> str:
    try:
        import keyring

        backend = keyring.get_keyring()
        if float(backend.priority) > 0:
            return str(backend.name)
    except Exception as error:
        return f"none here ({error}): keys are kept in a file"
    return "none here: keys are kept in a file"


def _xlog(folder: Path) -> str:
    import logging

    from app.logviewer.store import LogStore
    from xlog.crypt import KeyPair
    from xlog.handler import XlogHandler
    from xlog.reader import Block, Reader, read_text
    from xlog.settings import AppenderConfig

    key = KeyPair.generate()
    logs = folder / "logs"
    handler = XlogHandler(
        AppenderConfig(log_dir=logs, prefix="selftest", codec="zstd", public_key=key.public)
    )
    record = logging.LogRecord("selftest", logging.INFO, __file__, 1, "你好 %d", (7,), None)
    handler.handle(record)
    handler.close()
    path = next(logs.glob("*.xlog"))
    if "你好".encode() in path.read_bytes():
        raise CheckFailedError("a log with a key lies on disk in plain text")
    blocks = [each for each in Reader(path, keys=[key.private.hex()]) if isinstance(each, Block)]
    lines = [record.message for block in blocks for record in block.records()]
    if "你好 7" not in lines:
        raise CheckFailedError("what was logged is not in the log")
    store = LogStore()  # the viewer's way, with numpy
    rows = store.append_text(store.add_file(path.name, str(path)), read_text(path, [key.private]))
    if not rows:
        raise CheckFailedError("the viewer finds nothing in the log")
    return f"{path.stat().st_size} bytes, {rows} rows"


class _Heard:
    """The listener of the chat with itself."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.news = asyncio.Event()

    def on_link_state(self, state: object) -> None:
        pass

    def on_health(self) -> None:
        pass

    def on_conversation(self, conversation: object) -> None:
        pass

    def on_message(self, message: Message) -> None:
        self.texts.append(message.text)
        self.news.set()

    def on_waiting(self, waiting: object) -> None:
        pass

    def on_history(self, conversation_id: str) -> None:
        pass

    def on_logged_out(self, reason: str) -> None:
        pass

    def on_notice(self, code: str, detail: str) -> None:
        pass

    async def hear(self, text: str) -> None:
        """Wait until somebody wrote ``text``."""
        while text not in self.texts:
            self.news.clear()
            await self.news.wait()


async def _chat(folder: Path) -> str:
    from contextlib import AsyncExitStack

    from app.chat.log_in_file import LogInFile
    from app.chat.server_client import ServerClient
    from app.chat.session import ChatSession
    from app.chat.store import Store
    from app.server.server import Server
    from app.server.settings import ServerSettings
    from netcore.connect.tls import TlsSettings
    from netcore.settings import Settings

    async with asyncio.timeout(PATIENCE), AsyncExitStack() as last:
        server = Server(
            ServerSettings(
                data=folder / "server", host="127.0.0.1", longlink_port=0, shortlink_port=0
            )
        )
        await server.start()
        last.push_async_callback(server.close)
        people = []
        for name in ("Ada", "Bob"):
            settings = Settings(
                longlink_hosts=("127.0.0.1",),
                longlink_ports=(server.longlink_port,),
                shortlink_hosts=("127.0.0.1",),
                shortlink_port=server.shortlink_port,
                tls=TlsSettings(pins=frozenset({server.fingerprint})),
            )
            heard = _Heard()
            remote = ServerClient(settings)
            store = Store(folder / f"{name}.sqlite3")
            session = ChatSession(remote, store, LogInFile(folder / f"{name}.login", "it"), heard)
            await remote.core.start()
            last.push_async_callback(remote.core.close)
            last.push_async_callback(session.close)
            await session.sign_up(name, "a password for a moment")
            people.append((session, heard))
        (ada, ada_heard), (_, bob_heard) = people
        conversation = await ada.create_conversation(["Bob"])
        begun = time.perf_counter()
        ada.send(conversation.id, "hello 你好 🚀")
        await bob_heard.hear("hello 你好 🚀")
        await ada_heard.hear("hello 你好 🚀")
        return f"a message over TLS in {(time.perf_counter() - begun) * 1000:.0f} ms"


def checks(folder: Path) -> dict[str, Callable[[], str]]:
    """All checks by name; each gives a detail or raises."""
    return {
        "rooms": _rooms,
        "qt": _qt,
        "resources": _resources,
        "translations": _translations,
        "tls": _tls,
        "sqlite": lambda: _sqlite(folder),
        "protobuf": _protobuf,
        "zstd": _zstd,
        "keyring": _keyring,
        "xlog": lambda: _xlog(folder),
        "chat": lambda: asyncio.run(_chat(folder)),
    }


def run() -> dict[str, object]:
    """Run every check; gives what is printed."""
    results: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory(prefix="phobos-selftest-") as work:
        for name, check in checks(Path(work)).items():
            begun = time.perf_counter()
            try:
                good, detail = True, check()
            except Exception as error:
                good, detail = False, f"{type(error).__name__}: {error}"
            ms = round((time.perf_counter() - begun) * 1000)
            results[name] = {"ok": good, "ms": ms, "detail": detail}
    return {
        "ok": all(each["ok"] for each in results.values()),
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "frozen": bool(getattr(sys, "frozen", False)),
        "checks": results,
    }


def main(_arguments: Sequence[str] = ()) -> int:
    """Print the result; gives the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if sys.platform == "win32":  # off screen Qt knows no system fonts there
        fonts = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        os.environ.setdefault("QT_QPA_FONTDIR", str(fonts))
    result = run()
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0 if result["ok"] else 1
