"""Makes the export's pictures again: ``python -m benchmarks.export_screenshots [FOLDER]``.

The real dialog over a profile that is made for it; see ``benchmarks.screenshots``.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import qasync

from app.desktop.application import make_application
from app.desktop.i18n import install_language
from app.desktop.theme import ThemeChoice, theme
from app.diagnostics.export import ExportSource
from app.diagnostics.preview import ExportDialog
from app.start.logs import route_logging
from app.start.profile import Profile
from benchmarks.screenshots import save, spin

NOTES = {
    "en": "Since lunch my messages take a minute to go out. Office Wi-Fi, third floor.",
    "zh_CN": "午饭之后，消息要等一分钟才能发出去。办公室三楼的 Wi-Fi。",
}
LINES = (
    "default-longlink: connecting to chat.example.org",
    "default-longlink: up to 203.0.113.17:8081 after 0.041 s, TLS 1.3",
    "logged in as Ada",
    "default-longlink: heartbeat answered in 0.038 s, the next in 270 s",
    "network: WIFI wlan0 192.168.1.1",
    "woke after 412 s",
    "default-longlink: on wake: probe",
    "default-longlink: down, NOOP_TIMEOUT: no answer to the heartbeat for 2.0 s",
    "default-longlink: connects in 0.5 s: after a loss",
)


def history() -> dict[str, Any]:
    """A plausible afternoon."""
    rng = random.Random(1)
    at = time.time() - 3600
    events: list[dict[str, Any]] = []
    for number in range(120):
        at += 29
        rtt = abs(rng.gauss(0.05, 0.02))
        events.append({"event": "HeartbeatAnswered", "at": at, "link": "main", "rtt": rtt})
        if number % 40 == 0:
            events.append(
                {"event": "LinkStateChanged", "at": at, "link": "main", "state": "CONNECTED"}
            )
    return {"schema": "phobos-history/1", "saved": at, "events": events, "diagnoses": []}


def profile_in(folder: Path) -> Profile:
    """A profile with a log of that afternoon."""
    profile = Profile(folder)
    profile.logs.mkdir(parents=True)
    profile.settings.write_text("[account]\nname=Ada\n[server]\nhost=chat.example.org\n", "utf-8")
    end = route_logging(profile.logs)
    for line in LINES * 4:
        logging.getLogger("netcore.longlink").info(line)
    end()
    return profile


async def shoot(folder: Path, profile: Profile) -> None:
    """Every language in every theme; one with a tick, which warns."""
    for language in ("en", "zh_CN"):
        for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
            install_language(language)
            theme().choose(choice)
            dialog = ExportDialog(ExportSource(profile, history=history), encrypted=False)
            dialog.id = "PH-7K2M-9QXD"
            dialog.id_label.setText(dialog.id)
            dialog.note.setPlainText(NOTES[language])
            dialog.keep["names"].setChecked(choice is ThemeChoice.DARK)
            dialog.show()
            while not dialog.save_button.isEnabled() or dialog._delay.isActive():
                await spin()
            row = next(
                n for n in range(dialog.files.count()) if "xlog" in dialog.files.item(n).text()
            )
            dialog.files.setCurrentRow(row)
            await spin()
            save(dialog.grab(), folder / f"export-{choice.value}-{language}.png")
            dialog.reject()
            await spin()


def main() -> int:
    """Draw; the folder is docs/screenshots unless one is named."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    loop = qasync.QEventLoop(make_application())
    asyncio.set_event_loop(loop)
    with tempfile.TemporaryDirectory() as data, loop:
        loop.run_until_complete(shoot(folder, profile_in(Path(data) / "profile")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
