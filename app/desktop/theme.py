"""Colours, fonts and the style sheet, light and dark.

One :class:`Theme` an application. It follows the system unless the person chose otherwise, and
emits :attr:`Theme.changed` after every change, so that what paints by hand can repaint. Widgets
take colours from the style sheet (``resources/styles/*.qss``, where ``@token`` stands for a colour
of :class:`Palette`), delegates from :meth:`Theme.color`.

What the system wants at the start is read off the style's own palette, which follows it:
``QStyleHints.colorScheme`` would bring in all enumerations of the ``Qt`` namespace, which PySide6
makes when one is named.

Every pair of text and ground here keeps a contrast of at least 4.5 : 1 (WCAG AA).
"""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QDir, QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtCore import Qt


class ThemeChoice(StrEnum):
    """What the person asked for."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Palette(NamedTuple):
    """The colour tokens, as ``#rrggbb``."""

    window: str  # behind everything
    surface: str  # side bar, pages, dialogs
    raised: str  # fields, cards, menus
    canvas: str  # behind the transcript
    hover: str
    selected: str
    border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    link: str
    bubble_in: str
    bubble_in_text: str
    bubble_in_muted: str
    bubble_out: str
    bubble_out_text: str
    bubble_out_muted: str
    chip: str  # date separators, tags
    chip_text: str
    danger: str
    danger_ground: str
    warning: str
    warning_ground: str
    success: str
    info: str
    badge: str
    badge_text: str
    scrollbar: str
    selection: str
    selection_text: str
    match: str  # the ground of a found piece of text
    # Log levels, verbose to fatal.
    level_verbose: str
    level_debug: str
    level_info: str
    level_warning: str
    level_error: str
    level_fatal: str
    # Lines and bars of plots, in order of use; also the grounds of avatars (white text on them).
    series_1: str
    series_2: str
    series_3: str
    series_4: str
    series_5: str
    series_6: str
    series_7: str
    series_8: str


LIGHT = Palette(
    window="#eef0f5",
    surface="#ffffff",
    raised="#f3f4f8",
    canvas="#eef0f6",
    hover="#f2f3f8",
    selected="#e6e9fc",
    border="#dfe2ea",
    text="#1b1e28",
    muted="#626879",
    accent="#4a5fe0",
    accent_hover="#3f53cd",
    accent_pressed="#3546b3",
    on_accent="#ffffff",
    link="#3a50cf",
    bubble_in="#ffffff",
    bubble_in_text="#1b1e28",
    bubble_in_muted="#676d7e",
    bubble_out="#4559da",
    bubble_out_text="#ffffff",
    bubble_out_muted="#e9ecff",
    chip="#dfe3ee",
    chip_text="#4b5162",
    danger="#c62f3a",
    danger_ground="#fdecee",
    warning="#8f5a00",
    warning_ground="#fff3d9",
    success="#1f7a48",
    info="#2b67c4",
    badge="#4a5fe0",
    badge_text="#ffffff",
    scrollbar="#c3c8d4",
    selection="#cdd5ff",
    selection_text="#1b1e28",
    match="#ffe28a",
    level_verbose="#6a7080",
    level_debug="#2b67c4",
    level_info="#1f7a48",
    level_warning="#8f5a00",
    level_error="#c62f3a",
    level_fatal="#9c1d8c",
    series_1="#4a5fe0",
    series_2="#b4502a",
    series_3="#1f7a48",
    series_4="#8a4bbf",
    series_5="#a8327a",
    series_6="#1c7485",
    series_7="#8b6300",
    series_8="#55607a",
)

DARK = Palette(
    window="#12141b",
    surface="#191c25",
    raised="#232733",
    canvas="#12141b",
    hover="#20242f",
    selected="#2b3152",
    border="#2b303d",
    text="#e8eaf1",
    muted="#9aa1b3",
    accent="#4f62e0",
    accent_hover="#5869e3",
    accent_pressed="#4455cc",
    on_accent="#ffffff",
    link="#93a4ff",
    bubble_in="#252a37",
    bubble_in_text="#e8eaf1",
    bubble_in_muted="#a3aabb",
    bubble_out="#4557c9",
    bubble_out_text="#ffffff",
    bubble_out_muted="#d9deff",
    chip="#232835",
    chip_text="#b3b9c9",
    danger="#ff8a8f",
    danger_ground="#3a2027",
    warning="#f0bd5e",
    warning_ground="#352b18",
    success="#66c893",
    info="#82b1ff",
    badge="#5265e2",
    badge_text="#ffffff",
    scrollbar="#3d4454",
    selection="#41508f",
    selection_text="#ffffff",
    match="#6d5a14",
    level_verbose="#9aa1b3",
    level_debug="#82b1ff",
    level_info="#66c893",
    level_warning="#f0bd5e",
    level_error="#ff8a8f",
    level_fatal="#f09be4",
    series_1="#6b7ff0",
    series_2="#c9643c",
    series_3="#3a9464",
    series_4="#9a63cc",
    series_5="#bb4c90",
    series_6="#2f8a9b",
    series_7="#97722a",
    series_8="#6b7690",
)

SERIES = tuple(f"series_{number}" for number in range(1, 9))
"""The token names of plot colours and avatars, in order of use."""

# Tried in turn where Linux offers nothing better than its last resort.
_LINUX_FAMILIES = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Noto Sans CJK SC")
_LAST_RESORTS = ("dejavu sans", "sans", "sans serif", "bitstream vera sans")
# Asked for what the first family lacks: Chinese before Japanese shapes, then colour emoji.
_FALLBACKS = (
    "Noto Sans CJK SC",
    "PingFang SC",
    "Microsoft YaHei UI",
    "Noto Color Emoji",
    "Apple Color Emoji",
    "Segoe UI Emoji",
)


class Theme(QObject):
    """The application's one theme; see the module's text."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: ThemeChoice = ThemeChoice.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self._choice = choice
        self._palette = LIGHT
        with resources.as_file(resources.files("resources") / "icons") as folder:
            QDir.setSearchPaths("icons", [str(folder)])
        app.setStyle("Fusion")
        standard = app.style().standardPalette()
        self._system_dark = standard.color(QPalette.ColorRole.Window).lightness() < 128
        app.setFont(interface_font(app.font()))
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self._dress()

    @property
    def choice(self) -> ThemeChoice:
        """What the person asked for."""
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        """Follow the system, or hold to light or dark."""
        self._choice = choice
        self._apply()

    @property
    def dark(self) -> bool:
        """Whether the dark palette is shown now."""
        return self._palette is DARK

    @property
    def palette(self) -> Palette:
        """The tokens now in force."""
        return self._palette

    def color(self, token: str) -> QColor:
        """The colour of a token of :class:`Palette`."""
        return _color(getattr(self._palette, token))

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        self._system_dark = scheme.name == "Dark"
        if self._choice is ThemeChoice.SYSTEM:
            self._apply()

    def _wanted(self) -> Palette:
        if self._choice is ThemeChoice.SYSTEM:
            return DARK if self._system_dark else LIGHT
        return DARK if self._choice is ThemeChoice.DARK else LIGHT

    def _apply(self) -> None:
        if self._wanted() is not self._palette:
            self._dress()

    def _dress(self) -> None:
        self._palette = self._wanted()
        self._app.setPalette(qt_palette(self._palette))
        self._app.setStyleSheet(style_sheet(self._palette))
        self.changed.emit()


def theme() -> Theme:
    """The running application's theme, made on first use."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("make a QApplication before asking for its theme")
    found = app.findChild(Theme)
    return found if found is not None else Theme(app)


@cache
def _color(text: str) -> QColor:
    return QColor(text)


def qt_palette(tokens: Palette) -> QPalette:
    """Our tokens as Qt's palette, for what no style sheet reaches."""
    roles = {
        QPalette.ColorRole.Window: tokens.surface,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.surface,
        QPalette.ColorRole.AlternateBase: tokens.raised,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Button: tokens.raised,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.BrightText: tokens.danger,
        QPalette.ColorRole.ToolTipBase: tokens.raised,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.Highlight: tokens.selection,
        QPalette.ColorRole.HighlightedText: tokens.selection_text,
        QPalette.ColorRole.Link: tokens.link,
        QPalette.ColorRole.LinkVisited: tokens.link,
        QPalette.ColorRole.Light: tokens.raised,
        QPalette.ColorRole.Midlight: tokens.border,
        QPalette.ColorRole.Mid: tokens.border,
        QPalette.ColorRole.Dark: tokens.scrollbar,
        QPalette.ColorRole.Shadow: tokens.border,
        QPalette.ColorRole.Accent: tokens.accent,
    }
    palette = QPalette()
    for role, value in roles.items():
        palette.setColor(role, _color(value))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, _color(tokens.muted))
    return palette


@cache
def style_sheet(tokens: Palette) -> str:
    """Every ``resources/styles/*.qss``, in order of name, with the tokens filled in.

    Raises KeyError for a token that :class:`Palette` does not have.
    """
    values = tokens._asdict()
    folder = resources.files("resources") / "styles"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".qss")), key=lambda f: f.name)
    text = "\n".join(file.read_text("utf-8") for file in files)
    return re.sub(r"@([a-z_0-9]+)", lambda found: values[found[1]], text)


def interface_font(default: QFont) -> QFont:
    """The system's font, with Chinese and emoji behind it, and a better one than the last resort.

    A bare Linux gives DejaVu Sans, which is wide and has no Chinese; a family of
    ``_LINUX_FAMILIES`` is put before it where one is installed.
    """
    installed = set(QFontDatabase.families())
    families = [default.family()]
    if sys.platform.startswith("linux") and default.family().lower() in _LAST_RESORTS:
        families = [name for name in _LINUX_FAMILIES if name in installed][:1] + families
    families += [name for name in _FALLBACKS if name in installed and name not in families]
    font = QFont(default)
    font.setFamilies(families)
    if font.pointSizeF() < 10 and sys.platform.startswith("linux"):
        font.setPointSizeF(10)
    return font
