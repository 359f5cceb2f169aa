"""Round avatars: a colour that belongs to the name, with its initials, or a group's sign."""

from __future__ import annotations

import zlib

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap

from app.desktop import icons
from app.desktop.theme import SERIES, theme


def avatar_token(name: str) -> str:
    """The theme token of a name's colour: the same on every machine."""
    return SERIES[zlib.crc32(name.casefold().encode()) % len(SERIES)]


def initials(name: str) -> str:
    """One or two signs: "Ada Lovelace" is AL, 王小明 is 王; "?" for nothing to show."""
    words = [word for word in name.split() if word]
    if not words:
        return "?"
    first = words[0][0]
    if len(words) > 1 and first.isascii() and words[-1][0].isascii():
        return (first + words[-1][0]).upper()
    return first.upper()


def paint_avatar(painter: QPainter, box: QRectF, name: str, sign: str = "") -> None:
    """Draw the avatar of ``name``; ``sign`` is an icon's name in place of initials."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().color(avatar_token(name)))
    painter.drawEllipse(box)
    if sign:
        size = round(box.width() * 0.56)
        ratio = painter.device().devicePixelRatioF()
        picture = icons.pixmap(sign, "#ffffff", size, ratio)
        inset = (box.width() - size) / 2
        painter.drawPixmap(box.topLeft() + QPointF(inset, inset), picture)
    else:
        font = QFont(painter.font())
        font.setPixelSize(max(9, round(box.height() * 0.4)))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, initials(name))
    painter.restore()


def avatar_pixmap(name: str, size: int, ratio: float, sign: str = "") -> QPixmap:
    """The avatar as a picture, for labels."""
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_avatar(painter, QRectF(0, 0, size, size), name, sign)
    painter.end()
    return picture
