"""All long links of one NetCore: created and destroyed at run time, one of them the main one.

The list half of ``mars/stn/src/longlink_task_manager.cc`` and the multi-link part of
``net_core.cc``. A minor long link belongs to hosts of its own and is created when a task first
asks for it; a task that allows ``max_minorlinks`` of more than one gets another when the first is
busy. They are named after their first host: ``host``, ``host#2``...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from netcore.errors import ConfigError
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.managed import Carrier
from netcore.task import MAIN_LONGLINK, Task


class Longlinks:
    """The long links by name; ``build`` makes one from its configuration."""

    def __init__(self, build: Callable[[LonglinkConfig], Carrier]) -> None:
        self._build = build
        self._carriers: dict[str, Carrier] = {}
        self._main = MAIN_LONGLINK

    def __iter__(self) -> Iterator[Carrier]:
        return iter(tuple(self._carriers.values()))

    def __len__(self) -> int:
        return len(self._carriers)

    @property
    def main(self) -> Carrier | None:
        """The main long link."""
        return self._carriers.get(self._main)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all."""
        return tuple(self._carriers)

    def get(self, name: str = "") -> Carrier | None:
        """The long link of this name; the main one for ""."""
        return self._carriers.get(name or self._main)

    def create(self, config: LonglinkConfig) -> Carrier:
        """A new long link, or the one of that name that is there already."""
        carrier = self._carriers.get(config.name)
        if carrier is None:
            carrier = self._build(config)
            self._carriers[config.name] = carrier
        if config.main:
            self.mark_main(config.name)
        return carrier

    def pop(self, name: str) -> Carrier | None:
        """Take a long link out of the list."""
        return self._carriers.pop(name, None)

    def mark_main(self, name: str) -> None:
        """Make another long link the main one; raises ConfigError when there is none such."""
        if name not in self._carriers:
            raise ConfigError(f"there is no long link named {name!r}: create it first")
        self._main = name
        for carrier in self:
            carrier.main = carrier.name == name

    def minors(self, host: str) -> list[Carrier]:
        """The minor long links of a host."""
        return [
            carrier
            for carrier in self
            if carrier.config.minor and carrier.config.hosts[:1] == (host,)
        ]

    def minor_free(self, task: Task) -> bool:
        """Whether a minor long link is up and idle for the task, or may yet be created."""
        if not task.minorlong_hosts:
            return False
        minors = self.minors(task.minorlong_hosts[0])
        return len(minors) < task.max_minorlinks or any(
            carrier.connected and not len(carrier.tasks) for carrier in minors
        )

    def minor_for(self, task: Task) -> Carrier | None:
        """The best minor long link for a task, created if need be; None if it names no host."""
        hosts: Sequence[str] = task.minorlong_hosts
        if not hosts:
            return None
        minors = self.minors(hosts[0])
        idle = [each for each in minors if each.connected and not len(each.tasks)]
        if idle:
            return idle[0]
        if len(minors) < max(1, task.max_minorlinks):
            number = len(minors) + 1
            name = hosts[0] if number == 1 else f"{hosts[0]}#{number}"
            return self.create(
                LonglinkConfig(name=name, hosts=tuple(hosts), minor=True, group=task.group_name)
            )
        return min(minors, key=lambda each: len(each.tasks))
