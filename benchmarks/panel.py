"""The live panel under traffic, beside the same traffic with the panel closed.

``python -m benchmarks.panel [--seconds N] [--rates 60,300,...]`` prints one JSON object.

- ``rates``: on each page, events at a rate for some seconds in real time. ``stall_ms`` is the
  longest time in which the window's event loop did not come round, ``p99_ms`` that of all but 1 %;
  ``cpu_stall_ms`` is the longest in the thread's own time, as on a machine that does nothing else;
  ``busy`` is the share of the time it took. ``sustained_events_s`` is the highest rate at which
  every event was taken in time and no page stalled for more than 50 ms, by either measure.
- ``hour``: an hour of virtual traffic at 60 events a second, the window refreshed at its usual pace
  of virtual time (every second of it is painted). ``memory`` is the process's resident memory in
  MiB after so many minutes; ``grown`` is what came on top between the 10th and the 60th.
- ``closed``: the same, each in a process of its own, with a panel that was opened and closed again.
- ``opening``: the longest stall while the window opens, plots included, on all pages.

The window is the real one on a real NetCore that does not connect; events come from a script.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.desktop.application import make_application
from app.diagnostics.panel.pages import PAGES
from app.diagnostics.panel.window import PanelWindow
from netcore.core import NetCore
from netcore.runtime.clock import ManualClock, SystemClock
from netcore.sdt.plan import DiagnosisPlan
from netcore.settings import Settings
from tests.support.panel_traffic import Traffic

RATE = 60  # events a second, the rate the panel is made for
MOST = 50.0  # milliseconds that the window may stand still


class Turns(QObject):
    """Watches how long each turn of the event loop takes."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._turn)
        self._last = self._last_cpu = 0.0
        self.taken: list[float] = []
        self.cpu: list[float] = []

    def _turn(self) -> None:
        self.taken.append(time.perf_counter() - self._last)
        self.cpu.append(time.thread_time() - self._last_cpu)
        time.sleep(0.0005)  # an idle loop would wait too, and not spin
        self._last, self._last_cpu = time.perf_counter(), time.thread_time()

    def run(self, until: Callable[[], bool], each: Callable[[], None] = lambda: None) -> float:
        """Turn until something holds; gives the seconds that took."""
        self.taken, self.cpu = [], []
        begin = self._last = time.perf_counter()
        self._last_cpu = time.thread_time()
        self._timer.start()
        while not until():
            each()
            QApplication.processEvents()
        self._timer.stop()
        return time.perf_counter() - begin

    def told(self, seconds: float) -> dict[str, float]:
        """The longest turn and that of 99 % in milliseconds, and how busy the loop was."""
        taken = sorted(self.taken) or [0.0]
        return {
            "stall_ms": round(taken[-1] * 1000, 1),
            "p99_ms": round(taken[int(len(taken) * 0.99)] * 1000, 1),
            "cpu_stall_ms": round(max(self.cpu, default=0.0) * 1000, 1),
            "busy": round(sum(self.cpu) / seconds, 3),
        }


class Stage:
    """A window on a NetCore, and the traffic for it."""

    def __init__(self, clock: Any) -> None:
        self.app = make_application("en", "light")
        self.core = NetCore(Settings(longlink_hosts=("im.example",), longlink_ports=(8081,)))
        self.window = PanelWindow(lambda: self.core, DiagnosisPlan, clock=clock)
        self.traffic = Traffic(clock.wall)
        self.turns = Turns()
        self.emitted = 0

    def emit(self, count: int) -> None:
        """Let so many events happen, as netcore does: nothing is made when nobody listens."""
        observer = self.core.observer
        for _ in range(count):
            self.emitted += 1
            if observer.active:
                observer.emit(next(self.traffic))

    def open(self) -> float:
        """Show the window with its plots; gives the longest stall in milliseconds."""
        self.window.show()
        self.turns.run(self._plotted)
        end = time.perf_counter() + 0.5
        self.turns.run(lambda: time.perf_counter() > end)
        return self.turns.told(1.0)["stall_ms"]

    def _plotted(self) -> bool:
        page = self.window.page("overview")
        return page.plots.interval_plot is not None

    def at_rate(self, rate: int, seconds: float) -> dict[str, float]:
        """Events at a rate for some time."""
        begin = time.perf_counter()
        done = 0

        def feed() -> None:
            nonlocal done
            due = int((time.perf_counter() - begin) * rate)
            self.emit(due - done)
            done = due

        took = self.turns.run(lambda: time.perf_counter() - begin > seconds, feed)
        return {**self.turns.told(took), "events_s": round(done / took)}


def rates(wanted: list[int], seconds: float) -> dict[str, Any]:
    stage = Stage(SystemClock())
    closed = stage.at_rate(RATE, seconds)
    opening = time_opening(stage)
    stage.emit(3000)  # full lists, as after some time
    told: dict[str, Any] = {"never opened": {str(RATE): closed}, "opening": opening}
    sustained = {"stall_ms": 0, "cpu_stall_ms": 0}
    for rate in wanted:
        good = dict.fromkeys(sustained, True)
        for name in PAGES:
            if name == "diagnosis":
                continue
            stage.window.turn_to(name)
            stage.turns.run(lambda: len(stage.turns.taken) > 3)  # the turn itself is not counted
            found = stage.at_rate(rate, seconds)
            told.setdefault(name, {})[str(rate)] = found
            good["stall_ms"] &= found["stall_ms"] <= MOST and found["events_s"] >= 0.98 * rate
            good["cpu_stall_ms"] &= found["cpu_stall_ms"] <= MOST and found["busy"] < 0.9
        sustained.update((key, rate) for key, held in good.items() if held)
    told["sustained_events_s"] = sustained
    return told


def time_opening(stage: Stage) -> dict[str, dict[str, float]]:
    """The longest stall when the window opens for the first and the second time."""
    first = _opening(stage)
    stage.window.close()
    return {"first": first, "again": _opening(stage)}


def _opening(stage: Stage) -> dict[str, float]:
    begin, cpu = time.perf_counter(), time.thread_time()
    stage.window.show()
    turns, cpus = [time.perf_counter() - begin], [time.thread_time() - cpu]
    stage.turns.run(stage._plotted)
    turns += stage.turns.taken
    cpus += stage.turns.cpu
    end = time.perf_counter() + 0.5
    stage.turns.run(lambda: time.perf_counter() > end)
    turns += stage.turns.taken
    cpus += stage.turns.cpu
    return {
        "stall_ms": round(max(turns) * 1000, 1),
        "cpu_stall_ms": round(max(cpus) * 1000, 1),
    }


def hour(kind: str) -> dict[str, Any]:
    """An hour at 60 events a second, in this process."""
    clock = ManualClock(wall=time.time() - 3600)
    stage = Stage(clock)
    stage.open()
    stage.window._timer.stop()  # virtual time ticks below
    for name in PAGES:  # built once, at the start
        stage.window.turn_to(name)
        QApplication.processEvents()
    if kind == "closed":
        stage.window.close()
    memory: dict[int, float] = {}
    process = psutil.Process()
    pages = [name for name in PAGES if name != "diagnosis"]
    begin = time.perf_counter()
    for second in range(3600):
        if kind == "open":
            if second % 600 == 0:
                stage.window.turn_to(pages[second // 600 % len(pages)])
            for _ in range(5):
                stage.emit(RATE // 5)
                clock.advance(0.2)
                stage.window.tick()
        else:
            stage.emit(RATE)
            clock.advance(1.0)
        QApplication.processEvents()
        if (second + 1) % 600 == 0:
            gc.collect()
            memory[(second + 1) // 60] = round(process.memory_info().rss / 2**20, 1)
    return {
        "memory_mib": memory,
        "grown_mib": round(memory[60] - memory[10], 1),
        "events": stage.emitted,
        "seconds": round(time.perf_counter() - begin, 1),
        "listeners": len(stage.core.observer._subscribers),
        "kept": {
            "tasks": len(stage.window.feed.model.tasks.records),
            "log": len(stage.window.feed.model.log.lines),
            "odd": stage.window.feed.model.odd,
        },
    }


def child(*arguments: str) -> Any:
    command = [sys.executable, "-m", "benchmarks.panel", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="for each rate on each page")
    parser.add_argument("--rates", default="60,300,1000,2000", help="events a second")
    parser.add_argument("--part", choices=["rates", "open", "closed"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    wanted = [int(each) for each in options.rates.split(",")]
    if options.part == "rates":
        told: Any = rates(wanted, options.seconds)
    elif options.part:
        told = hour(options.part)
    else:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        told = {
            "load": round(load, 2),
            "rates": child("--part", "rates", "--seconds", str(options.seconds),
                           "--rates", options.rates),
            "hour": child("--part", "open"),
            "closed": child("--part", "closed"),
        }  # fmt: skip
    print(json.dumps(told, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
