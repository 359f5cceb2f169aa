"""docs/architecture.md, "The ways": each is walked, and leads through the modules that it names.

The way of one message is walked by tests/netcore/test_way.py.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from netcore.sdt.plan import DiagnosisPlan
from netcore.sdt.run import diagnose
from tests.support.longlink_world import World, in_world, up
from xlog import XlogHandler

PAGE = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text("utf-8")


class Walk:
    """The product's modules in the order in which they are first called."""

    def __init__(self) -> None:
        self.modules: dict[str, None] = {}

    def __enter__(self) -> Walk:
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _argument: object) -> None:
        name = str(frame.f_globals.get("__name__", ""))
        if event == "call" and name.split(".")[0] in ("netcore", "xlog"):
            self.modules[name] = None


def written(name: str) -> list[str]:
    """The modules that the page names for a way, in their order."""
    found = re.search(rf"^\*\*{name}\*\*(.*?)\n\n", PAGE, re.M | re.S)
    assert found is not None, f"the page has no way of {name}"
    return re.findall(r"`([\w/]+)\.py`", found[1])


def agrees(name: str, walk: Walk) -> None:
    """The way on the page is a part of the one walked, in the same order."""
    walked = [each.replace(".", "/") for each in walk.modules]
    stations = written(name)
    assert len(stations) >= 3
    assert [each for each in walked if each in stations] == stations


def walked_by(act: Callable[[], object]) -> Walk:
    with Walk() as walk:
        act()
    return walk


def test_one_log_line(tmp_path):
    handler = XlogHandler(tmp_path, prefix="way")
    log = logging.getLogger("way")
    log.propagate = False
    log.addHandler(handler)
    try:
        log.warning("the log is open")
        agrees("One log line", walked_by(lambda: log.warning("hello")))
        agrees("Written out", walked_by(handler.flush))
    finally:
        log.removeHandler(handler)
        handler.close()


def test_one_wake_up():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await up(core)
            await asyncio.sleep(400)
            agrees("One wake-up", walked_by(core.wake))

    in_world(scene)


async def test_one_diagnosis():
    plan = DiagnosisPlan(host="127.0.0.1", longlink_ports=(9,))
    with Walk() as walk:
        await diagnose(plan)
    agrees("One diagnosis", walk)
