"""``python -m resources.icons``: draws the application's PNG icons again from ``phobos.svg``."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 24, 32, 48, 64, 128, 256)


def main() -> None:
    """Write ``phobos-SIZE.png`` for every size."""
    app = QGuiApplication(["icons", "-platform", "offscreen"])
    folder = Path(__file__).parent
    renderer = QSvgRenderer(str(folder / "phobos.svg"))
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        image.save(str(folder / f"phobos-{size}.png"))
    del app


if __name__ == "__main__":
    main()
