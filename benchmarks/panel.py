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
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.desktop.application import make_application
from app.diagnostics.panel.window import PAGES, PanelWindow
from netcore.connect.endpoint import AddressSource
from netcore.connect.race import (
    AttemptEnded,
    AttemptStarted,
    AttemptState,
    AttemptStep,
    RaceEnded,
    RaceStarted,
)
from netcore.connect.sources import EndpointReported, EndpointsChosen
from netcore.core import NetCore
from netcore.engine.task_events import TaskEnded, TaskStarted
from netcore.errors import DisconnectReason, ErrorType
from netcore.events import NetworkChanged, NetworkKind
from netcore.links.pending_task import TaskPart, TaskSent
from netcore.longlink.heartbeat_runner import HeartbeatAnswered, HeartbeatSent
from netcore.longlink.state import LinkState, LinkStateChanged
from netcore.observe import Event
from netcore.policy.traffic import TrafficReported
from netcore.runtime.clock import ManualClock, SystemClock
from netcore.sdt.plan import DiagnosisPlan
from netcore.settings import Settings
from netcore.task import MAIN_LONGLINK, Channel, Priority

RATE = 60  # events a second, the rate the panel is made for
MOST = 50.0  # milliseconds that the window may stand still
CGIS = ("/chat/send", "/chat/sync", "/chat/read", "/people/find", "/media/upload")


class Traffic:
    """A script without an end: tasks in the main, heartbeats, now and then a reconnect."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rng = random.Random(11)
        self._task = 0
        self._events = self._script()

    def __next__(self) -> Event:
        return next(self._events)

    def __iter__(self) -> Traffic:
        return self

    def _script(self) -> Iterator[Event]:
        yield from self._connect(1)
        count = 0
        while True:
            count += 1
            yield from self._one_task()
            if count % 4 == 0:
                yield from self._beat()
            if count % 15 == 0:
                kind = NetworkKind.WIFI
                yield TrafficReported(at=self._clock(), kind=kind, sent=4000, received=9000)
            if count % 4000 == 0:
                yield NetworkChanged(
                    at=self._clock(),
                    kind=NetworkKind.WIFI,
                    label=f"wifi {count}",
                    generation=count,
                )
                yield from self._connect(count)

    def _one_task(self) -> Iterator[Event]:
        rng, now = self._rng, self._clock
        self._task += 1
        cgi, number = rng.choice(CGIS), self._task
        same = {"task_id": number, "cmdid": 10001, "cgi": cgi}
        link = {"channel": Channel.LONG, "channel_name": MAIN_LONGLINK}
        yield TaskStarted(at=now(), **same, **link, priority=Priority.NORMAL, timeout=60.0)
        yield TaskSent(
            at=now(), **same, link=MAIN_LONGLINK, attempt=1, size=300, queue=0.002,
            first_package_timeout=12.0, read_write_timeout=30.0,
        )  # fmt: skip
        yield TaskPart(at=now(), task_id=number, link=MAIN_LONGLINK, size=400)
        bad = rng.random() < 0.02
        first = rng.lognormvariate(-3.0, 0.4)
        yield TaskEnded(
            at=now(), **same, **link, error_type=ErrorType.SOCKET if bad else ErrorType.OK,
            error_code=-10090 if bad else 0, cost=first + 0.02, attempts=1, queue=0.002,
            first_package=first, body=0.01, decode=0.001, sent=300, received=900,
        )  # fmt: skip

    def _beat(self) -> Iterator[Event]:
        now = self._clock
        yield HeartbeatSent(
            at=now(), link=MAIN_LONGLINK, interval=4.0, actual_interval=4.0, answer_due=8.0
        )
        rtt = self._rng.lognormvariate(-3.2, 0.3)
        yield HeartbeatAnswered(at=now(), link=MAIN_LONGLINK, rtt=rtt, next_interval=4.0)

    def _connect(self, race: int) -> Iterator[Event]:
        now = self._clock
        addresses = tuple(f"10.0.{race % 250}.{number}:8081" for number in range(1, 6))
        state = {"link": MAIN_LONGLINK, "host": "im.example", "ip": "10.0.0.1", "port": 8081}
        yield LinkStateChanged(
            at=now(), **state, state=LinkState.DISCONNECTED, detail="another network",
            reason=DisconnectReason.NETWORK_CHANGE,
        )  # fmt: skip
        yield EndpointsChosen(
            at=now(), hosts=("im.example",), longlink=True, addresses=addresses,
            sources=("DNS",) * 5,
        )  # fmt: skip
        yield LinkStateChanged(at=now(), **state, state=LinkState.CONNECTING)
        yield RaceStarted(at=now(), race=race, label=MAIN_LONGLINK, addresses=addresses)
        for index, address in enumerate(addresses[:3]):
            same = {"race": race, "index": index}
            yield AttemptStarted(
                at=now(), **same, address=address, source="DNS", after=index * 0.02
            )
            yield AttemptStep(at=now(), **same, step="tcp", after=index * 0.02 + 0.03)
            ended = AttemptState.LOST if index else AttemptState.WON
            yield AttemptEnded(at=now(), **same, address=address, state=ended, error="", after=0.08)
        yield RaceEnded(at=now(), race=race, winner=0, seconds=0.08, error="")
        yield EndpointReported(at=now(), address=addresses[0], ok=True, banned_for=0.0)
        yield LinkStateChanged(
            at=now(), **state, state=LinkState.CONNECTED, source=AddressSource.DNS, rtt=0.03
        )


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
