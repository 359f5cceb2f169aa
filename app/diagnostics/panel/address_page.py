"""The addresses: source, place in the ranking, bans, and the latest results as squares."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from app.diagnostics.panel.addresses import AddressRecord
from app.diagnostics.panel.i18n import mark, tr
from app.diagnostics.panel.model import PanelModel
from app.diagnostics.panel.records import (
    RECORD,
    CellDelegate,
    RecordColumn,
    RecordsModel,
    make_table,
)
from app.diagnostics.panel.view import Card, PanelView
from app.diagnostics.panel.wording import span, words

_SQUARE = 11


def _history(record: AddressRecord, _now: float) -> str:
    """For those who cannot see the squares, and for the tip."""
    if not record.history:
        return tr("not used yet")
    good = sum(record.history)
    return tr("{good} succeeded, {bad} failed", good=good, bad=len(record.history) - good)


def _banned(record: AddressRecord, now: float) -> str:
    left = record.banned_for(now)
    return tr("{time} left", time=span(left + 0.999)) if left else ""


def _link(record: AddressRecord, _now: float) -> str:
    return words("long" if record.longlink else "short")


class HistoryDelegate(CellDelegate):
    """Paints results as squares, the newest at the left."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The ground as in every cell, then the squares."""
        record = index.data(RECORD)
        if not isinstance(record, AddressRecord) or not record.history:
            super().paint(painter, option, index)
            return
        self.ground(painter, option)
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        x, y = option.rect.left() + 8.0, option.rect.center().y() - _SQUARE / 2
        for good in record.history:
            painter.setBrush(self.colour("success" if good else "danger"))
            # A failure differs in shape too: colour alone would not tell everybody.
            square = QRectF(x, y, _SQUARE, _SQUARE)
            painter.drawRect(square if good else square.adjusted(0, 4, 0, -4))
            x += _SQUARE + 3
        painter.restore()


class AddressesView(PanelView):
    """A table, and the latest look-ups below."""

    parts = ("address",)
    every = 3
    clocked = True

    def __init__(self) -> None:
        super().__init__()
        self.rows = RecordsModel(
            (
                RecordColumn(
                    mark("Rank"),
                    lambda each, _: "–" if each.rank is None else str(each.rank + 1),
                    70,
                ),
                RecordColumn(mark("Address"), lambda each, _: each.address),
                RecordColumn(mark("Host"), lambda each, _: each.host or "–", 200),
                RecordColumn(mark("Source"), lambda each, _: words(each.source), 110),
                RecordColumn(mark("For"), _link, 110),
                RecordColumn(mark("Banned"), _banned, 130, tone=lambda *_: "danger"),
                RecordColumn(mark("Recent results"), _history, 150),
                RecordColumn(
                    mark("In use by"),
                    lambda each, _: ", ".join(each.used_by),
                    150,
                    tone=lambda *_: "success",
                ),
            ),
            key=lambda each: each.address,
            parent=self,
        )
        self.table = make_table(self.rows)
        self.table.setItemDelegateForColumn(6, HistoryDelegate(self.rows))
        self.lookups = RecordsModel(
            (
                RecordColumn(mark("Name"), lambda each, _: each[0], 240),
                RecordColumn(mark("Answer"), lambda each, _: each[1]),
            ),
            key=lambda each: each[0],
            parent=self,
        )
        self.lookup_table = make_table(self.lookups)
        self.lookup_table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.card = Card(mark("Addresses"), self.table)
        self.lookup_card = Card(mark("Recent lookups"), self.lookup_table)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.card, 3)
        column.addWidget(self.lookup_card, 1)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.card.retranslate()
        self.lookup_card.retranslate()
        self.table.setAccessibleName(tr("Addresses"))
        self.lookup_table.setAccessibleName(tr("Recent lookups"))
        self.stale()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.table.viewport().update()

    def show_model(self, model: PanelModel, now: float) -> None:
        """List them."""
        rows = model.addresses.rows()
        self.rows.set_rows(rows, now)
        self.lookups.set_rows(list(reversed(model.addresses.lookups.items())), now)
        banned = sum(each.banned_for(now) > 0 for each in rows)
        self.card.note(tr("{n} banned", n=banned) if banned else "")
