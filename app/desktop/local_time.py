"""Dates and times of day as the reader has them, and word of it when all of them are other ones.

What is painted as "today", a weekday or a time of day stands only until midnight, until the clock
is set, or until the system's time zone or way of writing dates is another: :func:`calendar` looks
twice a minute, and when the window comes to the front, and says so. Qt asks the system for its zone
each time; Python keeps the one that it saw first until ``tzset``, which is called here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import cache

from PySide6.QtCore import QDate, QDateTime, QLocale, QObject, Qt, QTimer, Signal

from app.desktop.i18n import locale, tr

PERIOD_MS = 30_000
_FIRST, _LAST = -62_135_596_800.0, 253_402_214_400.0  # the years 1 and 9999: dates have no others


def _moment(seconds: float) -> QDateTime:
    if not _FIRST <= seconds <= _LAST:  # whoever sent it, it can be shown
        seconds = _LAST if seconds > _LAST else 0.0
    return QDateTime.fromSecsSinceEpoch(int(seconds // 1))


def local_day(seconds: float) -> date:
    """The day of a wall-clock time (seconds since the epoch), here and now."""
    day = _moment(seconds).date()
    return date(day.year(), day.month(), day.day())


def today() -> date:
    """The day that it is here."""
    return local_day(time.time())


def clock_text(seconds: float) -> str:
    """The time of day, as the reader's language writes it."""
    return locale().toString(_moment(seconds).time(), QLocale.FormatType.ShortFormat)


def day_text(day: date, this_day: date) -> str:
    """A day as a person would say it: today, yesterday, a date (with a year if not this one)."""
    if day == this_day:
        return tr("Today")
    if (this_day - day).days == 1:
        return tr("Yesterday")
    if day.year == this_day.year:
        chinese = locale().language() == QLocale.Language.Chinese
        return date_text(day, "M月d日 dddd" if chinese else "dddd, d MMMM")
    return date_text(day, QLocale.FormatType.LongFormat)


def date_text(day: date, form: str | QLocale.FormatType) -> str:
    """A date in the reader's language, in one of Qt's formats."""
    return locale().toString(QDate(day.year, day.month, day.day), form)


class Calendar(QObject):
    """:attr:`changed` when what was painted from the clock is to be painted again."""

    changed = Signal()

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._wall = wall
        self._seen = self._look()
        self._timer = QTimer(self, interval=PERIOD_MS)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Look twice a minute from now on."""
        self.look()
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look(self) -> None:
        """Look now."""
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            self.changed.emit()

    def _look(self) -> tuple[object, ...]:
        if hasattr(time, "tzset"):
            time.tzset()
        now = self._wall()
        moment = _moment(now)
        system = QLocale.system()
        forms = [system.timeFormat(QLocale.FormatType.ShortFormat), system.name()]
        # The zone by two offsets of the year: one that has no summer time may share today's.
        half_a_year_ago = _moment(now - 182 * 86400).offsetFromUtc()
        return (local_day(now), moment.offsetFromUtc(), half_a_year_ago, *forms)


@cache
def calendar() -> Calendar:
    """The one of this process."""
    return Calendar()
