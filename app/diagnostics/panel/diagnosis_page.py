"""The diagnosis: start and cancel, progress, every check, and the verdict in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout

from app.desktop.plain_text import Label
from app.diagnostics.diagnosis_runner import DiagnosisRunner
from app.diagnostics.panel.i18n import current_language, mark, tr
from app.diagnostics.panel.records import RecordColumn, RecordsModel, make_table
from app.diagnostics.panel.view import Card, PanelView, paint_text
from app.diagnostics.panel.wording import clock, ms, span

if TYPE_CHECKING:
    from app.diagnostics.panel.model import PanelModel
    from netcore.sdt.result import CheckResult
    from netcore.sdt.run import Diagnosis

_TONES = {"ok": "success", "slow": "warning", "failed": "danger", "skipped": "muted"}


def _kind(result: CheckResult, _now: float) -> str:
    from netcore.sdt.words import name_of

    return name_of(result.kind, current_language())


def _status(result: CheckResult, _now: float) -> str:
    from netcore.sdt.words import status_of

    return status_of(result.status, current_language())


def _detail(result: CheckResult, _now: float) -> str:
    from netcore.sdt.words import cause_of, facts_of

    language = current_language()
    told = cause_of(result.cause, language)
    # What a check says of itself is English; elsewhere its cause stands for it.
    why = result.detail or told if language == "en" else told or result.detail
    found = facts_of(result.kind, result.facts, language)
    return "  ·  ".join(filter(None, (why, found)))


class DiagnosisPage(PanelView):
    """See the module's text. A bad verdict is shown as past while the link is up."""

    parts = ("link",)

    def __init__(self, diagnosis_runner: DiagnosisRunner) -> None:
        super().__init__()
        self._diagnosis_runner = diagnosis_runner
        self._found: Diagnosis | None = diagnosis_runner.latest
        self._failure = ""
        self._up = False  # whether the main link is
        self._results: list[CheckResult] = []
        self._total = 0
        self.verdict, self.when = Label(wordWrap=True), Label()
        self.verdict.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.when.setProperty("role", "muted")
        self.run, self.stop, self.bar = QPushButton(), QPushButton(), QProgressBar()
        self.run.setProperty("role", "primary")
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(320)
        self.rows = RecordsModel(
            (
                RecordColumn(mark("Check"), _kind, 150),
                RecordColumn(mark("Target"), lambda each, _: each.target, 260),
                RecordColumn(
                    mark("Result"),
                    _status,
                    110,
                    tone=lambda each, _: _TONES.get(each.status.value, ""),
                ),
                RecordColumn(
                    mark("Response time"),
                    lambda each, _: "" if each.rtt is None else ms(each.rtt),
                    100,
                    right=True,
                ),
                RecordColumn(mark("Detail"), _detail),
            ),
            parent=self,
        )
        self.table = make_table(self.rows)
        buttons = QHBoxLayout()
        buttons.addWidget(self.run)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.bar)
        buttons.addStretch(1)
        buttons.addWidget(self.when)
        self.card, self.checks = Card(mark("Verdict")), Card(mark("Checks"), self.table)
        self.card.column.addWidget(self.verdict)
        self.card.column.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.card)
        column.addWidget(self.checks, 1)
        self.run.clicked.connect(self._run)
        self.stop.clicked.connect(diagnosis_runner.cancel)
        diagnosis_runner.started.connect(self._started)
        diagnosis_runner.progressed.connect(self._progressed)
        diagnosis_runner.ended.connect(self._ended)
        diagnosis_runner.failed.connect(self._failed)
        if self._found is not None:
            self.rows.set_rows(list(self._found.results), 0.0)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force; the verdict is in that language too."""
        self.card.retranslate()
        self.checks.retranslate()
        self.stop.setText(tr("Cancel"))
        self.table.setAccessibleName(tr("Checks"))
        self.verdict.setAccessibleName(tr("Verdict"))
        self.bar.setAccessibleName(tr("Progress of the diagnosis"))
        self.rows.touch(0.0)
        self._tell()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self._tell()
        self.table.viewport().update()

    def show_model(self, model: PanelModel, now: float) -> None:
        """The link came up or went down: a verdict on it may be of the past."""
        up = model.link is not None and model.link.up
        if up != self._up:
            self._up = up
            self._tell()

    def _run(self) -> None:
        self._diagnosis_runner.start()

    def _started(self) -> None:
        self._found, self._failure, self._results, self._total = None, "", [], 0
        self.rows.set_rows([], 0.0)
        self.bar.setRange(0, 0)
        self._tell()

    def _progressed(self, result: CheckResult, done: int, total: int) -> None:
        self._results = [*self._results, result]
        self._total = total
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.rows.set_rows(self._results, 0.0)
        self._tell()

    def _ended(self, found: Diagnosis) -> None:
        self._found = found
        self.rows.set_rows(list(found.results), 0.0)
        self._tell()

    def _failed(self, why: str) -> None:
        self._failure = why
        self._tell()

    def _tell(self) -> None:
        from netcore.sdt.words import say

        running = self._diagnosis_runner.running
        self.stop.setVisible(running)
        self.bar.setVisible(running)
        self.run.setVisible(not running)
        again = self._found is not None or bool(self._failure)
        self.run.setText(tr("Run it again") if again else tr("Run a diagnosis"))
        tone, when = "", ""
        if running:
            told = tr("Checking… {done} checks done", done=len(self._results))
            if self._total:
                told = tr(
                    "Checking… {done} of {total} checks done",
                    done=self.bar.value(),
                    total=self._total,
                )
        elif self._found is not None:
            told = say(self._found.verdict, current_language())
            good = self._found.verdict.finding.value
            tone = {"well": "success", "weak": "warning", "cancelled": "muted"}.get(good, "danger")
            when = f"{clock(self._found.started)}  ·  {span(self._found.seconds)}"
            if self._up and not self._found.verdict.good:
                tone = "muted"
                when = f"{tr('You are connected now.')}  ·  {when}"
        elif self._failure:
            told, tone = tr("The diagnosis could not run: {why}", why=self._failure), "danger"
        else:
            told = tr(
                "Checks the router, name lookup, the server and the route to it. Takes about 15 s."
            )
            tone = "muted"
        self.verdict.setText(told)
        self.when.setText(when)
        self.when.setVisible(bool(when))
        paint_text(self.verdict, tone)
