"""What the policies decided, and where the bytes went."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QTableView, QVBoxLayout

from app.diagnostics.panel.i18n import mark, tr
from app.diagnostics.panel.limits import Bytes, Refusal, WeakChange
from app.diagnostics.panel.model import PanelModel
from app.diagnostics.panel.overview import timeout_words, weak_words
from app.diagnostics.panel.records import RecordColumn, RecordsModel, make_table
from app.diagnostics.panel.view import Card, Facts, PanelView
from app.diagnostics.panel.wording import clock, ms, size, span, weak_reason, words


def _refused(each: Refusal, _now: float) -> str:
    if each.limiter == "flow":
        return tr("{size}, {used} of the budget used", size=size(each.amount), used=size(each.of))
    return tr("sent {n} times", n=each.amount)


def _weak_change(each: WeakChange, _now: float) -> str:
    state = tr("weak") if each.weak else tr("good")
    return tr("{what}: {why}", what=state, why=weak_reason(each.reason))


class LimitsView(PanelView):
    """Time-outs, weak network, limiters, zombies."""

    parts = ("limit", "signal")
    every = 5
    clocked = True

    def __init__(self) -> None:
        super().__init__()
        self.times = Facts(
            (
                mark("Level"),
                mark("First package"),
                mark("Between packages"),
                mark("Read-write"),
                mark("For"),
            )
        )
        self.network = Facts(
            (
                mark("Weak"),
                mark("Long link"),
                mark("Short link"),
                mark("Next sync"),
                mark("Answers kept"),
            )
        )
        self.weak = RecordsModel(
            (
                RecordColumn(mark("Time"), lambda each, _: clock(each.at), 84),
                RecordColumn(
                    mark("Change"),
                    _weak_change,
                    tone=lambda each, _: "warning" if each.weak else "success",
                ),
                RecordColumn(mark("Before"), lambda each, _: span(each.lasted), 110, right=True),
            ),
            parent=self,
        )
        self.repeated = RecordsModel(
            (
                RecordColumn(mark("Request"), lambda each, _: each.name),
                RecordColumn(mark("Body"), lambda each, _: size(each.size), 90, right=True),
                RecordColumn(
                    mark("Count"),
                    lambda each, _: f"{each.count} / {each.limit}",
                    90,
                    right=True,
                    tone=lambda each, _: "danger" if each.count > each.limit else "",
                ),
                RecordColumn(mark("Last"), lambda each, _: clock(each.last), 84),
            ),
            key=lambda each: (each.name, each.size),
            parent=self,
        )
        self.refused = RecordsModel(
            (
                RecordColumn(mark("Time"), lambda each, _: clock(each.at), 84),
                RecordColumn(mark("Limiter"), lambda each, _: words(each.limiter), 100),
                RecordColumn(mark("Task"), lambda each, _: each.name),
                RecordColumn(mark("Why"), _refused, 210, tone=lambda *_: "danger"),
            ),
            parent=self,
        )
        self.zombies = RecordsModel(
            (
                RecordColumn(mark("Task"), lambda each, _: f"{each.name}  #{each.task_id}"),
                RecordColumn(
                    mark("Parked for"),
                    lambda each, now: span(max(0.0, now - each.since)),
                    100,
                    right=True,
                ),
                RecordColumn(
                    mark("Gives up in"),
                    lambda each, now: span(max(0.0, each.until - now)),
                    120,
                    right=True,
                ),
            ),
            key=lambda each: each.task_id,
            parent=self,
        )
        self.funnel = QProgressBar()
        self.funnel.setRange(0, 1000)
        self.tables = [
            make_table(each) for each in (self.weak, self.repeated, self.refused, self.zombies)
        ]
        self.cards = [
            Card(mark("Current time-outs"), self.times),
            Card(mark("Network"), self.network),
            Card(mark("Weak network"), self.tables[0]),
            Card(mark("Frequency limiter: equal requests"), self.tables[1]),
            Card(mark("Refused by a limiter"), self.tables[2]),
            Card(mark("Parked tasks (zombies)"), self.tables[3]),
        ]
        self.flow = Card(mark("Flow limiter"), self.funnel)
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 14, 16, 16)
        grid.setSpacing(12)
        grid.addWidget(self.cards[0], 0, 0)
        grid.addWidget(self.cards[1], 0, 1)
        grid.addWidget(self.cards[2], 1, 0, 2, 1)
        grid.addWidget(self.flow, 1, 1)
        grid.addWidget(self.cards[4], 2, 1)
        grid.addWidget(self.cards[3], 3, 0)
        grid.addWidget(self.cards[5], 3, 1)
        for row, stretch in ((2, 1), (3, 1)):
            grid.setRowStretch(row, stretch)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        for card in (*self.cards, self.flow):
            card.retranslate()
        self.times.retranslate()
        self.network.retranslate()
        for table, card in zip(self.tables, self.cards[2:], strict=True):
            table.setAccessibleName(card.heading.text())
        self.funnel.setAccessibleName(tr("Flow limiter"))
        self.stale()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.times.recolour()
        self.network.recolour()
        for table in self.tables:
            table.viewport().update()

    def show_model(self, model: PanelModel, now: float) -> None:
        """Fill everything in."""
        limits = model.limits
        level, tone = timeout_words(model)
        kind = tr("mobile networks") if limits.mobile else tr("Wi-Fi and cable")
        known = bool(limits.level)
        self.times.show_values(
            (words(limits.level) if known else level, tone),
            ms(limits.first_package) if known else "",
            ms(limits.package_package) if known else "",
            ms(limits.read_write) if known else "",
            kind if known else "",
        )
        sync = tr("while the long link is down")
        if limits.next_sync is not None and limits.next_sync > now:
            sync = tr("in {time}", time=span(limits.next_sync - now))
        kept = sum(until > now for until in limits.intercepts.values())
        self.network.show_values(
            weak_words(model, now),
            _good(limits.good_long),
            _good(limits.good_short),
            sync,
            str(kept) if kept else tr("none"),
        )
        self.weak.set_rows(list(reversed(limits.weak_changes)), now)
        self.repeated.set_rows(
            sorted(limits.repeated, key=lambda each: (-each.count, each.name, each.size)), now
        )
        self.refused.set_rows(list(reversed(limits.refusals)), now)
        self.zombies.set_rows(list(limits.zombies.values()), now)
        share = limits.flow_used / limits.flow_volume if limits.flow_volume else 0.0
        self.funnel.setValue(round(1000 * min(1.0, share)))
        if limits.flow_in_force:
            used, volume = size(limits.flow_used), size(limits.flow_volume)
            told = tr("{used} of {volume}", used=used, volume=volume)
        else:
            told = tr("not in use: applies only on mobile networks")
        self.flow.note(told)
        self.funnel.setAccessibleDescription(told)
        self.cards[2].note("" if limits.weak_changes else tr("no change yet"))
        self.cards[4].note("" if limits.refusals else tr("nothing yet"))
        resting = len(limits.zombies)
        self.cards[5].note(tr("{n} parked, {m} resumed", n=resting, m=limits.revived))


def _good(count: int) -> tuple[str, str]:
    told = tr("{n} of the last 8 results good", n=count)
    return told, "danger" if count < 3 else "warning" if count < 6 else ""


class TrafficView(PanelView):
    """Bytes by kind of network, by link and by cgi."""

    parts = ("traffic",)
    every = 5

    def __init__(self) -> None:
        super().__init__()
        self.models = [self._model(title) for title in (mark("Network"), mark("Link"), mark("Cgi"))]
        self.tables: list[QTableView] = [make_table(each) for each in self.models]
        self.cards = [
            Card(title, table)
            for title, table in zip(
                (
                    mark("By network type, on the wire"),
                    mark("By link, on the wire"),
                    mark("By cgi, bodies"),
                ),
                self.tables,
                strict=True,
            )
        ]
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.cards[0], 1)
        left.addWidget(self.cards[1], 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 14, 16, 16)
        grid.setSpacing(12)
        grid.addLayout(left, 0, 0)
        grid.addWidget(self.cards[2], 0, 1)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        self.retranslate()

    def _model(self, title: str) -> RecordsModel:
        return RecordsModel(
            (
                RecordColumn(title, lambda each, _: each[0]),
                RecordColumn(mark("Sent"), lambda each, _: size(each[1].sent), 90, right=True),
                RecordColumn(
                    mark("Received"), lambda each, _: size(each[1].received), 100, right=True
                ),
                RecordColumn(mark("Share"), lambda each, _: f"{each[2]:.0%}", 70, right=True),
            ),
            key=lambda each: each[0],
            parent=self,
        )

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        for table, card in zip(self.tables, self.cards, strict=True):
            card.retranslate()
            table.setAccessibleName(card.heading.text())
            table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.stale()

    def show_model(self, model: PanelModel, now: float) -> None:
        """The largest first."""
        traffic = model.traffic
        for number, counts in enumerate((traffic.by_kind, traffic.by_link, traffic.by_cgi)):
            self.models[number].set_rows(_ordered(counts, translated=number == 0), now)
        if traffic.since is not None:
            self.cards[0].note(tr("since {clock}", clock=clock(traffic.since)))


def _ordered(counts: dict[str, Bytes], *, translated: bool) -> list[tuple[str, Bytes, float]]:
    whole = sum(each.total for each in counts.values()) or 1
    rows = [
        (words(name) if translated else name, each, each.total / whole)
        for name, each in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row[1].total, row[0]))
