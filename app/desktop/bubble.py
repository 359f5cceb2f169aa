"""One message as a bubble: its text laid out once, painted many times.

Sizes are logical pixels. Positions in a text count UTF-16 units, as Qt does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

from app.desktop import icons
from app.desktop.formatting import Style, formatted
from app.desktop.links import TextLink, links_in, utf16_length
from app.desktop.theme import theme

PADDING_X = 12.0
PADDING_Y = 7.0
RADIUS = 14.0
TIGHT_RADIUS = 5.0  # where bubbles of one run meet
META_GAP = 10.0
ICON = 14
CODE_GROUND = 0.1  # how much of the text's colour lies behind code
QUOTE_LEFT, QUOTE_RIGHT, QUOTE_Y = 10.0, 8.0, 3.0  # within the box of a quote
SHOWN_CHARACTERS = 4000  # a longer text is cut here, and shown whole on request

_PICTURE = "[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a\u231b\u23e9-\u23fa]"
_MORE = "[\ufe0f\U0001f3fb-\U0001f3ff]*"  # variation and skin tone
_EMOJI = re.compile(
    f"(?:(?:[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTURE}{_MORE}(?:\u200d{_PICTURE}{_MORE})*) ?){{1,3}}"
)
EMOJI_SCALE = 2.4  # of a message that is nothing but up to three emoji


@dataclass(frozen=True, slots=True)
class Content:
    """What a bubble shows; equal contents make equal bubbles."""

    text: str
    out: bool
    sender: str = ""  # shown above the text; "" shows none
    color: str = "text"  # the theme token of the sender's name
    time: str = ""
    state: str = ""  # an icon's name: clock, check, alert
    error: str = ""  # a line below the text
    quote_sender: str = ""  # who wrote what this answers; "" where it is no answer
    quote_text: str = ""
    quote_color: str = "text"
    more: str = ""  # the label of "show all", where the text is cut
    first: bool = True  # of a run by one sender
    last: bool = True


class Bubble:
    """The layout of one :class:`Content` at a font and a greatest width."""

    def __init__(self, content: Content, font: QFont, max_width: float) -> None:
        self.content = content
        self.text, self._styles = formatted(content.text[:SHOWN_CHARACTERS])
        self.links = links_in(self.text)
        self._font = font
        self._small = QFont(font)
        self._small.setPointSizeF(font.pointSizeF() * 0.8)
        self._bold = QFont(font)
        self._bold.setPointSizeF(font.pointSizeF() * 0.9)
        self._bold.setWeight(QFont.Weight.DemiBold)
        if _EMOJI.fullmatch(self.text):
            font = QFont(font)
            font.setPointSizeF(font.pointSizeF() * EMOJI_SCALE)
        self._layout = QTextLayout(self.text.replace("\n", "\u2028"), font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.setCacheEnabled(True)
        self._arrange(max(60.0, max_width - 2 * PADDING_X))

    def _arrange(self, limit: float) -> None:
        small, bold = QFontMetricsF(self._small), QFontMetricsF(self._bold)
        content = self.content
        y = PADDING_Y
        width = 0.0
        if content.sender:
            width = min(limit, bold.horizontalAdvance(content.sender))
            y += bold.height() + 2
        self._quote_box = QRectF()
        if content.quote_sender:
            words = max(
                bold.horizontalAdvance(content.quote_sender),
                small.horizontalAdvance(content.quote_text),
            )
            width = max(width, min(limit, words + QUOTE_LEFT + QUOTE_RIGHT))
            height = bold.height() + small.height() + 2 * QUOTE_Y
            self._quote_box = QRectF(PADDING_X, y + 2, 0, height)  # as wide as the bubble lets it
            y += height + 6
        self._text_top = y
        self._limit = limit
        height, width, last = self._lay_lines(width)
        y += height
        self._extra_tops = {}
        for name in ("more", "error"):
            words = getattr(content, name)
            if words:
                self._extra_tops[name] = y + 2
                y += small.height() + 2
                last = min(limit, small.horizontalAdvance(words))
                width = max(width, last)
        meta = small.horizontalAdvance(content.time) + (ICON + 3 if content.state else 0)
        if last + META_GAP + meta <= limit:
            width = max(width, last + META_GAP + meta)
            self._meta_top = y - small.height()
            if not self._extra_tops:
                self._meta_top += 2
        else:
            width = max(width, meta)
            self._meta_top = y
            y += small.height()
        self._meta_width = meta
        self.size = QSizeF(width + 2 * PADDING_X, y + PADDING_Y)
        if content.quote_sender:
            self._quote_box.setWidth(width)

    def _lay_lines(self, width: float = 0.0) -> tuple[float, float, float]:
        """Break the text into lines, its links inked: (height, greatest width, last line's)."""
        self._ink = self._link_ink()
        self._inked = theme().color(self._ink).rgba()
        look = QTextCharFormat()
        look.setFontUnderline(True)
        look.setForeground(theme().color(self._ink))
        # As formats of the layout: of those given to its draw, Qt leaves some out in a later line.
        links = [_range(link.start, link.length, look) for link in self.links]
        self._layout.setFormats([*self._style_ranges(), *links])
        last = height = 0.0
        self._layout.beginLayout()
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(self._limit)
            line.setPosition(QPointF(0, height))
            height += line.height()
            last = line.naturalTextWidth()
            width = max(width, last)
        self._layout.endLayout()
        return height, width, last

    def _style_ranges(self) -> list[QTextLayout.FormatRange]:
        ranges = []
        for each in self._styles:
            look = QTextCharFormat()
            if Style.BOLD in each.style:
                look.setFontWeight(QFont.Weight.Bold)
            if Style.ITALIC in each.style:
                look.setFontItalic(True)
            if Style.CODE in each.style:
                fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
                look.setFontFamilies(fixed.families())
                look.setFontFixedPitch(True)
                side = "bubble_out" if self.content.out else "bubble_in"
                ground = QColor(theme().color(f"{side}_text"))
                ground.setAlphaF(CODE_GROUND)
                look.setBackground(ground)
            ranges.append(_range(each.start, each.length, look))
        return ranges

    def paint(
        self, painter: QPainter, origin: QPointF, selection: tuple[int, int] | None = None
    ) -> None:
        """Draw with the top left corner at ``origin``; ``selection`` is (start, end)."""
        content, shown = self.content, theme()
        side = "bubble_out" if content.out else "bubble_in"
        ground, ink, quiet = side, f"{side}_text", f"{side}_muted"
        if content.error:
            ground, ink, quiet = "danger_ground", "text", "danger"
        box = QRectF(origin, self.size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(self._outline(box), shown.color(ground))
        left = origin.x() + PADDING_X
        small, bold = QFontMetricsF(self._small), QFontMetricsF(self._bold)
        room = self.size.width() - 2 * PADDING_X
        if content.sender:
            painter.setFont(self._bold)
            painter.setPen(_readable(shown.color(content.color), dark=shown.dark))
            name = bold.elidedText(content.sender, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(left, origin.y() + PADDING_Y + bold.ascent()), name)
        if content.quote_sender:
            self._paint_quote(painter, origin, shown.color(ink), shown.color(quiet))
        if (self.links or self._styles) and shown.color(self._ink).rgba() != self._inked:
            self._lay_lines()  # another theme
        painter.setPen(shown.color(ink))
        corner = QPointF(left, origin.y() + self._text_top)
        self._layout.draw(painter, corner, self._formats(selection))
        painter.setFont(self._small)
        inks = {"more": self._link_ink(), "error": "danger"}
        for name, top in self._extra_tops.items():
            painter.setPen(shown.color(inks[name]))
            words = small.elidedText(getattr(content, name), Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(left, origin.y() + top + small.ascent()), words)
        self._paint_meta(painter, origin, small, shown.color(quiet))

    def _paint_quote(self, painter: QPainter, origin: QPointF, ink: QColor, quiet: QColor) -> None:
        """A bar, the name and a line of the message that this one answers."""
        content, shown = self.content, theme()
        box = self._quote_box.translated(origin)
        accent = ink
        if not content.out:
            accent = _readable(shown.color(content.quote_color), dark=shown.dark)
        ground = QColor(accent)
        ground.setAlphaF(0.12)
        shape = QPainterPath()
        shape.addRoundedRect(box, 5, 5)
        painter.fillPath(shape, ground)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), accent)
        painter.restore()
        room = box.width() - QUOTE_LEFT - QUOTE_RIGHT
        x, y = box.left() + QUOTE_LEFT, box.top() + QUOTE_Y
        for font, color, words in (
            (self._bold, accent, content.quote_sender),
            (self._small, quiet, content.quote_text),
        ):
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            painter.setPen(color)
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(x, y + metrics.ascent()), words)
            y += metrics.height()

    def on_quote(self, point: QPointF) -> bool:
        """Whether a point, relative to the bubble, lies on what this message answers."""
        return self._quote_box.contains(point)

    def _link_ink(self) -> str:
        """The token for what can be clicked, on this bubble's ground."""
        return "bubble_out_text" if self.content.out and not self.content.error else "link"

    def _paint_meta(
        self, painter: QPainter, origin: QPointF, small: QFontMetricsF, ink: QColor
    ) -> None:
        x = origin.x() + self.size.width() - PADDING_X - self._meta_width
        y = origin.y() + self._meta_top
        painter.setPen(ink)
        painter.drawText(QPointF(x, y + small.ascent()), self.content.time)
        if self.content.state:
            x += small.horizontalAdvance(self.content.time) + 3
            ratio = painter.device().devicePixelRatioF()
            picture = icons.pixmap(self.content.state, ink, ICON, ratio)
            painter.drawPixmap(QPointF(x, y + (small.height() - ICON) / 2), picture)

    def _formats(self, selection: tuple[int, int] | None) -> list[QTextLayout.FormatRange]:
        ranges = []
        if selection and selection[0] != selection[1]:
            start, end = sorted(selection)
            look = QTextCharFormat()
            look.setBackground(theme().color("selection"))
            look.setForeground(theme().color("selection_text"))
            ranges.append(_range(start, end - start, look))
        return ranges

    def _outline(self, box: QRectF) -> QPainterPath:
        """Rounded, but tight on the speaker's side where the run goes on."""
        above = RADIUS if self.content.first else TIGHT_RADIUS
        below = RADIUS if self.content.last else TIGHT_RADIUS
        left = (RADIUS, RADIUS) if self.content.out else (above, below)
        right = (above, below) if self.content.out else (RADIUS, RADIUS)
        path = QPainterPath()
        path.moveTo(box.left() + left[0], box.top())
        for corner, radius, angle in (
            (box.topRight(), right[0], 90),
            (box.bottomRight(), right[1], 0),
            (box.bottomLeft(), left[1], -90),
            (box.topLeft(), left[0], -180),
        ):
            x = corner.x() - (2 * radius if corner.x() > box.center().x() else 0)
            y = corner.y() - (2 * radius if corner.y() > box.center().y() else 0)
            path.arcTo(QRectF(x, y, 2 * radius, 2 * radius), angle, -90)
        path.closeSubpath()
        return path

    def position_at(self, point: QPointF) -> int:
        """The text position nearest to a point given relative to the bubble."""
        x, y = point.x() - PADDING_X, point.y() - self._text_top
        count = self._layout.lineCount()
        if count == 0 or y < 0:
            return 0
        for number in range(count):
            line = self._layout.lineAt(number)
            if y < line.y() + line.height():
                return int(_first(line.xToCursor(x)))
        return utf16_length(self.text)

    def link_at(self, point: QPointF) -> TextLink | None:
        """The link under a point given relative to the bubble."""
        x, y = point.x() - PADDING_X, point.y() - self._text_top
        for number in range(self._layout.lineCount()):
            line = self._layout.lineAt(number)
            if line.y() <= y < line.y() + line.height():
                if not 0 <= x <= line.naturalTextWidth():
                    return None
                at = int(_first(line.xToCursor(x)))
                within = (one for one in self.links if one.start <= at < one.start + one.length)
                return next(within, None)
        return None

    def on_more(self, point: QPointF) -> bool:
        """Whether a point, relative to the bubble, lies on "show all"."""
        top = self._extra_tops.get("more")
        return top is not None and top <= point.y() < top + QFontMetricsF(self._small).height()


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, look
    return made


def _first(answer: object) -> int:
    """PySide gives xToCursor's answer alone or in a tuple, by version."""
    position = answer[0] if isinstance(answer, tuple) else answer
    assert isinstance(position, int)
    return position


def _readable(color: QColor, *, dark: bool) -> QColor:
    """A series colour as ink: lighter on dark ground."""
    return color.lighter(150) if dark else color
