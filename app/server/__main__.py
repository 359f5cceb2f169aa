"""``phobos-server``: reads the arguments, listens, prints the ports, and serves until it ends.

Exit codes: 0 ended as asked, 1 ``check`` found something, 2 wrong arguments or settings,
3 a port cannot be listened on, 4 the data folder or a backup cannot be used.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from app.server.config import (
    FILE_VARIABLE,
    OPTIONS,
    SettingError,
    read_environment,
    read_file,
    settings_of,
)
from app.server.control import ask
from app.server.errors import UnusableStoreError
from app.server.server import ListenError, Server
from app.server.settings import Limits, ServerSettings
from app.server.upkeep import UpkeepError, back_up, check, copy_idle, restore
from netcore import __version__
from netcore.runtime.streams import prepare_streams
from netcore.runtime.watchdog import Watchdog

EXIT_FOUND = 1
EXIT_ARGUMENTS = 2
EXIT_LISTEN = 3
EXIT_DATA = 4
_log = logging.getLogger("app.server")


def _port(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535")
    return number


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a count: give 0 or more")
    return int(text)


_FLAGS: dict[str, tuple[str, dict[str, Any]]] = {
    "host": ("--host", {"metavar": "H", "help": "address to listen on (default: all)"}),
    "longlink_port": (
        "--longlink-port",
        {"metavar": "N", "type": _port, "help": "default: 8081; 0 picks a free one"},
    ),
    "shortlink_port": (
        "--shortlink-port",
        {"metavar": "N", "type": _port, "help": "default: 8080; 0 picks a free one"},
    ),
    "data": (
        "--data",
        {
            "metavar": "DIR",
            "type": Path,
            "help": "folder for all data (default: in the user's data folder)",
        },
    ),
    "plain": (
        "--plain",
        {
            "action": argparse.BooleanOptionalAction,
            "help": "no TLS on either link, as the sample's clients need",
        },
    ),
    "limits.writes": (
        "--write-limit",
        {
            "metavar": "N",
            "type": _count,
            "help": f"messages per account in 10 s (default: {Limits().writes}); 0 for no limit",
        },
    ),
    "limits.max_connections_host": (
        "--address-limit",
        {
            "metavar": "N",
            "type": _count,
            "help": f"connections per address (default: {Limits().max_connections_host}); 0 for no "
            "limit, as behind a proxy that all clients come through",
        },
    ),
    "quic": (
        "--quic",
        {
            "action": argparse.BooleanOptionalAction,
            "help": "the short link over QUIC too (the default)",
        },
    ),
    "echo": (
        "--echo",
        {
            "action": argparse.BooleanOptionalAction,
            "help": "add an account that answers messages, for demos",
        },
    ),
}
"""The options' flags, by key; the rest of the limits are set in the file or the environment."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = argparse.ArgumentParser(
        prog="phobos-server",
        description="The demo server for Phobos's chat and the Mars sample, on both links.",
        epilog="Exit codes: 2 wrong arguments, 3 a port and 4 the data folder cannot be used.",
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"Phobos {__version__}")
    made.add_argument("--config", metavar="FILE", type=Path, help="settings in TOML")
    for key, (flag, options) in _FLAGS.items():
        made.add_argument(flag, dest=key, default=argparse.SUPPRESS, **options)
    made.add_argument("--end-with-stdin", action="store_true", help="quit when standard input ends")
    _add_commands(made)
    return made


def _add_commands(made: argparse.ArgumentParser) -> None:
    commands = made.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, argument, text in (
        ("backup", "target", "copy the store to a new folder, while the server runs or not"),
        ("restore", "backup", "put a backup in the store's place; the old one is kept aside"),
        ("check", None, "look for damage, gaps and orphans in the store"),
    ):
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        for flag, metavar in (("--config", "FILE"), ("--data", "DIR")):
            command.add_argument(flag, type=Path, metavar=metavar, default=argparse.SUPPRESS)
        if argument is not None:
            command.add_argument(argument, type=Path, metavar="FOLDER")


def settings_from(
    found: argparse.Namespace, environment: Mapping[str, str] | None = None
) -> ServerSettings:
    """What the command line, the environment and the file ask for; raises SettingError."""
    if environment is None:
        environment = os.environ
    flags = {key: value for key, value in vars(found).items() if key in OPTIONS}
    variables = read_environment(environment)
    named = found.config or environment.get(FILE_VARIABLE)
    file = read_file(Path(named)) if named else {}
    return settings_of(
        lambda: platformdirs.user_data_path("phobos-server", appauthor=False),
        flags,
        variables,
        file,
    )


# SIGBREAK is Windows's Ctrl+Break, and what it sends when the console is closed.
END_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


async def serve(settings: ServerSettings, *, end_with_stdin: bool = False) -> None:
    """Run the server until one of END_SIGNALS; the ports go to stdout as one line of JSON."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in END_SIGNALS:
        try:
            loop.add_signal_handler(number, ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    if end_with_stdin:
        threading.Thread(target=_watch_stdin, args=(loop, ended), daemon=True).start()
    server, watchdog = Server(settings), Watchdog()
    await server.start()
    watchdog.start()
    try:
        ports = {"longlink_port": server.longlink_port, "shortlink_port": server.shortlink_port}
        _say(json.dumps(ports))
        await ended.wait()
        _log.info("asked to end")
    finally:
        watchdog.stop()
        await server.close()


def _say(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:
        # Nobody listens. What stands in the buffer would fail once more at the interpreter's end.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _allow_files(wanted: int) -> None:
    """A process may often have 1024 files open, which is fewer than the server takes clients."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _watch_stdin(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """End with the process that started us: the system closes its end however it dies."""
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: we have ended already
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(ended.set)


def _run(arguments: argparse.Namespace, data: Path) -> int:
    """Do a command; raises :class:`UpkeepError`."""
    if arguments.command == "backup":
        target = arguments.target.absolute()
        answer = ask(data, {"command": "backup", "target": str(target)})
        size = answer["size"] if answer else back_up(lambda at: copy_idle(data, at), data, target)
        _say(f"{target}: {size} bytes")
    elif arguments.command == "restore":
        aside = restore(arguments.backup.absolute(), data)
        _say(f"restored into {data}" + (f"; the store of before is in {aside}" if aside else ""))
    else:
        found = check(data)
        for each in found:
            _say(f"{each.what}: {each.advice}")
        if found:
            return EXIT_FOUND
        _say(f"{data}: nothing is wrong")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point; gives the process's exit code."""
    prepare_streams()
    arguments = parser().parse_args(argv)
    try:
        settings = settings_from(arguments)
    except SettingError as error:
        print(f"phobos-server: {error}", file=sys.stderr)
        return EXIT_ARGUMENTS
    if arguments.command is not None:
        try:
            return _run(arguments, settings.data)
        except UpkeepError as error:
            print(f"phobos-server: {error}", file=sys.stderr)
            return EXIT_DATA
    _allow_files(2 * settings.limits.max_connections)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname).1s %(name)s: %(message)s",
    )
    try:
        asyncio.run(serve(settings, end_with_stdin=arguments.end_with_stdin))
    except ListenError as error:
        print(f"phobos-server: {error}", file=sys.stderr)
        return EXIT_LISTEN
    except UnusableStoreError as error:
        print(f"phobos-server: {error}", file=sys.stderr)
        return EXIT_DATA
    return 0


if __name__ == "__main__":
    sys.exit(main())
