"""Events for the live panel, as from a NetCore under load."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

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
from netcore.engine.task_events import TaskEnded, TaskStarted
from netcore.errors import DisconnectReason, ErrorType
from netcore.events import NetworkChanged, NetworkKind
from netcore.links.pending_task import TaskPart, TaskSent
from netcore.longlink.heartbeat_runner import HeartbeatAnswered, HeartbeatSent
from netcore.longlink.state import LinkState, LinkStateChanged
from netcore.observe import Event
from netcore.policy.traffic import TrafficReported
from netcore.task import MAIN_LONGLINK, Channel, Priority

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
        yield TaskStarted(
            at=now(), task_id=number, cmdid=10001, cgi=cgi, channel=Channel.LONG,
            channel_name=MAIN_LONGLINK, priority=Priority.NORMAL, timeout=60.0,
        )  # fmt: skip
        yield TaskSent(
            at=now(), task_id=number, cmdid=10001, cgi=cgi, link=MAIN_LONGLINK, attempt=1,
            size=300, queue=0.002, first_package_timeout=12.0, read_write_timeout=30.0,
        )  # fmt: skip
        yield TaskPart(at=now(), task_id=number, link=MAIN_LONGLINK, size=400)
        bad = rng.random() < 0.02
        first = rng.lognormvariate(-3.0, 0.4)
        yield TaskEnded(
            at=now(), task_id=number, cmdid=10001, cgi=cgi, channel=Channel.LONG,
            channel_name=MAIN_LONGLINK, error_type=ErrorType.SOCKET if bad else ErrorType.OK,
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
        state = LinkStateChanged(
            at=now(), link=MAIN_LONGLINK, state=LinkState.CONNECTING, host="im.example",
            ip="10.0.0.1", port=8081,
        )  # fmt: skip
        yield replace(
            state, state=LinkState.DISCONNECTED, detail="another network",
            reason=DisconnectReason.NETWORK_CHANGE,
        )  # fmt: skip
        yield EndpointsChosen(
            at=now(), hosts=("im.example",), longlink=True, addresses=addresses,
            sources=("DNS",) * 5,
        )  # fmt: skip
        yield replace(state, at=now())
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
        yield replace(
            state, at=now(), state=LinkState.CONNECTED, source=AddressSource.DNS, rtt=0.03
        )
