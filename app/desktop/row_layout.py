"""Where the parts of one transcript row lie: date, avatar, bubble; and how they are painted."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from app.chat.files import file_of, size_text
from app.chat.model import Message, MessageState
from app.chat.replies import answered
from app.desktop.avatar import avatar_token, paint_avatar
from app.desktop.bubble import SHOWN_CHARACTERS, Bubble, Content
from app.desktop.formatting import plain
from app.desktop.i18n import tr
from app.desktop.local_time import clock_text, day_text, local_day, today
from app.desktop.theme import theme
from app.desktop.transcript_model import TranscriptModel
from app.desktop.wording import PASSING, failure_text

MARGIN = 16  # left and right of everything
AVATAR = 32
DAY_HEIGHT = 44
RUN_GAP = 10
TIGHT_GAP = 3
WIDEST = 620.0  # a bubble is never wider than this
SHARE = 0.74  # nor than this part of the view
_KEPT = 400  # bubbles laid out and kept

STATE_ICONS = {
    MessageState.WAITING: "clock",
    MessageState.SENT: "check",
    MessageState.FAILED: "alert",
}


class RowLayout:
    """Lays rows of a model out for one width; keeps the bubbles made last."""

    def __init__(self, model: TranscriptModel) -> None:
        self._model = model
        self._bubbles: OrderedDict[str, tuple[tuple[object, ...], Bubble]] = OrderedDict()
        self._font = QFont()
        self._metrics = QFontMetricsF(self._font)
        self.width = 0

    def resize(self, width: int, font: QFont) -> None:
        """Use another width or font from now on."""
        self.width = width
        self._font = font
        self._metrics = QFontMetricsF(font)

    def clear(self) -> None:
        """Forget every bubble (another conversation or language)."""
        self._bubbles.clear()

    def _room(self) -> float:
        gutter = AVATAR + 8 if self._model.group else 0
        return min(WIDEST, (self.width - 2 * MARGIN - gutter) * SHARE)

    def content(self, row: int) -> Content:
        """What the row's bubble shows."""
        model = self._model
        message = model.message(row)
        mine = model.is_mine(message)
        first = model.starts_run(row)
        sender = message.sender if model.group and not mine and first else ""
        failed = message.state is MessageState.FAILED
        error = ""
        if failed:
            reason = "" if message.error in PASSING else message.error
            error = tr("{reason} Click to try again.", reason=failure_text(reason))
        quote = answered(message.content)
        return Content(
            quote_sender=quote.sender if quote else "",
            quote_text=plain(quote.excerpt) if quote else "",
            quote_color=avatar_token(quote.sender) if quote else "text",
            text=_shown(message),
            out=mine,
            sender=sender,
            color=avatar_token(message.sender),
            time=clock_text(message.time),
            state=STATE_ICONS.get(message.state, "check") if mine else "",
            error=error,
            more=(
                tr("Show the whole message")
                if len(message.text) > SHOWN_CHARACTERS
                else model.file_label(message)
            ),
            first=first,
            last=model.ends_run(row),
        )

    def bubble(self, row: int) -> Bubble:
        """The row's bubble, laid out."""
        message = self._model.message(row)
        room = self._room()
        content = self.content(row)
        key = (content, room, self._font.key())
        kept = self._bubbles.get(message.client_id)
        if kept is not None and kept[0] == key:
            self._bubbles.move_to_end(message.client_id)
            return kept[1]
        made = Bubble(content, self._font, room)
        self._bubbles[message.client_id] = (key, made)
        self._bubbles.move_to_end(message.client_id)
        if len(self._bubbles) > _KEPT:
            self._bubbles.popitem(last=False)
        return made

    def _head(self, row: int) -> int:
        """The height above the bubble."""
        if self._model.starts_day(row):
            return DAY_HEIGHT
        return RUN_GAP if self._model.starts_run(row) else TIGHT_GAP

    def height(self, row: int) -> int:
        """The row's exact height."""
        return self._head(row) + round(self.bubble(row).size.height())

    def estimate(self, message: Message) -> int:
        """A cheap guess at a row's height, from its text's length alone."""
        advance = max(4.0, self._metrics.averageCharWidth())
        per_line = max(8, int(self._room() / advance))
        text = message.text[:SHOWN_CHARACTERS]
        wide = len(text.encode("utf-8", "replace")) if not text.isascii() else len(text)
        lines = text.count("\n") + 1 + wide // per_line
        lines += 2 if answered(message.content) else 0
        return TIGHT_GAP + round(14 + lines * self._metrics.height())

    def bubble_box(self, row: int, top: float) -> QRectF:
        """Where the bubble of a row lies whose top is ``top``."""
        made = self.bubble(row)
        y = top + self._head(row)
        if made.content.out:
            x = self.width - MARGIN - made.size.width()
        else:
            x = MARGIN + (AVATAR + 8 if self._model.group else 0)
        return QRectF(QPointF(x, y), made.size)

    def paint(
        self,
        painter: QPainter,
        row: int,
        top: float,
        selection: tuple[int, int] | None,
        focused: bool,
    ) -> None:
        """Draw one row whose top is ``top``."""
        if self._model.starts_day(row):
            self._paint_day(painter, row, top)
        made = self.bubble(row)
        box = self.bubble_box(row, top)
        made.paint(painter, box.topLeft(), selection)
        if focused:
            painter.setPen(theme().color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-2.5, -2.5, 2.5, 2.5), 16, 16)
        if self._model.group and not made.content.out and made.content.last:
            name = self._model.message(row).sender
            spot = QRectF(MARGIN, box.bottom() - AVATAR, AVATAR, AVATAR)
            paint_avatar(painter, spot, name)

    def _paint_day(self, painter: QPainter, row: int, top: float) -> None:
        words = day_text(local_day(self._model.message(row).time), today())
        self.paint_chip(painter, words, top)

    def paint_chip(self, painter: QPainter, words: str, top: float) -> None:
        """Draw a few words in the middle: a date, or that there is nothing yet."""
        font = QFont(self._font)
        font.setPointSizeF(font.pointSizeF() * 0.86)
        font.setWeight(QFont.Weight.Medium)
        metrics = QFontMetricsF(font)
        wide, high = metrics.horizontalAdvance(words) + 22, metrics.height() + 6
        box = QRectF((self.width - wide) / 2, top + (DAY_HEIGHT - high) / 2, wide, high)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("chip"))
        painter.drawRoundedRect(box, high / 2, high / 2)
        painter.setFont(font)
        painter.setPen(theme().color("chip_text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _shown(message: Message) -> str:
    """The text; of a file its name, size and caption."""
    info = file_of(message)
    if info is None:
        return message.text
    size = size_text(info.size)
    if info.is_picture:
        size = f"{size}, {info.width} × {info.height}"
    lines = [f"📎 {info.name}", size, *([info.caption] if info.caption else [])]
    return "\n".join(lines)
