"""``phobos-xlog``: read, search, follow, recover and make xlog files.

Exit codes: 0 clean, 1 something was found wrong in a log (told on stderr, the rest was done), 2 an
argument, a key, a log or the output is unusable.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from xlog.cli_output import Report
from xlog.errors import BadKeyError, XlogError
from xlog.keys import KeyRing

_PRIVATE_KEY = re.compile(r"[0-9a-fA-F]{64}")
_PUBLIC_KEY = re.compile(r"[0-9a-fA-F]{128}")
_INTERRUPTED = 130
_LONGEST_PAUSE = 86_400.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    if getattr(sys, "frozen", False):  # a worker of ours, perhaps
        import multiprocessing

        multiprocessing.freeze_support()
    arguments = _parser().parse_args(argv)
    report = Report(as_json=getattr(arguments, "json", False))
    try:
        _run(arguments, report)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _close_stdout()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except XlogError as error:
        report.error(error)
    except OSError as error:
        report.error(f"cannot write: {error.strerror or error}")
        _close_stdout()  # what it still holds would fail again at the interpreter's end
    report.close()
    return report.code


def _run(arguments: argparse.Namespace, report: Report) -> None:
    # What a command does not use is not imported: it would take longer than many a log.
    command = arguments.command
    if command in ("keygen", "recover", "encode"):
        from xlog import cli_write
    else:
        from xlog import cli_read
    if command == "keygen":
        cli_write.keygen()
    elif command == "recover":
        cli_write.recover(arguments, _keys(arguments), report)
    elif command == "encode":
        cli_write.encode(arguments)
    else:
        keys = _keys(arguments)
        readers = {
            "decode": cli_read.decode,
            "cat": cli_read.decode,
            "grep": cli_read.grep,
            "tail": cli_read.follow,
            "stat": cli_read.statistics,
        }
        readers[command](arguments, keys, report)


def _keys(arguments: argparse.Namespace) -> KeyRing:
    keys = KeyRing()
    for number, text in enumerate(arguments.key, 1):
        try:
            keys.add(text)
        except BadKeyError as error:
            raise BadKeyError(f"--key {number}: {error}") from None
    for path in arguments.keyfile:
        _add_keyfile(keys, path)
    return keys


def _add_keyfile(keys: KeyRing, path: Path) -> None:
    """One key a line; what ``keygen`` prints, comments and public keys are passed over."""
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError as error:
        raise BadKeyError(f"cannot read the key file {path}: {error.strerror}") from None
    before = len(keys)
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text or _PUBLIC_KEY.fullmatch(text):
            continue
        if text in ("save private key", "appender_open's parameter:"):
            continue
        try:
            keys.add(text)
        except BadKeyError as error:
            raise BadKeyError(f"{path}, line {number}: {error}") from None
    if len(keys) == before and not any(_PRIVATE_KEY.fullmatch(line.strip()) for line in lines):
        raise BadKeyError(f"{path} holds no private key (64 hex digits on a line of its own)")


def _close_stdout() -> None:
    # The reader of the pipe has gone (`| head`), or the disk is full: be quiet at the end.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "phobos-xlog",
        description="Read, search, follow, recover and make xlog files.",
        epilog="Exit codes: 0 clean, 1 damage in a log (reported on stderr), 2 could not run.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    decode = commands.add_parser("decode", help="print logs as text or JSON lines")
    _reading(decode)
    decode.add_argument(
        "-o",
        "--output",
        type=Path,
        help="output file, or a folder for one file per log; - for stdout",
    )
    decode.add_argument("--json", action="store_true", help="print one JSON object per record")

    cat = commands.add_parser("cat", help="print logs as text")
    _reading(cat)
    cat.set_defaults(output=None, json=False)

    tail = commands.add_parser("tail", help="print the last records of a log, and follow it")
    tail.add_argument("path", help="a log, or a folder: its newest log")
    _with_keys(tail)
    tail.add_argument("-f", "--follow", action="store_true", help="keep reading as the log grows")
    tail.add_argument(
        "-n", "--lines", type=_count, default=10, help="number of records (default: 10)"
    )
    tail.add_argument("--buffer", type=Path, help="the writer's memory buffer (default: beside it)")
    tail.add_argument("--no-buffer", action="store_true", help="do not read the memory buffer")
    tail.add_argument(
        "--poll", type=_seconds, default=0.25, help="seconds between checks (default: 0.25)"
    )
    tail.add_argument("--json", action="store_true", help="print one JSON object per record")

    grep = commands.add_parser("grep", help="print records that match a regular expression")
    grep.add_argument("pattern", help="a regular expression; '' matches every record")
    _reading(grep)
    grep.add_argument("-i", "--ignore-case", action="store_true")
    grep.add_argument("-v", "--invert-match", action="store_true")
    grep.add_argument(
        "-c", "--count", action="store_true", help="print only the number of matches per log"
    )
    grep.add_argument("--level", default="V", help="this level or higher: V D I W E F")
    grep.add_argument("--tag", action="append", default=[], help="this tag; may be repeated")
    grep.add_argument(
        "--thread", type=int, action="append", default=[], help="this thread id; may be repeated"
    )
    grep.add_argument("--since", help="2026-11-24, '2026-11-24 14:35:02' or 14:35, writer's time")
    grep.add_argument("--until", help="as --since")
    grep.add_argument("-o", "--output", type=Path, help="output file")
    grep.add_argument("--json", action="store_true", help="print one JSON object per record")

    stat = commands.add_parser("stat", help="print blocks, records, time span, ratio, damage")
    _reading(stat)
    stat.add_argument("--json", action="store_true", help="print one JSON object per log")

    commands.add_parser("keygen", help="make a key pair, printed like Mars's gen_key.py")

    recover = commands.add_parser("recover", help="make a log from a left-over .mmap3 or .mmap2")
    recover.add_argument("path", metavar="FILE.mmap3")
    _with_keys(recover)
    recover.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.xlog")
    recover.add_argument("--force", action="store_true", help="replace OUT.xlog")

    encode = commands.add_parser("encode", help="write lines of text to a log")
    encode.add_argument("path", nargs="?", default="-", help="a text file; - or nothing for stdin")
    encode.add_argument("-o", "--output", type=Path, metavar="OUT.xlog", help="default: stdout")
    encode.add_argument("--codec", choices=("zlib", "zstd"), default="zlib")
    encode.add_argument("--compression", type=int, help="zlib 1 to 9 (6), zstd 1 to 22 (3)")
    encode.add_argument("--public-key", metavar="HEX", help="encrypt to this key")
    encode.add_argument(
        "--mode",
        choices=("async", "sync", "mars-sync"),
        default="async",
        help="async: blocks of 50 KiB; sync: one block per line; mars-sync: the same as in Mars, "
        "not encrypted even with a key",
    )
    return parser


def _reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="LOG", help="file, folder, or - for stdin")
    _with_keys(parser)
    parser.add_argument(
        "--workers",
        type=_count,
        default=None,
        help="processors to use for large logs (default: all)",
    )


def _with_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key", action="append", default=[], metavar="HEX", help="private key; may be repeated"
    )
    parser.add_argument(
        "--keyfile",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="file with private keys, one per line; keeps them out of the process list",
    )


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("give a number above 0")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds <= _LONGEST_PAUSE:
        raise argparse.ArgumentTypeError(f"give seconds above 0, at most {_LONGEST_PAUSE:g}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
