"""``phobos``: reads the arguments, then hands over to the room that was asked for.

Rooms are imported only when they are needed, so that the chat starts without the log viewer, and
an export without the chat.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence

from app.start.arguments import parse
from netcore.runtime.streams import prepare_streams

# Command -> the module and the function that takes the remaining arguments and gives an exit code.
COMMANDS = {
    "viewer": ("app.logviewer.entry", "main"),
    "export-diagnostics": ("app.diagnostics.export_command", "main"),
    "--end": ("app.start.end_command", "main"),
    "--selftest": ("app.start.selftest", "main"),
}


def dispatch(command: str, arguments: list[str]) -> int:
    """Run a command's own module; a build without it says so and gives 2."""
    module, function = COMMANDS[command]
    try:
        missing = importlib.util.find_spec(module) is None
    except ModuleNotFoundError:
        missing = True
    if missing:
        print(f"phobos: {command} is not available in this build", file=sys.stderr)
        return 2
    return int(getattr(importlib.import_module(module), function)(arguments) or 0)


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point; gives the process's exit code."""
    prepare_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in COMMANDS:
        return dispatch(words[0], words[1:])
    arguments = parse(words)
    if arguments.selftest:
        return dispatch("--selftest", [word for word in words if word != "--selftest"])
    from app.start.startup import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
