"""The interface's own SVG icons, drawn in any colour at the screen's true resolution.

``resources/icons/NAME.svg`` are 24 by 24 drawings in ``currentColor``; :func:`icon` fills the
colour in and renders them at 1, 2 and 3 device pixels a pixel.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.desktop.theme import theme

_RATIOS = (1.0, 2.0, 3.0)
_APP_SIZES = (16, 24, 32, 48, 64, 128, 256)


@cache
def _source(name: str) -> str:
    file = resources.files("resources") / "icons" / f"{name}.svg"
    return file.read_text("utf-8")


def pixmap(name: str, color: QColor | str, size: int = 20, ratio: float = 1.0) -> QPixmap:
    """Icon ``name`` in ``color``, ``size`` logical pixels square, for a screen of ``ratio``.

    Raises FileNotFoundError for a name that ``resources/icons`` does not hold.
    """
    # A QColor made of another brings all enumerations of the Qt namespace: see log_in.py.
    named = QColor(color) if isinstance(color, str) else color
    return _render(name, named.name(), size, ratio)


@cache
def _render(name: str, color: str, size: int, ratio: float) -> QPixmap:
    svg = _source(name).replace("currentColor", color)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def icon(name: str, token: str = "muted", *, size: int = 20, active: str | None = None) -> QIcon:
    """Icon ``name`` in the theme's colour ``token`` (``active`` when checked).

    The colour is the one of now: set the icon again on ``theme().changed``.
    """
    made = QIcon()
    for ratio in _RATIOS:
        made.addPixmap(pixmap(name, theme().color(token), size, ratio))
        if active is not None:
            picture = pixmap(name, theme().color(active), size, ratio)
            made.addPixmap(picture, QIcon.Mode.Normal, QIcon.State.On)
    return made


@cache
def app_icon() -> QIcon:
    """The application's icon, from the PNGs that are drawn from ``phobos.svg``."""
    made = QIcon()
    for size in _APP_SIZES:
        picture = QPixmap()
        file = resources.files("resources") / "icons" / f"phobos-{size}.png"
        picture.loadFromData(QByteArray(file.read_bytes()))
        made.addPixmap(picture)
    return made
