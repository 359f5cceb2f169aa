"""The pages of the panel: each is built when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.diagnostics.diagnosis_runner import DiagnosisRunner
from app.diagnostics.panel.address_page import AddressesView
from app.diagnostics.panel.diagnosis_page import DiagnosisPage
from app.diagnostics.panel.event_page import EventsView
from app.diagnostics.panel.i18n import tr
from app.diagnostics.panel.limits_page import LimitsView, TrafficView
from app.diagnostics.panel.overview import OverviewPage
from app.diagnostics.panel.task_page import TasksView
from app.diagnostics.panel.view import PanelView

Page = PanelView | OverviewPage | DiagnosisPage
PAGES: dict[str, Callable[..., Page]] = {
    "overview": OverviewPage,
    "tasks": TasksView,
    "addresses": AddressesView,
    "limits": LimitsView,
    "traffic": TrafficView,
    "events": EventsView,
    "diagnosis": DiagnosisPage,
}


class Pages(QTabWidget):
    """One tab for each of :data:`PAGES`, by name."""

    built = Signal(object)
    """A page that was built."""

    def __init__(self, diagnosis_runner: DiagnosisRunner) -> None:
        super().__init__()
        self._diagnosis_runner = diagnosis_runner
        self._built: dict[str, Page] = {}
        self._holders: dict[str, QVBoxLayout] = {}
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        for name in PAGES:
            holder = QWidget()
            self._holders[name] = QVBoxLayout(holder)
            self._holders[name].setContentsMargins(0, 0, 0, 0)
            self.addTab(holder, "")

    def page(self, name: str) -> Any:
        """A page by its name, built when it is first asked for."""
        page = self._built.get(name)
        if page is None:
            page = DiagnosisPage(self._diagnosis_runner) if name == "diagnosis" else PAGES[name]()
            self.built.emit(page)
            self._built[name] = page
            self._holders[name].addWidget(page)
        return page

    def turn_to(self, name: str) -> Any:
        """Show a page; gives it."""
        page = self.page(name)
        self.setCurrentIndex(list(PAGES).index(name))
        return page

    @property
    def shown(self) -> str:
        """The name of the page shown."""
        return list(PAGES)[self.currentIndex()]

    @property
    def shown_page(self) -> Page | None:
        """The page shown, None as long as it is not built."""
        return self._built.get(self.shown)

    def views_in_sight(self) -> Sequence[PanelView]:
        """The views of the page shown."""
        return _views(self.shown_page)

    def views(self) -> Iterator[PanelView]:
        """All views that were built."""
        for page in self._built.values():
            yield from _views(page)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        titles = (
            tr("Overview"),
            tr("Tasks"),
            tr("Addresses"),
            tr("Limits"),
            tr("Traffic"),
            tr("Events"),
            tr("Diagnosis"),
        )
        for number, title in enumerate(titles):
            self.setTabText(number, title)
            self.setTabToolTip(number, f"Ctrl+{number + 1}")
        self.tabBar().setAccessibleName(tr("Pages"))
        for part in self._parts():
            part.retranslate()

    def recolour(self) -> None:
        """Take the theme's colours."""
        for part in self._parts():
            part.recolour()
            if isinstance(part, PanelView):
                part.stale()

    def _parts(self) -> Iterator[PanelView | DiagnosisPage]:
        """What the built pages are made of."""
        for page in self._built.values():
            if isinstance(page, OverviewPage):
                yield from page.views
            else:
                yield page


def _views(page: Page | None) -> Sequence[PanelView]:
    if isinstance(page, PanelView):
        return [page]
    return page.views if isinstance(page, OverviewPage) else []
