"""Two real windows and a real server on an X screen of their own, as a picture.

``python -m benchmarks.two_windows [FILE]`` writes docs/screenshots/two-windows.png: what one wrote,
the other shows; left light, right dark. Needs Xvfb and xdotool.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.app.desktop.real_windows import greet, two_windows


def main() -> int:
    """Drive both windows and save the screen."""
    root = Path(__file__).resolve().parent.parent
    default = root / "docs" / "screenshots" / "two-windows.png"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    with (
        tempfile.TemporaryDirectory() as folder,
        two_windows(Path(folder)) as (screen, _server, ada, bob),
    ):
        greet(ada, bob, "hello 你好 🚀")
        bob.type("你好 Ada! 👋")
        bob.keys("Return")
        time.sleep(1.0)  # the answer crosses over and is painted
        screen.picture(path)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
