"""``phobos --end``: end the Phobos that runs with a profile, and wait until it has ended.

For setup programs and scripts. It ends as if its window had been closed: what was typed and sent
stays in its outbox.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

WAIT = 15.0  # seconds for the session and the network to end
_LOOK = 0.1  # seconds between two looks at the profile's lock


def main(argv: Sequence[str]) -> int:
    """0 when none runs any more, 1 when it did not end, 2 when it does not answer."""
    parser = argparse.ArgumentParser(
        prog="phobos --end", description="Quit the Phobos that runs with a profile."
    )
    parser.add_argument("--data", metavar="DIR", type=Path, help="the profile's folder")
    folder = parser.parse_args(argv).data

    from PySide6.QtCore import QCoreApplication

    from app.start.profile import default_folder, is_in_use
    from app.start.single_instance import end_other_instance

    _application = QCoreApplication([])
    wanted = (folder or default_folder()).expanduser()
    if not is_in_use(wanted):
        return 0
    if not end_other_instance(wanted):
        sys.stderr.write("phobos: it runs but does not answer; end it by hand\n")
        return 2
    until = time.monotonic() + WAIT
    while is_in_use(wanted):
        if time.monotonic() > until:
            sys.stderr.write(f"phobos: it has not ended after {WAIT:.0f} s\n")
            return 1
        time.sleep(_LOOK)
    return 0
