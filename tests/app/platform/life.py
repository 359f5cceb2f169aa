"""The part of Phobos that hears the system, as a process: Qt, Surroundings and a NetCore.

``python -m tests.app.platform.life HOST PORT [window]``. Prints each of netcore's events as a line
of JSON. Takes commands on its standard input:

- ``send TEXT``  asks the server for an echo, then prints {"event": "Answered", "text": ...}
- ``jump N``     lets N seconds pass on the clocks that count sleep
- ``end``        (or the end of the input)
"""

import asyncio
import json
import sys
import tempfile
import threading
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.desktop.application import make_application
from app.desktop.preferences import Preferences
from app.start.platform_bridge import PlatformBridge
from app.start.qtloop import QtLoop
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.runtime.clock import SystemClock
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import Settings
from netcore.task import Task


class SleepyClock:
    """The system's clock, which can be made to have slept."""

    slept = 0.0

    def now(self):
        return SystemClock.now() + self.slept

    def wall(self):
        return SystemClock.wall() + self.slept


def tell(values):
    print(json.dumps(values), flush=True)


def commands(loop):
    """Lines of the standard input; read in a thread, for qasync watches no pipes everywhere."""
    lines = asyncio.Queue()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())
        loop.call_soon_threadsafe(lines.put_nowait, "end")

    threading.Thread(target=read, daemon=True).start()
    return lines


async def live(host, port, folder):
    loop = asyncio.get_running_loop()
    clock = SleepyClock()
    settings = Settings(
        longlink_hosts=(host,), longlink_ports=(port,), tls=TlsSettings(enabled=False)
    )
    core = NetCore(settings, clock=clock)
    core.observer.subscribe(lambda event: tell(event.as_dict()))
    surroundings = PlatformBridge(
        lambda: core, Preferences(folder / "settings.ini"), lambda key: None, lambda *toast: None
    )
    surroundings.adapter._clock = clock
    holder = TaskHolder("life")
    lines = commands(loop)
    await surroundings.start()
    await core.start()
    tell({"event": "Ready", "limits": surroundings.adapter.capabilities.limits})

    async def send(text):
        answer = await core.request(Task(cmdid=3, body=text.encode()))
        tell({"event": "Answered", "text": answer.decode()})

    while (line := await lines.get()) != "end":
        name, _, rest = line.partition(" ")
        if name == "send":
            holder.start(send(rest), "send")
        elif name == "jump":
            clock.slept += float(rest)
            tell({"event": "Jumped"})
    await holder.close()
    await surroundings.stop()
    await core.close()


def main():
    app = make_application()
    window = QWidget()
    if "window" in sys.argv:
        window.setWindowTitle("phobos under test")
        window.resize(300, 200)
        window.show()
    loop = QtLoop(app)
    with tempfile.TemporaryDirectory() as folder, loop:
        loop.run_until_complete(live(sys.argv[1], int(sys.argv[2]), Path(folder)))


if __name__ == "__main__":
    main()
