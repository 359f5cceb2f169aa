"""Bytes an idle link costs in an hour, beside a keep-alive each 60 s, in virtual time.

``python -m benchmarks.idle`` prints one JSON object; days pass in seconds. A whole NetCore with its
real link, heartbeat and timers lives on an imagined network (``tests.support.longlink_world``); the
keep-alive is the same NetCore with a fixed interval of 60 s, so both speak the same frames. Counted
is what goes over the wire in both directions: the frames of 20 bytes, 22 bytes of TLS 1.3 record
around each, 52 bytes of IPv4 and TCP with time stamps around each segment and for the bare
acknowledgement of each answer, and 3,200 bytes for each connection made (TCP and TLS handshake with
a short certificate), so that what learning costs is not left out.

- ``first_day``: from nothing known, the app behind and inactive
- ``learned``: an hour of the second day, inactive
- ``in_front``: an hour with the app in front, where the interval is 3.5 min
- ``in_front_learned``: the same with ``HeartbeatSettings(learned_while_active=True)``
- the networks: one without a limit, and one that forgets links silent for 5 min

``ratio`` is netcore's bytes over the keep-alive's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import platform
from typing import Any

from netcore.longlink.heartbeat import HeartbeatSettings
from netcore.settings import LonglinkSettings
from tests.support.longlink_world import World
from tests.support.virtual import run_virtual

SEGMENT = 20 + 20 + 12  # IPv4, TCP, time stamps
RECORD = 5 + 1 + 16  # TLS 1.3: head, type, tag
CONNECT = 3200
HOUR = 3600.0
DAY = 24 * HOUR
KEEP_ALIVE = 60.0


class Meter:
    """Counts a world's bytes from one moment to another."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last = self._all()

    def _all(self) -> int:
        frames = sum(pipe.sent + pipe.received for pipe in self._world.pipes) // 20
        answers = sum(pipe.received for pipe in self._world.pipes) // 20
        wire = frames * (20 + RECORD + SEGMENT) + answers * SEGMENT
        return wire + len(self._world.connects) * CONNECT

    def read(self) -> int:
        """Bytes since the last reading."""
        before, self._last = self._last, self._all()
        return self._last - before


async def live(
    forgets: float, settings: LonglinkSettings, heartbeat: HeartbeatSettings
) -> dict[str, float]:
    world = World(forgets=forgets)
    async with world.core(settings=settings, heartbeat=heartbeat) as core:
        core.set_foreground(False)
        core.set_active(False)
        meter = Meter(world)
        await asyncio.sleep(DAY)
        first_day = meter.read() / 24
        await asyncio.sleep(DAY)
        learned = meter.read() / 24
        core.set_foreground(True)
        await asyncio.sleep(HOUR)
        meter.read()
        await asyncio.sleep(10 * HOUR)
        in_front = meter.read() / 10
    return {"first_day": first_day, "learned": learned, "in_front": in_front}


def measure(forgets: float) -> dict[str, Any]:
    usual, learned = HeartbeatSettings(), HeartbeatSettings(learned_while_active=True)
    ours = run_virtual(live(forgets, LonglinkSettings(), usual))
    more = run_virtual(live(forgets, LonglinkSettings(), learned))
    ours["in_front_learned"] = more["in_front"]
    theirs = run_virtual(live(forgets, LonglinkSettings(noop_interval=KEEP_ALIVE), usual))
    theirs["in_front_learned"] = theirs["in_front"]
    return {
        name: {
            "netcore": round(ours[name]),
            "keep_alive_60_s": round(theirs[name]),
            "ratio": round(ours[name] / theirs[name], 3),
        }
        for name in ours
    }


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    logging.disable(logging.WARNING)
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "bytes_per_idle_hour": {
                    "no_limit": measure(float("inf")),
                    "forgets_after_5_min": measure(300.0),
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
