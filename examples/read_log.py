"""Read .xlog files: ``python examples/read_log.py FILE [PRIVATE_KEY]``.

A damaged log is read around its damage, which is reported where it is.
"""

from __future__ import annotations

import sys

from xlog import BadPrivateKeyError, Finding, Level, Reader, SourceError


def main(path: str, *keys: str) -> int:
    """Print every record, one line each, and count those from WARN up."""
    warnings = 0
    try:
        for item in Reader(path, keys).records():
            if isinstance(item, Finding):
                print("!", item)
                continue
            warnings += Level.WARN <= item.level < Level.NONE  # NONE: opened, closed, recovered
            print(item.level.name, item.tag, item.message, sep=" | ")
    except (SourceError, BadPrivateKeyError) as error:
        print(error, file=sys.stderr)
        return 1
    print(warnings, "record(s) from WARN up")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("give an .xlog file, and the private key if it is encrypted")
    sys.exit(main(*sys.argv[1:]))
