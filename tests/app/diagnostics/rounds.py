"""The whole app as a process, on a demo server: the panel opened, fed and closed again and again.

``python -m tests.app.diagnostics.rounds FOLDER ROUNDS``. Each round shows the panel, turns to every
page under a burst of events, and closes it; now and then a diagnosis is run and an export saved
between. Prints a line of JSON a round: what the process holds once the round is over. Without any
round it is ended by SIGTERM while exports are gathered and diagnoses run; with -1 the session does
not end then.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
import traceback
from functools import partial
from pathlib import Path

import psutil
import shiboken6
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication

from app.chat.model import ConnectionState
from app.diagnostics.panel.entry import PanelOpener
from app.diagnostics.panel.pages import PAGES
from app.diagnostics.preview import ExportDialog
from app.start import app_loop, demo
from app.start.arguments import parse
from app.start.startup import run
from netcore.runtime.clock import SystemClock
from tests.support.panel_traffic import Traffic
from tests.support.tasks import own_tasks

BURST = 120  # events on each page
DIAGNOSE = 10  # rounds from one diagnosis to the next
EXPORT = 10


async def until(holds):
    async with asyncio.timeout(90):
        while not holds():  # noqa: ASYNC110  (the widgets' state is not ours to signal)
            await asyncio.sleep(0.02)


def collect():
    """Collect in another thread, where Python may do so at any time.

    Gives the kinds of Qt's objects that this ended: there must be none, for that is no thread to
    end a widget, a timer or a notifier in. Those that Qt has ended before are no harm.
    """
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    orphans = [
        type(each).__name__
        for each in gc.garbage
        if isinstance(each, shiboken6.Object)
        and shiboken6.isValid(each)
        and shiboken6.ownedByPython(each)
    ]
    gc.garbage.clear()
    thread = threading.Thread(target=gc.collect)
    thread.start()
    thread.join()
    return orphans


def held():
    """What is there now: memory in KiB, and counts."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    orphans = collect()
    process = psutil.Process()
    return {
        "orphans": orphans,
        "memory": process.memory_info().rss // 1024,
        "objects": len(gc.get_objects()),
        "widgets": len(QApplication.allWidgets()),
        "threads": threading.active_count(),
        "files": process.num_fds(),
        "tasks": len(own_tasks()),
    }


class Person:
    """Who sits at the window."""

    def __init__(self, lived, folder):
        self.life, self.window, self.folder = lived, lived._window, folder
        self.traffic = Traffic(SystemClock.wall)

    async def sign_up(self):
        page, client = self.window.log_in, self.life._client
        await until(lambda: self.window.findChild(PanelOpener) is not None)
        page.show_sign_up()
        page.name.setText("Ada")
        page.password.setText("a long password")
        page.again.setText("a long password")
        page.submit()
        await until(lambda: client.link_state is ConnectionState.ONLINE)

    async def look(self):
        """One round; leaves the panel closed."""
        self.window.show_connection()
        await until(lambda: "connection" in self.window.tools)
        panel = self.window.tools["connection"]
        await until(panel.isVisible)
        plots = panel.turn_to("overview").plots
        await until(lambda: plots.interval_plot is not None)
        observer = self.life._network.core.observer
        for name in PAGES:
            panel.turn_to(name)
            for _ in range(BURST):
                observer.emit(next(self.traffic))
            panel.tick()
            panel.grab()
            await asyncio.sleep(0)
        return panel

    async def diagnose(self, panel):
        """Wait for one verdict, and leave another diagnosis in the middle."""
        ended = []
        ran = panel.diagnosis_runner.ran.connect(ended.append)
        panel.run_diagnosis()
        await until(lambda: ended)
        panel.diagnosis_runner.ran.disconnect(ran)
        panel.run_diagnosis()

    async def export(self, panel, number):
        """Save one export, and leave another in the middle."""
        for finish in (True, False):
            panel.export()
            dialog = panel.findChild(ExportDialog)
            if finish:
                await until(dialog.save_button.isEnabled)
                dialog.save_to(self.folder / f"{number}.zip")
            else:
                await asyncio.sleep(0.05)
                dialog.reject()
            await until(lambda: panel.findChild(ExportDialog) is None)

    async def live(self, rounds):
        await self.sign_up()
        for number in range(rounds):
            panel = await self.look()
            if number % EXPORT == EXPORT // 2:
                await self.export(panel, number)
            if number % DIAGNOSE == 0:
                await self.diagnose(panel)
            panel.close()
            await asyncio.sleep(0.05)
            print(json.dumps(held()), flush=True)
        if rounds <= 0:
            await self.leave_in_the_middle(hang=rounds < 0)

    async def leave_in_the_middle(self, *, hang):
        """The system ends the app while two exports are gathered and two diagnoses run."""
        panel = await self.look()
        panel.run_diagnosis()
        support = self.window.findChild(PanelOpener)._support
        support.check()
        support.export()
        panel.export()
        dialogs = [each.findChild(ExportDialog) for each in (self.window, panel)]
        workers = [each._export_worker._worker for each in dialogs]
        await until(lambda: all(each._process is not None for each in workers))
        if hang:
            self.life._client.close = lambda: asyncio.sleep(60)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)


def main():
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    gc.disable()  # the collector runs when it is told to, so that it is seen what it finds

    class WatchedLife(app_loop.AppLoop):
        """The app's life, with a person before it."""

        def run(self):
            self.person = Person(self, folder)
            QTimer.singleShot(0, self.begin)
            return super().run()

        def begin(self):
            self.driven = asyncio.get_running_loop().create_task(self.person.live(rounds))
            self.driven.add_done_callback(self.end)

        def end(self, driven):
            if not driven.cancelled() and driven.exception() is not None:
                traceback.print_exception(driven.exception())
                os._exit(3)
            self._window.close()

    app_loop.AppLoop = WatchedLife
    # A loaded machine is no failure here.
    demo.start_demo_server = partial(demo.start_demo_server, timeout=120.0)
    words = ["--demo", "--plain", "--data", str(folder), "--language", "en", "--theme", "light"]
    return run(parse(words))


if __name__ == "__main__":
    sys.exit(main())
