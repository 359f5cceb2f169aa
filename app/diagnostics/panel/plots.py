"""The plots over time, by pyqtgraph. Importing it takes a while: the window does so in a thread.

Nothing is drawn beyond what was measured: where the link is down the lines break and the ground is
tinted, and to the right of the last value there is nothing until the next one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from app.desktop.theme import theme
from app.diagnostics.panel.i18n import tr
from app.diagnostics.panel.links import LinkRecord
from app.diagnostics.panel.model import PanelModel
from app.diagnostics.panel.wording import ms, span

MOST = 1200  # points drawn of a line; more than the pixels they fall on
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)


class ClockAxis(pg.AxisItem):
    """The local time of day; values are seconds before now, so that they stay small."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.now = 0.0

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Ticks at whole seconds, minutes or hours of the day."""
        most = max(2, int(size / 90))
        step = next((each for each in _STEPS if (high - low) / each <= most), 86_400)
        first = -(-(self.now + low) // step) * step
        values = np.arange(first, self.now + high, step) - self.now
        return [(float(step), values.tolist())]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """``13:05`` or ``13:05:20``."""
        pattern = "%H:%M:%S" if spacing < 60 else "%H:%M"
        try:
            return [
                datetime.fromtimestamp(self.now + each).astimezone().strftime(pattern)
                for each in values
            ]
        except (OverflowError, ValueError, OSError):
            return [""] * len(values)


class TimeAxis(pg.AxisItem):
    """Durations in words."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """``50 ms``, ``2 s``, ``5 min``."""
        return [("0" if not each else ms(each)) for each in values]

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """Some three lines."""
        reach = max(1e-6, high - low)
        for step in _nice():
            if reach / step <= max(2, size / 34):
                return [(step, 0.0)]
        return [(reach, 0.0)]


def _nice() -> list[float]:
    small = [base * 10.0**power for power in range(-5, 0) for base in (1, 2, 5)]
    return [*small, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0]


class Downs(pg.GraphicsObject):
    """Tints the times in which the link was down, over the plot's whole height."""

    def __init__(self) -> None:
        super().__init__()
        self._spans: tuple[tuple[float, float], ...] = ()
        self.setZValue(-10)

    def show_spans(self, spans: tuple[tuple[float, float], ...]) -> None:
        """The stretches to tint, in the plot's own seconds."""
        if spans != self._spans:
            self._spans = spans
            self.prepareGeometryChange()
            self.update()

    def boundingRect(self) -> QRectF:
        """All of the plot."""
        box = self.getViewBox()
        return QRectF() if box is None else QRectF(box.viewRect())

    def viewRangeChanged(self, *_: Any) -> None:
        """The plot shows another stretch."""
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """One box a stretch."""
        area = self.boundingRect()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("danger_ground"))
        for start, end in self._spans:
            left, right = max(start, area.left()), min(end, area.right())
            if right > left:
                painter.drawRect(QRectF(left, area.top(), right - left, area.height()))


class TimePlot(pg.GraphicsLayoutWidget):
    """A plot whose right edge is now; it is not dragged or zoomed, the span is chosen outside.

    A bare view box with two axes: pyqtgraph's PlotItem brings menus that take longer to build than
    a window may stand still.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clock, self.left = ClockAxis(), TimeAxis("left")
        self.ci.setContentsMargins(0, 4, 4, 0)
        self.ci.setSpacing(0)
        self.box = pg.ViewBox(enableMenu=False, enableMouse=False)
        self.box.disableAutoRange()
        self.addItem(self.left, 0, 0)
        self.addItem(self.box, 0, 1)
        self.addItem(self.clock, 1, 1)
        for axis in (self.left, self.clock):
            axis.linkToView(self.box)
        self.left.setWidth(58)
        self.left.setStyle(tickLength=0)
        self.left.setGrid(60)
        self.clock.setStyle(tickLength=4)
        self.downs = Downs()
        self.box.addItem(self.downs, ignoreBounds=True)
        self.span = 300.0
        self.range: tuple[float, float] | None = None

    def add(self, *items: Any) -> None:
        """Draw these in the box."""
        for item in items:
            self.box.addItem(item, ignoreBounds=True)

    def wheelEvent(self, event: Any) -> None:
        """Leave the wheel to the page around."""
        event.ignore()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.setBackground(theme().color("surface"))
        for axis in (self.clock, self.left):
            axis.setPen(QPen(theme().color("border"), 0))
            axis.setTextPen(theme().color("muted"))

    def reach(self, now: float, top: float) -> None:
        """Show the last ``span`` seconds, from 0 to ``top``."""
        self.clock.now = now
        if self.range != (self.span, top):
            self.range = self.span, top
            self.box.setRange(xRange=(-self.span, 0.0), yRange=(0.0, top), padding=0)
        # The labels wander with the time though the range stays.
        self.clock.picture = None
        self.clock.update()


class RoundTripPlot(TimePlot):
    """Round trips of heartbeats, connects and the slowest answer of each second."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = pg.ScatterPlotItem(size=4, pen=None, pxMode=True)
        self.line = pg.PlotCurveItem(connect="finite")
        self.dots = pg.ScatterPlotItem(size=6, pen=None)
        self.connects = pg.ScatterPlotItem(size=10, symbol="d", pen=None)
        self.misses = pg.ScatterPlotItem(size=11, symbol="x", pen=None)
        self.add(self.answers, self.line, self.dots, self.connects, self.misses)
        self.recolour()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        super().recolour()
        colour = theme().color
        faint = QColor(colour("series_6"))
        faint.setAlpha(150)
        self.answers.setBrush(QBrush(faint))
        self.line.setPen(pg.mkPen(colour("series_1"), width=2))
        self.dots.setBrush(QBrush(colour("series_1")))
        self.connects.setBrush(QBrush(colour("series_3")))
        self.misses.setBrush(QBrush(colour("danger")))

    def show_link(self, model: PanelModel, link: LinkRecord | None, now: float) -> None:
        """Draw the link's round trips up to ``now``."""
        since = now - self.span
        answers = _thin(*model.answers.arrays(since))
        rtts = connects = misses = (np.empty(0), np.empty(0))
        if link is not None:
            rtts, connects = _thin(*link.rtts.arrays(since)), link.connects.arrays(since)
            misses = link.misses.arrays(since)
        values = [each[1] for each in (answers, rtts, connects) if len(each[1])]
        high = 0.0
        if values:
            # One outlier is cut off rather than all the rest pressed to the floor.
            flat = np.concatenate(values)
            flat = flat[np.isfinite(flat)]
            if len(flat):
                high = max(float(np.percentile(flat, 98)) * 1.25, float(np.median(flat)) * 2)
                high = min(high, float(flat.max()) * 1.25)
        top = _ceiling(max(high, 0.01))
        self.answers.setData(answers[0] - now, np.minimum(answers[1], top))
        self.line.setData(rtts[0] - now, np.minimum(rtts[1], top))
        good = np.isfinite(rtts[1])
        self.dots.setData(rtts[0][good] - now, np.minimum(rtts[1][good], top))
        self.connects.setData(connects[0] - now, np.minimum(connects[1], top))
        self.misses.setData(misses[0] - now, np.full(len(misses[0]), top * 0.94))
        self.downs.show_spans(_downs(link, since, now))
        self.reach(now, top)


class IntervalPlot(TimePlot):
    """The heartbeat's interval as it adapts, as steps."""

    def __init__(self) -> None:
        super().__init__()
        self.line = pg.PlotCurveItem(connect="finite")
        self.add(self.line)
        self.recolour()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        super().recolour()
        self.line.setPen(pg.mkPen(theme().color("series_4"), width=2))

    def show_link(self, link: LinkRecord | None, now: float) -> None:
        """Draw the link's intervals up to ``now``."""
        times, values = np.empty(0), np.empty(0)
        if link is not None:
            times, values = link.intervals.arrays()
            first = max(0, int(np.searchsorted(times, now - self.span)) - 1)
            times, values = times[first:], values[first:]
        x, y = _steps(times - now, values, link is not None and link.up)
        top = _ceiling(float(np.nanmax(y)) * 1.2 if np.isfinite(y).any() else 60.0)
        self.line.setData(x, y)
        self.downs.show_spans(_downs(link, now - self.span, now))
        self.reach(now, top)
        told = tr("unknown") if link is None or not link.interval else span(link.interval)
        self.setAccessibleDescription(told)


def _thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most :data:`MOST` points, the largest of each group."""
    if len(x) <= MOST:
        return x, y
    every = -(-len(x) // MOST)
    whole = len(x) // every * every
    groups = np.nan_to_num(y[:whole], nan=-1.0).reshape(-1, every)
    at = groups.argmax(axis=1) + np.arange(0, whole, every)
    return x[at], y[at]


def _steps(x: np.ndarray, y: np.ndarray, up: bool) -> tuple[np.ndarray, np.ndarray]:
    """A line that holds each value until the next; to now only while the link is up."""
    if not len(x):
        return x, y
    ends = np.append(x[1:], 0.0 if up else x[-1])
    return np.column_stack((x, ends)).ravel(), np.repeat(y, 2)


def _ceiling(value: float) -> float:
    """The next round number, so that the axis does not tremble."""
    for step in _nice():
        for times in (1, 1.5):
            if value <= step * times:
                return step * times
    return value


def _downs(link: LinkRecord | None, since: float, now: float) -> tuple[tuple[float, float], ...]:
    if link is None:
        return ()
    found = []
    for period in reversed(link.downs):
        end = now if period.end is None else period.end
        if end < since:
            break
        found.append((max(period.start, since) - now, end - now))
    return tuple(found)
