"""The first page: the link over time, the last race, what is in force, the system's signals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.plain_text import Label
from app.diagnostics.panel.i18n import mark, tr
from app.diagnostics.panel.model import PanelModel
from app.diagnostics.panel.racebars import RaceBars
from app.diagnostics.panel.records import RecordColumn, RecordsModel, make_table
from app.diagnostics.panel.view import Card, Facts, Legend, PanelView, put
from app.diagnostics.panel.wording import clock, ms, signal_words, size, span, weak_reason, words

if TYPE_CHECKING:
    from app.diagnostics.panel.plots import IntervalPlot, RoundTripPlot
    from app.diagnostics.process_watch import ProcessHealth

SPANS = (60, 300, 1800, 3600)  # seconds to choose from


class PlotsView(PanelView):
    """Round trips and heartbeat intervals over the same stretch of time."""

    parts = ("link", "task", "signal")
    every = 2
    clocked = True
    span_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._second = False
        self.trips, self.intervals = Card(mark("Round trip")), Card(mark("Heartbeat interval"))
        self.trip_plot: RoundTripPlot | None = None
        self.interval_plot: IntervalPlot | None = None
        self.waiting = Label()
        self.waiting.setProperty("role", "muted")
        self.trips.column.addWidget(self.waiting, 1)
        self.legend = Legend(
            (
                ("series_1", mark("heartbeat")),
                ("series_3", mark("connect")),
                ("series_6", mark("slowest answer per second")),
                ("danger", mark("missed")),
            )
        )
        self.legend.hide()
        self.trips.column.addWidget(self.legend)
        self.span = QComboBox()
        for seconds in SPANS:
            self.span.addItem("", seconds)
        self.span.setCurrentIndex(1)
        self.span.currentIndexChanged.connect(self.span_changed)
        self.trips.head.addWidget(self.span)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.trips, 5)
        column.addWidget(self.intervals, 3)
        self.retranslate()

    def build_trips(self) -> None:
        """Put the first plot in; its module has been imported."""
        from app.diagnostics.panel.plots import RoundTripPlot

        if self.trip_plot is None:
            self.waiting.hide()
            self.trip_plot = RoundTripPlot()
            self.trips.column.insertWidget(1, self.trip_plot, 1)
            self.legend.show()
            self.retranslate()

    def build_intervals(self) -> None:
        """Put the second plot in."""
        from app.diagnostics.panel.plots import IntervalPlot

        if self.interval_plot is None:
            self.interval_plot = IntervalPlot()
            self.intervals.column.addWidget(self.interval_plot, 1)
            self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.trips.retranslate()
        self.intervals.retranslate()
        self.legend.retranslate()
        self.waiting.setText(tr("Loading charts…"))
        self.span.setAccessibleName(tr("Time range"))
        if self.trip_plot is not None:
            self.trip_plot.setAccessibleName(tr("Round trip"))
        if self.interval_plot is not None:
            self.interval_plot.setAccessibleName(tr("Heartbeat interval"))
        for row, seconds in enumerate(SPANS):
            self.span.setItemText(row, span(seconds))
        self.stale()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.legend.update()
        for plot in (self.trip_plot, self.interval_plot):
            if plot is not None:
                plot.recolour()
        self.stale()

    def show_model(self, model: PanelModel, now: float) -> None:
        """Draw what happened up to now."""
        self._show_trips(model, now)
        self._show_intervals(model, now)

    def step(self, model: PanelModel, now: float) -> None:
        """One plot at a time; the other one is due next."""
        if self._second:
            self._show_intervals(model, now)
        else:
            self._show_trips(model, now)
            self._seen = -1
        self._second = not self._second

    def _show_trips(self, model: PanelModel, now: float) -> None:
        told = _figures(model, now)
        self.trips.note(told)
        if self.trip_plot is not None:
            self.trip_plot.span = float(self.span.currentData())
            self.trip_plot.show_link(model, model.link, now)
            self.trip_plot.setAccessibleDescription(told)

    def _show_intervals(self, model: PanelModel, now: float) -> None:
        self.intervals.note(_interval(model))
        if self.interval_plot is not None:
            self.interval_plot.span = float(self.span.currentData())
            self.interval_plot.show_link(model.link, now)


def _figures(model: PanelModel, now: float) -> str:
    link = model.link
    if link is None:
        return ""
    figures = link.figures(now)
    if not figures.answered:
        return tr("no heartbeat was answered in 5 min") + _missed(figures.missed)
    return tr(
        "5 min: median {median}, 95 % below {high}, {count} heartbeats",
        median=ms(figures.median),
        high=ms(figures.high),
        count=figures.answered,
    ) + _missed(figures.missed)


def _missed(count: int) -> str:
    return "" if not count else tr(", {n} missed", n=count)


def _interval(model: PanelModel) -> str:
    link = model.link
    if link is None or not link.interval:
        return ""
    told = tr("now {time}", time=span(link.interval))
    if link.learned:
        told += "  ·  " + tr("learned {time}", time=span(link.learned))
        if link.adapting:
            told += "  ·  " + words(link.adapting)
    return told


class RaceView(PanelView):
    """The race of the last connect."""

    parts = ("race",)
    every = 2

    def __init__(self) -> None:
        super().__init__()
        self.bars = RaceBars()
        self.legend = Legend(
            (
                ("series_1", mark("TCP")),
                ("series_4", mark("proxy")),
                ("series_6", mark("TLS")),
                ("series_2", mark("WebSocket")),
                ("series_5", mark("QUIC")),
                ("series_3", mark("noop")),
            )
        )
        self.card = Card(mark("Last connection race"), self.bars)
        self.card.column.addWidget(self.legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.card)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.card.retranslate()
        self.bars.retranslate()
        self.legend.retranslate()
        self.stale()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.bars.update()
        self.legend.update()

    def due(self, model: PanelModel, now: float, tick: int) -> bool:
        """A race that runs is drawn on and on."""
        race = model.races.latest(model.links.main_name)
        if race is not None and not race.over and now - race.started < 60:
            self.stale()
        return super().due(model, now, tick)

    def show_model(self, model: PanelModel, now: float) -> None:
        """Draw the main link's newest, for the short link makes one now and then."""
        race = model.races.latest(model.links.main_name)
        self.bars.show_race(race, now)
        if race is None:
            self.card.note("")
        elif not race.over:
            self.card.note(tr("running"))
        else:
            told = [clock(race.started), ms(race.length(now))]
            if race.winner < 0:
                told.append(tr("no winner"))
            self.card.note("  ·  ".join(told))


class StateView(PanelView):
    """What the policies hold of the network, and what went over it."""

    parts = ("limit", "signal", "traffic", "task")
    every = 5
    clocked = True

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts(
            (
                mark("Network"),
                mark("Weak network"),
                mark("Time-outs"),
                mark("Tasks"),
                mark("Traffic"),
                mark("Stalls"),
                mark("Open files"),
            )
        )
        self.process: Callable[[], ProcessHealth] | None = None
        self.card = Card(mark("Current state"), self.facts)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.card)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.card.retranslate()
        self.facts.retranslate()
        self.stale()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.facts.recolour()

    def show_model(self, model: PanelModel, now: float) -> None:
        """Fill in the values."""
        signals, tasks = model.signals, model.tasks
        network = words(signals.kind) if signals.kind else tr("unknown")
        if signals.label:
            network += f" “{signals.label}”"
        running = sum(1 for each in tasks.running.values() if each.state != "resting")
        done = tr("{n} running, {ended} finished", n=running, ended=f"{tasks.ended:,}")
        if tasks.failed:
            done += "  ·  " + tr("{n} failed", n=f"{tasks.failed:,}")
        sent = sum(each.sent for each in model.traffic.by_kind.values())
        received = sum(each.received for each in model.traffic.by_kind.values())
        self.facts.show_values(
            (network, "" if signals.online else "danger"),
            weak_words(model, now),
            timeout_words(model),
            (done, ""),
            tr("{sent} sent, {received} received", sent=size(sent), received=size(received)),
            *process_words(None if self.process is None else self.process()),
        )


def weak_words(model: PanelModel, now: float) -> tuple[str, str]:
    """Whether the network is weak, since when and why; and the tone of that."""
    limits = model.limits
    if not limits.weak:
        return tr("no"), ""
    told = tr("yes: {reason}", reason=weak_reason(limits.weak_reason))
    if limits.weak_since is not None:
        told += "  ·  " + tr("for {time}", time=span(max(0.0, now - limits.weak_since)))
    return told, "warning"


def timeout_words(model: PanelModel) -> tuple[str, str]:
    """The level, and the first-package time-out in force; and the tone of that."""
    limits = model.limits
    if not limits.level:
        return "–", ""
    told = tr(
        "{level}: first package {first}",
        level=words(limits.level),
        first=ms(limits.first_package),
    )
    return told, {"bad": "warning", "excellent": "success"}.get(limits.level, "")


def process_words(health: ProcessHealth | None) -> tuple[tuple[str, str], str]:
    """How often the window stood still, with the tone of that; and how many files are open."""
    if health is None:
        return ("", ""), ""
    stalls = tr("none"), ""
    if health.stalls:
        told = tr("{n}, the longest {time}", n=health.stalls, time=ms(health.longest))
        if health.hangs:
            told += "  ·  " + tr("{n} hung", n=health.hangs)
        stalls = told, "danger" if health.hangs else "warning"
    files = health.files
    if files.total < 0:
        return stalls, tr("unknown")
    count = f"{files.total:,}"
    if files.limit >= 0:
        count = tr("{n} of at most {limit}", n=count, limit=f"{files.limit:,}")
    if files.sockets >= 0:
        count += "  ·  " + tr("{n} sockets", n=files.sockets)
    return stalls, count


class SignalsView(PanelView):
    """What the operating system told, the newest first."""

    parts = ("signal",)
    every = 2

    def __init__(self) -> None:
        super().__init__()
        self.model = RecordsModel(
            (
                RecordColumn(mark("Time"), lambda each, _: clock(each.at), 84),
                RecordColumn(mark("Signal"), lambda each, _: signal_words(each)),
            ),
            parent=self,
        )
        self.table = make_table(self.model)
        self.table.horizontalHeader().hide()
        self.limits: Callable[[], Sequence[str]] = tuple
        self.not_told = Label(wordWrap=True)
        self.not_told.setProperty("role", "muted")
        self.card = Card(mark("System signals"), self.table)
        self.card.column.addWidget(self.not_told)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.card)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.card.retranslate()
        self.table.setAccessibleName(tr("System signals"))
        self.stale()

    def show_model(self, model: PanelModel, now: float) -> None:
        """List them."""
        self.model.set_rows(list(reversed(model.signals.latest)), now)
        self.card.note("" if model.signals.total else tr("none yet"))
        limits = "\n".join(self.limits())
        put(self.not_told, limits)
        self.not_told.setVisible(bool(limits))


class OverviewPage(QWidget):
    """Plots at the left, the rest at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.plots, self.race = PlotsView(), RaceView()
        self.state, self.signals = StateView(), SignalsView()
        self.views: list[PanelView] = [self.plots, self.race, self.state, self.signals]
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(self.race)
        right.addWidget(self.state)
        right.addWidget(self.signals, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 14, 16, 16)
        row.setSpacing(12)
        row.addWidget(self.plots, 5)
        row.addLayout(right, 3)
