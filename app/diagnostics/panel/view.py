"""What every view of the panel has in common: cards, facts, and how often they are refreshed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.desktop.plain_text import Label
from app.desktop.theme import theme
from app.diagnostics.panel.i18n import tr
from app.diagnostics.panel.model import PanelModel


class PanelView(QWidget):
    """Shows a part of the model. The window calls :meth:`show_model` while it is in sight.

    ``parts`` are the parts of the model it shows, ``every`` the least number of ticks (0.1 s)
    between two refreshes, ``clocked`` whether it also shows time passing, once a second.
    """

    parts: tuple[str, ...] = ()
    every = 2
    clocked = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen = -1
        self._seen_at = 0.0
        self._tick = -1000

    def due(self, model: PanelModel, now: float, tick: int) -> bool:
        """Whether it shows something that is no longer so."""
        if 0 <= tick - self._tick < self.every:
            return False
        seen = sum(model.changes[part] for part in self.parts)
        aged = self.clocked and not 0 <= now - self._seen_at < 1.0
        if seen == self._seen and not aged:
            return False
        self._seen, self._seen_at, self._tick = seen, now, tick
        return True

    def stale(self) -> None:
        """Refresh at the next tick, whatever happened."""
        self._seen, self._tick = -1, -1000

    def show_model(self, model: PanelModel, now: float) -> None:
        """Show the model as it is now."""
        raise NotImplementedError

    def step(self, model: PanelModel, now: float) -> None:
        """The same, or a part of it where all at once takes long; each part has its turn."""
        self.show_model(model, now)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.update()


class Card(QFrame):
    """A titled surface; ``title`` goes through tr. :meth:`note` says something beside the title."""

    def __init__(self, title: str, content: QWidget | None = None) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._title = title
        self.heading, self.aside = Label(), Label()
        self.heading.setProperty("role", "section")
        self.aside.setProperty("role", "muted")
        self.aside.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.head = QHBoxLayout()
        self.head.addWidget(self.heading)
        self.head.addWidget(self.aside, 1)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(14, 10, 14, 12)
        self.column.setSpacing(8)
        self.column.addLayout(self.head)
        if content is not None:
            self.column.addWidget(content, 1)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the title in the language in force."""
        self.heading.setText(tr(self._title))

    def note(self, words: str) -> None:
        """Say something beside the title."""
        put(self.aside, words)


class Facts(QWidget):
    """Names and values, two by two; names go through tr."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        self._labels: list[QLabel] = []
        self._values: list[QLabel] = []
        self._tones: list[str] = []
        for row in range(len(self._names)):
            label, value = Label(), Label()
            label.setProperty("role", "muted")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setWordWrap(True)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
            self._labels.append(label)
            self._values.append(value)
            self._tones.append("")
        grid.setRowStretch(len(self._names), 1)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the names in the language in force."""
        for label, value, name in zip(self._labels, self._values, self._names, strict=True):
            label.setText(tr(name))
            value.setAccessibleName(tr(name))

    def recolour(self) -> None:
        """Take the theme's colours again."""
        tones, self._tones = self._tones, [""] * len(self._tones)
        for row, tone in enumerate(tones):
            self._tone(row, tone)

    def show_values(self, *values: str | tuple[str, str]) -> None:
        """Show the values in order of the names; a pair is a value and a colour token."""
        for row, given in enumerate(values):
            value, tone = given if isinstance(given, tuple) else (given, "")
            put(self._values[row], value or "–")
            self._tone(row, tone)

    def value(self, row: int) -> str:
        """What is in a row."""
        return self._values[row].text()

    def _tone(self, row: int, tone: str) -> None:
        if self._tones[row] != tone:
            self._tones[row] = tone
            paint_text(self._values[row], tone)


class Legend(QWidget):
    """What colours mean: pairs of a colour token and a word, which goes through tr."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._entries = tuple(entries)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def retranslate(self) -> None:
        """The words have other lengths now."""
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        metrics = self.fontMetrics()
        width = sum(metrics.horizontalAdvance(tr(word)) + 30 for _, word in self._entries)
        return QSize(width, metrics.height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A square and a word each."""
        painter = QPainter(self)
        metrics = self.fontMetrics()
        baseline = round((self.height() + metrics.ascent() - metrics.descent()) / 2)
        x = 0
        for token, word in self._entries:
            painter.fillRect(x, (self.height() - 9) // 2, 9, 9, theme().color(token))
            painter.setPen(theme().color("muted"))
            painter.drawText(x + 14, baseline, tr(word))
            x += metrics.horizontalAdvance(tr(word)) + 30


def put(label: QLabel, words: str) -> None:
    """Set a label's text if it is another; an equal one costs no layout and no paint."""
    if label.text() != words:
        label.setText(words)


def paint_text(label: QLabel, tone: str) -> None:
    """Paint a label's text in the theme's colour ``tone``; "" is the usual one."""
    label.setStyleSheet(f"color: {theme().color(tone).name()};" if tone else "")
