"""Fonts and colours that the viewer's own painting shares."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPixmap
from PySide6.QtWidgets import QApplication

from app.desktop.theme import SERIES, theme

_MONO = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "Noto Sans Mono", "DejaVu Sans Mono")
_CJK = ("Noto Sans Mono CJK SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei UI")
RULE_TOKENS = ("series_2", "series_3", "series_4", "series_6", "series_7", "series_5")
_RULE_ALPHA_LIGHT, _RULE_ALPHA_DARK = 46, 84


def log_font() -> QFont:
    """A font of even width with Chinese behind it, a little smaller than the interface's."""
    installed = set(QFontDatabase.families())
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    families = [name for name in _MONO if name in installed][:1] or [fixed.family()]
    families += [name for name in _CJK if name in installed]
    font = QFont(fixed)
    font.setFamilies(families)
    font.setPointSizeF(max(8.0, QApplication.font().pointSizeF() - 0.5))
    return font


def file_colour(file: int) -> QColor:
    """The colour of log number ``file``."""
    return theme().color(SERIES[file % len(SERIES)])


def file_swatch(file: int) -> QPixmap:
    """A small square in the colour of log number ``file``."""
    picture = QPixmap(10, 10)
    picture.fill(file_colour(file))
    return picture


def rule_colour(colour: int) -> QColor:
    """The ground of rows that a highlight rule of this colour holds."""
    made = QColor(theme().color(RULE_TOKENS[colour % len(RULE_TOKENS)]))
    made.setAlpha(_RULE_ALPHA_DARK if theme().dark else _RULE_ALPHA_LIGHT)
    return made
