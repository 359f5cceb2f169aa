"""The signed file of the update check (see ``app/start/update_check.py``).

``sign_release.py keygen KEYFILE`` makes a key, keeps it in KEYFILE (for its owner only) and prints
the public half for ``resources/update/source.json``.
``sign_release.py sign KEYFILE VERSION URL [--date D]`` prints the file to serve.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("cryptography")

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def keygen(path: Path) -> str:
    """Make a key and keep it; gives the public half as hex. An existing file is left alone."""
    key = Ed25519PrivateKey.generate()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.private_bytes_raw().hex() + "\n")
    return key.public_key().public_bytes_raw().hex()


def sign(key: bytes, version: str, url: str, date: str) -> str:
    """The file's text."""
    release = json.dumps({"version": version, "url": url, "date": date}, sort_keys=True).encode()
    signature = Ed25519PrivateKey.from_private_bytes(key).sign(release)
    parts = {"release": release, "signature": signature}
    return json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()})


def main() -> int:
    """Read the command and do it."""
    parser = argparse.ArgumentParser(description="Make keys and sign releases.")
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("keygen")
    made.add_argument("keyfile", type=Path)
    signed = commands.add_parser("sign")
    signed.add_argument("keyfile", type=Path)
    signed.add_argument("version")
    signed.add_argument("url")
    signed.add_argument("--date", default=datetime.now(UTC).strftime("%Y-%m-%d"))
    given = parser.parse_args()
    try:
        if given.command == "keygen":
            print(keygen(given.keyfile))
        else:
            key = bytes.fromhex(given.keyfile.read_text("utf-8").strip())
            print(sign(key, given.version, given.url, given.date))
    except (OSError, ValueError) as error:
        print(f"sign_release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
