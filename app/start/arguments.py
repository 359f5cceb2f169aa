"""The arguments of ``phobos``: read without Qt, so that ``--help`` and a mistake answer at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.chat.server_text import parse_server
from netcore import __version__

LONGLINK_PORT = 8081
SHORTLINK_PORT = 8080

_EPILOG = """commands:
  viewer FILE...        open .xlog files in the log viewer
  export-diagnostics    write a diagnostics zip file, without a window
  --end                 quit the Phobos that runs with a profile

Use COMMAND --help for its arguments.
"""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the chat was asked to do; None where the settings decide."""

    demo: bool = False
    two: bool = False
    join_demo: Path | None = None
    server: str | None = None
    longlink_port: int | None = None
    shortlink_port: int | None = None
    plain: bool = False
    data: Path | None = None
    language: str | None = None
    theme: str | None = None
    selftest: bool = False


def port(text: str) -> int:
    """A TCP port from 1 to 65535; raises argparse's error else."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 1 to 65535")
    return number


def _server(text: str) -> str:
    """What can be a server, as it was typed; raises argparse's error else."""
    try:
        parse_server(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: give a name or an address") from None
    return text


def parser() -> argparse.ArgumentParser:
    """The parser of the chat's own arguments."""
    made = argparse.ArgumentParser(
        prog="phobos",
        usage="phobos [COMMAND] [ARGUMENT...]",
        description="Phobos, a desktop chat that keeps working on bad networks.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"Phobos {__version__}")
    server = made.add_argument_group("server")
    server.add_argument(
        "--demo", action="store_true", help="start a demo server on free ports and use it"
    )
    server.add_argument(
        "--two",
        action="store_true",
        help="with --demo: open a second window for another person",
    )
    # For the second window alone: the folder of the data of the demo server that the first brought.
    server.add_argument("--join-demo", type=Path, help=argparse.SUPPRESS)
    server.add_argument(
        "--server", metavar="HOST", type=_server, help="the server's name or address, or HOST:PORT"
    )
    server.add_argument("--longlink-port", metavar="N", type=port, help="default: 8081")
    server.add_argument("--shortlink-port", metavar="N", type=port, help="default: 8080")
    server.add_argument(
        "--plain", action="store_true", help="connect without TLS, for tests and samples"
    )
    look = made.add_argument_group("profile and look")
    look.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        help="the profile's folder; two profiles can run side by side",
    )
    look.add_argument("--language", choices=["system", "en", "zh_CN"])
    look.add_argument("--theme", choices=["system", "light", "dark"])
    made.add_argument(
        "--selftest", action="store_true", help="test every part, print a JSON result and exit"
    )
    return made


def parse(argv: Sequence[str]) -> Arguments:
    """The chat's arguments; a mistake ends the process with 2 and one line that says what is wrong.

    ``--demo`` starts a server of its own, so it excludes the options that name another.
    """
    made = parser()
    found = made.parse_args(argv)
    if found.demo and (found.server or found.longlink_port or found.shortlink_port):
        made.error("--demo starts its own server: do not give --server or ports")
    if found.two and not found.demo:
        made.error("--two needs --demo")
    if found.join_demo and not (found.longlink_port and found.shortlink_port):
        made.error("--join-demo needs --longlink-port and --shortlink-port")
    return Arguments(**vars(found))
