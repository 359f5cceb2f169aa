"""The panel's window: puts header and pages together, and refreshes what is in sight at its pace.

Every tenth of a second, and only while the window is in sight, each view that stands on the page
shown is asked whether it shows something that is no longer so. A tick spends at most
:data:`BUDGET` on refreshing; what is left comes at the next. Closed, the window listens to nothing,
keeps nothing and has no timer.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import app_icon, icon
from app.desktop.local_time import calendar
from app.desktop.theme import theme
from app.diagnostics.diagnosis_runner import DiagnosisRunner
from app.diagnostics.panel.event_feed import EventFeed
from app.diagnostics.panel.event_page import EventsView
from app.diagnostics.panel.header import HeaderView
from app.diagnostics.panel.i18n import tr
from app.diagnostics.panel.overview import OverviewPage
from app.diagnostics.panel.pages import PAGES, Page, Pages
from app.diagnostics.panel.simulation_menu import SimulationMenu
from app.diagnostics.panel.simulations import Simulations
from app.diagnostics.panel.task_page import TasksView
from app.diagnostics.panel.view import PanelView
from app.diagnostics.panel.wording import clock
from app.logviewer.notices import Notices
from netcore.runtime.clock import Clock

if TYPE_CHECKING:
    from app.diagnostics.process_watch import ProcessHealth
    from netcore.core import NetCore
    from netcore.sdt.plan import DiagnosisPlan

TICK_MS = 100
BUDGET = 0.012  # seconds of refreshing in one tick; painting comes on top
PLOTS = "app.diagnostics.panel.plots"
LOOKING = ("addresses", "limits", "traffic")  # show what no event reports


class PanelWindow(QMainWindow):
    """``core`` gives the NetCore in use now or None, ``plan`` what a diagnosis is to check.

    ``past`` gives events of before, for the log and the plots; ``export`` begins an export;
    ``limits`` says in words what this operating system does not report; ``process`` says how this
    process is; ``diagnosis_runner`` is the app's, without which the panel has one of its own.
    """

    closed = Signal()
    _plots_ready = Signal()

    def __init__(
        self,
        core: Callable[[], NetCore | None],
        plan: Callable[[], DiagnosisPlan],
        *,
        past: Callable[[], Iterable[Any]] | None = None,
        export: Callable[[QWidget], object] | None = None,
        limits: Callable[[], Sequence[str]] = tuple,
        process: Callable[[], ProcessHealth] | None = None,
        diagnosis_runner: DiagnosisRunner | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self.setWindowIcon(app_icon())
        self.setMinimumSize(QSize(860, 560))
        self.resize(1180, 780)
        self.feed = EventFeed(core, past, clock=clock)
        self.diagnosis_runner = diagnosis_runner or DiagnosisRunner(
            plan, lambda: None if (now := core()) is None else now.observer, self
        )
        self.simulations = Simulations(core)
        self._export = export
        self._limits = limits
        self._process = process
        self._tick = 0
        self._steps: deque[Callable[[], object]] = deque()
        self._stepper = QTimer(self, interval=0)
        self._stepper.timeout.connect(self._step)
        self._build()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._plots_ready.connect(self._build_plots)
        theme().changed.connect(self._recolour)
        calendar().changed.connect(self._renew)
        self.retranslate()
        self._recolour()

    # Putting together

    def _build(self) -> None:
        self.header, self.notices = HeaderView(), Notices()
        self.pages = Pages(self.diagnosis_runner)
        self.diagnose, self.export_button = QPushButton(), QPushButton()
        self.diagnose.setProperty("role", "primary")
        self.try_out = QToolButton()
        self.simulation_menu = SimulationMenu(self.simulations, self)
        self.try_out.setMenu(self.simulation_menu)
        self.try_out.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.try_out.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.try_out.setProperty("role", "menu")
        self.export_button.setVisible(self._export is not None)
        top = QFrame()
        top.setObjectName("panelHead")
        row = QHBoxLayout(top)
        row.setContentsMargins(18, 14, 16, 12)
        row.setSpacing(10)
        row.addWidget(self.header, 1)
        row.addSpacing(14)
        for button in (self.try_out, self.export_button, self.diagnose):
            row.addWidget(button)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self.notices)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(whole)
        self.diagnose.clicked.connect(self.run_diagnosis)
        self.export_button.clicked.connect(self.export)
        self.pages.built.connect(self._built)
        self.pages.currentChanged.connect(self._turned)
        self.simulation_menu.changed.connect(self._tell_trial)
        self._shortcuts()

    def _built(self, page: Page) -> None:
        if isinstance(page, EventsView):
            page.task_wanted.connect(self._show_task)
        elif isinstance(page, TasksView):
            page.events_wanted.connect(self._show_events)
        elif isinstance(page, OverviewPage):
            page.signals.limits = self._limits
            page.plots.span_changed.connect(self.refresh)

    def page(self, name: str) -> Any:
        """A page by its name, built when it is first asked for."""
        return self.pages.page(name)

    def turn_to(self, name: str) -> Any:
        """Show a page; gives it."""
        return self.pages.turn_to(name)

    @property
    def shown(self) -> str:
        """The name of the page shown."""
        return self.pages.shown

    def _in_sight(self) -> list[PanelView]:
        """The views that are on the screen."""
        return [self.header, *self.pages.views_in_sight()]

    def _later(self, *steps: Callable[[], object]) -> None:
        """Do something big in pieces, each in a turn of the event loop of its own."""
        self._steps.extend(steps)
        self._stepper.start()

    def _step(self) -> None:
        if self._steps:
            self._steps.popleft()()
        if not self._steps:
            self._stepper.stop()

    def _shortcuts(self) -> None:
        def bind(keys: str, act: Callable[[], object]) -> None:
            QShortcut(QKeySequence(keys), self).activated.connect(act)

        for number, name in enumerate(PAGES):
            bind(f"Ctrl+{number + 1}", partial(self.turn_to, name))
        bind("Ctrl+F", self._find)
        bind("Ctrl+R", self.run_diagnosis)
        bind("Ctrl+E", self.export)
        bind("Ctrl+W", self.close)
        bind("Esc", self._escape)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.setWindowTitle(tr("Connection"))
        self.diagnose.setText(tr("Run a diagnosis"))
        self.diagnose.setToolTip(tr("Find out what is wrong (Ctrl+R)"))
        self.export_button.setText(tr("Export…"))
        self.export_button.setToolTip(tr("Export for support (Ctrl+E)"))
        self.try_out.setText(tr("Simulate"))
        self.try_out.setToolTip(tr("See what Phobos does when the network changes"))
        self.simulation_menu.retranslate()
        self.header.retranslate()
        self.pages.retranslate()
        self._tell_trial()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language; a window put away is not refreshed."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.WindowStateChange:
            self._pace()
        super().changeEvent(event)

    def _recolour(self) -> None:
        self.header.recolour()
        self.pages.recolour()
        self.simulation_menu.recolour()
        self.try_out.setIcon(icon("play", size=16))

    # Refreshing

    def tick(self) -> None:
        """Refresh what is in sight and not as it should be."""
        self._tick += 1
        self.feed.follow()
        model, now = self.feed.model, self.feed.now()
        if self.shown in LOOKING:
            self.feed.look()
        end = time.perf_counter() + BUDGET
        for view in self._in_sight():
            if view.due(model, now, self._tick):
                view.step(model, now)
                if time.perf_counter() > end:
                    break  # what is still due stays due
        if self._tick % 10 == 0:
            self.simulation_menu.watch(model.signals.kind, model.signals.label)

    def _renew(self) -> None:
        """Another time zone: times of day that were kept as text are other ones."""
        clock.cache_clear()
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Show everything in sight as it is now, at once."""
        self.feed.follow()
        self.feed.look()
        model, now = self.feed.model, self.feed.now()
        for view in self._in_sight():
            view.stale()
            view.due(model, now, self._tick)
            view.show_model(model, now)

    def _pace(self) -> None:
        if self.feed.opened and self.isVisible() and not self.isMinimized():
            self._timer.start()
        else:
            self._timer.stop()

    def _turned(self, _page: int) -> None:
        self.page(self.shown)
        if self.feed.opened:
            self.refresh()

    def _load_plots(self) -> None:
        """Import numpy in a thread: it takes longer than a window may stand still.

        pyqtgraph itself is imported by the window's own thread: it touches every class of Qt, and
        PySide makes classes when they are first touched, which two threads must not do at once
        (the process ends in a segmentation fault where the window paints meanwhile).
        """
        if PLOTS in sys.modules:
            self._build_plots()
            return

        def load() -> None:
            importlib.import_module("numpy")
            # What is there by now stays: the collector need not look through 100,000 objects
            # again and again, which stops the window for longer than anything of ours.
            gc.freeze()
            with contextlib.suppress(RuntimeError):  # the window is gone by now
                self._plots_ready.emit()

        threading.Thread(target=load, name="panel-plots", daemon=True).start()

    def _build_plots(self) -> None:
        if self.feed.opened:
            importlib.import_module(PLOTS)
            plots = self.page("overview").plots
            self._later(plots.build_trips, plots.build_intervals)

    # Acting

    def run_diagnosis(self) -> None:
        """Start one, and show it."""
        self.turn_to("diagnosis")
        self.diagnosis_runner.start()

    def export(self) -> None:
        """Begin an export."""
        if self._export is not None:
            self._export(self)

    def _tell_trial(self) -> None:
        told = self.simulation_menu.told()
        if told:
            self.notices.show_notice("trial", told, tr("Stop"), self.simulation_menu.end)
        else:
            self.notices.drop("trial")

    def _show_task(self, task_id: int) -> None:
        self.turn_to("tasks").show_task(task_id)

    def _show_events(self, task_id: int) -> None:
        self.turn_to("events").show_task_events(task_id)

    def _find(self) -> None:
        page = self.pages.shown_page
        if not isinstance(page, (TasksView, EventsView)):
            page = self.turn_to("events")
        page.search.setFocus()
        page.search.selectAll()

    def _escape(self) -> None:
        """First out of a filter, then out of the window."""
        page = self.pages.shown_page
        if isinstance(page, (TasksView, EventsView)) and page.search.text():
            page.search.clear()
        else:
            self.close()

    # Opening and closing

    def showEvent(self, event: QShowEvent) -> None:
        """Listen, and begin to refresh."""
        super().showEvent(event)
        if not self.feed.opened:
            self.feed.open()
            self.refresh()
            self._later(lambda: self.page(self.shown), self.refresh, self._load_plots)
            self.pages.tabBar().setFocus()
        self._pace()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is refreshed that nobody sees."""
        super().hideEvent(event)
        self._pace()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of everything, and set right what was tried out."""
        self.closed.emit()
        self.simulation_menu.end()
        self.diagnosis_runner.abandon()
        self._steps.clear()
        self._stepper.stop()
        self.feed.close()
        self._pace()
        self.forget()
        super().closeEvent(event)

    def forget(self) -> None:
        """Show nothing of what was."""
        model, now = self.feed.model, self.feed.now()
        for view in (self.header, *self.pages.views()):
            view.show_model(model, now)
            view.stale()
