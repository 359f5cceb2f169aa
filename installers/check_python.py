"""Runs the tests with another Debian's Python, as root: ``installers/check_python.py trixie``.

Makes a root of that Debian with mmdebstrap (bookworm: Python 3.11, trixie: 3.13, sid: 3.14), kept
in --root, and runs ``dev.py test`` in it on this checkout; what is given besides goes to pytest.
What that Debian does not package is named, and the tests that need it are skipped with that reason.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "wine"))

from root import SOURCE, DebianRoot, WineError, say

KEPT = Path("/var/cache/phobos-python")
# Of this machine's environment: how its packages are reached.
HANDED_ON = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "PIP_CERT")


def environment() -> dict[str, str]:
    """What the tests' environment needs beside the usual."""
    found = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    return {"PHOBOS_VENV": "/venv", "PIP_CERT": bundle, "PYTHONDONTWRITEBYTECODE": "1", **found}


def main() -> int:
    """Make the root where it is not, and run the tests; gives their exit code."""
    parser = argparse.ArgumentParser(description="Run the tests with another Debian's Python.")
    parser.add_argument("suite", choices=("bookworm", "trixie", "sid"))
    parser.add_argument("--root", type=Path, default=KEPT, help=f"where roots are kept ({KEPT})")
    arguments, for_pytest = parser.parse_known_args()
    root = DebianRoot(arguments.root / arguments.suite)
    try:
        if not (root.folder / "usr/bin/apt-get").exists():
            root.bootstrap(arguments.suite)
        if not (root.folder / "usr/bin/git").exists():
            root.linux("apt-get", "update", "-q")
            packages = ("python3", "python3-venv", "python3-dev", "gcc", "g++", "git")
            root.linux("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages)
    except WineError as error:
        sys.exit(str(error))
    command = ["python3", f"{SOURCE}/dev.py", "test", *for_pytest]
    say(root.linux("python3", "--version").strip())
    return root.shown(*command, environment=environment())


if __name__ == "__main__":
    sys.exit(main())
