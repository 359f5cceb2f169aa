"""``phobos export-diagnostics``: the export without a window, and without Qt.

Works while Phobos runs and when it does not: it reads the profile's files alone. Exit codes: 0
written, 1 it could not be written, 2 a wrong argument.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from app.diagnostics.export import (
    Bundle,
    Choices,
    ExportError,
    ExportSource,
    gather,
    new_id,
    total_size,
    write,
)
from app.diagnostics.history import FILE_NAME, read_history
from app.diagnostics.profile_secrets import read_settings
from app.diagnostics.redact import Keep
from app.start.profile import Profile, default_folder
from netcore.errors import ConfigError
from xlog.errors import BadPrivateKeyError

_EPILOG = """Names, message texts, tokens and addresses are redacted unless --keep names them.
Logs encrypted for a key that was not given cannot be checked, so they are left out unless
--locked is given.
"""


def _say(text: str, stream: TextIO | None = None) -> None:
    (stream or sys.stdout).write(f"{text}\n")


def parser() -> argparse.ArgumentParser:
    """The parser of the command's arguments."""
    made = argparse.ArgumentParser(
        prog="phobos export-diagnostics",
        description="Write a zip file with what is needed to find out why messages are late.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--data", metavar="DIR", type=Path, help="the profile's folder")
    made.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="the zip file, or a folder for it"
    )
    made.add_argument("--note", metavar="TEXT", default="", help="what you saw, for the reader")
    made.add_argument(
        "--keep", metavar="LIST", default="",
        help="do not redact these, separated by commas: names, texts, tokens, addresses",
    )  # fmt: skip
    made.add_argument("--plain", action="store_true", help="do not encrypt the logs in the archive")
    made.add_argument(
        "--key", metavar="HEX", action="append", default=[],
        help="a private key that opens encrypted logs, so that they can be redacted",
    )  # fmt: skip
    made.add_argument("--locked", action="store_true", help="include logs that cannot be checked")
    made.add_argument("--no-check", action="store_true", help="do not diagnose the network first")
    made.add_argument("--dry-run", action="store_true", help="list the files, write nothing")
    made.add_argument(
        "--language", choices=["en", "zh"], default="en", help="language of the report"
    )
    return made


async def _diagnosis(profile: Profile) -> dict[str, Any] | None:
    """A diagnosis of the server in the settings; None where the settings name no usable one."""
    from app.start.proxy_choice import ProxyChoice, connection_settings, load_password
    from netcore.sdt.run import diagnose, plan_of

    settings = read_settings(profile.settings)
    server = settings.get("server", {})
    host = str(server.get("host") or "localhost")
    pins = str(settings.get("pins", {}).get(host.lower().replace(":", "_"), "")).split()
    try:
        ports = [int(server.get(f"{link}_port") or port) for link, port in _PORTS]
        made = connection_settings(
            host,
            *ports,
            plain=str(server.get("plain", "")).lower() == "true",
            pins=frozenset(pins),
            choice=ProxyChoice.of(settings.get("proxy", {})),
            password=load_password(profile.proxy_password),
        )
        found = await diagnose(plan_of(made), reason="export")
    except (ConfigError, ValueError) as error:
        _say(f"no diagnosis: {error}", sys.stderr)
        return None
    return found.as_dict()


_PORTS = (("longlink", 8081), ("shortlink", 8080))


def _target(output: Path | None, bundle: Bundle) -> Path:
    if output is None:
        return Path(bundle.file_name)
    return output / bundle.file_name if output.is_dir() else output


def _gathered(arguments: argparse.Namespace) -> Bundle:
    profile = Profile((arguments.data or default_folder()).expanduser())
    if not profile.folder.is_dir():
        raise ConfigError(f"there is no profile in {profile.folder}; give its folder with --data")
    history = read_history(profile.folder / FILE_NAME)
    if not arguments.no_check:
        _say("diagnosing the network…", sys.stderr)
        found = asyncio.run(_diagnosis(profile))
        if found is not None:
            history["diagnoses"].append(found)
    choices = Choices(
        keep=Keep.of(name.strip() for name in arguments.keep.split(",") if name.strip()),
        note=arguments.note,
        plain=arguments.plain,
        keys=tuple(arguments.key),
        language=arguments.language,
    )
    bundle = gather(ExportSource(profile, history=lambda: history), choices, id=new_id())
    if arguments.locked:
        bundle.items = [replace(item, chosen=bool(item.data)) for item in bundle.items]
    return bundle


def _list(bundle: Bundle) -> None:
    chosen = bundle.chosen()
    for item in chosen:
        _say(f"{len(item.data):>10,}  {item.name}{f'  ({item.problem})' if item.problem else ''}")
    _say(f"{total_size(chosen):>10,}  bytes in {len(chosen)} files, before packing")
    for item in bundle.items:
        if not item.chosen:
            why = item.problem or "encrypted: give its --key, or --locked to take it in unread"
            _say(f"  left out  {item.name} ({why})", sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; gives the exit code."""
    arguments = parser().parse_args(sys.argv[1:] if argv is None else list(argv))
    try:
        bundle = _gathered(arguments)
        _list(bundle)
        if arguments.dry_run:
            return 0
        target = _target(arguments.output, bundle)
        write(bundle, target)
    except ExportError as error:
        _say(f"phobos: {error}", sys.stderr)
        return 1
    except (ValueError, BadPrivateKeyError) as error:
        _say(f"phobos: {error}", sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 1
    _say(f"{bundle.id}  {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
