"""Two real windows and a real server on an X screen of their own, as pictures.

``python -m benchmarks.two_windows [FOLDER]`` writes two-windows-light.png (in English) and
two-windows-dark.png (in Chinese) to docs/screenshots: what one wrote, the other shows. Needs Xvfb
and xdotool.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.support.real_windows import greet, two_windows


def picture(path: Path, theme: str, language: str) -> None:
    """Drive both windows and save the screen."""
    with (
        tempfile.TemporaryDirectory() as folder,
        two_windows(Path(folder), (theme, theme), language) as (screen, _server, ada, bob),
    ):
        greet(ada, bob, "hello 你好 🚀")
        bob.type("你好 Ada! 👋")
        bob.keys("Return")
        time.sleep(1.0)  # the answer crosses over and is painted
        ada.focus()  # and read
        time.sleep(0.5)
        screen.picture(path)
    print(path)


def main() -> int:
    """Both pictures; the folder is docs/screenshots unless one is named."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "docs" / "screenshots"
    picture(folder / "two-windows-light.png", "light", "en")
    picture(folder / "two-windows-dark.png", "dark", "zh_CN")
    return 0


if __name__ == "__main__":
    sys.exit(main())
