"""The menu "Try out", and the timers of what it pretends."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.desktop.icons import icon
from app.diagnostics.panel.i18n import mark, tr
from app.diagnostics.panel.simulations import NETWORK, SLEEP, Simulations
from app.diagnostics.panel.wording import span
from netcore.events import NetworkKind

_TITLES = {
    "drop": mark("Drop the link"),
    "sleep": mark("Sleep for {time}"),
    "wifi": mark("Other Wi-Fi for {time}"),
    "mobile": mark("Mobile network for {time}"),
    "none": mark("No network for {time}"),
    "weak": mark("Weak network for {time}"),
    "end": mark("Back to the real network"),
}
_SIGNS = {
    "drop": "offline",
    "sleep": "pause",
    "wifi": "globe",
    "mobile": "globe",
    "none": "close",
    "weak": "pulse",
    "end": "back",
}
_TIMES = {"sleep": SLEEP, "wifi": NETWORK, "mobile": NETWORK, "none": NETWORK, "weak": 60.0}


class SimulationMenu(QMenu):
    """Each entry does its trial and, where it lasts, ends it by a timer."""

    changed = Signal()

    def __init__(self, simulations: Simulations, parent: QWidget) -> None:
        super().__init__(parent)
        self._simulations = simulations
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.end)
        self.entries: dict[str, QAction] = {}
        acts: dict[str, Callable[[], None]] = {
            "drop": self._drop,
            "sleep": self._sleep,
            "wifi": lambda: self._network(NetworkKind.WIFI),
            "mobile": lambda: self._network(NetworkKind.MOBILE),
            "none": lambda: self._network(NetworkKind.NONE),
            "weak": self._weak,
            "end": self.end,
        }
        for name, act in acts.items():
            if name in ("sleep", "weak", "end"):
                self.addSeparator()
            action = QAction(self)
            action.triggered.connect(lambda _checked=False, act=act: act())
            self.addAction(action)
            self.entries[name] = action
        self.aboutToShow.connect(self._enable)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        for name, action in self.entries.items():
            action.setText(tr(_TITLES[name]).format(time=span(_TIMES.get(name, 0.0))))

    def recolour(self) -> None:
        """Take the theme's colours again."""
        for name, action in self.entries.items():
            action.setIcon(icon(_SIGNS[name]))

    def told(self) -> str:
        """What is being pretended, as a sentence; "" when nothing is."""
        if self._simulations.pretending == "sleep":
            return tr("Simulating sleep.")
        if self._simulations.pretending == "network":
            return tr("Simulating another network.")
        return ""

    def watch(self, kind: str, label: str) -> None:
        """The network is now this one."""
        was = self._simulations.pretending
        self._simulations.noticed(kind, label)
        if was and not self._simulations.pretending:
            self._timer.stop()
            self.changed.emit()

    def end(self) -> None:
        """Set right what is pretended."""
        self._timer.stop()
        if self._simulations.pretending:
            self._simulations.end()
            self.changed.emit()

    def _enable(self) -> None:
        possible, pretending = self._simulations.possible, self._simulations.pretending
        for action in self.entries.values():
            action.setEnabled(possible and pretending != "sleep")
        self.entries["sleep"].setEnabled(possible and not pretending)
        self.entries["end"].setEnabled(bool(pretending))

    def _drop(self) -> None:
        self._simulations.drop()

    def _sleep(self) -> None:
        if self._simulations.sleep():
            self._timer.start(round(SLEEP * 1000))
            self.changed.emit()

    def _network(self, kind: NetworkKind) -> None:
        if self._simulations.network(kind):
            self._timer.start(round(NETWORK * 1000))
            self.changed.emit()

    def _weak(self) -> None:
        self._simulations.weak()
