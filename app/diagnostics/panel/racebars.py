"""The race of a connect as bars, one a tried address, divided by its steps."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.desktop.plain_text import tip
from app.desktop.theme import theme
from app.diagnostics.panel.i18n import tr
from app.diagnostics.panel.races import AttemptBar, RaceRecord
from app.diagnostics.panel.wording import ms, words

_ROW = 40
_AXIS = 20
_BAR = 12
_STEP_TOKENS = {
    "tcp": "series_1",
    "proxy": "series_4",
    "tls": "series_6",
    "websocket": "series_2",
    "quic": "series_5",
    "noop": "series_3",
}
_END_TOKENS = {"won": "success", "failed": "danger", "timed_out": "danger", "lost": "muted"}
_TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


class RaceBars(QWidget):
    """Paints one race."""

    def __init__(self) -> None:
        super().__init__()
        self.race: RaceRecord | None = None
        self._now = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.setAccessibleName(tr("Last connection race"))
        self.setAccessibleDescription(self.summary())
        self.update()

    def show_race(self, race: RaceRecord | None, now: float) -> None:
        """Paint another race, or this one as it is now."""
        rows = 0 if self.race is None else len(self.race.attempts)
        self.race, self._now = race, now
        self.setAccessibleDescription(self.summary())
        if rows != (0 if race is None else len(race.attempts)):
            self.updateGeometry()
        self.update()

    def summary(self) -> str:
        """The race in words, for those who cannot see the bars."""
        if self.race is None:
            return tr("No connection attempts since this window was opened.")
        return "; ".join(_told(each, self.race.length(self._now)) for each in self.race.attempts)

    def sizeHint(self) -> QSize:
        """A row for each address."""
        rows = 2 if self.race is None else max(2, min(6, len(self.race.attempts)))
        return QSize(280, rows * _ROW + _AXIS)

    def minimumSizeHint(self) -> QSize:
        """Room for two."""
        return QSize(200, 2 * _ROW + _AXIS)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars, their words, and the axis."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        race = self.race
        if race is None or not race.attempts:
            painter.setPen(theme().color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.summary())
        else:
            length = max(
                0.001, race.length(self._now), *(each.end or 0.0 for each in race.attempts)
            )
            rows = max(1, min(len(race.attempts), (self.height() - _AXIS) // _ROW))
            left_out = len(race.attempts) - rows
            self._axis(painter, length, rows * _ROW)
            for row, each in enumerate(race.attempts[:rows]):
                self._bar(painter, each, row * _ROW, length)
            if left_out > 0:
                painter.setPen(theme().color("muted"))
                area = QRectF(0, self.height() - _AXIS, self.width() - 2, _AXIS)
                more = tr("{n} more", n=left_out)
                painter.drawText(area, Qt.AlignmentFlag.AlignRight, more)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(theme().color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _x(self, after: float, length: float) -> float:
        return 2 + after / length * (self.width() - 4)

    def _axis(self, painter: QPainter, length: float, floor: float) -> None:
        font = painter.font()
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1.5))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        step = next((each for each in _TICKS if length / each <= 4), 60.0)
        tick = 0.0
        while tick <= length:
            x = self._x(tick, length)
            painter.setPen(QPen(theme().color("border"), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, floor + 3))
            word = ms(tick) if tick else "0"
            left = min(max(0.0, x - metrics.horizontalAdvance(word) / 2),
                       self.width() - metrics.horizontalAdvance(word))  # fmt: skip
            painter.setPen(theme().color("muted"))
            painter.drawText(QPointF(left, floor + 3 + metrics.ascent()), word)
            tick += step
        painter.setFont(self.font())

    def _bar(self, painter: QPainter, bar: AttemptBar, top: float, length: float) -> None:
        metrics = QFontMetricsF(self.font())
        told = words(bar.state)
        if bar.end is not None and bar.start is not None:
            told += " · " + ms(bar.end - bar.start)
        width = metrics.horizontalAdvance(told)
        address = metrics.elidedText(
            f"{bar.address}  {words(bar.source)}" if bar.source else bar.address,
            Qt.TextElideMode.ElideMiddle,
            max(40.0, self.width() - width - 16),
        )
        baseline = top + metrics.ascent()
        painter.setPen(theme().color("text"))
        painter.drawText(QPointF(2, baseline), address)
        painter.setPen(theme().color(_END_TOKENS.get(bar.state, "muted")))
        painter.drawText(QPointF(self.width() - width - 2, baseline), told)
        y = top + metrics.height() + 2
        track = QRectF(2, y, self.width() - 4, _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("raised"))
        painter.drawRoundedRect(track, 3, 3)
        if bar.start is None:
            return
        end = length if bar.end is None else bar.end
        at = bar.start
        faded = bar.state in ("lost", "failed", "timed_out")
        for step, after in bar.steps:
            self._part(painter, at, after, length, y, _STEP_TOKENS.get(step, "series_8"), faded)
            at = max(at, after)
        token = _END_TOKENS.get(bar.state, "series_8")
        if bar.state != "won":
            self._part(painter, at, end, length, y, token, faded)
        if bar.end is not None:
            painter.setBrush(theme().color(token))
            painter.drawRect(QRectF(self._x(end, length) - 2, y - 2, 3, _BAR + 4))

    def _part(
        self, painter: QPainter, start: float, end: float, length: float, y: float,
        token: str, faded: bool,
    ) -> None:  # fmt: skip
        colour = QColor(theme().color(token))
        if faded:
            colour.setAlpha(110)
        left = self._x(start, length)
        painter.setBrush(colour)
        painter.drawRect(QRectF(left, y, max(1.0, self._x(end, length) - left), _BAR))

    def event(self, event: QEvent) -> bool:
        """Describe the bar under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = event.pos().y() // _ROW
            if self.race is not None and 0 <= row < len(self.race.attempts):
                told = _told(self.race.attempts[row], self.race.length(self._now), "\n")
                QToolTip.showText(event.globalPos(), tip(told), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def _told(bar: AttemptBar, length: float, between: str = ", ") -> str:
    parts = [f"{bar.address} ({words(bar.source)})" if bar.source else bar.address]
    if bar.start is not None:
        parts.append(tr("started after {time}", time=ms(bar.start)))
        parts += [f"{step}: {ms(after)}" for step, after in bar.steps]
        end = length if bar.end is None else bar.end
        parts.append(f"{words(bar.state)} · {ms(max(0.0, end - bar.start))}")
    else:
        parts.append(words(bar.state))
    if bar.error:
        parts.append(bar.error)
    return between.join(parts)
