"""What a person does about a bad connection: check it, and export what was found.

Follows every NetCore that the app opens: records its events, starts a diagnosis when netcore's
judge says that one is due, and offers one when sending keeps failing. A diagnosis runs beside
everything else, shows how far it is in the notice bar, and ends with its verdict there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.chat.model import ConnectionState
from app.diagnostics.diagnosis_runner import DiagnosisRunner
from app.diagnostics.failure_detector import SendFailureDetector
from app.diagnostics.history import FILE_NAME, History
from app.diagnostics.i18n import current_language, mark, tr
from app.diagnostics.log_guard import LogGuard
from app.diagnostics.profile_secrets import log_in_secrets
from netcore.observe import Event, Observer
from netcore.runtime.clock import SystemClock
from netcore.runtime.task_holder import TaskHolder

if TYPE_CHECKING:
    from app.desktop.client import Client
    from app.desktop.preferences import Preferences
    from app.desktop.window import MainWindow
    from app.diagnostics.export import ExportSource
    from app.diagnostics.recent import RecentLog
    from app.start.profile import Profile
    from app.start.session_factory import SessionFactory
    from netcore.core import NetCore
    from netcore.sdt.plan import DiagnosisPlan
    from netcore.sdt.result import CheckResult
    from netcore.sdt.run import Diagnosis

_log = logging.getLogger("app.diagnostics")
_STUCK = mark("Messages are not getting through.")


class Support(QObject):
    """The app's one place for diagnoses and exports; made before the first session opens."""

    diagnosed = Signal(object)  # netcore.sdt.run.Diagnosis

    def __init__(
        self,
        profile: Profile,
        preferences: Preferences,
        network: SessionFactory,
        client: Client,
        window: MainWindow,
    ) -> None:
        super().__init__()
        self.history = History(profile.folder / FILE_NAME)
        self.live: Callable[[], dict[str, Any]] = dict  # facts of the running app for an export
        self._profile = profile
        self._preferences = preferences
        self._network = network
        self._client = client
        self._window = window
        self._guard = LogGuard()
        self._recent = self._make_recent() if preferences.log_key else None
        self._trouble = SendFailureDetector()
        self._tasks = TaskHolder("support")
        self.diagnosis_runner = runner = DiagnosisRunner(self.plan, self._observer, self)
        self._asked = False  # whether the notice bar shows the diagnosis under way
        runner.progressed.connect(self._progressed)
        runner.ran.connect(self._ran)
        runner.failed.connect(self._not_run)
        self._unsubscribe: list[Callable[[], None]] = []
        self._passing = ""  # a notice that is true only while the connection is not there
        network.on_core.append(self.follow)
        window.log_in.log_in_wanted.connect(self._typed)
        window.log_in.sign_up_wanted.connect(self._typed)
        client.logged_in.connect(self._logged_in)
        preferences.changed.connect(self._preference_changed)
        client.link_state_changed.connect(self._link_changed)
        window.check_wanted.connect(self.check)
        window.export_wanted.connect(self.export)
        self._watch_log()

    # --- life

    @staticmethod
    def _make_recent() -> RecentLog:
        from app.diagnostics.recent import RecentLog

        return RecentLog()

    def _watch_log(self) -> None:
        root = logging.getLogger()
        for handler in root.handlers:
            handler.addFilter(self._guard)
        if self._recent is not None:
            self._recent.addFilter(self._guard)
            root.addHandler(self._recent)

    def start(self) -> None:
        """Begin to keep the history; needs the running loop."""
        self._logged_in()
        self.history.start()

    async def close(self) -> None:
        """End a diagnosis and exports under way, and write the history."""
        await self.diagnosis_runner.close()
        await self._tasks.close()
        self._forget()
        await self.history.close()
        root = logging.getLogger()
        for handler in root.handlers:
            handler.removeFilter(self._guard)
        if self._recent is not None:
            root.removeHandler(self._recent)

    def follow(self, core: NetCore) -> None:
        """Record what this NetCore does, in place of any before it."""
        self._forget()
        self._unsubscribe = [
            self.history.follow(core.observer),
            core.observer.subscribe(self._event),
        ]

    def _forget(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []

    def _typed(self, _name: str, password: str, _address: object) -> None:
        self._guard.learn(password=password)

    def _logged_in(self, _account: object = None) -> None:
        self._tasks.start(self._learn_tokens(), "learn tokens")

    async def _learn_tokens(self) -> None:
        known = await asyncio.to_thread(log_in_secrets, self._profile)
        for token in known.tokens:
            self._guard.learn(token=token)
        for password in known.passwords:
            self._guard.learn(password=password)

    def _preference_changed(self, name: str) -> None:
        if name == "proxy":
            self._tasks.start(self._learn_tokens(), "learn tokens")

    def _event(self, event: Event) -> None:
        # Imported with netcore, in a thread, before any event can come.
        from netcore.engine.task_events import TaskEnded
        from netcore.policy.netcheck import NetCheckDue

        if isinstance(event, TaskEnded):
            now = SystemClock.now()
            if self._trouble.on_end(event.error_type, event.error_code, now):
                self._offer()
        elif isinstance(event, NetCheckDue):
            self.check("judge")

    def _link_changed(self, state: ConnectionState) -> None:
        through = state is ConnectionState.SHORT_LINK and self._passing == tr(_STUCK)
        if (state is ConnectionState.ONLINE or through) and self._passing:
            self._window.notices.withdraw(self._passing)
            self._passing = ""

    # --- diagnosis

    def _offer(self) -> None:
        self._passing = tr(_STUCK)
        self._window.notices.say(
            self._passing,
            tr("Find out why"),
            partial(self.check, "offer"),
        )

    def check(self, reason: str = "by hand") -> None:
        """Diagnose the connection; one that is under way already is shown from now on."""
        if reason != "judge" and not self._asked:
            self._asked = True
            words = tr("Checking the connection…")
            self._window.notices.say(words, tr("Stop"), self.diagnosis_runner.cancel)
        self.diagnosis_runner.start(reason, by="app")

    def _progressed(self, _result: CheckResult, done: int, total: int) -> None:
        runner = self.diagnosis_runner
        if self._asked and not runner.cancelled:
            words = tr("Checking the connection: {done} of {total}", done=done, total=total)
            self._window.notices.say(words, tr("Stop"), runner.cancel)

    def _not_run(self, _why: str) -> None:
        asked, self._asked = self._asked, False
        if asked:
            self._window.notices.say(tr("The check could not run. Details are in the log."))

    def _ran(self, found: Diagnosis) -> None:
        asked, self._asked = self._asked, False
        self.history.add_diagnosis(found.as_dict())
        self.diagnosed.emit(found)
        online = self._client.link_state is ConnectionState.ONLINE
        if not asked and (found.reason != "judge" or found.verdict.good or online):
            return  # the panel shows it, or nobody asked, and all is well or was bad for a moment
        from netcore.sdt.words import say

        words = say(found.verdict, current_language())
        if not found.verdict.good:
            if online:
                words = tr("You are connected. The check found: {verdict}", verdict=words)
            else:
                self._passing = words  # taken back as soon as messages get through
        self._window.notices.say(words, tr("Export…"), self.export)

    def plan(self) -> DiagnosisPlan:
        """What to check: the server in use, as netcore reaches it; raises ConfigError."""
        from netcore.sdt.run import plan_of

        core = self._network.core
        settings = self._network.settings(self._client.address)
        return plan_of(settings, None if core is None else core.proxies)

    def _observer(self) -> Observer | None:
        core = self._network.core
        return None if core is None else core.observer

    # --- export

    def source(self) -> ExportSource:
        """Where an export is made from, as things are now."""
        from app.diagnostics.export import ExportSource
        from app.start.profile import Profile

        return ExportSource(
            Profile(self._profile.folder),  # without the lock, which stays in this process
            history=self.history.snapshot(),
            secret=self._guard.secrets(),
            recent=None if self._recent is None else self._recent.lines(),
            live=self.live(),
        )

    def export(self, parent: QWidget | None = None) -> None:
        """Show the export's preview, above ``parent`` or the main window."""
        from app.diagnostics.preview import ExportDialog

        encrypted = bool(self._preferences.log_key)
        dialog = ExportDialog(self.source(), encrypted=encrypted, parent=parent or self._window)
        dialog.saved.connect(self._saved)
        # A preview goes with the window, and what it did ends before the loop does.
        dialog.finished.connect(lambda: self._tasks.start(dialog.ended(), "end an export"))
        self._window.closed.connect(dialog.reject)
        dialog.open()

    def _saved(self, path: str, id: str) -> None:
        self._window.notices.say(tr("Diagnostics {id} were saved to {path}", id=id, path=path))
