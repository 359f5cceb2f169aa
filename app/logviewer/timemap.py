"""Records over time, stacked by level: a histogram that is also a map to scroll by.

A click or drag brings that time into sight; Shift and drag chooses a span to filter by. The part
of the log that the table shows is marked, and so are damage, bookmarks and what was found.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.desktop.plain_text import tip
from app.desktop.theme import theme
from app.logviewer.i18n import tr
from app.logviewer.model import LEVEL_TITLES, LEVEL_TOKENS
from app.logviewer.store import FINDING, LEVELS
from app.logviewer.timeline import EMPTY, Histogram
from xlog.record import local_time

FOUND_TOKEN = "warning"
_HEIGHT = 74
_AXIS = 18
_SIDE = 8
# Drawn from the bottom up; marks are left out, damage is drawn as ticks.
_STACK = (0, 1, 2, 3, 4, 5)
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000,
          120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000,
          21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000, 2_592_000_000)  # fmt: skip


class TimeMap(QWidget):
    """See the module's text."""

    time_chosen = Signal(float)
    span_chosen = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self._histogram: Histogram = EMPTY
        self._seen: tuple[float, float] | None = None
        self._zone = 0
        self._press: float | None = None
        self._span: tuple[float, float] | None = None
        self._drawn: tuple[tuple[int, int, int, bool], QImage] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.setAccessibleName(tr("Time map"))
        self.setAccessibleDescription(
            tr("Records over time by level. Use Left, Right, Home and End to move through the log.")
        )
        self.update()

    def sizeHint(self) -> QSize:
        """One strip."""
        return QSize(600, _HEIGHT)

    def set_histogram(self, histogram: Histogram, zone: int) -> None:
        """Show other counts; ``zone`` in minutes east is that of the axis."""
        if histogram is not self._histogram or zone != self._zone:
            self._histogram, self._zone = histogram, zone
            self._drawn = None
            self.update()

    def set_seen(self, start: float, end: float) -> None:
        """Mark what the table shows, in milliseconds since the epoch."""
        if self._seen != (start, end):
            self._seen = (start, end)
            self.update()

    def _x(self, time: float) -> float:
        histogram = self._histogram
        share = (time - histogram.start) / max(1.0, histogram.end - histogram.start)
        return _SIDE + share * (self.width() - 2 * _SIDE)

    def _time(self, x: float) -> float:
        histogram = self._histogram
        share = (x - _SIDE) / max(1, self.width() - 2 * _SIDE)
        return histogram.start + min(1.0, max(0.0, share)) * (histogram.end - histogram.start)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars, damage, what is seen, and the axis."""
        painter = QPainter(self)
        colour = theme().color
        painter.fillRect(self.rect(), colour("surface"))
        floor = self.height() - _AXIS
        painter.setPen(QPen(colour("border"), 1))
        painter.drawLine(0, floor, self.width(), floor)
        if len(self._histogram.counts):
            self._paint_bars(painter, floor)
            self._paint_seen(painter, floor)
            self._paint_axis(painter, floor)
        if self._span is not None:
            left, right = sorted(map(self._x, self._span))
            wash = QColor(colour("accent"))
            wash.setAlpha(60)
            painter.fillRect(QRectF(left, 0, max(1.0, right - left), floor), wash)
        if self.hasFocus():
            painter.setPen(QPen(colour("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_bars(self, painter: QPainter, floor: int) -> None:
        ratio = self.devicePixelRatioF()
        width = round((self.width() - 2 * _SIDE) * ratio)
        if width <= 0 or floor <= 0:
            return
        wanted = (id(self._histogram), width, floor, theme().dark)
        if self._drawn is None or self._drawn[0] != wanted:
            image = self._bars(width, round(floor * ratio), ratio)
            image.setDevicePixelRatio(ratio)
            self._drawn = wanted, image
        painter.drawImage(_SIDE, 0, self._drawn[1])

    def _bars(self, width: int, height: int, ratio: float) -> QImage:
        """The stacked bars as an image: whole columns at once, for Python draws no 2,000 boxes."""
        counts = self._grouped()
        stacked = counts[:, list(_STACK)]
        totals = stacked.sum(axis=1)
        # The root keeps a few errors in sight beside thousands of debug lines.
        heights = np.sqrt(totals) / max(1.0, float(np.sqrt(totals.max()))) * (height - 8 * ratio)
        shares = stacked / np.maximum(totals, 1)[:, None]
        edges = np.round(height - np.cumsum(shares, axis=1) * heights[:, None]).astype(np.int64)
        edges = np.concatenate((np.full((len(edges), 1), height), edges), axis=1)
        # A level that is there has at least one line of pixels.
        edges[:, 1:] -= np.cumsum((stacked > 0) & (edges[:, :-1] == edges[:, 1:]), axis=1)
        at = np.arange(width) * len(counts) // width
        # A gap between bars that are wide enough for one.
        gap = np.append(at[1:] != at[:-1], True) if width >= 3 * len(counts) else np.zeros(width)
        y = np.arange(height)[:, None]
        pixels = np.full((height, width), theme().color("surface").rgb(), np.uint32)
        for number, level in enumerate(_STACK):
            low, high = edges[at, number + 1], edges[at, number]
            pixels[(y >= low) & (y < high) & ~gap.astype(bool)] = (
                theme().color(LEVEL_TOKENS[level]).rgb()
            )
        tick = (y < 6 * ratio) & (counts[:, FINDING] > 0)[at]
        pixels[tick] = theme().color("danger").rgb()
        return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()

    def _grouped(self) -> np.ndarray:
        """Bins joined so that a bar has at least three pixels."""
        counts = self._histogram.counts
        room = max(1, (self.width() - 2 * _SIDE) // 3)
        every = -(-len(counts) // room)
        if every > 1:
            padded = np.zeros((-(-len(counts) // every) * every, LEVELS), counts.dtype)
            padded[: len(counts)] = counts
            counts = padded.reshape(-1, every, LEVELS).sum(axis=1)
        return counts

    def _paint_seen(self, painter: QPainter, floor: int) -> None:
        if self._seen is None:
            return
        left, right = (self._x(time) for time in self._seen)
        right = max(right, left + 3)
        wash = QColor(theme().color("accent"))
        wash.setAlpha(34)
        area = QRectF(left, 0, right - left, floor)
        painter.fillRect(area, wash)
        wash.setAlpha(170)
        painter.fillRect(QRectF(left, floor, right - left, 2), wash)

    def _paint_axis(self, painter: QPainter, floor: int) -> None:
        font = self.font()
        font.setPointSizeF(max(7.0, font.pointSizeF() - 2))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        span = self._histogram.end - self._histogram.start
        most = max(
            1, (self.width() - 2 * _SIDE) // (metrics.horizontalAdvance("00:00:00.000") + 28)
        )
        step = next((each for each in _STEPS if span / each <= most), _STEPS[-1])
        shift = self._zone * 60_000
        time = -(-(self._histogram.start + shift) // step) * step - shift
        painter.setPen(theme().color("muted"))
        while time <= self._histogram.end:
            x = self._x(time)
            painter.drawLine(int(x), floor, int(x), floor + 3)
            text = self._clock(time, step)
            left = int(x) - metrics.horizontalAdvance(text) // 2
            left = max(2, min(left, self.width() - metrics.horizontalAdvance(text) - 2))
            painter.drawText(left, self.height() - 4, text)
            time += step

    def _clock(self, time: float, step: float = 1.0) -> str:
        try:
            at = local_time(time / 1000 + self._zone * 60, 0)
        except (OverflowError, ValueError, OSError):
            return "?"
        if step >= 43_200_000:
            return f"{at:%m-%d}"
        if step >= 60_000:
            return f"{at:%H:%M}"
        if step >= 1000:
            return f"{at:%H:%M:%S}"
        return f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where it was clicked."""
        if event.button() == Qt.MouseButton.LeftButton and len(self._histogram.counts):
            self._press = self._time(event.position().x())
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._span = (self._press, self._press)
            else:
                self.time_chosen.emit(self._press)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along, choose a span, or tell what is there."""
        time = self._time(event.position().x())
        if self._press is None:
            self._tell(event.position().toPoint(), time)
        elif self._span is not None:
            self._span = (self._press, time)
            self.update()
        else:
            self.time_chosen.emit(time)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        if self._span is not None and self._span[0] != self._span[1]:
            self.span_chosen.emit(min(self._span), max(self._span))
        self._press = self._span = None
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Tell nothing any more."""
        QToolTip.hideText()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by a twentieth of the whole, or to an end."""
        histogram = self._histogram
        if not len(histogram.counts) or self._seen is None:
            super().keyPressEvent(event)
            return
        step = (histogram.end - histogram.start) / 20
        targets = {
            Qt.Key.Key_Left: self._seen[0] - step,
            Qt.Key.Key_Right: self._seen[0] + step,
            Qt.Key.Key_Home: float(histogram.start),
            Qt.Key.Key_End: histogram.end,
        }
        target = targets.get(Qt.Key(event.key()))
        if target is None:
            super().keyPressEvent(event)
        else:
            self.time_chosen.emit(target)

    def _tell(self, at: QPoint, time: float) -> None:
        if not len(self._histogram.counts):
            return
        counts = self._histogram.counts[self._histogram.bin_of(time)]
        parts = [
            f"{tr(LEVEL_TITLES[level])}: {int(counts[level]):,}"
            for level in range(LEVELS)
            if counts[level]
        ]
        text = "\n".join([self._clock(time), *parts])
        QToolTip.showText(self.mapToGlobal(at), tip(text), self)


class MarkerBar(QWidget):
    """Beside the scroll bar: where in all the rows damage, bookmarks and finds lie."""

    position_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._ticks: list[tuple[np.ndarray, str]] = []
        self.setFixedWidth(12)
        theme().changed.connect(self.update)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.setAccessibleName(tr("Markers"))
        self.setToolTip(tr("Damage, bookmarks and search results"))

    def set_ticks(self, count: int, ticks: list[tuple[np.ndarray, str]]) -> None:
        """Show positions of ``count`` rows, each list in a colour token; later ones lie above."""
        self._count, self._ticks = count, ticks
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("surface"))
        if not self._count:
            return
        room = max(1, self.height() - 3)
        for positions, token in self._ticks:
            # What was found may be everywhere: it has a narrow lane of its own.
            left, width = (1, 3) if token == FOUND_TOKEN else (5, 6)
            # One tick a pixel, however many rows fall on it.
            for y in np.unique(positions * room // self._count).tolist():
                painter.fillRect(left, int(y), width, 3, theme().color(token))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where it was clicked."""
        if self._count:
            share = event.position().y() / max(1, self.height())
            self.position_chosen.emit(int(min(0.9999, max(0.0, share)) * self._count))
