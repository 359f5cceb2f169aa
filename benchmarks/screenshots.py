"""Makes the pictures in docs/screenshots again: ``python -m benchmarks.screenshots [FOLDER]``.

The real windows over a session without a network, drawn by the Qt platform in use: under
``xvfb-run -a`` as on an X11 desktop, with ``QT_QPA_PLATFORM=offscreen`` without any screen.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import qasync
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QDialog

from app.chat.model import ConnectionState, ConversationKind, MessageState
from app.desktop.application import make_application
from app.desktop.client import Client
from app.desktop.i18n import install_language
from app.desktop.link_state import DELAY_MS
from app.desktop.new_conversation import NewConversationDialog
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.settings_dialog import SettingsDialog
from app.desktop.theme import ThemeChoice, theme
from app.desktop.trust_dialog import TrustDialog
from app.desktop.window import MainWindow
from tests.support.fake_session import FakeSession

SIZE = (1040, 720)

TALK = {
    "en": [
        ("Grace", "The long link dropped twice on the train this morning", 0),
        ("Grace", "but every message arrived. Once, and in order 🎉", 1),
        ("Ada", "That is the outbox at work: a message is on disk before anything leaves.", 3),
        ("Ada", "Did the reconnect feel slow?", 3),
        (
            "Grace",
            "Under a second after the tunnel. The notes are here: "
            "https://example.org/notes/reconnect",
            6,
        ),
        ("王小明", "我在北京也测了，切换 Wi-Fi 之后马上就连上了 👍", 9),
        (
            "Alan",
            "Then let us look at the heartbeat next. It grew to ten minutes on my network, "
            "and settled there after one failed probe.",
            14,
        ),
        ("Ada", "hello 你好 🚀", 15),
        ("Ada", "I will send the log as soon as I am back on a good line", 16),
    ],
    "zh_CN": [
        ("王小明", "今天早上在地铁里长连接断了两次", 0),
        ("王小明", "不过消息一条没丢，顺序也对 🎉", 1),
        ("Ada", "这是发件箱的功劳：消息先写进磁盘，再发出去。", 3),
        ("Ada", "重连感觉慢吗？", 3),
        ("王小明", "出隧道不到一秒就连上了，记录在这里：https://example.org/notes/reconnect", 6),
        ("Grace", "Works from Boston as well, right after switching Wi-Fi 👍", 9),
        (
            "李雷",
            "接下来看看心跳吧。在我的网络上它涨到了十分钟，一次探测失败之后就稳定在那里了。",
            14,
        ),
        ("Ada", "hello 你好 🚀", 15),
        ("Ada", "等我回到好一点的网络，就把日志发给你们", 16),
    ],
}
OTHERS = {
    "en": [
        ("Alan Turing", "Shall we meet at the machine?", "Alan Turing", 2, 0, "direct"),
        ("王小明", "好的，明天见", "Ada", 5, 0, "direct"),
        ("Weekend hikes", "Take the 9:12 train, platform 4", "Barbara", 20, 12, "group"),
        ("STN Discuss", "Which heartbeat do you see on mobile?", "guest", 26, 0, "public"),
        ("Katherine", "Numbers checked. Go.", "Katherine", 50, 0, "direct"),
        ("Hedy", "", "", 0, 0, "direct"),
    ],
    "zh_CN": [
        ("李雷", "机房门口见？", "李雷", 2, 0, "direct"),
        ("Alan Turing", "See you tomorrow", "Ada", 5, 0, "direct"),
        ("周末爬山", "坐 9:12 的车，4 站台", "韩梅梅", 20, 12, "group"),
        ("STN Discuss", "大家在手机网络上看到的心跳是多少？", "guest", 26, 0, "public"),
        ("赵老师", "数据核对过了，可以开始。", "赵老师", 50, 0, "direct"),
        ("Hedy", "", "", 0, 0, "direct"),
    ],
}


def scene(session: FakeSession, language: str) -> None:
    """Fill a session with a plausible afternoon."""
    start = (datetime.now() - timedelta(days=1)).replace(hour=14, minute=20, second=0)  # noqa: DTZ005
    talk = TALK[language]
    title = "Reconnect" if language == "en" else "重连小组"
    at = start.timestamp()
    today = at + 86_400 - 3 * 3600
    times = [(at if n < 5 else today) + minute * 60 for n, (_, _, minute) in enumerate(talk)]
    session.add_conversation(
        "talk", title, ConversationKind.GROUP,
        members=tuple(dict.fromkeys(["Ada", *(who for who, _, _ in talk)])),
        last_text=talk[-1][1], last_sender="Ada", last_time=times[-1],
    )  # fmt: skip
    for row, ((who, text, _), when) in enumerate(zip(talk, times, strict=True)):
        last = row == len(talk) - 1
        session.add_message("talk", who, text, when, MessageState.WAITING if last else None)
    for row, (name, text, sender, hours, unread, kind) in enumerate(OTHERS[language]):
        session.add_conversation(
            f"o{row}", name, ConversationKind(kind), last_text=text, last_sender=sender,
            last_time=times[-1] - hours * 3600 if text else 0.0, unread=unread,
        )  # fmt: skip


async def spin(milliseconds: int = 60) -> None:
    """Let the event loop run for a while."""
    await asyncio.sleep(milliseconds / 1000)


def over(window: MainWindow, dialog: QDialog) -> QPixmap:
    """The dialog above its window, as a desktop would show it."""
    picture = window.grab()
    painter = QPainter(picture)
    painter.fillRect(picture.rect(), QColor(0, 0, 0, 70))
    box = dialog.grab()
    spot = QPoint((window.width() - dialog.width()) // 2, (window.height() - dialog.height()) // 2)
    painter.setPen(theme().color("border"))
    painter.drawRect(QRect(spot, dialog.size()).adjusted(-1, -1, 0, 0))
    painter.drawPixmap(spot, box)
    painter.end()
    return picture


async def shoot(folder: Path, language: str, choice: ThemeChoice, data: Path) -> None:
    """All pictures in one language and theme; dialogs only in half of the pairs."""
    install_language(language)
    theme().choose(choice)
    tag = f"{choice.value}-{language}"
    preferences = Preferences(data / f"{tag}.ini")
    session = FakeSession(None)
    scene(session, language)

    async def opener(_address: ServerAddress, listener: Client) -> FakeSession:
        session.listener = listener
        return session

    client = Client(opener, preferences, ServerAddress("chat.example.org"))
    window = MainWindow(preferences, "/home/ada/.local/share/phobos/logs", client.address)
    window.attach(client)
    window.resize(*SIZE)
    window.show()
    client.start()
    await spin()
    window.log_in.name.setText("Ada")
    window.log_in.advanced_button.setChecked(choice is ThemeChoice.DARK)
    await spin()
    save(window.grab(), folder / f"log-in-{tag}.png")
    client.log_in("Ada", "a long password", client.address)
    await spin()
    window.chat.open("talk")
    window.chat.mark_read()
    if choice is ThemeChoice.DARK:
        session.listener.on_link_state(ConnectionState.CONNECTING)
        await spin(DELAY_MS + 100)
        failed = session.messages("talk")[-1]
        session.settle(failed.client_id, MessageState.FAILED, "timeout")
    await spin()
    save(window.grab(), folder / f"conversation-{tag}.png")
    if (language == "en") == (choice is ThemeChoice.LIGHT):
        await shoot_dialogs(folder, tag, window)
    window.close()
    window.deleteLater()
    await spin()


async def shoot_dialogs(folder: Path, tag: str, window: MainWindow) -> None:
    """Each dialog above the window."""
    window.chat.start_conversation()
    dialog = window.findChild(NewConversationDialog)
    dialog.search.setText("a")
    dialog.show_people("a", ["Alan Turing", "Alonzo", "Anita", "阿宝"])
    for row in (0, 3):
        dialog.people.item(row).setCheckState(Qt.CheckState.Checked)
    await spin()
    save(over(window, dialog), folder / f"new-conversation-{tag}.png")
    dialog.reject()
    window.show_settings()
    settings = window.findChild(SettingsDialog)
    await spin()
    save(over(window, settings), folder / f"settings-{tag}.png")
    settings.accept()
    trust = TrustDialog("chat.example.org", "5f3a" * 16, changed=False, parent=window)
    trust.open()
    await spin()
    save(over(window, trust), folder / f"trust-{tag}.png")
    trust.reject()


def save(picture: QPixmap, path: Path) -> None:
    """Write a PNG, packed as small as it goes."""
    picture.toImage().convertToFormat(QImage.Format.Format_RGB888).save(str(path), quality=0)
    print(path.name)


def main() -> int:
    """Draw everything; the folder is docs/screenshots unless one is named."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    loop = qasync.QEventLoop(make_application())
    with loop:
        loop.run_until_complete(shoot_all(folder))
    return 0


async def shoot_all(folder: Path) -> None:
    """Every language in every theme."""
    with tempfile.TemporaryDirectory() as data:
        for language in ("en", "zh_CN"):
            for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
                await shoot(folder, language, choice, Path(data))


if __name__ == "__main__":
    sys.exit(main())
