"""Log to an encrypted .xlog file: ``python examples/log_handler.py FOLDER``.

Prints the private key, without which nobody reads the log: give it to ``read_log.py``.
"""

from __future__ import annotations

import logging
import sys

from xlog import KeyPair, XlogHandler


def main(folder: str) -> int:
    """Log a few lines and a traceback."""
    keys = KeyPair.generate()  # once, on your own machine; programs get the public key alone
    handler = XlogHandler(folder, prefix="example", public_key=keys.public.hex())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)

    log = logging.getLogger("example.shop")
    log.info("open for %d customers", 3)
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        log.exception("nobody foresaw this")

    root.removeHandler(handler)
    handler.close()  # writes the buffer out; a killed process loses nothing either
    print(keys.private.hex())
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give the folder to log into")
    sys.exit(main(sys.argv[1]))
