"""Makes the panel's pictures in docs/screenshots: ``python -m benchmarks.panel_pictures [FOLDER]``.

Into a folder of your own go all pages in both languages and themes, to be looked at.

Nothing in them is made up: a real NetCore talks to the demo server over a relay on this machine
that delays and breaks what passes (Linux: it takes 127.0.0.2 and so on). It takes four minutes:
one on a good link, one on a weak one, then one without a network.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import qasync
from PySide6.QtGui import QImage, QPixmap

from app.chat.proto.sample_pb2 import HelloRequest, ListRequest
from app.chat.protocol import SampleCommand
from app.desktop.application import make_application
from app.desktop.i18n import install_language
from app.desktop.theme import ThemeChoice, theme
from app.diagnostics.panel.window import PanelWindow
from app.diagnostics.process_watch import ProcessWatch
from app.start.demo import start_demo_server
from netcore.callbacks import Callbacks
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import NetcoreError
from netcore.events import NetworkKind
from netcore.longlink.heartbeat import HeartbeatSettings
from netcore.runtime.task_holder import TaskHolder
from netcore.sdt.plan import DiagnosisPlan
from netcore.settings import LonglinkSettings, Settings
from netcore.task import Channel, Task

DOCS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
SECONDS = 62.0  # of each state of the network
LOOKS = [
    (choice, language)
    for language in ("en", "zh_CN")
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK)
]
KINDS = (  # the last one is answered on the short link only
    (SampleCommand.HELLO, "/mars/hello", HelloRequest(user="Ada", text="hello 你好 🚀")),
    (SampleCommand.HELLO_2, "/mars/hello2", HelloRequest(user="Ada", text="4096")),
    (SampleCommand.CONVERSATIONS, "/mars/getconvlist", ListRequest(type=0, access_token="none")),
)


class Relay:
    """Passes bytes on to the server, late by ``delay`` seconds, more or less ``jitter``."""

    def __init__(self, host: str, port: int) -> None:
        self.delay, self.jitter = 0.012, 0.006
        self._target = host, port
        self._rng = random.Random(3)
        self._tasks = TaskHolder("relay")
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self, host: str, port: int) -> None:
        """Take connections at an address."""
        self._servers.append(await asyncio.start_server(self._take, host, port))

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._late())
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, far_writer}
        self._tasks.start(self._pass(reader, far_writer), "there")
        self._tasks.start(self._pass(far_reader, writer), "back")

    def _late(self) -> float:
        return max(0.0, self.delay + self._rng.uniform(-1, 1) * self.jitter)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await asyncio.sleep(self._late())
                writer.write(data)
                await writer.drain()
        self._writers.discard(writer)
        writer.close()

    def cut(self) -> None:
        """Break every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def close(self) -> None:
        """Take no more connections, and break those there are."""
        for server in self._servers:
            server.close()
        self.cut()
        await self._tasks.close()


class Names(Callbacks):
    """The addresses of every name: those of the relay, and ``bad`` ones that refuse."""

    def __init__(self) -> None:
        self.bad: tuple[str, ...] = ()

    def on_new_dns(self, host: str, longlink: bool, extra_info: Mapping[str, str]) -> Sequence[str]:
        """The same for every name."""
        return (*self.bad, "127.0.0.2", "127.0.0.3") if longlink else ("127.0.0.2",)


async def chatter(core: NetCore, rng: random.Random) -> None:
    """Tasks now and then, as when people chat."""
    holder = TaskHolder("chatter")

    async def one() -> None:
        command, cgi, request = rng.choices(KINDS, (5, 5, 2))[0]
        only_short = command is SampleCommand.CONVERSATIONS
        with contextlib.suppress(NetcoreError):
            await core.request(
                Task(
                    cmdid=command,
                    cgi=cgi,
                    channel=Channel.SHORT if only_short else Channel.LONG,
                    body=request.SerializeToString(),
                    limit_frequency=False,
                    total_timeout=30.0,
                )
            )

    try:
        while True:  # a few at once, then a pause in which heartbeats go out
            for _ in range(rng.randint(1, 6)):
                holder.start(one(), "task")
                await asyncio.sleep(rng.expovariate(8.0))
            await asyncio.sleep(rng.uniform(3.0, 6.0))
    finally:
        await holder.close()


KEPT = re.compile(
    r"panel-(good-.*|weak-(light-en|dark-zh_CN|dark-en)|none-(light-zh_CN|dark-en)"
    r"|(tasks|limits|diagnosis)-light-en|(addresses|events|traffic|diagnosis)-dark-zh_CN)"
)
"""Those that docs/screenshots has; the others would tell nothing new there."""


def save(picture: QPixmap, path: Path) -> None:
    """Write a PNG, packed as small as it goes."""
    picture.toImage().convertToFormat(QImage.Format.Format_RGB888).save(str(path), quality=0)
    print(path.name)


async def shoot(window: PanelWindow, folder: Path, state: str, pages: Sequence[str]) -> None:
    """The pages in each language and theme."""
    for choice, language in LOOKS:
        install_language(language)
        theme().choose(choice)
        for name in pages:
            window.turn_to(name)
            await asyncio.sleep(0.3)
            window.refresh()
            await asyncio.sleep(0.1)
            subject = state if name == "overview" else name
            stem = f"panel-{subject}-{choice.value}-{language}"
            if folder != DOCS or KEPT.fullmatch(stem):
                save(window.grab(), folder / f"{stem}.png")
    window.turn_to("overview")


async def perform(folder: Path, data: Path) -> None:
    """Good, weak, none."""
    server = start_demo_server(data, plain=True)
    relay = Relay("127.0.0.1", server.longlink_port)
    for host in ("127.0.0.2", "127.0.0.3"):
        await relay.listen(host, 18_081)
    short = Relay("127.0.0.1", server.shortlink_port)
    await short.listen("127.0.0.2", 18_080)
    names = Names()
    core = NetCore(
        Settings(
            longlink_hosts=("im.example.org",),
            longlink_ports=(18_081,),
            shortlink_hosts=("im.example.org",),
            shortlink_port=18_080,
            tls=TlsSettings(enabled=False),
            heartbeat=HeartbeatSettings(
                shortest=2.0, longest=12.0, step=1.5, back=0.5, short_first=3, good_to_grow=2
            ),
            longlink=LonglinkSettings(verify_connect=True),
        ),
        names,
    )
    plan = DiagnosisPlan(
        host="127.0.0.1", longlink_ports=(server.longlink_port,),
        shortlink_ports=(server.shortlink_port,), portal_url="", doh_url="", dns_servers=(),
        trace=False, ping_count=1,
    )  # fmt: skip
    process = ProcessWatch(lambda: core)
    window = PanelWindow(lambda: core, lambda: plan, export=lambda _: None, process=process.health)
    window.show()
    await core.start()
    process.start()
    core.network_changed(NetworkKind.WIFI, "Ada's home")
    core.set_active(False)  # the interval that was learned is in force
    tasks = TaskHolder("pictures")
    tasks.start(chatter(core, random.Random(5)), "chatter")
    await asyncio.sleep(1)
    window.page("overview").plots.span.setCurrentIndex(0)
    await asyncio.sleep(SECONDS)
    again = HelloRequest(user="Ada", text="again").SerializeToString()
    for _ in range(110):  # one request over and over
        core.start_task(Task(cmdid=1, cgi="/mars/hello", body=again, channel=Channel.LONG))
    await asyncio.sleep(1)
    window.page("tasks").table.setCurrentIndex(window.page("tasks").rows.index(20, 0))
    await shoot(window, folder, "good", ("overview", "traffic"))
    diagnosed = asyncio.Event()
    window.diagnosis_runner.ran.connect(lambda _: diagnosed.set())
    window.run_diagnosis()
    await diagnosed.wait()
    await shoot(window, folder, "good", ("diagnosis",))

    names.bad = ("127.0.0.4",)
    core.network_changed(NetworkKind.MOBILE, "Roaming")
    for each in (relay, short):
        each.delay, each.jitter = 0.35, 0.3
    core.set_active(True)
    for second in range(round(SECONDS)):
        await asyncio.sleep(1)
        if second == 25:
            relay.cut()
        if second in (32, 50):
            relay.delay = short.delay = 2.2
        if second in (38, 54):
            relay.delay = short.delay = 0.4
    tasks_page = window.turn_to("tasks")
    window.refresh()
    tasks_page.table.setCurrentIndex(tasks_page.rows.index(tasks_page.rows.rowCount() - 8, 0))
    await shoot(window, folder, "weak", ("overview",))
    await shoot(window, folder, "weak", ("tasks", "addresses", "limits", "events"))

    core.network_changed(NetworkKind.NONE)
    await relay.close()
    await short.close()
    await asyncio.sleep(SECONDS / 3)
    await shoot(window, folder, "none", ("overview",))
    await tasks.close()
    window.close()
    process.stop()
    await core.close()
    server.stop()


def main() -> int:
    """Draw everything; the folder is docs/screenshots unless one is named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    folder.mkdir(parents=True, exist_ok=True)
    loop = qasync.QEventLoop(make_application())
    with loop, tempfile.TemporaryDirectory() as data:
        loop.run_until_complete(perform(folder, Path(data)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
